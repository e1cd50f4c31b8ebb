mod document;
mod world;

use livecut::{CutRange, Progress, Timeline};

use self::document::{Demo, Run};
use self::world::{Stage, World};
use super::wait::shortcoming;
use crate::failure::Failure;
use crate::human::Human as _;
use crate::json::Seconds;
use crate::output::Output;
use crate::text::GOOD;

/// The part of the recording that is cut, finer than whole seconds.
const PART: &str = "30.5s..2m";

/// What is asked of every provider: to keep all, and that part on either timeline.
const STOPS: [(&str, Option<Timeline>); 3] = [
    ("no cut", None),
    ("a cut by offset", Some(Timeline::Offset)),
    ("the same cut by wall clock", Some(Timeline::WallClock)),
];

/// An integer, which every provider has for an id.
const STREAM: &str = "1001";

pub(crate) async fn run(only: Option<&str>, output: Output) -> Result<(), Box<Failure>> {
    let mut runs = Vec::new();
    for provider in world::providers(only)? {
        for (title, timeline) in STOPS {
            // Two worlds that are alike: what is polled in the one is told by webhooks in the other. Each begins at the
            // same instant, so that the part is at the same instants at every provider.
            let (polled, told) = (World::new().await?, World::new().await?);
            let (polled, told) = (polled.stage(provider)?, told.stage(provider)?);
            let run = show(&polled, &told, title, timeline).await?;
            output.for_people(&run.human()).await?;
            runs.push(run);
        }
    }
    let demo = Demo::new(runs);
    output.for_programs(&demo).await?;
    match demo.failure() {
        Some(failure) => Err(failure),
        None => output.for_people(&format!(
            "{}{GOOD}All {} kept intervals are what was asked for, to each provider's granularity.\n\
             Each recording was ready, and the same, by polling and by the webhooks that there are.{GOOD:#}\n",
            demo.human(),
            demo.runs.len()
        ))
        .await,
    }
}

fn part() -> Result<CutRange, Box<Failure>> {
    PART.parse()
        .map_err(|error| Failure::internal(format!("{PART}: {error}")))
}

/// Stops the same stream in both worlds, looks at what was kept, and follows its recording
/// until it is ready.
async fn show(
    polled: &Stage<'_>,
    told: &Stage<'_>,
    title: &str,
    timeline: Option<Timeline>,
) -> Result<Run, Box<Failure>> {
    let cut = match timeline {
        Some(timeline) => Some((part()?, timeline)),
        None => None,
    };
    let stopped = polled.stop(STREAM, cut).await?;
    let twin = told.stop(STREAM, cut).await?;
    let (looks, ready) = polled.follow_by_polling(&stopped.outcome).await?;
    let (webhooks, ready_by_webhooks) = told.follow_by_webhooks(&twin.outcome).await?;
    let (kept, kept_by_twin) = (
        polled.verify(&stopped, &ready)?,
        told.verify(&twin, &ready_by_webhooks)?,
    );
    let is_ready = matches!(ready, Progress::Ready(_)) && shortcoming(&ready).is_none();
    Ok(Run {
        provider: polled.name(),
        server: polled.server(),
        title: title.to_owned(),
        calls: stopped.calls,
        outcome: stopped.outcome,
        expected: kept.expected,
        kept: kept.kept,
        granularity: Seconds(polled.stopper.capabilities().granularity()),
        anchor_precision: kept.anchor_precision,
        part: cut.map(|(part, _)| part),
        kept_part: kept.kept_part,
        as_asked: kept.as_asked && kept_by_twin.as_asked && is_ready,
        looks,
        has_webhooks: told.has_webhooks(),
        webhooks,
        same_end: wherever(&ready, polled)? == wherever(&ready_by_webhooks, told)?,
        recording: ready,
    })
}

/// How it ended, without the address of its world's server, which some providers' recordings have in theirs.
fn wherever(progress: &Progress, stage: &Stage<'_>) -> Result<String, Box<Failure>> {
    serde_json::to_string(progress)
        .map(|document| document.replace(&stage.server(), ""))
        .map_err(|error| Failure::internal(format!("it has no document: {error}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use async_trait::async_trait;
    use livecut::{
        Bounds, Capabilities, LiveStreamStopper, Ready, Recording, RecordingId, Result,
        StopOutcome, StopPlan, StopRequest, StreamId, StreamStatus, Ticket,
    };

    use time::OffsetDateTime;

    use super::*;
    use crate::exit::Exit;

    /// Lies about what is kept, or about which recording it is.
    #[derive(Debug)]
    struct Liar {
        of: Arc<dyn LiveStreamStopper>,
        began: OffsetDateTime,
        keeps_another_part: bool,
        has_another_recording: bool,
    }

    #[async_trait]
    impl LiveStreamStopper for Liar {
        fn provider(&self) -> &'static str {
            self.of.provider()
        }

        fn capabilities(&self) -> Capabilities {
            self.of.capabilities()
        }

        fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
            self.of.plan(request)
        }

        async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
            if !self.keeps_another_part {
                return self.of.stop(request).await;
            }
            let mut other = StopRequest::new(request.stream().clone()).with_cut(
                match request.cut().map(|cut| cut.bounds()) {
                    Some(Bounds::WallClock { start, end }) => {
                        CutRange::instants(start, end.saturating_add(time::Duration::MILLISECOND))?
                    }
                    Some(Bounds::Offset { start, end }) => {
                        CutRange::offsets(start, end.saturating_add(Duration::from_millis(1)))?
                    }
                    None => CutRange::seconds(0, 3599)?,
                },
            );
            other = other.with_anchor(self.began);
            let done = self.of.stop(&other).await?;
            let said = request.cut().map(|cut| livecut::Cut::new(cut, cut));
            Ok(done.with_cut(said, livecut::CutState::Scheduled))
        }

        async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
            self.of.status(stream).await
        }

        async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
            match self.of.follow(ticket).await? {
                Progress::Ready(ready) if self.has_another_recording => {
                    let mut another = Recording::new(RecordingId::new("another")?);
                    for playback in ready.recording().playback() {
                        another = another.with_playback(playback.clone());
                    }
                    let ready = Ready::new(ready.ticket().clone(), another, ready.verdict());
                    Ok(Progress::Ready(ready))
                }
                other => Ok(other),
            }
        }
    }

    /// What the demo comes to where the second world's stopper lies like this.
    async fn told_by(keeps_another_part: bool, has_another_recording: bool) -> Vec<Run> {
        let mut runs = Vec::new();
        for provider in world::providers(None).unwrap() {
            for (title, timeline) in STOPS {
                let (first, second) = (World::new().await.unwrap(), World::new().await.unwrap());
                let polled = first.stage(provider).unwrap();
                let mut told = second.stage(provider).unwrap();
                told.stopper = Arc::new(Liar {
                    of: Arc::clone(&told.stopper),
                    began: told.clock().now().saturating_sub(time::Duration::hours(1)),
                    keeps_another_part,
                    has_another_recording,
                });
                runs.push(show(&polled, &told, title, timeline).await.unwrap());
            }
        }
        assert!(!runs.is_empty());
        runs
    }

    #[tokio::test]
    async fn a_kept_interval_that_is_off_by_a_millisecond_is_found() {
        for run in told_by(true, false).await {
            assert!(!run.as_asked, "{run:#?}");
            let failure = Demo::new(vec![run]).failure().unwrap();
            assert_eq!(
                (failure.exit, failure.report.kind_name()),
                (Exit::NotAsAsked, "kept_differs")
            );
        }
    }

    #[tokio::test]
    async fn polling_and_webhooks_that_end_differently_are_found() {
        for run in told_by(false, true).await {
            assert!(run.as_asked && !run.same_end, "{run:#?}");
            let failure = Demo::new(vec![run]).failure().unwrap();
            assert_eq!(
                (failure.exit, failure.report.kind_name()),
                (Exit::NotAsAsked, "ends_differ")
            );
        }
    }

    #[tokio::test]
    async fn without_a_lie_nothing_is_found() {
        let demo = Demo::new(told_by(false, false).await);
        assert!(demo.failure().is_none(), "{demo:#?}");
        for run in demo.runs.iter().filter(|run| run.has_webhooks) {
            let states: Vec<_> = run.webhooks.iter().map(|heard| heard.state).collect();
            assert_eq!(states.last(), Some(&"recording_ready"), "{run:#?}");
        }
    }
}
