use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anstyle::Style;
use livecut::{
    Bounds, CutRange, LiveStreamStopper, Progress, StopOutcome, StopRequest, StopperBuilder,
    StreamId, Timeline,
};
use livecut_sim::{Provider, RequestRecord, SimClock, Simulator, StreamSpec};
use serde::Serialize;

use super::wait::shortcoming;
use crate::cut::for_people;
use crate::duration::rounded_up;
use crate::exit::{Exit, Phase};
use crate::failure::Failure;
use crate::human::Human;
use crate::json::{Follow, Seconds, Stop};
use crate::output::Output;
use crate::simulated;
use crate::text::{BAD, GOOD, Page};

/// What is asked of every provider. The first is finer than whole seconds, the second is
/// within the hour that the streams have been live for, on the simulator's clock.
const CUTS: &[(&str, Option<&str>)] = &[
    ("no cut", None),
    ("a cut by offset", Some("30.5s..2m")),
    ("a cut by wall clock", Some("@1736754600..@1736754900")),
];

/// A recording that isn't ready after so many looks never will be.
const MOST_LOOKS: usize = 1_000;

pub(crate) async fn run(only: Option<&str>, output: Output) -> Result<(), Box<Failure>> {
    let sim = Simulator::start()
        .await
        .map_err(|error| Failure::internal(format!("the simulator can't be started: {error}")))?;
    let mut runs = Vec::new();
    for simulated in compiled_in(&sim, only)? {
        let stopper = StopperBuilder::new()
            .with_provider(simulated.provider.name())
            .build_from_lookup(|name| simulated.variable(name))
            .map_err(|error| Failure::of(Phase::Plan, &error))?;
        for (number, (title, cut)) in CUTS.iter().enumerate() {
            let cut = cut
                .map(str::parse)
                .transpose()
                .map_err(|error| Failure::internal(format!("{title}: {error}")))?;
            let show = Show {
                stopper: Arc::clone(&stopper),
                provider: &simulated.provider,
                sim: &sim,
            };
            let run = show.run(title, &format!("demo-{number}"), cut).await?;
            output.for_people(&run.human())?;
            runs.push(run);
        }
    }
    let demo = Demo::new(runs);
    output.for_programs(&demo)?;
    match demo.failure() {
        Some(failure) => Err(failure),
        None => output.for_people(&format!(
            "{GOOD}All {} kept intervals are the ones that were asked for.{GOOD:#}\n",
            demo.runs.len()
        )),
    }
}

/// The providers of this build, each with its simulation.
fn compiled_in(
    sim: &Simulator,
    only: Option<&str>,
) -> Result<Vec<simulated::Simulated>, Box<Failure>> {
    let mut all = simulated::all(sim);
    let mut found = Vec::new();
    for provider in livecut::providers() {
        let wanted = only.is_none_or(|name| name == provider.name());
        if !wanted || !provider.is_compiled_in() {
            continue;
        }
        let at = all
            .iter()
            .position(|simulated| simulated.provider.name() == provider.name())
            .ok_or_else(|| Failure::internal(format!("{} isn't simulated", provider.name())))?;
        found.push(all.swap_remove(at));
    }
    if found.is_empty() {
        return Err(Failure::usage(match only {
            Some(name) => {
                format!("`{name}` isn't compiled in: build with the feature of that name")
            }
            None => "no provider is compiled in: build with the feature of one".to_owned(),
        }));
    }
    Ok(found)
}

/// One provider on stage.
struct Show<'a> {
    stopper: Arc<dyn LiveStreamStopper>,
    provider: &'a Provider,
    sim: &'a Simulator,
}

impl Show<'_> {
    /// Stops a stream, looks at what was kept, and follows its recording until it is ready.
    async fn run(&self, title: &str, id: &str, cut: Option<CutRange>) -> Result<Run, Box<Failure>> {
        self.provider
            .create_stream(StreamSpec::live(id))
            .map_err(|error| Failure::internal(format!("a stream can't be simulated: {error}")))?;
        let began = self
            .provider
            .recording(id)
            .and_then(|recording| recording.start)
            .ok_or_else(|| Failure::internal("the simulated stream isn't live"))?;
        let stream = StreamId::new(id).map_err(|error| Failure::internal(error.to_string()))?;
        // For providers that lack the cut's timeline.
        let mut request = StopRequest::new(stream).with_anchor(began);
        if let Some(cut) = cut {
            request = request.with_cut(cut);
        }
        let before = self
            .provider
            .requests()
            .last()
            .map_or(0, |last| last.number);
        let outcome = self
            .stopper
            .stop(&request)
            .await
            .map_err(|error| Failure::of(Phase::Call, &error))?;
        let calls = self
            .provider
            .requests()
            .iter()
            .filter(|record| record.number > before)
            .map(|record| Call::new(self.sim, record))
            .collect();
        let kept = self.kept(id)?;
        let expected = self.expected(&request, &outcome, id)?;
        let (looks, last) = self.follow(&outcome).await?;
        let sent_as_expected = outcome
            .cut()
            .cut()
            .is_none_or(|cut| cut.effective() == expected);
        let as_asked = request.cut().is_some() == outcome.cut().cut().is_some()
            && sent_as_expected
            && kept.on(expected.timeline())? == expected
            && shortcoming(&last).is_none();
        Ok(Run {
            provider: self.provider.name(),
            server: server(self.sim),
            title: title.to_owned(),
            calls,
            outcome: Stop::from(&outcome),
            expected,
            kept: kept.on(expected.timeline())?,
            as_asked,
            looks,
            recording: Follow::from(&last),
        })
    }

    fn kept(&self, id: &str) -> Result<Kept, Box<Failure>> {
        self.provider
            .recording(id)
            .and_then(|recording| recording.kept)
            .map(Kept)
            .ok_or_else(|| {
                Failure::new(
                    Exit::NotAsAsked,
                    "nothing_kept",
                    "the provider kept nothing",
                )
            })
    }

    /// What must be kept, reckoned from the request alone: the cut on the timeline that
    /// the provider was sent it on, and on the provider's grid; or all of it.
    fn expected(
        &self,
        request: &StopRequest,
        outcome: &StopOutcome,
        id: &str,
    ) -> Result<CutRange, Box<Failure>> {
        let recording = self.provider.recording(id);
        let (Some(began), Some(ended)) = recording.map_or((None, None), |r| (r.start, r.end))
        else {
            return Err(Failure::internal("the simulated stream hasn't ended"));
        };
        let whole = || CutRange::instants(began, ended)?.to_offsets(began);
        let cut = |requested: CutRange| {
            let sent = outcome.cut().cut().map(|cut| cut.effective().timeline());
            match sent.unwrap_or_else(|| requested.timeline()) {
                Timeline::Offset => requested.to_offsets(began),
                Timeline::WallClock => requested.to_wall_clock(began),
            }?
            .rounded(
                self.stopper.capabilities().granularity(),
                request.rounding(),
            )
        };
        request
            .cut()
            .map_or_else(whole, cut)
            .map_err(|error: livecut::CutRangeError| Failure::internal(error.to_string()))
    }

    /// Looks until the recording is ready; between the looks the simulator's clock is moved
    /// on, and nobody waits.
    async fn follow(&self, outcome: &StopOutcome) -> Result<(Vec<Look>, Progress), Box<Failure>> {
        let clock: &SimClock = self.sim.clock();
        let mut looks: Vec<Look> = Vec::new();
        let mut after = Duration::ZERO;
        let mut ticket = outcome.ticket().clone();
        for _ in 0..MOST_LOOKS {
            let progress = self
                .stopper
                .follow(&ticket)
                .await
                .map_err(|error| Failure::of(Phase::Call, &error))?;
            let stage = match &progress {
                Progress::InProgress(progress) => progress.stage(),
                other => other.as_str(),
            };
            if looks.last().is_none_or(|look| look.stage != stage) {
                looks.push(Look {
                    after: Seconds(after),
                    stage: stage.to_owned(),
                });
            }
            let Progress::InProgress(seen) = &progress else {
                return Ok((looks, progress));
            };
            let pause = seen.check_again_in().max(Duration::from_secs(1));
            clock.advance(pause);
            after = after.saturating_add(pause);
            ticket = seen.ticket().clone();
        }
        Err(Failure::new(
            Exit::NoRecording,
            "timed_out",
            format!("the recording isn't ready after {}", rounded_up(after)),
        )
        .with_ticket(&ticket))
    }
}

/// What the simulated provider kept.
struct Kept(livecut_sim::Kept);

impl Kept {
    fn on(&self, timeline: Timeline) -> Result<CutRange, Box<Failure>> {
        match timeline {
            Timeline::Offset => {
                let Range { start, end } = self.0.offsets();
                CutRange::try_from(Bounds::Offset { start, end })
            }
            Timeline::WallClock => {
                let Range { start, end } = self.0.instants();
                CutRange::try_from(Bounds::WallClock { start, end })
            }
        }
        .map_err(|error| Failure::internal(format!("what was kept is no range: {error}")))
    }
}

#[derive(Debug, Serialize)]
struct Demo {
    as_asked: bool,
    runs: Vec<Run>,
}

impl Demo {
    fn new(runs: Vec<Run>) -> Self {
        Self {
            as_asked: runs.iter().all(|run| run.as_asked),
            runs,
        }
    }

    fn failure(&self) -> Option<Box<Failure>> {
        let differing = self.runs.iter().filter(|run| !run.as_asked).count();
        let all = self.runs.len();
        (differing > 0).then(|| {
            Failure::new(
                Exit::NotAsAsked,
                "kept_differs",
                format!("{differing} of {all} kept intervals aren't the ones that were asked for"),
            )
        })
    }
}

#[derive(Debug, Serialize)]
struct Run {
    provider: &'static str,
    #[serde(skip)]
    server: String,
    title: String,
    /// What arrived at the provider in the course of the stop.
    calls: Vec<Call>,
    outcome: Stop,
    expected: CutRange,
    kept: CutRange,
    as_asked: bool,
    /// Each stage as it was first seen.
    looks: Vec<Look>,
    recording: Follow,
}

#[derive(Debug, Serialize)]
struct Call {
    method: String,
    url: String,
    body: Option<String>,
    status: Option<u16>,
}

#[derive(Debug, Serialize)]
struct Look {
    #[serde(rename = "after_seconds")]
    after: Seconds,
    stage: String,
}

impl Call {
    fn new(sim: &Simulator, record: &RequestRecord) -> Self {
        Self {
            method: record.method.clone(),
            url: format!("{}{}", server(sim), record.target),
            body: (!record.body.is_empty())
                .then(|| String::from_utf8_lossy(&record.body).into_owned()),
            status: record.status,
        }
    }
}

fn server(sim: &Simulator) -> String {
    format!("http://{}", sim.address())
}

impl Human for Run {
    fn human(&self) -> String {
        let bold = Style::new().bold();
        let mut page = Page::default();
        page.line(format_args!(
            "{bold}{} at {}: {}{bold:#}",
            self.provider, self.server, self.title
        ));
        for call in &self.calls {
            // The server is in the heading.
            let path = call.url.strip_prefix(&self.server).unwrap_or(&call.url);
            page.unwrapped_row("sent", format_args!("{} {path}", call.method));
            page.unwrapped_row("  body", call.body.as_deref().unwrap_or("none"));
            if let Some(status) = call.status {
                page.row("  answer", status);
            }
        }
        let outcome = &self.outcome;
        page.row(
            "outcome",
            format!("{}, cut {}", outcome.stopped, outcome.cut.state),
        );
        if let (Some(requested), Some(effective)) = (outcome.cut.requested, outcome.cut.effective) {
            page.row("  asked", for_people(requested));
            if requested != effective {
                page.row("  becomes", for_people(effective));
            }
        }
        let (style, verdict) = match (self.as_asked, outcome.cut.requested) {
            (true, Some(_)) => (GOOD, "as asked".to_owned()),
            (true, None) => (GOOD, "as asked, all of it".to_owned()),
            (false, _) => (BAD, format!("NOT as asked, {}", for_people(self.expected))),
        };
        page.styled_row(
            "kept",
            style,
            format!("{}: {verdict}", for_people(self.kept)),
        );
        for (number, look) in self.looks.iter().enumerate() {
            let label = if number == 0 { "followed" } else { "" };
            page.row(
                label,
                format!("after {}: {}", rounded_up(look.after.0), look.stage),
            );
        }
        if let Some(recording) = &self.recording.recording {
            page.row("recording", &recording.id);
            for playback in &recording.playback {
                page.row(&format!("  {}", playback.format), &playback.url);
            }
        }
        page.line("");
        page.into_string()
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use livecut::{Capabilities, Result, StopPlan, StreamStatus, Ticket};

    use super::*;

    /// Has another part kept than it says.
    #[derive(Debug)]
    struct Liar(Arc<dyn LiveStreamStopper>);

    #[async_trait]
    impl LiveStreamStopper for Liar {
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
            let other = StopRequest::new(request.stream().clone()).with_cut(
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
            let done = self.0.stop(&other).await?;
            let said = match request.cut() {
                Some(cut) => livecut::CutOutcome::Scheduled(livecut::Cut::new(cut, cut)),
                None => livecut::CutOutcome::None,
            };
            Ok(done.with_cut(said))
        }

        async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
            self.0.status(stream).await
        }

        async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
            self.0.follow(ticket).await
        }
    }

    #[tokio::test]
    async fn a_kept_interval_that_is_off_by_a_millisecond_is_found() {
        let sim = Simulator::start().await.unwrap();
        for simulated in compiled_in(&sim, None).unwrap() {
            let stopper = StopperBuilder::new()
                .with_provider(simulated.provider.name())
                .build_from_lookup(|name| simulated.variable(name))
                .unwrap();
            for (number, (title, cut)) in CUTS.iter().enumerate() {
                let cut: Option<CutRange> = cut.map(|cut| cut.parse().unwrap());
                let liar: Arc<dyn LiveStreamStopper> = Arc::new(Liar(Arc::clone(&stopper)));
                for (lies, stopper) in [(false, Arc::clone(&stopper)), (true, liar)] {
                    let show = Show {
                        stopper,
                        provider: &simulated.provider,
                        sim: &sim,
                    };
                    let run = show
                        .run(title, &format!("{number}-{lies}"), cut)
                        .await
                        .unwrap();
                    assert_eq!(run.as_asked, !lies, "{run:#?}");
                    let failure = Demo::new(vec![run]).failure();
                    let exit = failure.map_or(Exit::Done, |failure| failure.exit);
                    assert_eq!(exit, if lies { Exit::NotAsAsked } else { Exit::Done });
                }
            }
        }
    }
}
