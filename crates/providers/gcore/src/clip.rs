//! The clip that a cut becomes. Pure: no I/O, no clock.

use std::time::{Duration, SystemTime};

use livecut_core::{Bounds, Cut, Error, ErrorKind, Result};

use crate::states::PRECISION;
use crate::wire::{self, ClipRequest, Stream};

/// Until when a temporary clip can be had, counted from the cut's end. Documented is a range of 1 minute to
/// 4 hours, and not whether it is counted from there or from now; this lies within both, also where
/// the cut ends within the second after now.
const EXPIRES_AFTER: u64 = 4 * 3600 - 60;

/// The shortest time that a clip may still be there ("Allowed range: 1m <= expiration").
const SHORTEST_LIFE: u64 = 60;

/// What `dvr_duration` is where a stream doesn't say (`createStream`: `default: 3600`).
const DEFAULT_DVR: u64 = 3600;

/// A cut as it is asked of Gcore.
#[derive(Debug)]
pub(crate) struct Clip {
    pub(crate) cut: Cut,
    pub(crate) request: ClipRequest,
}

impl Clip {
    /// Any ticket can come here, a forged one as well.
    pub(crate) fn new(cut: Cut) -> Result<Self> {
        let effective = cut.effective();
        let seconds = match effective.bounds() {
            Bounds::WallClock { .. } => effective.exact_seconds(),
            Bounds::Offset { .. } => None,
        };
        let request = seconds.and_then(|seconds| {
            Some(ClipRequest {
                start: seconds.start,
                duration: seconds.end.checked_sub(seconds.start)?,
                expiration: seconds.end.checked_add(EXPIRES_AFTER)?,
                vod_required: true,
            })
        });
        match request {
            Some(request) => Ok(Self { cut, request }),
            None => Err(Error::new(
                ErrorKind::Internal,
                "the cut isn't one by wall clock in whole seconds",
            )),
        }
    }

    /// Why a clip, made or listed, isn't the one that is asked for. What isn't told isn't another.
    pub(crate) fn mismatch(&self, told: &wire::Clip) -> Option<&'static str> {
        let asked = &self.request;
        let end = asked.start.saturating_add(asked.duration);
        if told.start.is_some_and(|start| start != asked.start) {
            Some("the provider's clip begins at another time than the cut")
        } else if told.duration.is_some_and(|told| {
            let whole = Duration::from_secs;
            !PRECISION.admits(whole(asked.duration), whole(told))
        }) {
            Some("the provider's clip is clearly longer or shorter than the cut")
        } else if told.expiration.is_some_and(|expiration| expiration <= end) {
            Some("the provider's clip expires before its cut ends")
        } else if told.vod_required == Some(false) {
            Some("the provider's clip is for a short time only, without a video that stays")
        } else {
            None
        }
    }

    /// Why the clip would be another one than was asked for. Gcore would shorten it in silence, and with
    /// the stream the rest would be lost.
    pub(crate) fn problem(&self, found: &Stream, answered: SystemTime) -> Option<&'static str> {
        let now = answered
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let ClipRequest {
            start,
            duration,
            expiration,
            ..
        } = self.request;
        let end = start.saturating_add(duration);
        let window = found.dvr_duration.unwrap_or(DEFAULT_DVR);
        if found.dvr_enabled != Some(true) {
            Some("the stream's DVR is off, so nothing can be cut out of it: leave the cut out")
        } else if found.is_outside(start, end) {
            Some("nothing was broadcast between the cut's start and its end")
        } else if duration > window {
            Some(
                "the cut is longer than the stream's DVR (`dvr_duration`): make it shorter, or \
                 leave it out",
            )
        } else if start < now.saturating_sub(window) {
            Some(
                "the cut begins before the stream's DVR window (`dvr_duration`): what it begins \
                 with is gone",
            )
        } else if end > now.saturating_add(1) {
            // `now` was cut to whole seconds.
            Some("the cut ends after now, by the provider's clock: stop the stream when it is over")
        } else if expiration < now.saturating_add(SHORTEST_LIFE) {
            Some("the cut is too long ago: its clip would have expired before it is made")
        } else {
            None
        }
    }
}
