use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The names that only one sequence at a time goes on with.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Mutex<HashSet<String>>,
    /// That one was given back.
    given_back: Notify,
}

/// The turn for one name, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    name: String,
}

impl Turns {
    /// Waits until nobody else has the turn for this name.
    pub(crate) async fn take(&self, name: &str) -> Turn<'_> {
        loop {
            // Before the look, or else what is given back right after it is missed.
            let given_back = self.given_back.notified();
            if self.taken().insert(name.to_owned()) {
                return Turn {
                    turns: self,
                    name: name.to_owned(),
                };
            }
            given_back.await;
        }
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<String>> {
        // No set is left half changed.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.taken().remove(&self.name);
        self.turns.given_back.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_name_has_one_turn_at_a_time_and_other_names_do_not_wait() {
        let turns = Turns::default();
        let first = turns.take("a").now_or_never().unwrap();
        let _other = turns.take("b").now_or_never().unwrap();
        let mut second = Box::pin(turns.take("a"));
        let mut third = Box::pin(turns.take("a"));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        // Whoever doesn't want it any more doesn't keep it from others.
        drop(second);
        let third = third.now_or_never().unwrap();
        assert!(turns.take("a").now_or_never().is_none());
        drop(third);
        assert!(turns.take("a").now_or_never().is_some());
    }
}
