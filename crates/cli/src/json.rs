//! The documents that the program prints and the library has no form of.
//!
//! The library's own (an outcome, a plan, a status, a progress, an error) are printed as it writes them.

use std::borrow::Cow;
use std::time::Duration;

use livecut::fetch::Fetched;
use livecut::{
    Capabilities, Certainty, CutState, Effect, EnvVar, ErrorReport, Progress, Provider, Ready,
    StopOutcome, StopPlan, StopRequest, Ticket, Timeline, TimelineSupport,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::failure::{Failure, Problem};

/// `livecut stop`: what it came to, and with `--wait` what the last look saw.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) outcome: StopOutcome,
    /// Whether its cut is still to be made.
    pub(crate) owes_cut: bool,
    pub(crate) progress: Option<Progress>,
}

impl Stop {
    /// A stop whose cut is still to be made: the ticket and the effect are all there is of it.
    pub(crate) fn owing(ticket: &Ticket, effect: Effect) -> Self {
        let cut = ticket.cut().copied();
        let outcome = StopOutcome::new(ticket.clone()).with_cut(cut, CutState::Scheduled);
        Self {
            owes_cut: true,
            ..outcome.with_other(effect.other).into()
        }
    }

    /// What it caused, without the looks.
    pub(crate) fn effect(&self) -> Effect {
        let effect = self.outcome.effect();
        match self.owes_cut {
            true => Effect {
                cut: Certainty::No,
                ..effect
            },
            false => effect,
        }
    }

    /// How far the cut is, in one word.
    pub(crate) fn cut_state(&self) -> Option<&'static str> {
        match self.owes_cut {
            true => Some("unconfirmed"),
            false => self.outcome.cut_state().map(CutState::as_str),
        }
    }
}

impl From<StopOutcome> for Stop {
    fn from(outcome: StopOutcome) -> Self {
        Self {
            outcome,
            owes_cut: false,
            progress: None,
        }
    }
}

impl Serialize for Stop {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.owes_cut && self.progress.is_none() {
            return self.outcome.serialize(serializer);
        }
        let mut document = members(&self.outcome)?;
        if self.owes_cut
            && let Some(Value::Object(cut)) = document.get_mut("cut")
        {
            cut.insert("state".to_owned(), self.cut_state().into());
        }
        for (name, value) in self
            .progress
            .as_ref()
            .map(members)
            .transpose()?
            .into_iter()
            .flatten()
        {
            // What a look doesn't show is as the stop had it.
            let is_shown = matches!(self.progress, Some(Progress::Ready(_)));
            if is_shown || !matches!(&*name, "cut" | "recording") {
                document.insert(name, value);
            }
        }
        document.serialize(serializer)
    }
}

/// `livecut fetch`: what the last look saw, and the file. The cut's state is the file's.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) progress: Progress,
    pub(crate) fetched: Fetched,
}

impl Fetch {
    pub(crate) fn new(ready: &Ready, fetched: Fetched) -> Self {
        let (ticket, recording) = (ready.ticket().clone(), ready.recording().clone());
        let progress = Progress::Ready(Ready::new(ticket, recording, fetched.verdict()));
        Self { progress, fetched }
    }
}

impl Serialize for Fetch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct File<'a> {
            path: Cow<'a, str>,
            bytes: u64,
            resumed_from: u64,
            duration_seconds: Option<Seconds>,
        }

        let file = File {
            path: self.fetched.path().to_string_lossy(),
            bytes: self.fetched.bytes(),
            resumed_from: self.fetched.resumed_from(),
            duration_seconds: self.fetched.duration().map(Seconds),
        };
        let mut document = members(&self.progress)?;
        document.insert("file".to_owned(), members(&file)?.into());
        document.serialize(serializer)
    }
}

fn members<E: serde::ser::Error>(document: &impl Serialize) -> Result<Map<String, Value>, E> {
    match serde_json::to_value(document) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(E::custom("a document is an object")),
        Err(error) => Err(E::custom(error)),
    }
}

/// `livecut stop --dry-run`.
#[derive(Debug, Serialize)]
pub(crate) struct Plan<'a> {
    #[serde(flatten)]
    pub(crate) plan: &'a StopPlan,
    /// Whether there is no cut, and it isn't only unknown yet.
    #[serde(skip)]
    pub(crate) keeps_all: bool,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(request: &StopRequest, plan: &'a StopPlan) -> Self {
        let keeps_all = request.cut().is_none();
        Self { plan, keeps_all }
    }
}

/// `livecut providers`.
#[derive(Debug, Serialize)]
pub(crate) struct Providers {
    pub(crate) providers: Vec<ProviderDocument>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProviderDocument {
    pub(crate) provider: &'static str,
    pub(crate) compiled_in: bool,
    pub(crate) capabilities: Option<CapabilitiesDocument>,
    /// Null where it isn't compiled in: its adapter has them.
    pub(crate) variables: Option<Vec<Variable>>,
    /// Groups, of which one is to be set to receive webhooks; null as above.
    pub(crate) webhook_variables: Option<Vec<Vec<Variable>>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CapabilitiesDocument {
    /// `native`, `with_anchor`, `read_anchor`, or null where it can't be cut by that at all.
    pub(crate) offset: Option<&'static str>,
    pub(crate) wall_clock: Option<&'static str>,
    #[serde(rename = "granularity_seconds")]
    pub(crate) granularity: Seconds,
    pub(crate) visibilities: Vec<String>,
    pub(crate) other_visibility: bool,
    pub(crate) visibility_of_cuts_only: bool,
    pub(crate) named_recording: bool,
    pub(crate) single_call: bool,
    pub(crate) reports_duration: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) file_variable: Option<String>,
    pub(crate) description: &'static str,
    pub(crate) required: bool,
    pub(crate) secret: bool,
}

/// The last line on stderr of a run that failed.
#[derive(Debug, Serialize)]
pub(crate) struct Error<'a> {
    error: ErrorBody<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    #[serde(flatten)]
    report: ErrorReport,
    /// Which lines of a list are refused, and why.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    lines: &'a [Problem],
}

impl<'a> From<&'a Failure> for Error<'a> {
    fn from(failure: &'a Failure) -> Self {
        let report = failure.report.clone().with_message(failure.in_full());
        let lines = &*failure.lines;
        Self {
            error: ErrorBody { report, lines },
        }
    }
}

/// A duration as a JSON number of seconds, a whole one where it is whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.subsec_nanos() == 0 {
            serializer.serialize_u64(self.0.as_secs())
        } else {
            serializer.serialize_f64(self.0.as_secs_f64())
        }
    }
}

impl From<&'static Provider> for ProviderDocument {
    fn from(provider: &'static Provider) -> Self {
        Self {
            provider: provider.name(),
            compiled_in: provider.is_compiled_in(),
            capabilities: provider.capabilities().as_ref().map(Into::into),
            variables: provider
                .is_compiled_in()
                .then(|| variables(provider.variables())),
            webhook_variables: provider.is_compiled_in().then(|| {
                let groups = provider.webhook_variables().iter();
                groups.map(|group| variables(group)).collect()
            }),
        }
    }
}

fn variables(variables: &'static [EnvVar]) -> Vec<Variable> {
    variables
        .iter()
        .map(|variable| Variable {
            name: variable.name(),
            file_variable: variable.file_variable(),
            description: variable.description(),
            required: variable.is_required(),
            secret: variable.is_secret(),
        })
        .collect()
}

impl From<&Capabilities> for CapabilitiesDocument {
    fn from(capabilities: &Capabilities) -> Self {
        let support = |timeline| {
            capabilities
                .timeline(timeline)
                .map(|support| match support {
                    TimelineSupport::Native => "native",
                    TimelineSupport::WithAnchor => "with_anchor",
                    TimelineSupport::ReadAnchor => "read_anchor",
                    _ => "unknown",
                })
        };
        Self {
            offset: support(Timeline::Offset),
            wall_clock: support(Timeline::WallClock),
            granularity: Seconds(capabilities.granularity()),
            visibilities: capabilities
                .visibilities()
                .iter()
                .map(ToString::to_string)
                .collect(),
            other_visibility: capabilities.supports_other_visibility(),
            visibility_of_cuts_only: capabilities.visibility_of_cuts_only(),
            named_recording: capabilities.named_recording(),
            single_call: capabilities.single_call(),
            reports_duration: capabilities.reports_duration(),
        }
    }
}

#[cfg(test)]
mod tests {
    use livecut::{Cut, CutRange, CutVerdict, InProgress, Recording, RecordingId, StreamId};

    use super::*;

    /// Of a stop that made its cut, and knew the recording.
    fn stop() -> Stop {
        let range = CutRange::seconds(30, 120).unwrap();
        let ticket = Ticket::new("example", StreamId::new("abc").unwrap())
            .with_cut(Some(Cut::new(range, range)));
        let cut = ticket.cut().copied();
        let outcome = StopOutcome::new(ticket).with_cut(cut, CutState::Made);
        outcome.with_recording(recording("known")).into()
    }

    fn recording(id: &str) -> Recording {
        Recording::new(RecordingId::new(id).unwrap())
    }

    #[test]
    fn what_a_look_does_not_show_is_as_the_stop_had_it() {
        let mut stop = stop();
        let ticket = stop.outcome.ticket().clone();
        let wait = Duration::from_secs(5);
        stop.progress = Some(Progress::InProgress(InProgress::new(
            ticket.clone(),
            "trimming",
            wait,
        )));
        let document = serde_json::to_value(&stop).unwrap();
        assert_eq!(document["stopped"], "stopped");
        assert_eq!(document["stage"], "trimming");
        assert_eq!(document["cut"]["state"], "made");
        assert_eq!(document["recording"]["id"], "known");

        let verdict = Some(CutVerdict::Confirmed);
        let ready = Ready::new(ticket, recording("seen"), verdict);
        stop.progress = Some(Progress::Ready(ready));
        let document = serde_json::to_value(&stop).unwrap();
        assert_eq!(document["stopped"], "stopped");
        assert_eq!(document["cut"]["state"], "confirmed");
        assert_eq!(document["recording"]["id"], "seen");
    }

    #[test]
    fn without_a_cut_a_look_says_none_as_the_stop_does() {
        let ticket = Ticket::new("example", StreamId::new("abc").unwrap());
        let mut stop = Stop::from(StopOutcome::new(ticket.clone()));
        let look = InProgress::new(ticket, "processing", Duration::from_secs(5));
        stop.progress = Some(Progress::InProgress(look));
        let document = serde_json::to_value(&stop).unwrap();
        assert_eq!(document["cut"]["state"], "none");
    }

    #[test]
    fn a_cut_that_is_owed_is_never_said_to_be_scheduled() {
        let ticket = stop().outcome.ticket().clone();
        let effect = Effect::new(Certainty::Yes, Certainty::No).with_other(Certainty::Yes);
        let owing = Stop::owing(&ticket, effect);
        assert_eq!(owing.effect(), effect);
        let document = serde_json::to_value(&owing).unwrap();
        assert_eq!(document["cut"]["state"], "unconfirmed");
        assert_eq!(document["other"], "yes");
    }
}
