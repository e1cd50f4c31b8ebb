//! The list of all assets, page by page. Pure.

use livecut_core::adapter::lenient;
use livecut_core::{ErrorKind, Method, Purpose, Result, Step};
use livecut_http::{BaseUrl, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;

use crate::translate::{assets_url, check_no_error};
use crate::wire::{Asset, AssetPage};

/// How many assets a page is asked for, and fewer each time that one is too large to be read.
const LIMITS: [u32; 5] = [100, 50, 25, 5, 1];

/// How many pages are read at most: with the 100 assets that each is asked for, 100,000 assets.
const MOST_PAGES: u32 = 1_000;

/// The longest cursor that is sent back. Mux documents no limit, and a URL has one.
const LONGEST_CURSOR: usize = 2_048;

/// Which page comes next.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    First,
    /// After the one that named this cursor.
    Cursor(String),
    /// By its number, at a server whose first page names no cursor.
    Number(u32),
    /// There is none.
    Nothing,
    /// There may be one, and it can't be had.
    Stuck(ErrorKind, &'static str),
}

/// The list of all assets, as far as it was read.
#[derive(Debug)]
pub(crate) struct Listing {
    next: Next,
    pages: u32,
    /// Of [`LIMITS`].
    smaller: usize,
    /// The ids on the page that was read last.
    last: Vec<Option<String>>,
}

impl Listing {
    pub(crate) const fn new() -> Self {
        Self {
            next: Next::First,
            pages: 0,
            smaller: 0,
            last: Vec::new(),
        }
    }

    /// The call for the next page, where there is one.
    pub(crate) fn step(&self, base: &BaseUrl) -> Option<Step> {
        let more = match &self.next {
            Next::First => String::new(),
            Next::Cursor(cursor) => {
                format!("&cursor={}", utf8_percent_encode(cursor, NON_ALPHANUMERIC))
            }
            Next::Number(page) => format!("&page={page}"),
            Next::Nothing | Next::Stuck(..) => return None,
        };
        let limit = LIMITS.get(self.smaller)?;
        let url = format!("{}?limit={limit}{more}", assets_url(base));
        Some(Step::new(Purpose::Read, Method::Get, url))
    }

    /// Asks for fewer assets a page, since the page that [`step`](Self::step) asked for was too large;
    /// `false` if a page can't be smaller.
    pub(crate) fn shrink(&mut self) -> bool {
        let smaller = self.smaller.saturating_add(1);
        if smaller >= LIMITS.len() {
            return false;
        }
        self.smaller = smaller;
        // Pages of another size have other numbers, and how large they really were nobody knows. A cursor stays.
        if matches!(self.next, Next::Number(_)) {
            self.next = Next::First;
            self.last.clear();
        }
        true
    }

    /// Why the rest can't be had, where that is so: what isn't on the pages that were read may be there all
    /// the same.
    pub(crate) const fn problem(&self) -> Option<(ErrorKind, &'static str)> {
        match self.next {
            Next::Stuck(kind, problem) => Some((kind, problem)),
            _ => None,
        }
    }

    /// Whether there is a page after the one that was read last.
    pub(crate) const fn has_more(&self) -> bool {
        !matches!(self.next, Next::Nothing | Next::Stuck(..))
    }

    /// The assets on the page that [`step`](Self::step) asked for. One that can't be read could be the one
    /// that is looked for.
    pub(crate) fn take(&mut self, response: &Response) -> Result<Vec<Asset>> {
        let page: AssetPage<'_> = response.json()?;
        check_no_error(response, page.error)?;
        let assets: Option<Vec<&RawValue>> = page
            .data
            .and_then(|data| serde_json::from_str(data.get()).ok());
        let assets: Vec<Asset> = assets
            .and_then(|assets| assets.into_iter().map(lenient::as_object).collect())
            .filter(|assets: &Vec<Asset>| assets.iter().all(|asset| asset.id.is_some()))
            .ok_or_else(|| {
                response.unexpected(
                    "the answer has no `data` that is a list of assets, each with its `id`",
                )
            })?;
        let ids = assets.iter().map(|asset| asset.id.clone()).collect();
        self.pages = self.pages.saturating_add(1);
        self.next = self.after(page.next_cursor, &ids);
        self.last = ids;
        Ok(assets)
    }

    fn after(&self, cursor: Option<&RawValue>, ids: &Vec<Option<String>>) -> Next {
        let stuck = |problem| Next::Stuck(ErrorKind::UnexpectedResponse, problem);
        // How full a page is says nothing: the limit is a wish.
        let next = match (cursor, &self.next) {
            // It never had a cursor.
            (None, Next::First) if !ids.is_empty() => Next::Number(2),
            (_, Next::Number(page)) if !ids.is_empty() => Next::Number(page.saturating_add(1)),
            (None, _) | (_, Next::Number(_)) => return Next::Nothing,
            (Some(cursor), before) => match serde_json::from_str::<Option<String>>(cursor.get()) {
                Ok(None) => return Next::Nothing,
                Ok(Some(cursor)) if cursor.is_empty() => return Next::Nothing,
                Ok(Some(cursor)) if *before == Next::Cursor(cursor.clone()) => {
                    return stuck(
                        "the list of assets names the same `next_cursor` again and again",
                    );
                }
                Ok(Some(cursor)) if cursor.len() <= LONGEST_CURSOR => Next::Cursor(cursor),
                _ => {
                    return stuck("the list of assets has a `next_cursor` that can't be sent back");
                }
            },
        };
        if !ids.is_empty() && *ids == self.last {
            return stuck("the list of assets has the same page again and again");
        }
        if self.pages >= MOST_PAGES {
            return Next::Stuck(
                ErrorKind::Conflict,
                "there are more assets than the 1,000 pages that are searched for the clip: make it in \
                 Mux's dashboard, or delete assets that aren't needed",
            );
        }
        next
    }
}
