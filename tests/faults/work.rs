//! What a client asks for: to stop, to look, or to follow a ticket; and what its answer says.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use livecut_core::{
    CutVerdict, Error, LiveStreamStopper, Progress, StopOutcome, StopRequest, StreamId,
    StreamStatus, Ticket,
};
use livecut_sim::{FailingStage, Simulator, Stage, StreamSpec};
use livecut_tests::kits;

use crate::adapters::{Adapter, ID};

/// After this, every recording of the simulator's is finished.
const LONG_AFTER: Duration = Duration::from_secs(600);

/// While a recording is being transcoded.
const SOON_AFTER: Duration = Duration::from_secs(10);

/// Between two looks at a recording that isn't finished.
const STEP: Duration = Duration::from_secs(30);

/// The most looks that a recording takes until it is finished.
const STEPS: usize = 20;

/// What a client asks an adapter for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    Stop,
    StopAndCut,
    /// To look at a stream that is live.
    Status,
    Follow(Situation),
}

/// The ticket of a follow, and how its recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Situation {
    /// All of the recording, finished.
    Whole,
    /// A cut that was made, finished.
    Cut,
    /// A cut whose making fails.
    Failing,
    /// A cut whose recording the ticket doesn't name.
    Unnamed,
    /// A cut that can be made now.
    Owed,
    /// A cut that can't be made yet.
    OwedEarly,
    /// A cut that another follow has made.
    OwedFound,
    /// A cut of a recording that failed.
    OwedFailing,
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "stop",
            Self::StopAndCut => "stop, cut",
            Self::Status => "status",
            Self::Follow(Situation::Whole) => "follow, no cut",
            Self::Follow(Situation::Cut) => "follow, cut",
            Self::Follow(Situation::Failing) => "follow, cut that fails",
            Self::Follow(Situation::Unnamed) => "follow, recording not named",
            Self::Follow(Situation::Owed) => "follow, cut owed",
            Self::Follow(Situation::OwedEarly) => "follow, cut owed, recording not ready",
            Self::Follow(Situation::OwedFound) => "follow, cut owed, made meanwhile",
            Self::Follow(Situation::OwedFailing) => "follow, cut owed, recording failed",
        })
    }
}

/// The call of the adapter's.
pub(crate) enum Ask {
    Stop(StopRequest),
    Status(StreamId),
    Follow(Ticket),
}

pub(crate) enum Answer {
    Stopped(StopOutcome),
    Status(StreamStatus),
    Followed(Progress),
}

pub(crate) type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

impl Work {
    pub(crate) const fn is_stop(self) -> bool {
        matches!(self, Self::Stop | Self::StopAndCut)
    }

    /// Whether it is a follow, after which somebody may follow again.
    pub(crate) const fn is_followed(self) -> bool {
        matches!(self, Self::Follow(_))
    }

    const fn cuts(self) -> bool {
        match self {
            Self::Stop | Self::Status | Self::Follow(Situation::Whole) => false,
            Self::StopAndCut | Self::Follow(_) => true,
        }
    }

    /// Brings the provider to where this can be asked for, by way of a stopper of another process.
    pub(crate) async fn prepare(
        self,
        adapter: &Adapter,
        sim: &Simulator,
        stopper: impl FnOnce() -> Arc<dyn LiveStreamStopper>,
    ) -> Ask {
        use Situation::{Cut, Failing, Owed, OwedEarly, OwedFailing, OwedFound, Unnamed, Whole};
        let Self::Follow(situation) = self else {
            adapter.create(sim, StreamSpec::live(ID));
            let request = adapter.request(sim, self.cuts());
            return match self {
                Self::Status => Ask::Status(request.stream().clone()),
                _ => Ask::Stop(request),
            };
        };
        let spec = StreamSpec::live(ID);
        adapter.create(
            sim,
            match situation {
                Failing => spec.with_failure(FailingStage::Trimming),
                OwedFailing => spec.with_failure(FailingStage::Transcoding),
                _ => spec,
            },
        );
        if matches!(situation, Owed | OwedEarly | OwedFound | OwedFailing) {
            let mut variants = adapter.kit.variants.iter();
            let owing = variants.find(|variant| variant.owes_cuts);
            (owing.expect("a variant owes cuts").prepare)(sim);
            // So that the list has two.
            (adapter.kit.page_by_twos)(sim);
            for other in ["another", "a third"] {
                adapter.create(sim, StreamSpec::ended(other));
            }
        }
        let stopper = stopper();
        let stopped = stopper.stop(&adapter.request(sim, self.cuts())).await;
        let ticket = match stopped {
            Ok(outcome) => outcome.ticket().clone(),
            Err(error) => match error.ticket() {
                Some(ticket) => ticket.clone(),
                None => panic!("{} {self}: {error}", adapter.name),
            },
        };
        sim.clock().advance(match situation {
            OwedEarly => SOON_AFTER,
            // The live stream is all there is to look at, and says nothing when it is over.
            Unnamed if adapter.kit.unnamed == Some(kits::Unnamed::Ending) => SOON_AFTER,
            Whole | Cut | Failing | Unnamed | Owed | OwedFound | OwedFailing => LONG_AFTER,
        });
        Ask::Follow(match situation {
            Unnamed => {
                let unnamed = Ticket::new(adapter.name, ticket.stream().clone())
                    .with_cut(ticket.cut().copied());
                match ticket.tenant() {
                    Some(tenant) => unnamed.with_tenant(tenant.clone()),
                    None => unnamed,
                }
            }
            OwedFound => {
                let made = stopper.follow(&ticket).await;
                made.unwrap_or_else(|error| panic!("{} {self}: {error}", adapter.name));
                sim.clock().advance(LONG_AFTER);
                ticket
            }
            _ => ticket,
        })
    }

    /// Follows this ticket to its end, by way of a stopper of another process, while nothing breaks.
    pub(crate) async fn follow_on(
        self,
        adapter: &Adapter,
        sim: &Simulator,
        stopper: &dyn LiveStreamStopper,
        ticket: &Ticket,
    ) -> After {
        let mut ticket = ticket.clone();
        let mut end = format!("isn't finished after {STEPS} looks");
        for _ in 0..STEPS {
            match stopper.follow(&ticket).await {
                Ok(progress @ Progress::InProgress(_)) => ticket = progress.ticket().clone(),
                Ok(progress) => {
                    let answer = Answer::Followed(progress);
                    end = match answer.lie(adapter, self, sim) {
                        None => answer.to_string(),
                        Some(lie) => format!("{answer}, {lie}"),
                    };
                    break;
                }
                Err(error) => {
                    end = format!("{:?} {error}", error.kind());
                    break;
                }
            }
            sim.clock().advance(STEP);
        }
        After {
            end,
            cuts: cuts(adapter, sim),
        }
    }
}

/// What comes of following on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct After {
    /// What the last answer says.
    pub(crate) end: String,
    /// How many cuts the provider has made of the stream, in all.
    pub(crate) cuts: usize,
}

fn cuts(adapter: &Adapter, sim: &Simulator) -> usize {
    let requests = adapter.provider(sim).requests();
    let cuts = requests.iter().filter(|request| request.applied.cut);
    cuts.count()
}

impl Ask {
    /// Makes the call, which begins when it is polled first.
    pub(crate) fn of<'a>(&'a self, stopper: &'a dyn LiveStreamStopper) -> Pending<'a> {
        // Each is called at once, so that it shows if that alone sends something.
        match self {
            Self::Stop(request) => {
                let stop = stopper.stop(request);
                Box::pin(async { stop.await.map(Answer::Stopped) })
            }
            Self::Status(stream) => {
                let look = stopper.status(stream);
                Box::pin(async { look.await.map(Answer::Status) })
            }
            Self::Follow(ticket) => {
                let follow = stopper.follow(ticket);
                Box::pin(async { follow.await.map(Answer::Followed) })
            }
        }
    }

    pub(crate) fn stream(&self) -> &StreamId {
        match self {
            Self::Stop(request) => request.stream(),
            Self::Status(stream) => stream,
            Self::Follow(ticket) => ticket.stream(),
        }
    }

    pub(crate) const fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Follow(ticket) => Some(ticket),
            Self::Stop(_) | Self::Status(_) => None,
        }
    }
}

impl Answer {
    /// What to follow on with.
    pub(crate) fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Stopped(outcome) => Some(outcome.ticket()),
            Self::Followed(progress) => Some(progress.ticket()),
            Self::Status(_) => None,
        }
    }

    /// What of it isn't so.
    fn lie(&self, adapter: &Adapter, work: Work, sim: &Simulator) -> Option<&'static str> {
        let recording = adapter.provider(sim).recording(ID).expect("it was created");
        // Where a cut is an address, nothing makes it.
        let lacks_its_cut = work.cuts() && !adapter.cuts_by_address() && cuts(adapter, sim) == 0;
        let is_ready = recording.stage == Stage::Ready && !lacks_its_cut;
        match self {
            Self::Followed(Progress::Ready(ready)) => {
                let cut = ready.ticket().cut().map(|cut| cut.effective().duration());
                let kept = recording.kept.map(|kept| kept.duration());
                if !is_ready {
                    Some("which it isn't")
                } else if ready.recording().id().as_str() != recording.id {
                    Some("which is another recording")
                } else if cut.is_some() != work.cuts() || (cut.is_some() && kept < cut) {
                    Some("which isn't what was asked for")
                } else if matches!(ready.verdict(), Some(CutVerdict::Differs { .. })) {
                    Some("and the cut doesn't differ")
                } else {
                    None
                }
            }
            // No ticket that lacks the recording's name leads to it.
            Self::Followed(Progress::Failed(_)) => (recording.stage != Stage::Failed
                && work != Work::Follow(Situation::Unnamed))
            .then_some("which it didn't"),
            Self::Followed(Progress::InProgress(_)) | Self::Stopped(_) | Self::Status(_) => None,
        }
    }

    /// Of an answer that nothing was done to.
    pub(crate) fn hold_against_the_truth(&self, adapter: &Adapter, work: Work, sim: &Simulator) {
        if let Some(lie) = self.lie(adapter, work, sim) {
            panic!(
                "{} {work}, while nothing breaks: {self}, {lie}",
                adapter.name
            );
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(_) => f.write_str("done"),
            Self::Status(status) => f.write_str(status.state().as_str()),
            Self::Followed(Progress::InProgress(_)) => f.write_str(IN_PROGRESS),
            Self::Followed(Progress::Failed(_)) => f.write_str(FAILED),
            Self::Followed(Progress::Ready(ready)) => {
                // Which recording it is, [`Answer::lie`] looks at: at some providers the id has the time in it.
                let verdict = ready.verdict().map_or("none", CutVerdict::as_str);
                write!(f, "ready, cut {verdict}")
            }
        }
    }
}

/// How the answers read that say the least: of a recording, and of a stream; and the one that is the last.
pub(crate) const IN_PROGRESS: &str = "in progress";
pub(crate) const UNKNOWN: &str = "unknown";
pub(crate) const FAILED: &str = "failed";
