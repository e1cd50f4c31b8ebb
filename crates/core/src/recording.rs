use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;

use crate::seconds;
use crate::words::words;
use crate::{DurationTolerance, RecordingId};

/// In what form a recording is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PlaybackFormat {
    /// HTTP Live Streaming (an `.m3u8`).
    Hls,
    /// MPEG-DASH (an `.mpd`).
    Dash,
    /// A progressive MP4 file.
    Mp4,
}

words!(PlaybackFormat {
    Hls = "hls",
    Dash = "dash",
    Mp4 = "mp4",
});

/// Where a recording is played from.
///
/// Signed URLs carry their token in the query, so `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Playback {
    /// In what form.
    pub format: PlaybackFormat,
    /// The URL as the provider gave it: an opaque text, not checked.
    pub url: String,
    #[serde(skip)]
    header: Option<(String, String)>,
}

impl Playback {
    /// A URL in a format.
    pub fn new(format: PlaybackFormat, url: impl Into<String>) -> Self {
        Self {
            format,
            url: url.into(),
            header: None,
        }
    }

    /// Sets a header without which the server doesn't give what is at the URL: what an operator put in front of it.
    ///
    /// It may be a credential. It is for this URL's scheme, host and port alone. `Debug` shows its name; a document
    /// has nothing of it, so follow the ticket anew for it.
    ///
    /// ```
    /// use livecut_core::{Playback, PlaybackFormat};
    ///
    /// let file = Playback::new(PlaybackFormat::Mp4, "https://media.example.com/rec/class.mp4")
    ///     .with_header("authorization", "Basic c2ltOmh1bnRlcjI=");
    /// assert_eq!(file.header(), Some(("authorization", "Basic c2ltOmh1bnRlcjI=")));
    /// assert!(!format!("{file:?}").contains("c2lt"));
    /// ```
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.header = Some((name.into(), value.into()));
        self
    }

    /// The name and the value of the header that a request for the URL has to carry.
    pub fn header(&self) -> Option<(&str, &str)> {
        let (name, value) = self.header.as_ref()?;
        Some((name, value))
    }
}

impl fmt::Debug for Playback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match self.url.split_once('?') {
            Some((place, _)) => format!("{place}?<redacted>"),
            None => self.url.clone(),
        };
        f.debug_struct("Playback")
            .field("format", &self.format)
            .field("url", &shown)
            .field("header", &self.header.as_ref().map(|(name, _)| name))
            .finish()
    }
}

/// The video on demand that remains of a stream, as far as the provider tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recording {
    id: RecordingId,
    #[serde(default, deserialize_with = "known_formats")]
    playback: Vec<Playback>,
    #[serde(rename = "duration_seconds", with = "seconds::if_known", default)]
    duration: Option<Duration>,
    #[serde(rename = "duration_tolerance", default)]
    tolerance: DurationTolerance,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "instant_if_known"
    )]
    kept_until: Option<OffsetDateTime>,
}

/// As RFC 3339, in UTC.
mod instant_if_known {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};

    pub(super) fn serialize<S: Serializer>(
        at: &Option<OffsetDateTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        // What has no text, a year of five digits, is as good as never.
        let text = at.and_then(|at| at.to_utc().format(&Rfc3339).ok());
        text.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<OffsetDateTime>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let at = text.map(|text| OffsetDateTime::parse(&text, &Rfc3339));
        at.transpose().map_err(D::Error::custom)
    }
}

/// What a newer version plays otherwise is left out.
fn known_formats<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Playback>, D::Error> {
    #[derive(Deserialize)]
    struct Named {
        format: String,
        url: String,
    }

    let playback = Vec::<Named>::deserialize(deserializer)?.into_iter();
    let known = playback.filter_map(|Named { format, url }| {
        let format = PlaybackFormat::named(&format)?;
        Some(Playback::new(format, url))
    });
    Ok(known.collect())
}

impl Recording {
    /// A recording of which only the id is known.
    pub fn new(id: RecordingId) -> Self {
        Self {
            id,
            playback: Vec::new(),
            duration: None,
            tolerance: DurationTolerance::default(),
            kept_until: None,
        }
    }

    /// Adds a place to play it from.
    #[must_use]
    pub fn with_playback(mut self, playback: Playback) -> Self {
        self.playback.push(playback);
        self
    }

    /// Sets its duration.
    #[must_use]
    pub fn with_duration(mut self, duration: impl Into<Option<Duration>>) -> Self {
        self.duration = duration.into().or(self.duration);
        self
    }

    /// Sets how far its duration may be from its cut's, as the provider documents it; else it is
    /// [`DurationTolerance::default`].
    ///
    /// It goes with the recording, so that a poll and a webhook are judged alike.
    #[must_use]
    pub const fn with_duration_tolerance(mut self, tolerance: DurationTolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets until when the provider keeps it at least.
    ///
    /// ```
    /// use livecut_core::{Recording, RecordingId};
    /// use time::OffsetDateTime;
    ///
    /// let recording = Recording::new(RecordingId::new("v1")?);
    /// assert_eq!(recording.kept_until(), None);
    /// let until = OffsetDateTime::from_unix_timestamp(1_736_754_600)?;
    /// assert_eq!(recording.with_kept_until(until).kept_until(), Some(until));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_kept_until(mut self, until: OffsetDateTime) -> Self {
        self.kept_until = Some(until);
        self
    }

    /// The provider's id of it.
    pub fn id(&self) -> &RecordingId {
        &self.id
    }

    /// Where it is played from; empty where unknown.
    pub fn playback(&self) -> &[Playback] {
        &self.playback
    }

    /// Its duration, where the provider tells.
    pub fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// Until when the provider keeps it at least, by what it was configured to; then it may be deleted, and with it each cut
    /// that is an address in it. `None`: nothing tells.
    #[must_use]
    pub const fn kept_until(&self) -> Option<OffsetDateTime> {
        self.kept_until
    }

    /// How far its duration may be from its cut's.
    pub const fn duration_tolerance(&self) -> DurationTolerance {
        self.tolerance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_in_no_document() {
        let playback = Playback::new(PlaybackFormat::Mp4, "https://media.example/v.mp4")
            .with_header("authorization", "hunter2");
        let document = serde_json::to_string(&playback).unwrap();
        assert_eq!(
            document,
            r#"{"format":"mp4","url":"https://media.example/v.mp4"}"#
        );
    }

    #[test]
    fn debug_shows_where_it_is_played_from_and_not_the_token() {
        let shown = |url| format!("{:?}", Playback::new(PlaybackFormat::Hls, url));
        let signed = shown("https://cdn.example/v.m3u8?token=hunter2");
        assert!(signed.contains("https://cdn.example/v.m3u8?<redacted>"));
        assert!(!signed.contains("hunter2"));
        assert!(shown("https://cdn.example/v.m3u8").contains("v.m3u8\""));
    }
}
