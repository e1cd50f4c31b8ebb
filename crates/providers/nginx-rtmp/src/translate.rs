//! From a request to names, and from answers to what they mean. Pure: no I/O, no clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use livecut_core::{
    Capabilities, Error, ErrorKind, RecordingId, Result, Stopped, StreamId, Timeline,
    TimelineSupport,
};
use livecut_http::Response;
use time::OffsetDateTime;

use crate::states;
use crate::wire::{self, File, Stat};

/// What nginx-rtmp can do: cuts by offset to the millisecond, which are addresses. By wall clock the recording's start is known
/// by the second in its file's name alone.
///
/// ```
/// use std::time::Duration;
/// use livecut_core::{Timeline, TimelineSupport};
///
/// let capabilities = livecut_nginx_rtmp::capabilities();
/// assert!(capabilities.cuts_by_address());
/// assert_eq!(capabilities.timeline(Timeline::WallClock), Some(TimelineSupport::ReadAnchor));
/// assert_eq!(capabilities.anchor_precision(), Duration::from_secs(1));
/// ```
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_millis(1))
        .with_timeline(Timeline::Offset, TimelineSupport::Native)
        .with_timeline(Timeline::WallClock, TimelineSupport::ReadAnchor)
        .with_anchor_precision(states::ANCHOR)
        .with_cut_by_address()
        .with_named_recording()
        .with_checked_end()
        .with_duration_tolerance(states::FRAME)
}

/// Whether it is of unreserved characters alone: the module compares names as they stand in the URL.
pub(crate) fn is_plain(name: &str) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    !name.is_empty() && name.chars().all(unreserved)
}

/// The most bytes that the module keeps of a name (`NGX_RTMP_MAX_NAME`, less the zero at its end).
const LONGEST_NAME: usize = 255;

/// Refuses what the server would take for another name, or for none: without one it drops everybody.
pub(crate) fn check_stream(stream: &StreamId) -> Result<()> {
    let problem = if !is_plain(stream.as_str()) {
        "this server compares a stream's name as it stands in the URL: it must be of letters, digits, `-`, `.`, `_` \
         and `~`"
    } else if stream.as_str().len() > LONGEST_NAME {
        "this server's names have at most 255 bytes"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidRequest, problem))
}

/// The name of a recording: the stream's, and the second of the Unix epoch at which it began (`record_unique`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    id: RecordingId,
    began: OffsetDateTime,
}

impl Name {
    /// `None`: it isn't one of this stream's. A name that begins like the stream's is another's, unless digits alone come after it.
    pub(crate) fn of(stream: &StreamId, text: &str) -> Option<Self> {
        let digits = text.strip_prefix(stream.as_str())?.strip_prefix('-')?;
        let second: i64 = digits.parse().ok()?;
        let began = OffsetDateTime::from_unix_timestamp(second).ok()?;
        let id = RecordingId::new(text).ok()?;
        // In its one plain form.
        (second >= 0 && second.to_string() == digits).then_some(Self { id, began })
    }

    pub(crate) fn file(&self, suffix: &str) -> String {
        format!("{}.{suffix}", self.id)
    }

    pub(crate) const fn id(&self) -> &RecordingId {
        &self.id
    }

    /// The second at which it began, rounded down.
    pub(crate) const fn anchor(&self) -> OffsetDateTime {
        self.began
    }

    /// The same, since the Unix epoch.
    pub(crate) fn began(&self) -> u64 {
        u64::try_from(self.began.unix_timestamp()).unwrap_or_default()
    }
}

/// Seconds, with milliseconds if there are some.
pub(crate) fn seconds(millis: u64) -> String {
    let whole = millis.checked_div(1000).unwrap_or_default();
    match millis.checked_rem(1000).unwrap_or_default() {
        0 => whole.to_string(),
        millis => format!("{whole}.{millis:03}"),
    }
}

/// Whole seconds since the Unix epoch.
pub(crate) fn epoch(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Reads `/stat`.
pub(crate) fn stat(
    response: &Response,
    application: &str,
    stream: &StreamId,
) -> Result<Option<wire::Publisher>> {
    let xml = std::str::from_utf8(response.body()).ok();
    match xml.and_then(|xml| wire::stat(xml, application, stream.as_str())) {
        Some(Stat::Publisher(publisher)) => Ok(Some(publisher)),
        Some(Stat::Nobody) => Ok(None),
        Some(Stat::NoApplication) => Err(response.error(
            ErrorKind::NotFound,
            "the server's first `rtmp` server has no application of the configured name",
        )),
        None => Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer isn't the module's statistics with its clients: is `rtmp_stat all` at this URL?",
        )),
    }
}

/// What the list of files says of one stream's recordings.
#[derive(Debug)]
pub(crate) struct Recordings {
    /// Those that are recorded, or were, as the module writes them, and when each was written last.
    raw: Vec<(Name, Option<u64>)>,
    /// Those that can be had.
    whole: Vec<Name>,
}

impl Recordings {
    pub(crate) fn read(response: &Response, stream: &StreamId) -> Result<Self> {
        let Some(files) = wire::list(response.body()) else {
            return Err(response.error(
                ErrorKind::UnexpectedResponse,
                "the answer isn't a list of files: is `autoindex on` with `autoindex_format json` at this URL?",
            ));
        };
        let mut all = Self {
            raw: Vec::new(),
            whole: Vec::new(),
        };
        for file in files {
            let name = |suffix| {
                let stem = file.name.as_deref()?.strip_suffix(suffix)?;
                Name::of(stream, stem)
            };
            if let Some(name) = name(".flv") {
                all.raw.push((name, written(&file)));
            } else if let Some(name) = name(".mp4") {
                all.whole.push(name);
            }
        }
        Ok(all)
    }

    pub(crate) fn is_whole(&self, name: &Name) -> bool {
        self.whole.contains(name)
    }

    pub(crate) fn is_recorded(&self, name: &Name) -> bool {
        self.raw.iter().any(|(raw, _)| raw == name)
    }

    /// When the module last wrote to it, if it is listed.
    pub(crate) fn written(&self, name: &Name) -> Option<u64> {
        let found = self.raw.iter().find(|(raw, _)| raw == name);
        found.and_then(|(_, written)| *written)
    }

    /// Those that are being recorded, or were, since this second.
    pub(crate) fn since(&self, second: u64) -> Vec<&Name> {
        let names = self.raw.iter().map(|(name, _)| name);
        names.filter(|name| name.began() >= second).collect()
    }

    pub(crate) fn newest(&self) -> Option<&Name> {
        let raw = self.raw.iter().map(|(name, _)| name);
        raw.chain(&self.whole).max_by_key(|name| name.began())
    }
}

fn written(file: &File) -> Option<u64> {
    httpdate::parse_http_date(file.mtime.as_deref()?)
        .ok()
        .map(epoch)
}

/// Reads how many publishers were dropped: of a name and a session, one or none.
pub(crate) fn dropped(response: &Response) -> Result<Stopped> {
    match response.body().trim_ascii() {
        b"1" => Ok(Stopped::Stopped),
        b"0" => Ok(Stopped::AlreadyEnded),
        _ => Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer isn't the number of publishers that were dropped, so it confirms nothing",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(id: &str) -> StreamId {
        StreamId::new(id).unwrap()
    }

    #[test]
    fn only_names_that_mean_the_same_in_a_url_are_taken() {
        for good in ["class1", "a~b.c_d-9", "..."] {
            assert!(check_stream(&stream(good)).is_ok(), "{good}");
        }
        let long = "a".repeat(256);
        for bad in [
            "a b", "a%20b", "a/b", "a?b", "a&name=b", "é", "a+b", "a=b", &*long,
        ] {
            let error = check_stream(&stream(bad)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{bad}");
            assert!(error.effect().is_none());
        }
        assert!(!is_plain(""));
    }

    #[test]
    fn a_recording_is_its_stream_s_and_no_stream_s_whose_name_begins_alike() {
        let began = |id: &str, text| Name::of(&stream(id), text).map(|name| name.began());
        assert_eq!(began("class1", "class1-1795885102"), Some(1_795_885_102));
        assert_eq!(
            began("class1-5", "class1-5-1795885102"),
            Some(1_795_885_102)
        );
        for other in [
            "class1-5-1795885102",
            "class1",
            "class1-",
            "class1-1795885102-part",
            "class1-01795885102",
            "class1-+1795885102",
            "class1-99999999999999999999",
            "class1-9999999999999999",
            "class11795885102",
            "class2-1795885102",
        ] {
            assert_eq!(began("class1", other), None, "{other}");
        }
    }

    #[test]
    fn a_time_is_as_short_as_it_can_be() {
        assert_eq!(
            [0, 30_000, 11_333, 50, 999_999_999_999].map(seconds),
            ["0", "30", "11.333", "0.050", "999999999.999"]
        );
    }
}
