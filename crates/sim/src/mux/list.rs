//! The list of assets: `GET /video/v1/assets?limit=...&page=...&live_stream_id=...`.

use super::{MuxSettings, asset};
use crate::{
    http::{Refusal, Segments},
    stream::Streams,
};
use serde_json::Value;
use std::cmp::Reverse;
use time::OffsetDateTime;

/// The page that is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    limit: usize,
    /// From 1.
    page: usize,
    live_stream: Option<String>,
}

pub(super) fn parse(query: &str) -> Result<Page, Refusal> {
    let (mut limit, mut page, mut live_stream) = (None, None, None);
    let number = |name: &str, value: &str| match value.parse::<usize>() {
        Ok(number) if number > 0 && number.to_string() == value => Ok(number),
        _ => Err(Refusal::field(name, "must be a positive integer")),
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let repeated = match name {
            "limit" => limit.replace(number(name, value)?).is_some(),
            "page" => page.replace(number(name, value)?).is_some(),
            "live_stream_id" => live_stream.replace(Segments::decode(value)?).is_some(),
            _ => return Err(Refusal::field(name, "isn't a parameter of this list")),
        };
        if repeated {
            return Err(Refusal::field(name, "occurs twice"));
        }
    }
    Ok(Page {
        limit: limit.unwrap_or(25),
        page: page.unwrap_or(1),
        live_stream,
    })
}

impl Page {
    /// The assets on this page, of all, the newest first.
    pub(super) fn of(
        &self,
        settings: &MuxSettings,
        streams: &Streams,
        now: OffsetDateTime,
    ) -> Value {
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
        all.into_iter()
            .filter_map(|(_, stream, id)| asset::asset(settings, stream, id, now))
            .skip(self.page.saturating_sub(1).saturating_mul(limit))
            .take(limit)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_and_anything_else_refused() {
        let page = |limit, page| Page {
            limit,
            page,
            live_stream: None,
        };
        assert_eq!(parse("").unwrap(), page(25, 1));
        assert_eq!(parse("limit=100&page=2").unwrap(), page(100, 2));
        for odd in [
            "limit=0",
            "page=-1",
            "page=01",
            "page=1&page=2",
            "offset=1",
            "limit",
        ] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }
}
