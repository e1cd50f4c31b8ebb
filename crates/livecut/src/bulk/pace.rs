//! When the next call may be sent: by rates that are known, or learned from refusals.
//! Pure: it is told the time.

mod class;
mod refusals;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::{Capabilities, Method, RateLimits};
use class::Class;
use livecut_core::adapter::Turn;
use refusals::Refusals;

/// How long to wait after a refusal that doesn't say.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);
/// A provider that says "at once" is given a moment all the same.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// Nobody waits longer on a provider's word.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The schedule of all calls.
#[derive(Debug)]
pub(super) struct LearnedPace {
    /// The first is of all calls whose method has none of its own.
    classes: Vec<Class>,
    /// Under way, by their places in the input: the older one goes first.
    stops: BTreeMap<usize, Stop>,
    /// Until when the provider has us wait.
    held: Option<Instant>,
    /// The calls between two refusals are one age: what was sent before a refusal says nothing about the rate after it.
    age: u64,
    begun: Option<Instant>,
    refusals: Refusals,
}

#[derive(Debug)]
struct Stop {
    /// Those of its plan in their order, and then the looks.
    calls: Vec<Method>,
    /// The turn of its first call, which it got by beginning, until it asks for it.
    prepaid: Option<u64>,
    /// How many the provider took: the place of the next.
    taken: usize,
    /// Something was changed: it is never given up for its rate before its deadline.
    changed: bool,
    /// It stands in this class's line.
    waits: Option<usize>,
}

/// Whether a call may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It is, in this age.
    Now(u64),
    At(Instant),
    /// When something else has happened.
    Later,
    Never,
}

impl LearnedPace {
    /// By the rates that are given, or those that the provider documents, or none.
    pub(super) fn new(given: &RateLimits, capabilities: &Capabilities) -> Self {
        let is_given = !given.is_empty();
        let limits = match is_given {
            true => given,
            false => capabilities.rate_limits(),
        };
        let others = [Class::new(None, limits.rate(), is_given)];
        let own = limits.methods().iter();
        let own = own.map(|(method, rate)| Class::new(Some(*method), Some(*rate), is_given));
        Self {
            classes: others.into_iter().chain(own).collect(),
            stops: BTreeMap::new(),
            held: None,
            age: 0,
            begun: None,
            refusals: Refusals::default(),
        }
    }

    /// A stop begins, if there is a turn for its first call, and for all its calls within its deadline,
    /// as far as that is known.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        index: usize,
        calls: &[Method],
        deadline: Duration,
    ) -> Due {
        let half = deadline.checked_div(2).unwrap_or_default();
        if !self.stops.is_empty() && self.lasts(now, usize::MAX, calls) > half {
            return Due::Later;
        }
        let due = self.turn(now, self.class(first(calls)), usize::MAX);
        if let Due::Now(age) = due {
            let stop = Stop {
                calls: calls.to_vec(),
                prepaid: Some(age),
                taken: 0,
                changed: false,
                waits: None,
            };
            self.stops.insert(index, stop);
        }
        due
    }

    /// A stop's next call stands in line from now on.
    pub(super) fn stand(&mut self, index: usize, method: Method) {
        let class = self.class(method);
        if let Some(stop) = self.stops.get_mut(&index) {
            stop.waits = Some(class);
        }
    }

    /// It doesn't any more.
    pub(super) fn leave(&mut self, index: usize) {
        if let Some(stop) = self.stops.get_mut(&index) {
            stop.waits = None;
        }
    }

    /// Whether the call that stands in line may be sent.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        index: usize,
        method: Method,
        until: Instant,
    ) -> Due {
        let class = self.class(method);
        let Some(stop) = self.stops.get_mut(&index) else {
            return Due::Never;
        };
        if let Some(age) = stop.prepaid.take() {
            return Due::Now(age);
        }
        let left = until.saturating_duration_since(now);
        // A stop that changed nothing yet isn't brought so far that it needs what won't be taken.
        let changed = stop.changed;
        let given_up = match changed {
            true => self.refusals.is_given_up(stop.taken, method),
            false => self.refusals.given_up(&stop.calls).is_some(),
        };
        if left.is_zero() || given_up {
            return Due::Never;
        }
        if method != Method::Get && !changed && self.lasts(now, index, &[]) > left {
            if let Some(stop) = self.stops.get(&index) {
                self.refusals.not_asked(now, &stop.calls);
            }
            return Due::Never;
        }
        match self.turn(now, class, index) {
            Due::At(at) if at >= until => Due::Never,
            due => due,
        }
    }

    /// The provider took a call.
    pub(super) fn taken(&mut self, index: usize, turn: Turn) {
        let place = self.place(index);
        self.refusals.taken(place, turn.method());
        if let Some(stop) = self.stops.get_mut(&index) {
            stop.taken = stop.taken.saturating_add(1);
            stop.changed |= turn.method() != Method::Get;
        }
        if turn.number() == self.age
            && let Some(class) = self.class_of(turn)
        {
            class.taken();
        }
    }

    /// The provider refused a call for its rate: all that wasn't sent waits.
    pub(super) fn refused(
        &mut self,
        now: Instant,
        index: usize,
        turn: Turn,
        retry_after: Option<Duration>,
    ) {
        let place = self.place(index);
        self.refusals
            .refused(now, place, turn.method(), retry_after);
        let wanted = retry_after.unwrap_or(DEFAULT_WAIT);
        let wanted = wanted.clamp(SHORTEST_WAIT, LONGEST_WAIT);
        let mut wait = wanted;
        if turn.number() == self.age {
            let begun = self.begun.take().unwrap_or(now);
            let lasted = now.saturating_duration_since(begun);
            if let Some(class) = self.class_of(turn) {
                wait = class.refused(lasted, wanted);
            }
            self.age = self.age.saturating_add(1);
            self.classes.iter_mut().for_each(Class::begin_age);
        }
        self.held = self.held.max(Some(after(now, wait)));
    }

    /// A stop has come to its end. Of one whose adapter never asked, the turn of its first call.
    pub(super) fn end(&mut self, index: usize) -> Option<Turn> {
        let stop = self.stops.remove(&index)?;
        let age = stop.prepaid?;
        for method in stop.calls.iter().skip(1) {
            let class = self.class(*method);
            if let Some(class) = self.classes.get_mut(class) {
                class.charge();
            }
        }
        Some(Turn::new(first(&stop.calls), age))
    }

    /// The first of these calls that the provider takes from no stop, and what it asked to wait.
    pub(super) fn given_up(&self, calls: &[Method]) -> Option<(Method, Option<Duration>)> {
        self.refusals.given_up(calls)
    }

    /// What the provider asked to wait at its last refusal.
    pub(super) const fn asked(&self) -> Option<Duration> {
        self.refusals.asked()
    }

    /// Until when nothing is sent, for the provider refuses calls.
    pub(super) const fn held(&self) -> Option<Instant> {
        self.held
    }

    /// Whether a call of this class may be sent, of this stop.
    fn turn(&mut self, now: Instant, class: usize, index: usize) -> Due {
        let mut older = self.stops.range(..index).filter_map(|(_, stop)| stop.waits);
        // A limit that two classes share is left to the older stop, or else the younger ones could take all of it.
        let closed = |line| self.classes.get(line).is_some_and(Class::is_closed);
        if older.any(|line| line == class || closed(line)) {
            return Due::Later;
        }
        let Some(class) = self.classes.get_mut(class) else {
            return Due::Never;
        };
        match class.due().max(self.held).filter(|at| *at > now) {
            Some(at) => Due::At(at),
            None => {
                class.send(now);
                self.begun.get_or_insert(now);
                Due::Now(self.age)
            }
        }
    }

    /// How long the calls of all stops up to this one take, and those of another that is to begin.
    fn lasts(&self, now: Instant, index: usize, another: &[Method]) -> Duration {
        let stops = self.stops.range(..=index);
        let left = stops.flat_map(|(_, stop)| stop.calls.iter().skip(stop.taken));
        let mut calls = vec![0_u32; self.classes.len()];
        for method in left.chain(another) {
            if let Some(calls) = calls.get_mut(self.class(*method)) {
                *calls = calls.saturating_add(1);
            }
        }
        let times = self.classes.iter().zip(calls);
        let times = times.map(|(class, calls)| class.lasts(calls));
        let held = self.held.map(|held| held.saturating_duration_since(now));
        let held = held.unwrap_or_default();
        times.max().unwrap_or_default().saturating_add(held)
    }

    fn class_of(&mut self, turn: Turn) -> Option<&mut Class> {
        let class = self.class(turn.method());
        self.classes.get_mut(class)
    }

    /// The place of a stop's next call among its calls.
    fn place(&self, index: usize) -> usize {
        self.stops.get(&index).map_or(0, |stop| stop.taken)
    }

    fn class(&self, method: Method) -> usize {
        let own = |class: &Class| class.method() == Some(method);
        self.classes.iter().position(own).unwrap_or_default()
    }
}

fn first(calls: &[Method]) -> Method {
    calls.first().copied().unwrap_or(Method::Post)
}

/// About a century: later than that is never.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

fn after(instant: Instant, time: Duration) -> Instant {
    instant.checked_add(time.min(FAR)).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
