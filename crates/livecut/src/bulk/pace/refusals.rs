//! Which calls of a stop the provider doesn't take from any stop.

use std::time::Duration;

use tokio::time::Instant;

use crate::Method;

/// So long after its first refusal a call that the provider took from no stop since isn't sent any more.
const LONGEST_REFUSED: Duration = Duration::from_secs(120);

/// A call is known by its place among those of its stop, and its method. What the provider takes of the calls before it
/// says nothing of it: a stop that is begun again makes those again, however long it doesn't get further.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    calls: Vec<Refused>,
    asked: Option<Duration>,
}

#[derive(Debug)]
struct Refused {
    place: usize,
    method: Method,
    since: Instant,
    asked: Option<Duration>,
    given_up: bool,
}

impl Refusals {
    pub(super) fn refused(
        &mut self,
        now: Instant,
        place: usize,
        method: Method,
        asked: Option<Duration>,
    ) {
        self.asked = asked;
        let mut calls = self.calls.iter_mut();
        match calls.find(|call| call.is(place, method)) {
            Some(call) => {
                call.asked = asked;
                call.look(now);
            }
            None => self.calls.push(Refused {
                place,
                method,
                since: now,
                asked,
                given_up: false,
            }),
        }
    }

    pub(super) fn taken(&mut self, place: usize, method: Method) {
        self.calls.retain(|call| !call.is(place, method));
    }

    /// A stop of these calls got no turns for them: nobody learns whether they are refused still.
    pub(super) fn not_asked(&mut self, now: Instant, methods: &[Method]) {
        let calls = self.calls.iter_mut();
        for call in calls.filter(|call| call.is_of(methods)) {
            call.look(now);
        }
    }

    pub(super) fn is_given_up(&self, place: usize, method: Method) -> bool {
        let mut calls = self.calls.iter();
        calls.any(|call| call.given_up && call.is(place, method))
    }

    /// Of a stop of these calls, one that isn't sent any more, and what the provider asked to wait.
    pub(super) fn given_up(&self, methods: &[Method]) -> Option<(Method, Option<Duration>)> {
        let mut calls = self.calls.iter();
        let call = calls.find(|call| call.given_up && call.is_of(methods))?;
        Some((call.method, call.asked))
    }

    /// At the last refusal of all.
    pub(super) const fn asked(&self) -> Option<Duration> {
        self.asked
    }
}

impl Refused {
    fn is(&self, place: usize, method: Method) -> bool {
        (self.place, self.method) == (place, method)
    }

    fn is_of(&self, methods: &[Method]) -> bool {
        methods.get(self.place) == Some(&self.method)
    }

    fn look(&mut self, now: Instant) {
        self.given_up |= now.saturating_duration_since(self.since) >= LONGEST_REFUSED;
    }
}
