//! An adapter of several calls that gives a stop up halfway: what its pace hears refused it doesn't send again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use livecut_core::adapter::{Pace, Turn};
use livecut_core::{
    Capabilities, LiveStreamStopper, Method, Progress, Result, StopOutcome, StopPlan, StopRequest,
    StreamId, StreamStatus, Ticket,
};

/// The adapter, with this flaw.
pub(crate) fn gives_up(stopper: Arc<dyn LiveStreamStopper>) -> Arc<dyn LiveStreamStopper> {
    Arc::new(Halfway(stopper))
}

#[derive(Debug)]
struct Halfway(Arc<dyn LiveStreamStopper>);

/// A pace without a turn for what was refused.
#[derive(Debug)]
struct GivesUp {
    pace: Arc<dyn Pace>,
    refused: AtomicBool,
}

#[async_trait]
impl Pace for GivesUp {
    async fn admit(&self, method: Method, time_left: Duration) -> Option<Turn> {
        if self.refused.load(Ordering::Relaxed) {
            return None;
        }
        self.pace.admit(method, time_left).await
    }

    fn taken(&self, turn: Turn) {
        self.pace.taken(turn);
    }

    fn refused(&self, turn: Turn, retry_after: Option<Duration>) {
        self.refused.store(true, Ordering::Relaxed);
        self.pace.refused(turn, retry_after);
    }
}

#[async_trait]
impl LiveStreamStopper for Halfway {
    fn provider(&self) -> &'static str {
        self.0.provider()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        self.0.plan(request)
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        let Some(pace) = request.pace() else {
            return self.0.stop(request).await;
        };
        let gives_up = GivesUp {
            pace: Arc::clone(pace),
            refused: AtomicBool::new(false),
        };
        let request = request.clone().with_pace(Arc::new(gives_up));
        self.0.stop(&request).await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        self.0.status(stream).await
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        self.0.follow(ticket).await
    }
}
