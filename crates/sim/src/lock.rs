use std::sync::{Mutex, MutexGuard, PoisonError};

/// A lock whose holder may have panicked: a panic of a test thread says nothing about what it
/// guards, for each change is made whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
