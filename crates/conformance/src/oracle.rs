//! What an adapter should do, worked out here anew, so that a mistake in livecut's own arithmetic shows too.

use std::fmt;
use std::time::Duration;

use livecut_core::{
    Bounds, Capabilities, CutRange, Rounding, Step, StopRequest, Timeline, TimelineSupport,
};
use time::OffsetDateTime;

use crate::ReceivedRequest;

/// A half-open interval in nanoseconds from the recording's start or from the Unix epoch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) timeline: Timeline,
    pub(crate) start: i128,
    pub(crate) end: i128,
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ns..{} ns ({})", self.start, self.end, self.timeline)
    }
}

impl Span {
    pub(crate) fn of(range: CutRange) -> Self {
        let (start, end) = match range.bounds() {
            Bounds::Offset { start, end } => (nanos(start), nanos(end)),
            Bounds::WallClock { start, end } => {
                (start.unix_timestamp_nanos(), end.unix_timestamp_nanos())
            }
        };
        Self {
            timeline: range.timeline(),
            start,
            end,
        }
    }

    /// This span on `timeline`, where `anchor` is the instant of offset 0.
    pub(crate) fn on(self, timeline: Timeline, anchor: OffsetDateTime) -> Self {
        let anchor = anchor.unix_timestamp_nanos();
        let shift = match (self.timeline, timeline) {
            (Timeline::Offset, Timeline::WallClock) => anchor,
            (Timeline::WallClock, Timeline::Offset) => anchor.saturating_neg(),
            _ => 0,
        };
        Self {
            timeline,
            start: self.start.saturating_add(shift),
            end: self.end.saturating_add(shift),
        }
    }

    /// `None` where it isn't a range that livecut can express.
    pub(crate) fn range(self) -> Option<CutRange> {
        match self.timeline {
            Timeline::Offset => CutRange::offsets(duration(self.start)?, duration(self.end)?),
            Timeline::WallClock => CutRange::instants(
                OffsetDateTime::from_unix_timestamp_nanos(self.start).ok()?,
                OffsetDateTime::from_unix_timestamp_nanos(self.end).ok()?,
            ),
        }
        .ok()
    }
}

pub(crate) fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

fn duration(nanos: i128) -> Option<Duration> {
    let seconds = u64::try_from(nanos.checked_div(1_000_000_000)?).ok()?;
    let below = u32::try_from(nanos.checked_rem(1_000_000_000)?).ok()?;
    Some(Duration::new(seconds, below))
}

/// The largest multiple of `grid` that isn't above `value`.
pub(crate) fn floor(value: i128, grid: i128) -> i128 {
    value.saturating_sub(value.checked_rem_euclid(grid).unwrap_or_default())
}

/// The smallest multiple of `grid` that isn't below `value`.
pub(crate) fn ceil(value: i128, grid: i128) -> i128 {
    floor(value.saturating_add(grid).saturating_sub(1), grid)
}

/// The multiple of `grid` that is nearest to `value`; halfway, the later one.
fn nearest(value: i128, grid: i128) -> i128 {
    let twice = |n: i128| n.saturating_mul(2);
    // floor((2v + g) / 2g) * g, without fractions.
    let halves = twice(value).saturating_add(grid);
    floor(halves, twice(grid))
        .checked_div(2)
        .unwrap_or_default()
}

/// What an adapter with these capabilities should make of a request's cut. `start` is the instant of the recording's
/// offset 0, which an adapter that reads it should come to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The provider gets this.
    Effective(Span),
    /// `plan` refuses it; or `stop`, once it has read the anchor.
    Refused,
}

pub(crate) fn expected(
    capabilities: &Capabilities,
    request: &StopRequest,
    start: OffsetDateTime,
) -> Option<Expected> {
    let asked = Span::of(request.cut()?);
    let native = match (capabilities.timeline(asked.timeline), request.anchor()) {
        (None, _) | (Some(TimelineSupport::WithAnchor), None) => return Some(Expected::Refused),
        (Some(TimelineSupport::Native), _) => asked,
        (Some(TimelineSupport::WithAnchor | TimelineSupport::ReadAnchor), Some(anchor)) => {
            asked.on(other(asked.timeline), anchor)
        }
        (Some(TimelineSupport::ReadAnchor), None) => {
            match by_read_anchor(asked, capabilities.anchor_precision(), request, start) {
                Some(native) if native.start < native.end => native,
                _ => return Some(Expected::Refused),
            }
        }
        // A support that this suite doesn't know yet.
        (Some(_), _) => return None,
    };
    let grid = nanos(capabilities.granularity());
    let (start, end) = match request.rounding() {
        Rounding::Outward => (floor(native.start, grid), ceil(native.end, grid)),
        Rounding::Inward => (ceil(native.start, grid), floor(native.end, grid)),
        Rounding::Nearest => (nearest(native.start, grid), nearest(native.end, grid)),
        Rounding::Exact
            if floor(native.start, grid) == native.start
                && floor(native.end, grid) == native.end =>
        {
            (native.start, native.end)
        }
        Rounding::Exact => return Some(Expected::Refused),
        _ => return None,
    };
    Some(if start < end {
        Expected::Effective(Span {
            start,
            end,
            ..native
        })
    } else {
        Expected::Refused
    })
}

/// A span on the other timeline, by an anchor that is told to be earlier than the true one by less than this; `None`: that isn't
/// exact.
fn by_read_anchor(
    asked: Span,
    precision: Duration,
    request: &StopRequest,
    start: OffsetDateTime,
) -> Option<Span> {
    let timeline = other(asked.timeline);
    if precision.is_zero() {
        return Some(asked.on(timeline, start));
    }
    let precision = nanos(precision);
    let told = floor(start.unix_timestamp_nanos(), precision);
    let by = |anchor: i128| {
        let anchor = OffsetDateTime::from_unix_timestamp_nanos(anchor).ok()?;
        let span = asked.on(timeline, anchor);
        Some((span.start, span.end))
    };
    let (earliest, latest) = (by(told)?, by(told.saturating_add(precision))?);
    let between = |a: i128, b: i128| a.midpoint(b);
    // The two orders: an instant's offset falls as the anchor moves on, and an offset's instant rises.
    let low = (earliest.0.min(latest.0), earliest.1.min(latest.1));
    let high = (earliest.0.max(latest.0), earliest.1.max(latest.1));
    let (from, to) = match request.rounding() {
        Rounding::Outward => (low.0, high.1),
        Rounding::Inward => (high.0, low.1),
        Rounding::Nearest => (between(low.0, high.0), between(low.1, high.1)),
        _ => return None,
    };
    let from = match timeline {
        Timeline::Offset => from.max(0),
        Timeline::WallClock => from,
    };
    Some(Span {
        timeline,
        start: from,
        end: to,
    })
}

pub(crate) const fn other(timeline: Timeline) -> Timeline {
    match timeline {
        Timeline::Offset => Timeline::WallClock,
        Timeline::WallClock => Timeline::Offset,
    }
}

/// Whether the requests that arrived are the plan's steps, in order: each step once, those with a condition at most
/// once.
///
/// # Errors
/// Which request isn't as planned.
pub(crate) fn as_planned(steps: &[Step], received: &[ReceivedRequest]) -> Result<(), String> {
    let mut received = received.iter().peekable();
    for step in steps {
        match received.peek() {
            Some(request) if is_step(step, request) => {
                received.next();
            }
            _ if step.when().is_some() => {}
            Some(request) => return Err(format!("planned: {step:?}; arrived: {request:?}")),
            None => return Err(format!("planned, and didn't arrive: {step:?}")),
        }
    }
    match received.next() {
        None => Ok(()),
        Some(request) => Err(format!("arrived, and wasn't planned: {request:?}")),
    }
}

/// Whether `request` is this step, its placeholders filled in.
pub(crate) fn is_step(step: &Step, request: &ReceivedRequest) -> bool {
    let Ok(body) = std::str::from_utf8(&request.body) else {
        return false;
    };
    request.method == step.method().as_str()
        && fills(step.url(), &request.url, |_| Some('/'))
        && fills(step.body().unwrap_or_default(), body, in_string)
}

/// What a placeholder in JSON can't hold: within a string, that string's end. Outside of one it is a whole value.
fn in_string(before: &str) -> Option<char> {
    (before.matches('"').count() % 2 == 1).then_some('"')
}

/// Whether `text` is `template` with something for each placeholder, in which there is no delimiter, if there is one
/// after such a text.
fn fills(template: &str, text: &str, delimiter: impl Fn(&str) -> Option<char> + Copy) -> bool {
    filled(template, text, 0, delimiter)
}

/// As [`fills`], for what comes after the first `done` bytes of the text, which are filled.
fn filled(
    template: &str,
    text: &str,
    done: usize,
    delimiter: impl Fn(&str) -> Option<char> + Copy,
) -> bool {
    let Some(left) = text.get(done..) else {
        return false;
    };
    let Some((before, after)) = split_placeholder(template) else {
        return template == left;
    };
    let Some(rest) = left.strip_prefix(before) else {
        return false;
    };
    let done = done.saturating_add(before.len());
    let end = text.get(..done).and_then(delimiter);
    rest.char_indices()
        .take_while(|(_, c)| Some(*c) != end)
        .any(|(at, c)| {
            let done = done.saturating_add(at).saturating_add(c.len_utf8());
            filled(after, text, done, delimiter)
        })
}

/// What is before and after the first `{name}`. A JSON object isn't one, for its names are quoted.
fn split_placeholder(template: &str) -> Option<(&str, &str)> {
    let mut from = 0_usize;
    while let Some((before, rest)) = template.get(from..)?.split_once('{') {
        let at = from.saturating_add(before.len());
        if let Some((name, after)) = rest.split_once('}')
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            return Some((template.get(..at)?, after));
        }
        from = at.saturating_add(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use livecut_core::{Method, Purpose};

    use super::*;

    #[test]
    fn halves_round_to_the_later_multiple_on_either_side_of_zero() {
        let rounded = |value| nearest(value, 10);
        assert_eq!(
            [4, 5, 14, 15, -4, -5, -6].map(rounded),
            [0, 10, 10, 20, 0, 0, -10]
        );
        assert_eq!([floor(-1, 10), ceil(-1, 10), ceil(10, 10)], [-10, 0, 10]);
    }

    #[test]
    fn a_placeholder_takes_one_segment_and_a_json_object_is_none() {
        let url = |template, text| fills(template, text, |_| Some('/'));
        assert!(url("/a/{asset_id}/b", "/a/x1/b"));
        assert!(!url("/a/{asset_id}/b", "/a/x/1/b"));
        assert!(!url("/a/{asset_id}/b", "/a//b"));
        let body = |template, text| fills(template, text, in_string);
        assert!(body(r#"{"from":1}"#, r#"{"from":1}"#));
        assert!(!body(r#"{"from":1}"#, r#"{"from":2}"#));
        assert!(body(r#"{"id":"{id}"}"#, r#"{"id":"x"}"#));
        assert!(!body(r#"{"id":"{id}"}"#, r#"{"id":"x","more":"y"}"#));
        assert!(body("{}", "{}"));
    }

    #[test]
    fn a_placeholder_outside_of_a_json_string_takes_a_whole_value() {
        let body = |text| fills(r#"{"to":{to},"in":{in},"id":"{id}"}"#, text, in_string);
        assert!(body(r#"{"to":1.5,"in":["a","b"],"id":"x"}"#));
        assert!(!body(r#"{"to":,"in":["a","b"],"id":"x"}"#));
        assert!(!body(r#"{"to":1.5,"in":["a","b"],"id":""}"#));
    }

    #[test]
    fn a_conditional_step_may_be_left_out_and_no_other() {
        let read = Step::new(Purpose::Read, Method::Get, "http://x/a").with_condition("if unknown");
        let stop = Step::new(Purpose::Stop, Method::Post, "http://x/b");
        let got = |method: &str, url: &str| ReceivedRequest::new(method, url, []);
        let steps = [read, stop];
        let both = [got("GET", "http://x/a"), got("POST", "http://x/b")];
        assert!(as_planned(&steps, &both).is_ok());
        assert!(as_planned(&steps, &both[1..]).is_ok());
        assert!(as_planned(&steps, &both[..1]).is_err());
        assert!(as_planned(&steps, &[both[1].clone(), both[1].clone()]).is_err());
    }
}
