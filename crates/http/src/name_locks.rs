use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Locks by name: only one sequence at a time goes on with a name.
#[derive(Debug, Default)]
pub(crate) struct NameLocks {
    taken: Mutex<HashSet<String>>,
    /// That one was given back.
    given_back: Notify,
}

/// The lock of one name, until it is dropped.
#[derive(Debug)]
pub(crate) struct NameLock<'a> {
    locks: &'a NameLocks,
    name: String,
}

impl NameLocks {
    /// Waits until nobody else holds the lock of this name.
    pub(crate) async fn take(&self, name: &str) -> NameLock<'_> {
        loop {
            // Before the look, or else what is given back right after it is missed.
            let given_back = self.given_back.notified();
            if self.taken().insert(name.to_owned()) {
                return NameLock {
                    locks: self,
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

impl Drop for NameLock<'_> {
    fn drop(&mut self) {
        self.locks.taken().remove(&self.name);
        self.locks.given_back.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_name_has_one_holder_at_a_time_and_other_names_do_not_wait() {
        let locks = NameLocks::default();
        let first = locks.take("a").now_or_never().unwrap();
        let _other = locks.take("b").now_or_never().unwrap();
        let mut second = Box::pin(locks.take("a"));
        let mut third = Box::pin(locks.take("a"));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        // Whoever doesn't want it any more doesn't keep it from others.
        drop(second);
        let third = third.now_or_never().unwrap();
        assert!(locks.take("a").now_or_never().is_none());
        drop(third);
        assert!(locks.take("a").now_or_never().is_some());
    }
}
