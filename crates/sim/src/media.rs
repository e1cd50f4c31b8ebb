//! The files of recordings, as a CDN serves them: each at an address of its own, whole or in part.

use crate::http::{Answer, Refusal, RefusalKind, Request};
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{
        ACCEPT_RANGES, AUTHORIZATION, CONTENT_RANGE, ETAG, HeaderName, HeaderValue, IF_RANGE, RANGE,
    },
};
use std::time::Duration;

/// The path prefix of all files. The provider's name follows, and then the file's.
pub(crate) const PREFIX: &str = "media";

/// How long the part with the pictures would be.
const PICTURES: u32 = 256 * 1024;

/// Serves the file of a recording that is so long.
pub(crate) fn answer(request: &Request, id: &str, length: Duration) -> Result<Answer, Refusal> {
    if request.method != Method::GET {
        return Err(Refusal::new(
            RefusalKind::MethodNotAllowed("GET"),
            "a file is only read",
        ));
    }
    if request.headers.contains_key(AUTHORIZATION) {
        return Err(Refusal::bad_request(
            "the credential is for the API, and a file is on another host",
        ));
    }
    Ok(file(&request.headers, id, length, Duration::ZERO))
}

/// Gives a file that lasts so long, or the range of it that is asked for. So much of its track's beginning isn't shown.
pub(crate) fn file(headers: &HeaderMap, id: &str, length: Duration, hidden: Duration) -> Answer {
    let file = mp4(length, hidden);
    let etag = format!("\"{id}-{}-{}\"", length.as_nanos(), hidden.as_nanos());
    let (answer, range) = match asked(headers, &etag, file.len()) {
        Asked::All => (Answer::file(StatusCode::OK, file), None),
        Asked::Part { first, last } => {
            let part = file.get(first..=last).unwrap_or_default().to_vec();
            let range = format!("bytes {first}-{last}/{}", file.len());
            (Answer::file(StatusCode::PARTIAL_CONTENT, part), Some(range))
        }
        Asked::Nothing => (
            Answer::empty(StatusCode::RANGE_NOT_SATISFIABLE),
            Some(format!("bytes */{}", file.len())),
        ),
    };
    let answer = with(answer, ACCEPT_RANGES, "bytes");
    let answer = with(answer, ETAG, &etag);
    match range {
        Some(range) => with(answer, CONTENT_RANGE, &range),
        None => answer,
    }
}

fn with(answer: Answer, name: HeaderName, value: &str) -> Answer {
    match HeaderValue::from_str(value) {
        Ok(value) => answer.with_header(name, value),
        Err(_) => answer,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    All,
    Part {
        first: usize,
        last: usize,
    },
    /// What lies behind the end.
    Nothing,
}

/// One range (RFC 9110, section 14); what isn't one is as if it weren't there.
fn asked(headers: &HeaderMap, etag: &str, length: usize) -> Asked {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_same = text(IF_RANGE).is_none_or(|validator| validator == etag);
    let range = text(RANGE).filter(|_| is_same);
    let Some((first, last)) = range
        .and_then(|range| range.strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::All;
    };
    let end = length.saturating_sub(1);
    let (first, last) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(end)),
        (Ok(first), Err(_)) if last.is_empty() => (first, end),
        (Err(_), Ok(count)) if first.is_empty() => (length.saturating_sub(count), end),
        _ => return Asked::All,
    };
    match first < length {
        true => Asked::Part { first, last },
        false => Asked::Nothing,
    }
}

/// A file that lasts so long by its index, which is at its front; of its track, the index has the edit list alone, and the
/// units of its times. In place of pictures there are numbers, so that no part of it is like another.
fn mp4(length: Duration, hidden: Duration) -> Vec<u8> {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        let size = u32::try_from(content.len().saturating_add(8)).unwrap_or(0);
        [&size.to_be_bytes(), &kind[..], content].concat()
    };
    // All of version 1, whose times are of 64 bits; a thousand a second.
    let millis = |time: Duration| {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        millis.to_be_bytes()
    };
    let header = |rest: &[u8]| {
        let start = [[1, 0, 0, 0], [0; 4], [0; 4], [0; 4], [0; 4]].concat();
        [&start, &1000_u32.to_be_bytes()[..], &millis(length), rest].concat()
    };
    let edits = match hidden.is_zero() {
        true => Vec::new(),
        false => {
            let one = [1, 0, 0, 0, 0, 0, 0, 1];
            let list = [&one, &millis(length)[..], &millis(hidden), &[0, 1, 0, 0]].concat();
            boxed(b"edts", &boxed(b"elst", &list))
        }
    };
    let media = boxed(b"mdia", &boxed(b"mdhd", &header(&[0; 4])));
    let track = boxed(b"trak", &[edits, media].concat());
    let index = [boxed(b"mvhd", &header(&[0; 80])), track].concat();
    let numbers: Vec<u8> = (0..PICTURES / 4).flat_map(u32::to_be_bytes).collect();
    [
        boxed(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41"),
        boxed(b"moov", &index),
        boxed(b"mdat", &numbers),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_http_has_it() {
        let read = |range: &'static str, condition: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_static(range));
            if let Some(condition) = condition {
                headers.insert(IF_RANGE, HeaderValue::from_static(condition));
            }
            asked(&headers, "\"v1\"", 100)
        };
        let part = |first, last| Asked::Part { first, last };
        assert_eq!(read("bytes=0-9", None), part(0, 9));
        assert_eq!(read("bytes=40-", Some("\"v1\"")), part(40, 99));
        assert_eq!(read("bytes=40-", Some("\"v2\"")), Asked::All);
        assert_eq!(read("bytes=90-500", None), part(90, 99));
        assert_eq!(read("bytes=-30", None), part(70, 99));
        assert_eq!(read("bytes=100-", None), Asked::Nothing);
        for odd in [
            "bytes=9-0",
            "bytes=-",
            "bytes=a-b",
            "items=0-9",
            "0-9",
            "bytes=0-1,5-6",
        ] {
            assert_eq!(read(odd, None), Asked::All, "{odd}");
        }
    }
}
