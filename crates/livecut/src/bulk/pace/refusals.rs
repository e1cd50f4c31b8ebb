//! Which calls of a stop the provider doesn't take from any stop.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::Method;

/// So long after its first refusal a call that the provider took from no stop since isn't sent any more.
const LONGEST_REFUSED: Duration = Duration::from_secs(120);

/// A call is known by its place among those of its stop, and its method. What the provider takes of the calls before it
/// says nothing of it: a stop that is begun again makes those again, however long it doesn't get further.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    calls: HashMap<(usize, Method), Refused>,
    asked: Option<Duration>,
}

#[derive(Debug)]
struct Refused {
    since: Instant,
    /// When that was last known.
    until: Instant,
    asked: Option<Duration>,
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
        let call = self.calls.entry((place, method)).or_insert(Refused {
            since: now,
            until: now,
            asked,
        });
        (call.until, call.asked) = (now, asked);
    }

    pub(super) fn taken(&mut self, place: usize, method: Method) {
        self.calls.remove(&(place, method));
    }

    /// A stop of these calls got no turns for them: nobody learns whether they are refused still.
    pub(super) fn not_asked(&mut self, now: Instant, methods: &[Method]) {
        for call in methods.iter().copied().enumerate() {
            if let Some(call) = self.calls.get_mut(&call) {
                call.until = now;
            }
        }
    }

    pub(super) fn is_given_up(&self, place: usize, method: Method) -> bool {
        let call = self.calls.get(&(place, method));
        call.is_some_and(|call| call.until.saturating_duration_since(call.since) >= LONGEST_REFUSED)
    }

    /// Of a stop of these calls, one that isn't sent any more, and what the provider asked to wait.
    pub(super) fn given_up(&self, methods: &[Method]) -> Option<(Method, Option<Duration>)> {
        let mut calls = methods.iter().copied().enumerate();
        let call = calls.find(|(place, method)| self.is_given_up(*place, *method))?;
        Some((call.1, self.calls.get(&call)?.asked))
    }

    /// At the last refusal of all.
    pub(super) const fn asked(&self) -> Option<Duration> {
        self.asked
    }
}
