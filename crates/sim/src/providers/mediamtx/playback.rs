//! The playback server.

use super::session;
use crate::{
    Kept,
    http::{Answer, Refusal, Segments},
    instant, media,
    recording::{Cut, Media, rfc3339},
    stream::Stream,
};
use hyper::{
    HeaderMap, StatusCode,
    header::{ACCEPT_RANGES, ETAG, HeaderValue},
};
use serde_json::{Value, json};
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The part of a stream's recordings that a query asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    start: OffsetDateTime,
    end: OffsetDateTime,
}

impl Part {
    pub(super) fn parse(query: &str) -> Result<Self, Refusal> {
        let needed =
            |name| parameter(query, name)?.ok_or_else(|| Refusal::field(name, "is missing"));
        let start = OffsetDateTime::parse(&needed("start")?, &Rfc3339)
            .map_err(|_| Refusal::field("start", "isn't RFC 3339"))?;
        // A real server takes `1m30s` too, which is deprecated.
        let length = needed("duration")?.parse().ok();
        let length = length.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let end = length.and_then(|length| instant::later(start, length));
        let end = end.ok_or_else(|| Refusal::field("duration", "must be seconds"))?;
        match parameter(query, "format")?.as_deref() {
            None | Some("fmp4" | "mp4") => Ok(Self { start, end }),
            Some(_) => Err(Refusal::field("format", "must be `fmp4` or `mp4`")),
        }
    }
}

/// A parameter of a query, decoded.
pub(super) fn parameter(query: &str, name: &str) -> Result<Option<String>, Refusal> {
    let mut all = query.split('&').filter_map(|one| one.split_once('='));
    let value = all.find(|(known, _)| *known == name);
    value.map(|(_, value)| Segments::decode(value)).transpose()
}

/// The stream that a query names, in which there is nothing but these.
pub(super) fn path(query: &str, known: &[&str]) -> Result<String, Refusal> {
    for one in query.split('&') {
        let name = one.split_once('=').map_or(one, |(name, _)| name);
        if !known.contains(&name) {
            return Err(Refusal::field(name, "isn't a parameter that is simulated"));
        }
    }
    parameter(query, "path")?.ok_or_else(|| Refusal::field("path", "is missing"))
}

pub(super) fn no_segments() -> Refusal {
    Refusal::not_found("no recording segments found")
}

pub(super) fn never_recorded(path: &str) -> Refusal {
    Refusal::bad_request(format!(
        "lstat recordings/{path}: no such file or directory"
    ))
}

/// A span a session. That of a session on air grows each second.
pub(super) fn list(stream: &Stream, now: OffsetDateTime) -> Result<Answer, Refusal> {
    let spans = session::spans(stream, now);
    if spans.is_empty() {
        return Err(never_recorded(&stream.id));
    }
    let newest = spans.len().saturating_sub(1);
    let entry = |(at, span): (usize, Media)| {
        let is_growing = at == newest && session::is_live(stream, now);
        let seconds = match is_growing {
            true => Duration::from_secs(span.length.as_secs()).as_secs_f64(),
            false => span.length.as_secs_f64(),
        };
        let start = rfc3339(span.start);
        // Of the host that the request named, which may be anybody's.
        let url = format!("http://elsewhere.invalid/get?duration={seconds}&start={start}");
        json!({ "start": start, "duration": seconds, "url": url })
    };
    let entries = spans.into_iter().enumerate().map(entry);
    Ok(Answer::json(StatusCode::OK, &entries.collect::<Value>()))
}

/// What is served: silently less than was asked for where the range goes over an interruption or past an end.
pub(super) fn served(stream: &Stream, part: Part, now: OffsetDateTime) -> Option<Kept> {
    let cut = Cut::Instants(part.start..part.end);
    let spans = session::spans(stream, now).into_iter();
    spans.filter_map(|span| span.keep_within(&cut).ok()).next()
}

pub(super) fn answer(stream: &Stream, part: Part, now: OffsetDateTime) -> Result<Answer, Refusal> {
    let kept = served(stream, part, now).ok_or_else(no_segments)?;
    // Whole, whatever range is asked for.
    let mut answer = media::file(
        &HeaderMap::new(),
        &stream.id,
        kept.duration(),
        Duration::ZERO,
    );
    answer.headers.remove(ETAG);
    answer
        .headers
        .insert(ACCEPT_RANGES, HeaderValue::from_static("none"));
    Ok(answer)
}
