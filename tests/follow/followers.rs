//! Two programs that follow a ticket to its end: one asks, one is told.

use std::time::Duration;

use livecut_core::{CutVerdict, LiveStreamStopper, Progress, Recording, RecordingEvent, Ticket};

/// How a recording ends, without the words that a poll and a webhook have for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Ready(Box<Recording>, Option<CutVerdict>),
    Failed,
    Unfinished,
}

impl End {
    pub(crate) fn of(progress: Option<&Progress>) -> Self {
        match progress {
            Some(Progress::Ready(ready)) => {
                Self::Ready(Box::new(ready.recording().clone()), ready.verdict())
            }
            Some(Progress::Failed(_)) => Self::Failed,
            Some(Progress::InProgress(_)) | None => Self::Unfinished,
        }
    }
}

/// What a follower has seen last. The end is the end: what comes later is late, not news.
#[derive(Debug)]
pub(crate) struct Follower {
    ticket: Ticket,
    last: Option<Progress>,
}

impl Follower {
    pub(crate) const fn new(ticket: Ticket) -> Self {
        Self { ticket, last: None }
    }

    pub(crate) fn end(&self) -> End {
        End::of(self.last.as_ref())
    }

    pub(crate) fn is_at_its_end(&self) -> bool {
        self.end() != End::Unfinished
    }

    fn saw(&mut self, progress: Progress) {
        if !self.is_at_its_end() {
            self.ticket = progress.ticket().clone();
            self.last = Some(progress);
        }
    }

    pub(crate) fn is_about(&self, event: &RecordingEvent) -> bool {
        self.ticket.matches(event)
    }

    /// Takes an event's word.
    pub(crate) fn was_told(&mut self, event: &RecordingEvent) {
        if let Some(progress) = self.ticket.progress_by(event, Duration::from_secs(10)) {
            self.saw(progress);
        }
    }

    /// Asks the provider.
    pub(crate) async fn ask(&mut self, stopper: &dyn LiveStreamStopper) {
        if !self.is_at_its_end() {
            let progress = stopper.follow(&self.ticket).await;
            self.saw(progress.expect("the simulator answers"));
        }
    }
}
