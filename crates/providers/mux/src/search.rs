//! Looks for a clip in the list of all assets. Pure.

use livecut_core::{Result, Step};
use livecut_http::{BaseUrl, BodyTooLarge, Response};

use crate::asset_id::AssetId;
use crate::clip::{self, Owed};
use crate::list::Listing;
use crate::wire::Asset;

/// The search for a clip, as far as it has come.
#[derive(Debug)]
pub(crate) struct Search {
    listing: Listing,
    /// Of several, made in a race, always the same, as long as it isn't one that failed.
    found: Option<(AssetId, Asset)>,
    goes_on: bool,
}

/// What a page brought.
pub(crate) enum Looked {
    /// There is another page to look at.
    GoesOn,
    Found(AssetId, Box<Asset>),
    Nowhere,
}

impl Search {
    pub(crate) const fn new() -> Self {
        Self {
            listing: Listing::new(),
            found: None,
            goes_on: false,
        }
    }

    /// The call for the next page: the first, as long as none was taken.
    pub(crate) fn step(&self, base: &BaseUrl) -> Option<Step> {
        self.listing.step(base)
    }

    /// Whether the page that was taken last isn't the end of it.
    pub(crate) const fn goes_on(&self) -> bool {
        self.goes_on
    }

    pub(crate) fn take(&mut self, answer: Result<Response>, owed: &Owed) -> Result<Looked> {
        self.goes_on = match answer {
            Err(error) if BodyTooLarge::caused(&error) && self.listing.shrink() => true,
            answer => self.read(&answer?, owed)?,
        };
        Ok(match self.found.take() {
            found if self.goes_on => {
                self.found = found;
                Looked::GoesOn
            }
            Some((id, asset)) => Looked::Found(id, Box::new(asset)),
            None => Looked::Nowhere,
        })
    }

    /// Reads a page, and says whether there is another.
    fn read(&mut self, response: &Response, owed: &Owed) -> Result<bool> {
        for asset in self.listing.take(response)? {
            if !owed.is(&asset) {
                continue;
            }
            let Some(id) = asset.id.as_deref().and_then(AssetId::read) else {
                return Err(response.unexpected(
                    "the clip is in the list of assets, without an id of the documented form",
                ));
            };
            if self.found.as_ref().is_none_or(|best| {
                clip::preference(&id, &asset) < clip::preference(&best.0, &best.1)
            }) {
                self.found = Some((id, asset));
            }
        }
        // What isn't found on some pages can't be said not to be there.
        match (&self.found, self.listing.problem()) {
            (None, Some((kind, problem))) => Err(response.error(kind, problem)),
            _ => Ok(self.listing.has_more()),
        }
    }
}
