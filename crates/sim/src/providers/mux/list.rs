//! The list of assets: `GET /video/v1/assets?limit=...&cursor=...&page=...&live_stream_id=...`.

use super::{MuxSettings, Paging, asset};
use crate::{
    http::{Refusal, Segments},
    stream::Streams,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::cmp::Reverse;
use time::OffsetDateTime;

/// The page that is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    limit: usize,
    start: Start,
    live_stream: Option<String>,
}

/// Where a page starts.
#[derive(Debug, PartialEq, Eq)]
enum Start {
    /// At the page of this number, from 1.
    Page(usize),
    /// After the asset with this id.
    After(String),
}

/// What is in a cursor. That it has to be escaped in a URL is on purpose.
const CURSOR: &str = "after ÿ";

pub(super) fn parse(query: &str) -> Result<Page, Refusal> {
    let (mut limit, mut page, mut live_stream, mut cursor) = (None, None, None, None);
    let number = |name: &str, value: &str| match value.parse::<usize>() {
        Ok(number) if number > 0 && number.to_string() == value => Ok(number),
        _ => Err(Refusal::field(name, "must be a positive integer")),
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let repeated = match name {
            "limit" => limit.replace(number(name, value)?).is_some(),
            "page" => page.replace(number(name, value)?).is_some(),
            "cursor" => cursor.replace(Segments::decode(value)?).is_some(),
            "live_stream_id" => live_stream.replace(Segments::decode(value)?).is_some(),
            _ => return Err(Refusal::field(name, "isn't a parameter of this list")),
        };
        if repeated {
            return Err(Refusal::field(name, "occurs twice"));
        }
    }
    let start = match (cursor, page) {
        (Some(_), Some(_)) => return Err(Refusal::field("page", "can't go with a cursor")),
        (Some(cursor), None) => Start::After(
            after(&cursor)
                .ok_or_else(|| Refusal::field("cursor", "isn't one that this list gave"))?,
        ),
        (None, page) => Start::Page(page.unwrap_or(1)),
    };
    Ok(Page {
        limit: limit.unwrap_or(25),
        start,
        live_stream,
    })
}

fn cursor(last: &str) -> String {
    STANDARD.encode(format!("{CURSOR}{last}"))
}

fn after(cursor: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    Some(text.strip_prefix(CURSOR)?.to_owned())
}

impl Page {
    /// The whole answer: the assets on this page, of all, the newest first.
    pub(super) fn of(
        &self,
        settings: &MuxSettings,
        streams: &Streams,
        now: OffsetDateTime,
    ) -> Result<Value, Refusal> {
        let mut all = Vec::new();
        for stream in streams.values() {
            let filtered = self.live_stream.as_ref();
            if filtered.is_some_and(|wanted| *wanted != stream.id) {
                continue;
            }
            if let Some(start) = stream.start() {
                all.push((start, stream, &stream.recording_id));
            }
            // The samples of clips bear no `live_stream_id`.
            if filtered.is_none() {
                let clips = stream.clips.iter();
                all.extend(clips.map(|clip| (clip.created, stream, &clip.id)));
            }
        }
        all.sort_by_key(|(created, _, id)| (Reverse(*created), *id));
        let limit = self.limit.min(settings.page_limit).max(1);
        let assets: Vec<_> = all
            .into_iter()
            .filter_map(|(_, stream, id)| Some((id, asset::asset(settings, stream, id, now)?)))
            .collect();
        let start = match (&self.start, settings.paging) {
            (_, Paging::FirstPageOnly) => 0,
            (Start::Page(page), _) => page.saturating_sub(1).saturating_mul(limit),
            (Start::After(last), _) => match assets.iter().position(|(id, _)| *id == last) {
                Some(at) => at.saturating_add(1),
                None => return Err(Refusal::field("cursor", "the asset isn't there any more")),
            },
        };
        let end = start.saturating_add(limit).min(assets.len());
        let page = assets.get(start..end).unwrap_or_default();
        let mut body =
            json!({"data": page.iter().map(|(_, asset)| asset.clone()).collect::<Value>()});
        if settings.paging == Paging::Cursor
            && let Value::Object(fields) = &mut body
        {
            let more = page.last().filter(|_| end < assets.len());
            let next = more.map(|(last, _)| cursor(last));
            fields.insert("next_cursor".to_owned(), json!(next));
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_and_anything_else_refused() {
        let page = |limit, page| Page {
            limit,
            start: Start::Page(page),
            live_stream: None,
        };
        assert_eq!(parse("").unwrap(), page(25, 1));
        assert_eq!(parse("limit=100&page=2").unwrap(), page(100, 2));
        let escaped = cursor("a").replace('+', "%2B").replace('=', "%3D");
        let next = parse(&format!("limit=100&cursor={escaped}")).unwrap();
        assert_eq!(next.start, Start::After("a".to_owned()));
        for odd in [
            "limit=0",
            "page=-1",
            "page=01",
            "page=1&page=2",
            "offset=1",
            "limit",
            "cursor=",
            "cursor=YQ==",
            &format!("cursor={escaped}&page=1"),
        ] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }
}
