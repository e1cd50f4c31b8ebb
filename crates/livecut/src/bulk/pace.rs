//! When the next call may be sent: by rates that are known, or learned from refusals.
//! Pure: it is told the time.

mod class;
mod refusals;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::{Capabilities, Method, RateLimits, StopPlan};
use class::Class;
use livecut_core::adapter::Turn;
use refusals::Refusals;

/// How long to hold back after a refusal that doesn't say.
const DEFAULT_HOLD: Duration = Duration::from_secs(1);
/// A provider that says "at once" is given a moment all the same.
const SHORTEST_HOLD: Duration = Duration::from_millis(100);
/// Nobody waits longer on a provider's word.
const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// The schedule of all calls.
#[derive(Debug)]
pub(super) struct Pace {
    /// The first is of all calls whose method has none of its own.
    classes: Vec<Class>,
    /// Under way, by their places in the input: the older one goes first.
    stops: BTreeMap<usize, Stop>,
    /// Until when the provider has us wait.
    held: Option<Instant>,
    /// The calls sent since the last wait are one age: what was sent before a refusal says nothing about the pace
    /// after it.
    age: u64,
    begun: Option<Instant>,
    refusals: Refusals,
}

/// The calls that a stop may make, by class.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    /// Those of the plan in their order, and then the looks.
    methods: Vec<Method>,
    of: Vec<u32>,
}

#[derive(Debug)]
struct Stop {
    /// Those that it hasn't made yet.
    left: Calls,
    /// The turn of its first call, which it got by beginning.
    prepaid: Option<u64>,
    /// Its adapter asks before each call.
    asks: bool,
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

impl Pace {
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

    /// The calls of a plan, with so many looks; one at least.
    pub(super) fn calls(&self, plan: &StopPlan, looks: u32) -> Calls {
        let mut methods: Vec<_> = plan.steps().iter().map(|step| step.method()).collect();
        if methods.is_empty() {
            methods.push(Method::Post);
        }
        // They don't ask, so that they have no place among those that do.
        let looks = usize::try_from(looks).unwrap_or_default();
        methods.extend(std::iter::repeat_n(Method::Get, looks));
        let mut of = vec![0_u32; self.classes.len()];
        for method in &methods {
            if let Some(calls) = of.get_mut(self.class(*method)) {
                *calls = calls.saturating_add(1);
            }
        }
        Calls { methods, of }
    }

    /// A stop begins, if there is a turn for its first call, and for all its calls within its deadline,
    /// as far as that is known.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        index: usize,
        calls: &Calls,
        deadline: Duration,
    ) -> Due {
        let half = deadline.checked_div(2).unwrap_or_default();
        if !self.stops.is_empty() && self.lasts(now, usize::MAX, Some(calls)) > half {
            return Due::Later;
        }
        let due = self.turn(now, self.class(calls.first()), None);
        if let Due::Now(age) = due {
            self.stops.insert(
                index,
                Stop {
                    left: calls.clone(),
                    prepaid: Some(age),
                    asks: false,
                    taken: 0,
                    changed: false,
                    waits: None,
                },
            );
        }
        due
    }

    /// A stop's next call stands in line from now on.
    pub(super) fn stand(&mut self, index: usize, method: Method) {
        let class = self.class(method);
        if let Some(stop) = self.stops.get_mut(&index) {
            stop.waits = Some(class);
            stop.asks = true;
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
            stop.left.take(class);
            return Due::Now(age);
        }
        let left = until.saturating_duration_since(now);
        // A stop that changed nothing yet isn't brought so far that it needs what won't be taken.
        let changed = stop.changed;
        let given_up = match changed {
            true => self.refusals.is_given_up(stop.taken, method),
            false => self.refusals.given_up(&stop.left.methods).is_some(),
        };
        if left.is_zero() || given_up {
            return Due::Never;
        }
        if method != Method::Get && !changed && self.lasts(now, index, None) > left {
            if let Some(stop) = self.stops.get(&index) {
                self.refusals.not_asked(now, &stop.left.methods);
            }
            return Due::Never;
        }
        let due = self.turn(now, class, Some(index));
        match due {
            Due::Now(_) => {
                if let Some(stop) = self.stops.get_mut(&index) {
                    stop.left.take(class);
                }
                due
            }
            Due::At(at) if at >= until => Due::Never,
            _ => due,
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
        if let Some(class) = self.news_of(turn) {
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
        let hold = retry_after.unwrap_or(DEFAULT_HOLD);
        let hold = hold.clamp(SHORTEST_HOLD, LONGEST_HOLD);
        self.held = self.held.max(Some(after(now, hold)));
        if let Some(class) = self.news_of(turn) {
            class.refused(hold);
        }
    }

    /// A stop has come to its end. Of one whose adapter never asked, the turn of its first call.
    pub(super) fn end(&mut self, index: usize) -> Option<Turn> {
        let stop = self.stops.remove(&index)?;
        let age = stop.prepaid.filter(|_| !stop.asks)?;
        let first = stop.left.first();
        let mut of = stop.left.of;
        if let Some(calls) = of.get_mut(self.class(first)) {
            *calls = calls.saturating_sub(1);
        }
        for (class, calls) in self.classes.iter_mut().zip(of) {
            class.charge(calls);
        }
        Some(Turn::new(first, age))
    }

    /// The first of these calls that the provider takes from no stop, and what it asked to wait.
    pub(super) fn given_up(&self, calls: &Calls) -> Option<(Method, Option<Duration>)> {
        self.refusals.given_up(&calls.methods)
    }

    /// What the provider asked to wait at its last refusal.
    pub(super) const fn asked(&self) -> Option<Duration> {
        self.refusals.asked()
    }

    /// Until when nothing is sent, for the provider refuses calls.
    pub(super) fn held(&self) -> Option<Instant> {
        let closed = self.classes.iter().filter(|class| class.is_closed());
        closed.map(Class::due).fold(self.held, Option::max)
    }

    /// Whether a call of this class may be sent, of this stop or one that is to begin.
    fn turn(&mut self, now: Instant, class: usize, index: Option<usize>) -> Due {
        let index = index.unwrap_or(usize::MAX);
        let mut older = self.stops.range(..index).filter_map(|(_, stop)| stop.waits);
        // A limit that two classes share is left to the older stop, or else the younger ones could take all of it.
        let closed = |line| self.classes.get(line).is_some_and(Class::is_closed);
        if older.any(|line| line == class || closed(line)) {
            return Due::Later;
        }
        let due = self.classes.get(class).and_then(|class| class.due());
        if let Some(at) = due.max(self.held).filter(|at| *at > now) {
            return Due::At(at);
        }
        self.turn_age(now);
        if let Some(class) = self.classes.get_mut(class) {
            class.send(now);
        }
        Due::Now(self.age)
    }

    /// After a wait a new age begins; all calls of the old one that come to anything have by now.
    fn turn_age(&mut self, now: Instant) {
        let begun = *self.begun.get_or_insert(now);
        if self.classes.iter().any(Class::is_refused) {
            let lasted = self.held.map(|end| end.saturating_duration_since(begun));
            for class in &mut self.classes {
                class.learn(now, lasted.unwrap_or_default());
            }
            self.age = self.age.saturating_add(1);
            self.begun = Some(now);
        }
    }

    /// How long the calls of all stops up to this one take, and those of another that is to begin.
    fn lasts(&self, now: Instant, index: usize, another: Option<&Calls>) -> Duration {
        let stops = || self.stops.range(..=index).map(|(_, stop)| &stop.left);
        let times = self.classes.iter().enumerate().map(|(at, class)| {
            let calls = stops().chain(another).map(|calls| calls.at(at));
            class.lasts(calls.fold(0, u32::saturating_add))
        });
        let held = self.held.map(|held| held.saturating_duration_since(now));
        let held = held.unwrap_or_default();
        times.max().unwrap_or_default().saturating_add(held)
    }

    /// The class of a call, if it was sent in this age.
    fn news_of(&mut self, turn: Turn) -> Option<&mut Class> {
        let class = self.class(turn.method());
        let is_news = turn.number() == self.age;
        self.classes.get_mut(class).filter(|_| is_news)
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

impl Calls {
    fn first(&self) -> Method {
        self.methods.first().copied().unwrap_or(Method::Post)
    }

    fn at(&self, class: usize) -> u32 {
        self.of.get(class).copied().unwrap_or_default()
    }

    fn take(&mut self, class: usize) {
        if let Some(calls) = self.of.get_mut(class) {
            *calls = calls.saturating_sub(1);
        }
    }
}

/// About a century: later than that is never.
const FAR: Duration = Duration::from_secs(100 * 365 * 86_400);

fn after(instant: Instant, time: Duration) -> Instant {
    instant.checked_add(time.min(FAR)).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
