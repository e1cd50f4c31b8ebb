//! True answers, as bytes that break the rules of HTTP/1.1, or keep them in a way that few servers do.

use super::{act::Act, end::End, message::Message};
use fastrand::Rng;
use std::fmt::Display;

/// 10 GiB, in pieces of 64 KiB.
const HUGE: u64 = 10 << 30;
const HUGE_PIECE: usize = 1 << 16;
const HUGE_PIECES: u64 = 10 << 14;

/// Which part of an answer is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    StatusLine,
    Headers,
    Body,
}

/// A piece of the true answer that ends within `part`.
pub(super) fn cut(message: &Message, part: Part, end: End, rng: &mut Rng) -> Vec<Act> {
    let bytes = message.to_bytes();
    let status_line = message.status_line().len();
    let head = bytes.len().saturating_sub(message.body.len());
    let (from, to) = match part {
        // Without a byte of it there would be no answer at all, which is another fault.
        Part::StatusLine => (1, status_line),
        Part::Headers => (status_line, head),
        Part::Body => (head, bytes.len()),
    };
    let at = rng.usize(from..to.max(from.saturating_add(1)));
    let mut bytes = bytes;
    bytes.truncate(at);
    vec![Act::Send(bytes), Act::End(end)]
}

fn framed(message: &Message, framing: &str, body: impl AsRef<[u8]>, then: Act) -> Vec<Act> {
    let mut bytes = message.head(framing);
    bytes.extend_from_slice(body.as_ref());
    vec![Act::Send(bytes), then]
}

fn with_length(message: &Message, length: impl Display, then: Act) -> Vec<Act> {
    let framing = format!("content-length: {length}\r\n");
    framed(message, &framing, &message.body, then)
}

pub(super) fn length_too_long(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let length = message.body.len().saturating_add(rng.usize(1..=5000));
    with_length(message, length, Act::End(End::Close))
}

pub(super) fn length_too_long_stall(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let length = message.body.len().saturating_add(rng.usize(1..=5000));
    with_length(message, length, Act::End(End::Stall))
}

pub(super) fn length_too_short(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let length = rng.usize(..message.body.len().max(1));
    with_length(message, length, Act::End(End::Close))
}

pub(super) fn length_nonsense(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let length = rng.choice(["-1", "1e3", "0x10", "18446744073709551616", "ten", ""]);
    with_length(message, length.unwrap_or_default(), Act::End(End::Close))
}

pub(super) fn lengths_conflict(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let length = message.body.len();
    let other = length.saturating_add(rng.usize(1..=9));
    let framing = format!("content-length: {length}\r\ncontent-length: {other}\r\n");
    framed(message, &framing, &message.body, Act::End(End::Close))
}

/// The body, in chunks of the seed's sizes, and without the last one.
fn chunks(message: &Message, rng: &mut Rng) -> Vec<u8> {
    let mut rest = message.body.as_slice();
    let mut bytes = Vec::new();
    while !rest.is_empty() {
        let (chunk, more) = rest.split_at(rng.usize(1..=rest.len()));
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
        rest = more;
    }
    bytes
}

const CHUNKED: &str = "transfer-encoding: chunked\r\n";

fn chunked(message: &Message, rng: &mut Rng, last: &str) -> Vec<u8> {
    let mut bytes = message.head(CHUNKED);
    bytes.extend_from_slice(&chunks(message, rng));
    bytes.extend_from_slice(last.as_bytes());
    bytes
}

pub(super) fn in_chunks(message: &Message, rng: &mut Rng) -> Vec<Act> {
    vec![Act::Send(chunked(message, rng, "0\r\n\r\n"))]
}

pub(super) fn in_chunks_with_trailers(message: &Message, rng: &mut Rng) -> Vec<Act> {
    vec![Act::Send(chunked(
        message,
        rng,
        "0\r\nx-checksum: 1\r\n\r\n",
    ))]
}

pub(super) fn chunks_cut(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let mut bytes = chunked(message, rng, "0\r\n\r\n");
    let body = message.head(CHUNKED).len();
    bytes.truncate(rng.usize(body..bytes.len().max(body.saturating_add(1))));
    vec![Act::Send(bytes), Act::End(End::Close)]
}

pub(super) fn chunks_unended(message: &Message, rng: &mut Rng) -> Vec<Act> {
    vec![Act::Send(chunked(message, rng, "")), Act::End(End::Stall)]
}

pub(super) fn chunk_of_nonsense(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let size = rng
        .choice(["zz", "-1", "", "fffffffffffffffff", "5 5"])
        .unwrap_or_default();
    framed(
        message,
        CHUNKED,
        format!("{size}\r\n"),
        Act::End(End::Close),
    )
}

/// A response that says both is what request smuggling is made of; RFC 9112 has the chunks win.
pub(super) fn chunks_and_length(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let length = rng.usize(..9);
    let framing = format!("content-length: {length}\r\nconnection: close\r\n{CHUNKED}");
    let mut bytes = message.head(&framing);
    bytes.extend_from_slice(&chunks(message, rng));
    bytes.extend_from_slice(b"0\r\n\r\n");
    vec![Act::Send(bytes), Act::Close]
}

pub(super) fn until_close(message: &Message, _: &mut Rng) -> Vec<Act> {
    framed(message, "connection: close\r\n", &message.body, Act::Close)
}

pub(super) fn until_close_cut(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let (kept, _) = message
        .body
        .split_at(rng.usize(..message.body.len().max(1)));
    framed(message, "connection: close\r\n", kept, Act::Close)
}

fn huge(message: &Message, framing: &str, piece: Vec<u8>) -> Vec<Act> {
    vec![
        Act::Send(message.head(framing)),
        Act::Repeat(piece, HUGE_PIECES),
        Act::Close,
    ]
}

pub(super) fn huge_declared(message: &Message, _: &mut Rng) -> Vec<Act> {
    huge(
        message,
        &format!("content-length: {HUGE}\r\n"),
        vec![b' '; HUGE_PIECE],
    )
}

pub(super) fn huge_chunked(message: &Message, _: &mut Rng) -> Vec<Act> {
    let mut piece = format!("{HUGE_PIECE:x}\r\n").into_bytes();
    piece.resize(piece.len().saturating_add(HUGE_PIECE), b' ');
    piece.extend_from_slice(b"\r\n");
    huge(message, CHUNKED, piece)
}

pub(super) fn huge_until_close(message: &Message, _: &mut Rng) -> Vec<Act> {
    huge(message, "connection: close\r\n", vec![b' '; HUGE_PIECE])
}

pub(super) fn drip_head(message: &Message, _: &mut Rng) -> Vec<Act> {
    vec![Act::Drip(message.to_bytes())]
}

pub(super) fn drip_body(message: &Message, _: &mut Rng) -> Vec<Act> {
    let framing = format!("content-length: {}\r\n", message.body.len());
    vec![
        Act::Send(message.head(&framing)),
        Act::Drip(message.body.clone()),
    ]
}

pub(super) fn endless_headers(message: &Message, _: &mut Rng) -> Vec<Act> {
    vec![
        Act::send(message.status_line()),
        Act::Repeat(b"x-more: and more\r\n".to_vec(), u64::MAX),
    ]
}

pub(super) fn endless_header(message: &Message, _: &mut Rng) -> Vec<Act> {
    let start = format!("{}x-more: ", message.status_line());
    vec![
        Act::send(start),
        Act::Repeat(vec![b'm'; HUGE_PIECE], u64::MAX),
    ]
}

pub(super) fn nul_in_header(message: &Message, _: &mut Rng) -> Vec<Act> {
    framed(message, "x-more: a\0b\r\n", "", Act::End(End::Close))
}

pub(super) fn header_without_name(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let line = rng
        .choice([": value\r\n", "no colon\r\n", "a b: c\r\n"])
        .unwrap_or_default();
    framed(message, line, "", Act::End(End::Close))
}

fn after(interim: &str, message: &Message) -> Vec<Act> {
    let mut bytes = interim.as_bytes().to_vec();
    bytes.extend_from_slice(&message.to_bytes());
    vec![Act::Send(bytes)]
}

pub(super) fn after_100(message: &Message, rng: &mut Rng) -> Vec<Act> {
    after(
        &"HTTP/1.1 100 Continue\r\n\r\n".repeat(rng.usize(1..=5)),
        message,
    )
}

pub(super) fn after_103(message: &Message, _: &mut Rng) -> Vec<Act> {
    after(
        "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n",
        message,
    )
}

pub(super) fn only_100(_: &Message, _: &mut Rng) -> Vec<Act> {
    vec![
        Act::send("HTTP/1.1 100 Continue\r\n\r\n"),
        Act::End(End::Close),
    ]
}

pub(super) fn only_100_stall(_: &Message, rng: &mut Rng) -> Vec<Act> {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(rng.usize(1..=500));
    vec![Act::send(interim), Act::End(End::Stall)]
}

pub(super) fn switching_protocols(_: &Message, _: &mut Rng) -> Vec<Act> {
    let head =
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    vec![Act::send(head), Act::End(End::Close)]
}

pub(super) fn garbage(_: &Message, rng: &mut Rng) -> Vec<Act> {
    let garbage: [&[u8]; 6] = [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        // TLS: a fatal alert.
        b"\x15\x03\x01\x00\x02\x02\x46",
        // HTTP/2: an empty SETTINGS frame.
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"220 mail.example ESMTP\r\n",
        b"{\"message\":\"stopped\",\"success\":true}\n",
        b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    ];
    vec![
        Act::send(rng.choice(garbage).unwrap_or_default()),
        Act::End(End::Close),
    ]
}

pub(super) fn body_alone(message: &Message, _: &mut Rng) -> Vec<Act> {
    vec![Act::Send(message.body.clone()), Act::End(End::Close)]
}

pub(super) fn status_of_nonsense(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let line = rng
        .choice([
            "HTTP/1.1 20\r\n",
            "HTTP/1.1 OK\r\n",
            "HTTP/1.1 2000 OK\r\n",
            "HTTP/9.9 200 OK\r\n",
            "HTTP/1.1\r\n",
        ])
        .unwrap_or_default();
    let mut bytes = line.as_bytes().to_vec();
    bytes.extend_from_slice(message.header_lines().as_bytes());
    bytes.extend_from_slice(b"content-length: 0\r\n\r\n");
    vec![Act::Send(bytes), Act::End(End::Close)]
}

/// As [`Message::to_bytes`], with another status line.
fn under(line: &str, message: &Message) -> Vec<u8> {
    let bytes = message.to_bytes();
    let rest = bytes.get(message.status_line().len()..).unwrap_or_default();
    [line.as_bytes(), rest].concat()
}

pub(super) fn http_1_0(message: &Message, _: &mut Rng) -> Vec<Act> {
    let line = message.status_line().replacen("1.1", "1.0", 1);
    vec![Act::Send(under(&line, message)), Act::Close]
}

pub(super) fn no_reason(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let space = rng.choice(["", " "]).unwrap_or_default();
    let line = format!("HTTP/1.1 {}{space}\r\n", message.status);
    vec![Act::Send(under(&line, message))]
}

/// In pieces of the seed's sizes, each of which may come as a segment of its own.
pub(super) fn in_pieces(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let bytes = message.to_bytes();
    let mut rest = bytes.as_slice();
    let mut acts = Vec::new();
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(rng.usize(1..=rest.len().min(40)));
        acts.push(Act::send(piece));
        rest = more;
    }
    acts
}

pub(super) fn twice(message: &Message, _: &mut Rng) -> Vec<Act> {
    let mut other = message.clone();
    other.status = 404;
    vec![Act::Send([message.to_bytes(), other.to_bytes()].concat())]
}

pub(super) fn more_after(message: &Message, rng: &mut Rng) -> Vec<Act> {
    let more = rng
        .choice(["\r\n", "garbage", "<html>", "\0"])
        .unwrap_or_default();
    vec![Act::Send(
        [message.to_bytes().as_slice(), more.as_bytes()].concat(),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message::new(200, "application/json", r#"{"message":"stopped"}"#)
    }

    #[test]
    fn a_cut_lies_in_the_part_that_it_is_meant_for() {
        let whole = message().to_bytes();
        let line = message().status_line().len();
        let head = whole.len() - message().body.len();
        for seed in 0..500 {
            for (part, range) in [
                (Part::StatusLine, 1..line),
                (Part::Headers, line..head),
                (Part::Body, head..whole.len()),
            ] {
                let acts = cut(&message(), part, End::Close, &mut Rng::with_seed(seed));
                let [Act::Send(sent), Act::End(End::Close)] = acts.as_slice() else {
                    panic!("{acts:?}");
                };
                assert!(range.contains(&sent.len()), "{part:?} at {}", sent.len());
                assert!(whole.starts_with(sent));
            }
        }
    }

    #[test]
    fn pieces_and_chunks_hold_the_whole_body() {
        for seed in 0..100 {
            let rng = &mut Rng::with_seed(seed);
            let sent: Vec<u8> = in_pieces(&message(), rng)
                .into_iter()
                .flat_map(|act| match act {
                    Act::Send(bytes) => bytes,
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(sent, message().to_bytes());
            let chunked = String::from_utf8(chunks(&message(), rng)).unwrap();
            let lines: Vec<_> = chunked.split("\r\n").collect();
            let body: String = lines.iter().skip(1).step_by(2).copied().collect();
            assert_eq!(body.as_bytes(), message().body);
        }
    }

    #[test]
    fn a_huge_body_is_as_long_as_it_says() {
        let acts = huge_declared(&message(), &mut Rng::with_seed(0));
        let [Act::Send(_), Act::Repeat(piece, times), Act::Close] = acts.as_slice() else {
            panic!("{acts:?}");
        };
        assert_eq!(u64::try_from(piece.len()).unwrap() * times, HUGE);
    }
}
