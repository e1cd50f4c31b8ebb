//! One stop's place in the pace of all.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

use super::Shared;
use super::pace::Due;
use crate::Method;
use livecut_core::adapter::{Pace, Turn};

/// What an adapter asks before each call of one stop.
#[derive(Debug)]
pub(super) struct StopPace {
    shared: Arc<Shared>,
    index: usize,
}

impl StopPace {
    pub(super) const fn new(shared: Arc<Shared>, index: usize) -> Self {
        Self { shared, index }
    }
}

#[async_trait]
impl Pace for StopPace {
    async fn admit(&self, method: Method, time_left: Duration) -> Option<Turn> {
        let now = Instant::now();
        let until = now.checked_add(time_left).unwrap_or(now);
        self.shared.pace().stand(self.index, method);
        let _place = Place(self);
        loop {
            // Made before the look, so that nothing is missed after it.
            let changed = self.shared.changed.notified();
            let due = self
                .shared
                .pace()
                .admit(Instant::now(), self.index, method, until);
            let at = match due {
                Due::Now(age) => return Some(Turn::new(method, age)),
                Due::Never => return None,
                Due::At(at) => at,
                Due::Later => until,
            };
            // Either way it is looked again.
            let _ = timeout_at(at, changed).await;
        }
    }

    fn taken(&self, turn: Turn) {
        self.shared.pace().taken(self.index, turn);
        self.shared.changed.notify_waiters();
    }

    fn refused(&self, turn: Turn, retry_after: Option<Duration>) {
        self.shared.refused(self.index, turn, retry_after);
    }
}

/// A place in the line, which goes to the next when the call is sent or dropped.
struct Place<'a>(&'a StopPace);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.shared.pace().leave(self.0.index);
        self.0.shared.changed.notify_waiters();
    }
}
