use crate::{Method, Rate, RateLimits};

const CONCURRENCY: usize = 64;
const MAX_ATTEMPTS: u32 = 10;

/// How many stops are under way at once, and how fast they follow each other.
///
/// ```
/// use livecut::{Rate, StopAllOptions};
///
/// let options = StopAllOptions::new()
///     .with_concurrency(32)
///     .with_rate(Rate::per_second(100));
/// assert_eq!(options.concurrency(), 32);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct StopAllOptions {
    concurrency: usize,
    rate_limits: RateLimits,
    reconcile: bool,
    max_attempts: u32,
}

impl StopAllOptions {
    /// At most 64 stops at once, at a rate that is learned, without reconciling.
    pub const fn new() -> Self {
        Self {
            concurrency: CONCURRENCY,
            rate_limits: RateLimits::new(),
            reconcile: false,
            max_attempts: MAX_ATTEMPTS,
        }
    }

    /// The most stops that are under way at once (default: 64; 0 is taken for 1).
    ///
    /// Over HTTP/1.1 it is also the most connections, and memory grows with it. To keep up a rate it must be at
    /// least the rate times the time that a stop takes: 100 a second and 0.5 s are 50.
    pub const fn with_concurrency(mut self, stops: usize) -> Self {
        self.concurrency = if stops == 0 { 1 } else { stops };
        self
    }

    /// The rate that the provider allows (default: `None`: what it
    /// [documents](crate::Capabilities::rate_limits), or else it is learned). It holds for the
    /// calls of this one [`StopAll`](super::StopAll): take off what others use of the same limit.
    ///
    /// A number from a setting can be zero, which is no rate: [`Rate::per_hour`] then gives `None`, and
    /// the rate is learned. A text, `"0/s"`, is refused instead.
    ///
    /// ```
    /// use livecut::{Rate, StopAllOptions};
    ///
    /// let at = |calls| StopAllOptions::new().with_rate(Rate::per_hour(calls));
    /// assert_eq!(at(500).rate().map(|rate| rate.to_string()).as_deref(), Some("500/h"));
    /// assert_eq!(at(0).rate(), None);
    /// assert!("0/s".parse::<Rate>().is_err());
    /// ```
    pub fn with_rate(mut self, rate: impl Into<Option<Rate>>) -> Self {
        self.rate_limits = self.rate_limits.with_rate(rate);
        self
    }

    /// The rate that the provider allows for calls of this method, which don't count for the others' then.
    ///
    /// As soon as any rate is given, those that the provider
    /// [documents](crate::Capabilities::rate_limits) don't count any more.
    ///
    /// ```
    /// use livecut::{Method, Rate, StopAllOptions};
    ///
    /// let options = StopAllOptions::new()
    ///     .with_rate(Rate::per_second(5))
    ///     .with_method_rate(Method::Post, "1/s+10".parse::<Rate>()?);
    /// assert_eq!(options.rate_limits().methods().len(), 1);
    /// # Ok::<(), livecut::Error>(())
    /// ```
    pub fn with_method_rate(mut self, method: Method, rate: impl Into<Option<Rate>>) -> Self {
        self.rate_limits = self.rate_limits.with_method(method, rate);
        self
    }

    /// Makes each stop as
    /// [`stop_and_reconcile`](crate::LiveStreamStopperExt::stop_and_reconcile) does (default:
    /// just the stop). It costs a look before each stop, and one after each whose effect is
    /// unknown; two more calls a stop are counted for the rate.
    pub const fn with_reconcile(mut self) -> Self {
        self.reconcile = true;
        self
    }

    /// The most times that one stop is begun, the first included (default: 10; 0 is taken
    /// for 1). It is begun again only if the provider's rate left no turn for its calls within its deadline
    /// before anything was changed.
    pub const fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = if attempts == 0 { 1 } else { attempts };
        self
    }

    /// The most stops that are under way at once.
    pub const fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// The rate that the provider allows, where it is known.
    pub const fn rate(&self) -> Option<Rate> {
        self.rate_limits.rate()
    }

    /// The rates that the provider allows, as far as they were given.
    pub const fn rate_limits(&self) -> &RateLimits {
        &self.rate_limits
    }

    /// Whether unknown effects are reconciled.
    pub const fn reconcile(&self) -> bool {
        self.reconcile
    }

    /// The most times that one stop is begun.
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts
    }
}

impl Default for StopAllOptions {
    fn default() -> Self {
        Self::new()
    }
}
