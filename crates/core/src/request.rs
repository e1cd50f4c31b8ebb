use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::pace::Pace;
use crate::seconds;
use crate::{Certainty, CutRange, Effect, RecordingId, Rounding, StopWatch, StreamId, Visibility};

/// What to stop, and what to keep of it.
///
/// Without a cut the whole recording is kept. What may be missing is set as it is: `with_timeout(None)` leaves the
/// request without one, and so does each method here that takes an `impl Into<Option<_>>`.
///
/// ```
/// use std::time::Duration;
/// use livecut_core::{CutRange, StopRequest, StreamId};
///
/// let request = StopRequest::new(StreamId::new("4PtERT9d9uK")?)
///     .with_cut(CutRange::seconds(30, 120)?)
///     .with_timeout(Duration::from_secs(10));
/// assert_eq!(request.cut().map(|cut| cut.to_string()).as_deref(), Some("30s..120s"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Kept
/// With serde it is kept as what it asks for. Who paces it and who watches it aren't kept. A member that it doesn't know
/// is refused: ignoring one would stop something else than what was meant.
///
/// ```
/// use livecut_core::{StopRequest, StreamId};
///
/// let request = StopRequest::new(StreamId::new("room-7")?).with_cut("30s..2m".parse()?);
/// let kept = serde_json::to_string(&request)?;
/// assert_eq!(kept, r#"{"stream":"room-7","cut":"30s..120s","rounding":"outward"}"#);
/// assert_eq!(serde_json::from_str::<StopRequest>(&kept)?, request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[must_use]
pub struct StopRequest {
    stream: StreamId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<CutRange>,
    /// Which the text of a cut doesn't tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cut_ends_at_edge: bool,
    rounding: Rounding,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visibility: Option<Visibility>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(with = "time::serde::rfc3339::option")]
    anchor: Option<OffsetDateTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recording: Option<RecordingId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "timeout_seconds", with = "seconds::if_known")]
    timeout: Option<Duration>,
    #[serde(skip)]
    beside: Beside,
}

impl StopRequest {
    /// Stop this stream and keep all of its recording.
    pub fn new(stream: StreamId) -> Self {
        Self {
            stream,
            cut: None,
            cut_ends_at_edge: false,
            rounding: Rounding::default(),
            visibility: None,
            anchor: None,
            recording: None,
            timeout: None,
            beside: Beside::default(),
        }
    }

    /// Keeps just this part of the recording.
    pub fn with_cut(mut self, cut: CutRange) -> Self {
        self.cut_ends_at_edge = cut.ends_at_edge();
        self.cut = Some(cut);
        self
    }

    /// How the cut is fitted to the provider's granularity
    /// (default: [`Rounding::Outward`], which never loses content).
    pub fn with_rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Sets who may see the recording (default: what the provider does by itself).
    pub fn with_visibility(mut self, visibility: impl Into<Option<Visibility>>) -> Self {
        self.visibility = visibility.into().or(self.visibility);
        self
    }

    /// The instant at which the recording's offset 0 lies.
    ///
    /// Needed only if the provider lacks the cut's timeline
    /// ([`TimelineSupport::WithAnchor`](crate::TimelineSupport::WithAnchor)). It is never guessed:
    /// a wrong anchor cuts the wrong part. A start that isn't before it is not rounded to before
    /// it either.
    pub fn with_anchor(mut self, anchor: impl Into<Option<OffsetDateTime>>) -> Self {
        // Some zones have seconds, which RFC 3339 can't say.
        let in_utc = |at: OffsetDateTime| at.checked_to_utc().map_or(at, Into::into);
        self.anchor = anchor.into().map(in_utc).or(self.anchor);
        self
    }

    /// Names the recording to cut.
    ///
    /// At a provider where one stream is used for one broadcast after another, a
    /// stop with nothing live is refused, or else it would cut yesterday's; naming the
    /// recording says which is meant. Other providers refuse it
    /// ([`Capabilities::named_recording`](crate::Capabilities::named_recording)).
    pub fn with_recording(mut self, recording: impl Into<Option<RecordingId>>) -> Self {
        self.recording = recording.into().or(self.recording);
        self
    }

    /// The longest that `stop` may take in all, retries and answers included
    /// (default: the adapter's, 30 s).
    pub fn with_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeout = timeout.into().or(self.timeout);
        self
    }

    /// Who says when each call of the stop may be sent (default: nobody).
    ///
    /// It isn't part of what is asked for: requests that differ in nothing else are equal. An adapter that passes
    /// livecut's conformance suite keeps to it.
    pub fn with_pace(mut self, pace: Arc<dyn Pace>) -> Self {
        self.beside.pace = Some(pace);
        self
    }

    /// What keeps how far the stop has come, for whoever drops its future (default: nothing).
    ///
    /// As the [pace](Self::with_pace), it isn't part of what is asked for.
    pub fn with_watch(mut self, watch: StopWatch) -> Self {
        self.beside.watch = Some(watch);
        self
    }

    /// The stream to stop.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// The part to keep; `None`: all of it.
    pub fn cut(&self) -> Option<CutRange> {
        self.cut.map(|cut| match self.cut_ends_at_edge {
            true => cut.ending_at_edge(),
            false => cut,
        })
    }

    /// How the cut is fitted to the provider's granularity.
    pub fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// Who may see the recording, where asked for.
    pub fn visibility(&self) -> Option<&Visibility> {
        self.visibility.as_ref()
    }

    /// The instant of the recording's offset 0, where the caller knows it.
    pub fn anchor(&self) -> Option<OffsetDateTime> {
        self.anchor
    }

    /// The recording to cut, where the request names it.
    pub fn recording(&self) -> Option<&RecordingId> {
        self.recording.as_ref()
    }

    /// The longest that `stop` may take in all, where the request sets it.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The effect of a stop that does all that this asks for, and nothing beside it.
    ///
    /// ```
    /// use livecut_core::{Certainty, CutRange, Effect, StopRequest, StreamId};
    ///
    /// let request = StopRequest::new(StreamId::new("x")?);
    /// assert_eq!(request.effect_if_applied(), Effect::new(Certainty::Yes, Certainty::No));
    /// let request = request.with_cut(CutRange::seconds(30, 120)?);
    /// assert_eq!(request.effect_if_applied(), Effect::new(Certainty::Yes, Certainty::Yes));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn effect_if_applied(&self) -> Effect {
        let cut = match self.cut {
            Some(_) => Certainty::Yes,
            None => Certainty::No,
        };
        Effect::new(Certainty::Yes, cut)
    }

    /// Who says when each call of the stop may be sent.
    pub fn pace(&self) -> Option<&Arc<dyn Pace>> {
        self.beside.pace.as_ref()
    }

    /// What keeps how far the stop has come.
    pub fn watch(&self) -> Option<&StopWatch> {
        self.beside.watch.as_ref()
    }
}

/// No part of what a request asks for, so all are equal.
#[derive(Debug, Clone, Default)]
struct Beside {
    pace: Option<Arc<dyn Pace>>,
    watch: Option<StopWatch>,
}

impl PartialEq for Beside {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Beside {}

impl AsRef<Self> for StopRequest {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// A request with a key of the caller's.
impl<K> AsRef<StopRequest> for (K, StopRequest) {
    fn as_ref(&self) -> &StopRequest {
        &self.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_kept_with_all_that_it_asks_for() {
        let cut = CutRange::seconds(30, 120).unwrap();
        let anchor = OffsetDateTime::from_unix_timestamp_nanos(1_736_754_570_000_000_001).unwrap();
        let request = StopRequest::new(StreamId::new("a/b").unwrap());
        for request in [
            request.clone(),
            request
                .with_cut(cut.ending_at_edge())
                .with_rounding(Rounding::Exact)
                .with_visibility(Visibility::Other("drm".to_owned()))
                .with_anchor(anchor)
                .with_recording(RecordingId::new("vod").unwrap())
                .with_timeout(Duration::from_millis(1_500)),
        ] {
            let kept = serde_json::to_string(&request).unwrap();
            let read: StopRequest = serde_json::from_str(&kept).unwrap();
            assert_eq!(read, request, "{kept}");
            let edge = |request: &StopRequest| request.cut().map(|cut| cut.ends_at_edge());
            assert_eq!(edge(&read), edge(&request), "{kept}");
        }
    }

    #[test]
    fn a_member_that_is_not_known_or_not_right_is_refused() {
        for wrong in [
            r#"{"stream":"a","rounding":"outward","cuts":"1s..2s"}"#,
            r#"{"stream":"a\n","rounding":"outward"}"#,
            r#"{"stream":"a","rounding":"up"}"#,
            r#"{"stream":"a","rounding":"outward","anchor":"today"}"#,
            r#"{"stream":"a","rounding":"outward","timeout_seconds":-1}"#,
            r#"{"rounding":"outward"}"#,
        ] {
            serde_json::from_str::<StopRequest>(wrong).unwrap_err();
        }
    }
}
