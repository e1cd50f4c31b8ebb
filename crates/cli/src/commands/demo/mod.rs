mod document;
mod world;

use livecut::{CutRange, Progress};

use self::document::{Demo, Run};
use self::world::{Stage, World};
use super::wait::shortcoming;
use crate::failure::Failure;
use crate::human::Human as _;
use crate::json::{Follow, Stop};
use crate::output::Output;
use crate::text::GOOD;

/// What is asked of every provider. The first is finer than whole seconds, the second is
/// within the hour that the streams have been live for, on the simulator's clock.
const CUTS: &[(&str, Option<&str>)] = &[
    ("no cut", None),
    ("a cut by offset", Some("30.5s..2m")),
    ("a cut by wall clock", Some("@1736754600..@1736754900")),
];

pub(crate) async fn run(only: Option<&str>, output: Output) -> Result<(), Box<Failure>> {
    // Two worlds that are alike: what is polled in the one is told by webhooks in the other.
    let (polled, told) = (World::new().await?, World::new().await?);
    let mut runs = Vec::new();
    for (polled, told) in polled.stages(only)?.iter().zip(&told.stages(only)?) {
        for (number, (title, cut)) in CUTS.iter().enumerate() {
            let cut = cut
                .map(str::parse)
                .transpose()
                .map_err(|error| Failure::internal(format!("{title}: {error}")))?;
            let run = show(polled, told, title, &stream_id(number), cut).await?;
            output.for_people(&run.human())?;
            runs.push(run);
        }
    }
    let demo = Demo::new(runs);
    output.for_programs(&demo)?;
    match demo.failure() {
        Some(failure) => Err(failure),
        None => output.for_people(&format!(
            "{GOOD}All {} kept intervals are the ones that were asked for.\n\
             Each recording was ready, and the same, by polling and by the webhooks that there are.{GOOD:#}\n",
            demo.runs.len()
        )),
    }
}

/// An integer, which every provider has for an id.
fn stream_id(number: usize) -> String {
    format!("100{number}")
}

/// Stops the same stream in both worlds, looks at what was kept, and follows its recording
/// until it is ready.
async fn show(
    polled: &Stage<'_>,
    told: &Stage<'_>,
    title: &str,
    id: &str,
    cut: Option<CutRange>,
) -> Result<Run, Box<Failure>> {
    let now = polled.clock().now().max(told.clock().now());
    polled.clock().set(now);
    told.clock().set(now);
    let stopped = polled.stop(id, cut).await?;
    let twin = told.stop(id, cut).await?;
    let (looks, ready) = polled.follow_by_polling(&stopped.outcome).await?;
    let (webhooks, ready_by_webhooks) = told.follow_by_webhooks(&twin.outcome).await?;
    let is_ready = matches!(ready, Progress::Ready(_)) && shortcoming(&ready).is_none();
    Ok(Run {
        provider: polled.name(),
        server: polled.server(),
        title: title.to_owned(),
        calls: stopped.calls,
        outcome: Stop::from(&stopped.outcome),
        expected: stopped.expected,
        kept: stopped.kept,
        as_asked: stopped.as_asked && twin.as_asked && is_ready,
        looks,
        has_webhooks: told.has_webhooks(),
        webhooks,
        same_end: ready == ready_by_webhooks,
        recording: Follow::from(&ready),
    })
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

    use super::*;
    use crate::exit::Exit;

    /// Lies about what is kept, or about which recording it is.
    #[derive(Debug)]
    struct Liar {
        of: Arc<dyn LiveStreamStopper>,
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
            if let Some(anchor) = request.anchor() {
                other = other.with_anchor(anchor);
            }
            let done = self.of.stop(&other).await?;
            let said = match request.cut() {
                Some(cut) => livecut::CutOutcome::Scheduled(livecut::Cut::new(cut, cut)),
                None => livecut::CutOutcome::None,
            };
            Ok(done.with_cut(said))
        }

        async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
            self.of.status(stream).await
        }

        async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
            match self.of.follow(ticket).await? {
                Progress::Ready(ready) if self.has_another_recording => {
                    let another = Recording::new(RecordingId::new("another")?);
                    let ready = Ready::new(ready.ticket().clone(), another, *ready.cut());
                    Ok(Progress::Ready(ready))
                }
                other => Ok(other),
            }
        }
    }

    /// What the demo comes to where the second world's stopper lies like this.
    async fn told_by(keeps_another_part: bool, has_another_recording: bool) -> Vec<Run> {
        let (first, second) = (World::new().await.unwrap(), World::new().await.unwrap());
        let polled = first.stages(None).unwrap();
        let mut told = second.stages(None).unwrap();
        let mut runs = Vec::new();
        for (polled, told) in polled.iter().zip(&mut told) {
            told.stopper = Arc::new(Liar {
                of: Arc::clone(&told.stopper),
                keeps_another_part,
                has_another_recording,
            });
            for (number, (title, cut)) in CUTS.iter().enumerate() {
                let cut = cut.map(|cut| cut.parse().unwrap());
                let id = stream_id(number);
                runs.push(show(polled, told, title, &id, cut).await.unwrap());
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
                (failure.exit, failure.kind),
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
                (failure.exit, failure.kind),
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
