//! The sessions of a stream's encoder: each is a connection of its own, and what is recorded of each a span of its own.

use crate::{instant, recording::Media, stream::Stream};
use time::OffsetDateTime;

/// When the encoder was back, each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions(Vec<OffsetDateTime>);

pub(super) fn is_live(stream: &Stream, now: OffsetDateTime) -> bool {
    stream.has_started(now) && stream.ended(now).is_none()
}

/// Ends the session that is on air, and begins another.
pub(super) fn come_back(stream: &mut Stream, now: OffsetDateTime) {
    if let Some(Sessions(returns)) = stream.own_mut() {
        returns.push(now);
    }
}

fn returns(stream: &Stream) -> &[OffsetDateTime] {
    stream.own().map_or(&[], |Sessions(returns)| returns)
}

/// When its newest session began.
pub(super) fn since(stream: &Stream) -> Option<OffsetDateTime> {
    returns(stream).last().copied().or_else(|| stream.start())
}

/// The id of its newest session, which no other session has.
pub(super) fn id(stream: &Stream) -> String {
    let session = returns(stream).len();
    format!("{:08x}-0000-4000-8000-{session:012x}", stream.number)
}

/// Whether it is a UUID.
pub(super) fn is_id(text: &str) -> bool {
    let groups = text.split('-').map(|group| {
        let is_hex = group.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { group.len() } else { 0 }
    });
    groups.eq([8, 4, 4, 4, 12])
}

/// What is recorded by now, a span a session.
pub(super) fn spans(stream: &Stream, now: OffsetDateTime) -> Vec<Media> {
    let Some(start) = stream.start().filter(|_| stream.has_started(now)) else {
        return Vec::new();
    };
    if !stream.records {
        return Vec::new();
    }
    let starts = [start].into_iter().chain(returns(stream).iter().copied());
    let end = stream.ended(now).unwrap_or(now);
    let ends = returns(stream).iter().copied().chain([end]);
    let spans = starts.zip(ends).filter_map(|(start, end)| {
        Some(Media {
            start,
            length: instant::since(start, end)?,
        })
    });
    spans.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_s_id_is_a_uuid() {
        assert!(is_id("8d72057e-dc16-4d1f-bcba-a5a4ca8e72ae"));
        for other in [
            "",
            "1",
            "8d72057e-dc16-4d1f-bcba-a5a4ca8e72a",
            "8d72057e-dc16-4d1f-bcba-a5a4ca8e72ag",
            "8d72057e-dc16-4d1f-bcba-a5a4ca8e72ae-",
        ] {
            assert!(!is_id(other), "{other}");
        }
    }
}
