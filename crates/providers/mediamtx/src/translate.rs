//! From answers to what they mean. Pure: no I/O, no clock.

use std::time::Duration;

use livecut_core::{Capabilities, Error, ErrorKind, Result, StreamId, Timeline, TimelineSupport};
use livecut_http::Response;
use time::OffsetDateTime;

use crate::spans::{self, Spans};
use crate::states;
use crate::wire::{self, Configuration, Path};

/// What MediaMTX can do: cuts by wall clock, which are addresses. The start of a recording is listed, so offsets need no more.
///
/// ```
/// use livecut_core::{Timeline, TimelineSupport};
///
/// let capabilities = livecut_mediamtx::capabilities();
/// assert!(capabilities.cuts_by_address());
/// assert!(capabilities.repeats_stop());
/// assert_eq!(capabilities.timeline(Timeline::Offset), Some(TimelineSupport::ReadAnchor));
/// ```
pub fn capabilities() -> Capabilities {
    Capabilities::new(Duration::from_nanos(1))
        .with_timeline(Timeline::WallClock, TimelineSupport::Native)
        .with_timeline(Timeline::Offset, TimelineSupport::ReadAnchor)
        .with_cut_by_address()
        .with_repeatable_stop()
        .with_named_recording()
        .with_checked_end()
        .with_duration_tolerance(states::FRAME)
}

/// By a source's type, the part of the API in which a session of it is kicked. What the server pulls by itself has none.
const KINDS: [(&str, &str); 7] = [
    ("rtmpConn", "rtmpconns"),
    ("rtmpsConn", "rtmpsconns"),
    ("rtspSession", "rtspsessions"),
    ("rtspsSession", "rtspssessions"),
    ("srtConn", "srtconns"),
    ("webRTCSession", "webrtcsessions"),
    ("moqSession", "moqsessions"),
];

/// Who publishes a stream: one session, whose id no other has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// The source's type, in the server's word.
    source: String,
    /// `None`: it can't be kicked.
    kind: Option<&'static str>,
    id: String,
    configuration: String,
    /// Since when there are pictures.
    pub(crate) since: OffsetDateTime,
}

impl Session {
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn kind(&self) -> &str {
        self.kind.unwrap_or_default()
    }

    pub(crate) const fn can_be_kicked(&self) -> bool {
        self.kind.is_some()
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn configuration(&self) -> &str {
        &self.configuration
    }

    /// `None`: the answer isn't of the documented shape.
    fn of(path: Path) -> Option<Self> {
        // Segments of URLs: what can't be one is no name that the server takes.
        let is_segment = |text: &str| !["", ".", ".."].contains(&text);
        let source = path.source.filter(|source| is_segment(&source.id))?;
        let known = KINDS.iter().find(|(known, _)| *known == source.kind);
        let since = path.available_time.or(path.online_time)?;
        Some(Self {
            kind: known.map(|(_, kind)| *kind),
            source: source.kind,
            id: source.id,
            configuration: path.conf_name.filter(|name| is_segment(name))?,
            since: spans::instant(&since)?,
        })
    }
}

/// Whether somebody publishes a stream.
#[derive(Debug)]
pub(crate) enum Air {
    On(Session),
    /// Nobody does. The server has a path of this name, though.
    Idle,
    /// The server has no path of this name now, which it says of a typing error and of a stream that is over.
    Unknown,
}

/// Reads a path.
pub(crate) fn air(answer: Result<Response>, stream: &StreamId) -> Result<Air> {
    let response = match answer {
        Err(error) if is_not_found(&error) => return Ok(Air::Unknown),
        answer => answer?,
    };
    let path: Path = response.json()?;
    let is_it = path.name.as_deref() == Some(stream.as_str());
    let air = match path.online.filter(|_| is_it) {
        Some(true) => Session::of(path).map(Air::On),
        Some(false) => Some(Air::Idle),
        None => None,
    };
    air.ok_or_else(|| {
        response.error(
            ErrorKind::UnexpectedResponse,
            "the answer isn't the path with who publishes it: is the control API at the base URL?",
        )
    })
}

/// The server itself says that there is no such thing. Any 404 would do as well for an address that leads elsewhere.
pub(crate) fn is_not_found(error: &Error) -> bool {
    let said = error
        .response()
        .and_then(|answer| wire::refusal(answer.body()));
    error.kind() == ErrorKind::NotFound && said.is_some_and(|said| said.ends_with("not found"))
}

/// For how long the server keeps what it records of a path. It does record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    For(Duration),
    /// It isn't said, or not in a form that is known; or nothing is deleted.
    Untold,
}

/// Reads a path's configuration, and refuses one that keeps nothing.
pub(crate) fn kept(response: &Response) -> Result<Kept> {
    let configuration: Configuration = response.json()?;
    let conflict = |why: &'static str| Err(response.error(ErrorKind::Conflict, why));
    match (configuration.record, configuration.record_format.as_deref()) {
        (Some(false), _) => conflict(
            "the stream is on air and isn't recorded (`record: no`), so that ending it would keep nothing",
        ),
        (Some(true), Some("fmp4")) => {
            let text = configuration.record_delete_after.unwrap_or_default();
            Ok(match duration(&text) {
                Some(kept) if !kept.is_zero() => Kept::For(kept),
                _ => Kept::Untold,
            })
        }
        (Some(true), Some(_)) => conflict(
            "the stream is recorded in a format that the playback server can't serve: it needs `recordFormat: fmp4`",
        ),
        _ => Err(response.error(
            ErrorKind::UnexpectedResponse,
            "the answer isn't a path's configuration that says whether the stream is recorded",
        )),
    }
}

/// Reads a length as Go writes it, `24h0m0s`, or with days, `1d`; `None`: it isn't one.
fn duration(text: &str) -> Option<Duration> {
    let mut whole = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let unit = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(unit)?;
        let end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let (seconds, of) = match unit {
            "d" => (86_400, 1),
            "h" => (3600, 1),
            "m" => (60, 1),
            "s" => (1, 1),
            "ms" => (1, 1000),
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse().ok()?).ok()?;
        let part = part.checked_mul(seconds)?.checked_div(of)?;
        whole = whole.checked_add(part)?;
        rest = after;
    }
    (!text.is_empty()).then_some(whole)
}

/// Reads what was recorded of a stream. Of nothing at all, the server says so in a refusal: in JSON, and before v1.20 in plain text.
pub(crate) fn spans(answer: Result<Response>) -> Result<Spans> {
    let response = match answer {
        Err(error) if says_nothing_recorded(&error) => return Ok(Spans::default()),
        answer => answer?,
    };
    let entries = wire::list(response.body());
    entries
        .and_then(|entries| Spans::new(&entries))
        .ok_or_else(|| {
            response.error(
            ErrorKind::UnexpectedResponse,
            "the answer isn't a list of what was recorded: is the playback server at its base URL?",
        )
        })
}

fn says_nothing_recorded(error: &Error) -> bool {
    let Some(answer) = error.response() else {
        return false;
    };
    let plain = || std::str::from_utf8(answer.body()).ok().map(str::to_owned);
    let said = wire::refusal(answer.body())
        .or_else(plain)
        .unwrap_or_default();
    let said = said.trim();
    match error.kind() {
        ErrorKind::NotFound => said == "no recording segments found",
        // Of a name that was never recorded: there is no such folder.
        ErrorKind::Rejected => said.ends_with("no such file or directory"),
        _ => false,
    }
}

/// Reads whether the session was kicked.
pub(crate) fn kicked(response: &Response) -> Result<()> {
    if wire::is_ok(response.body()) {
        return Ok(());
    }
    Err(response.error(
        ErrorKind::UnexpectedResponse,
        "the answer isn't the server's `ok`, so it confirms nothing",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_length_is_read_as_go_writes_it_and_with_days() {
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        for (text, length) in [
            ("24h0m0s", hours(24)),
            ("1d", hours(24)),
            ("1d12h", hours(36)),
            ("1.5h", Some(Duration::from_secs(5400))),
            ("1m500ms", Some(Duration::from_millis(60_500))),
            ("0s", hours(0)),
            ("", None),
            ("24", None),
            ("h", None),
            ("1w", None),
            ("-1h", None),
            ("1..5h", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(duration(text), length, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_length_panics(text in "\\PC{0,20}", go in "([0-9.]{0,20}(d|h|m|s|ms)){0,3}") {
            let _ = (duration(&text), duration(&go));
        }
    }
}
