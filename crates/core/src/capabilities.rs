use std::time::Duration;

use time::OffsetDateTime;

use crate::{
    Cut, CutRange, DurationTolerance, Error, ErrorKind, RateLimits, Result, StopRequest, Timeline,
    Visibility,
};

/// How a provider takes a cut on one [`Timeline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimelineSupport {
    /// The provider's API takes it as it is.
    Native,
    /// The provider lacks it: the request must carry an
    /// [anchor](StopRequest::with_anchor), by which it is converted.
    WithAnchor,
    /// The provider lacks it, and documents the instant of a recording's offset 0:
    /// the adapter reads it, unless the request carries an anchor.
    ReadAnchor,
}

/// What a provider can do, as far as its documents say.
///
/// Adapters build it once; [`admit`](Self::admit) then refuses, for every
/// provider alike, what a request asks for and the provider can't do.
///
/// ```
/// use std::time::Duration;
/// use livecut_core::{Capabilities, Timeline, TimelineSupport, Visibility};
///
/// let capabilities = Capabilities::new(Duration::from_secs(1))
///     .with_timeline(Timeline::Offset, TimelineSupport::Native)
///     .with_visibility(Visibility::Public);
/// assert_eq!(capabilities.timeline(Timeline::WallClock), None);
/// assert!(capabilities.supports_visibility(&Visibility::Public));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Capabilities {
    granularity: Duration,
    offset: Option<TimelineSupport>,
    wall_clock: Option<TimelineSupport>,
    visibilities: Vec<Visibility>,
    other_visibility: bool,
    visibility_of_cuts_only: bool,
    named_recording: bool,
    single_call: bool,
    duration_tolerance: Option<DurationTolerance>,
    rate_limits: RateLimits,
    checked_end: bool,
    anchor_precision: Duration,
    cut_by_address: bool,
    repeatable_stop: bool,
}

impl Capabilities {
    /// A provider that places the ends of a cut on multiples of `granularity`,
    /// and can do nothing else until the `with_` methods say so.
    pub const fn new(granularity: Duration) -> Self {
        Self {
            granularity,
            offset: None,
            wall_clock: None,
            visibilities: Vec::new(),
            other_visibility: false,
            visibility_of_cuts_only: false,
            named_recording: false,
            single_call: false,
            duration_tolerance: None,
            rate_limits: RateLimits::new(),
            checked_end: false,
            anchor_precision: Duration::ZERO,
            cut_by_address: false,
            repeatable_stop: false,
        }
    }

    /// Adds a timeline on which cuts can be given.
    pub const fn with_timeline(mut self, timeline: Timeline, support: TimelineSupport) -> Self {
        match timeline {
            Timeline::Offset => self.offset = Some(support),
            Timeline::WallClock => self.wall_clock = Some(support),
        }
        self
    }

    /// Adds a visibility that can be asked for. [`Visibility::Other`] adds every
    /// provider-specific one; the adapter checks its text.
    pub fn with_visibility(mut self, visibility: Visibility) -> Self {
        match visibility {
            Visibility::Other(_) => self.other_visibility = true,
            named => self.visibilities.push(named),
        }
        self
    }

    /// A visibility can be asked for with a cut alone: a recording that is kept whole keeps
    /// the one that it has.
    pub const fn with_visibility_of_cuts_only(mut self) -> Self {
        self.visibility_of_cuts_only = true;
        self
    }

    /// A request can [name the recording](StopRequest::with_recording).
    pub const fn with_named_recording(mut self) -> Self {
        self.named_recording = true;
        self
    }

    /// Stop and cut are one request: they happen together, and a plan has its
    /// ticket before anything is sent.
    pub const fn with_single_call(mut self) -> Self {
        self.single_call = true;
        self
    }

    /// The provider documents the duration of a finished recording, so a cut can
    /// be compared with it; and how far the two may be apart, if the cut is right.
    ///
    /// The adapter sets the same tolerance on its [recordings](crate::Recording::with_duration_tolerance).
    /// Where no precision is documented, it is [`DurationTolerance::default`].
    pub const fn with_duration_tolerance(mut self, tolerance: DurationTolerance) -> Self {
        self.duration_tolerance = Some(tolerance);
        self
    }

    /// The rates that the provider documents, sustained: what it takes at once above them isn't told.
    pub fn with_rate_limits(mut self, limits: RateLimits) -> Self {
        self.rate_limits = limits;
        self
    }

    /// A cut that ends after what was recorded is refused before anything is ended: the adapter reads how much
    /// that is, or the provider documents that it refuses such a stop whole.
    pub const fn with_checked_end(mut self) -> Self {
        self.checked_end = true;
        self
    }

    /// Whether a cut that ends after what was recorded is refused before anything is ended. If not, such a stop
    /// may end the stream, and keep less than was asked for.
    pub const fn checks_end(&self) -> bool {
        self.checked_end
    }

    /// The anchor that the adapter [reads](TimelineSupport::ReadAnchor) is rounded down to a multiple of this: the recording
    /// began at some instant from there on, and less than `precision` later.
    pub const fn with_anchor_precision(mut self, precision: Duration) -> Self {
        self.anchor_precision = precision;
        self
    }

    /// How finely the anchor is known that the adapter reads (default: exactly, zero). A cut that is converted by it may be
    /// off by so much: [`Outward`](crate::Rounding::Outward) then keeps so much more at either end,
    /// [`Inward`](crate::Rounding::Inward) so much less, [`Nearest`](crate::Rounding::Nearest) halves it, and
    /// [`Exact`](crate::Rounding::Exact) refuses. An anchor that the request carries is taken as exact.
    pub const fn anchor_precision(&self) -> Duration {
        self.anchor_precision
    }

    /// A cut is an address: a URL at which the provider serves that part of the recording.
    pub const fn with_cut_by_address(mut self) -> Self {
        self.cut_by_address = true;
        self
    }

    /// Whether a cut is an address, and nothing that is made. So no call makes it, it is never owed, and no failure leaves it
    /// unknown: the stop alone is in doubt. It can be had as long as the recording is there, and again with other bounds.
    pub const fn cuts_by_address(&self) -> bool {
        self.cut_by_address
    }

    /// The call that ends a stream names one broadcast of it, and the provider documents that it does nothing else: of one that
    /// is over it does nothing.
    pub const fn with_repeatable_stop(mut self) -> Self {
        self.repeatable_stop = true;
        self
    }

    /// Whether the call that ends a stream is safe to repeat: it names one broadcast, so that a repeat can't end the next. If its
    /// answer is lost it is made again, within the deadline, and mostly comes to a yes or a no. At any other provider nothing that
    /// may have been carried out is sent twice.
    pub const fn repeats_stop(&self) -> bool {
        self.repeatable_stop
    }

    /// The ends of a cut lie on multiples of this (see [`Rounding`](crate::Rounding)).
    pub const fn granularity(&self) -> Duration {
        self.granularity
    }

    /// How a cut on this timeline is taken; `None`: not at all.
    pub const fn timeline(&self, timeline: Timeline) -> Option<TimelineSupport> {
        match timeline {
            Timeline::Offset => self.offset,
            Timeline::WallClock => self.wall_clock,
        }
    }

    /// The visibilities by name that can be asked for. See
    /// [`supports_visibility`](Self::supports_visibility) for provider-specific ones.
    pub fn visibilities(&self) -> &[Visibility] {
        &self.visibilities
    }

    /// Whether this visibility can be asked for.
    pub fn supports_visibility(&self, visibility: &Visibility) -> bool {
        match visibility {
            Visibility::Other(_) => self.other_visibility,
            named => self.visibilities.contains(named),
        }
    }

    /// Whether [`Visibility::Other`] can be asked for.
    pub const fn supports_other_visibility(&self) -> bool {
        self.other_visibility
    }

    /// Whether a visibility can be asked for with a cut alone.
    pub const fn visibility_of_cuts_only(&self) -> bool {
        self.visibility_of_cuts_only
    }

    /// Whether a request can name the recording.
    pub const fn named_recording(&self) -> bool {
        self.named_recording
    }

    /// Whether stop and cut are one request.
    pub const fn single_call(&self) -> bool {
        self.single_call
    }

    /// Whether the provider documents a finished recording's duration.
    pub const fn reports_duration(&self) -> bool {
        self.duration_tolerance.is_some()
    }

    /// How far a finished recording's duration may be from its cut's; `None` where the provider
    /// documents no duration.
    pub const fn duration_tolerance(&self) -> Option<DurationTolerance> {
        self.duration_tolerance
    }

    /// The rates that the provider documents.
    pub const fn rate_limits(&self) -> &RateLimits {
        &self.rate_limits
    }

    /// Refuses what a request asks for and this provider can't do; else the cut
    /// on a timeline that the provider takes, rounded to its granularity.
    ///
    /// Every adapter's `plan` begins with it, so nothing that a request asks for
    /// is dropped in silence. `None`: no cut was asked for, or it depends on an anchor
    /// that the adapter has yet to read ([`TimelineSupport::ReadAnchor`]): then
    /// [`admit_at`](Self::admit_at) gives it.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a timeline, a visibility or a named recording that
    /// the provider lacks; [`ErrorKind::InvalidRequest`] for a missing anchor and a range that
    /// can't be converted or rounded. Effect: none.
    pub fn admit(&self, request: &StopRequest) -> Result<Option<Cut>> {
        self.admit_at(request, request.anchor())
    }

    /// As [`admit`](Self::admit), with an anchor that the adapter has read from the
    /// provider.
    ///
    /// # Errors
    /// As [`admit`](Self::admit). Effect: none; a sequence that has begun must set its own.
    pub fn admit_at(
        &self,
        request: &StopRequest,
        anchor: Option<OffsetDateTime>,
    ) -> Result<Option<Cut>> {
        if let Some(visibility) = request.visibility()
            && !self.supports_visibility(visibility)
        {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "this provider can't set the visibility `{visibility}`: {}",
                    self.visibility_hint()
                ),
            ));
        }
        if self.visibility_of_cuts_only && request.visibility().is_some() && request.cut().is_none()
        {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "this provider can set a visibility only where it makes a cut: leave it out, \
                 and set it at the provider",
            ));
        }
        if request.recording().is_some() && !self.named_recording {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "this provider can't be told which recording to cut: leave out `with_recording`",
            ));
        }
        let Some(requested) = request.cut() else {
            return Ok(None);
        };
        let Some(native) = self.to_native(requested, anchor)? else {
            return Ok(None);
        };
        let is_read = request.anchor().is_none() && native.timeline() != requested.timeline();
        let native = match self.anchor_precision {
            precision if is_read && !precision.is_zero() => {
                native.allowing_for(precision, request.rounding())?
            }
            _ => native,
        };
        let effective = native.rounded_from(anchor, self.granularity, request.rounding())?;
        Ok(Some(Cut::new(requested, effective)))
    }

    /// `None`: the adapter has yet to read the anchor.
    fn to_native(
        &self,
        requested: CutRange,
        anchor: Option<OffsetDateTime>,
    ) -> Result<Option<CutRange>> {
        use TimelineSupport::{Native, ReadAnchor, WithAnchor};
        let asked = requested.timeline();
        match (self.timeline(asked), anchor) {
            (Some(Native), _) => Ok(Some(requested)),
            (Some(WithAnchor | ReadAnchor), Some(anchor)) => Ok(Some(match asked {
                Timeline::Offset => requested.to_wall_clock(anchor)?,
                Timeline::WallClock => requested.to_offsets(anchor)?,
            })),
            (Some(ReadAnchor), None) => Ok(None),
            (Some(WithAnchor), None) => Err(Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "this provider doesn't take a cut as {asked}: \
                     pass the instant at which the recording began by `with_anchor`"
                ),
            )),
            (None, _) => Err(Error::new(
                ErrorKind::Unsupported,
                format!("this provider can't cut by {asked}"),
            )),
        }
    }

    fn visibility_hint(&self) -> String {
        let mut names: Vec<&str> = self.visibilities.iter().map(Visibility::as_str).collect();
        if self.other_visibility {
            names.push("one of the provider's own");
        }
        if names.is_empty() {
            "leave it out, and set it at the provider".to_owned()
        } else {
            format!("it takes {}", names.join(", "))
        }
    }
}
