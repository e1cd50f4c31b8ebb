//! The documents that the program prints, as `--output json` has them.
//!
//! What a person reads is made of the same values (see `human.rs`).

use std::borrow::Cow;
use std::time::Duration;

use livecut::{
    Capabilities, Certainty, CutRange, CutState, CutVerdict, Effect, EnvVar, Progress, Provider,
    Recording, Step, StopOutcome, StopPlan, StopRequest, StreamStatus, Ticket, Timeline,
    TimelineSupport,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::duration::whole_seconds;
use crate::failure::Failure;
use crate::list::Problem;

/// `livecut stop`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub(crate) provider: String,
    pub(crate) stream: String,
    pub(crate) stopped: Cow<'static, str>,
    pub(crate) cut: Cut,
    /// What was changed beside both, as in an effect. Results of earlier versions don't say.
    #[serde(with = "CertaintyDocument", default = "no")]
    pub(crate) other: Certainty,
    pub(crate) recording: Option<RecordingDocument>,
    pub(crate) messages: Vec<String>,
    pub(crate) ticket: String,
    /// With `--wait`: what the last look saw. The cut, the recording and the ticket
    /// are then that look's.
    #[serde(flatten)]
    pub(crate) waited: Option<Waited>,
}

/// Where the recording stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Waited {
    pub(crate) progress: Cow<'static, str>,
    pub(crate) stage: Option<String>,
    #[serde(rename = "check_again_in_seconds")]
    pub(crate) check_again_in: Option<Seconds>,
}

/// A cut, and how far it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cut {
    /// `none`, `scheduled` or `made`; of a recording that was looked at, `none`,
    /// `unconfirmed`, `confirmed` or `differs`.
    pub(crate) state: Cow<'static, str>,
    pub(crate) requested: Option<CutRange>,
    pub(crate) effective: Option<CutRange>,
}

/// A recording, as far as it is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecordingDocument {
    pub(crate) id: String,
    pub(crate) playback: Vec<PlaybackDocument>,
    #[serde(rename = "duration_seconds")]
    pub(crate) duration: Option<Seconds>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlaybackDocument {
    pub(crate) format: Cow<'static, str>,
    pub(crate) url: String,
}

/// `livecut stop --dry-run`.
#[derive(Debug, Serialize)]
pub(crate) struct Plan {
    pub(crate) provider: String,
    pub(crate) steps: Vec<PlanStep>,
    pub(crate) cut: Option<PlannedCut>,
    /// Whether there is no cut, and it isn't only unknown yet.
    #[serde(skip)]
    pub(crate) keeps_all: bool,
    pub(crate) ticket: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PlanStep {
    pub(crate) purpose: &'static str,
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) body: Option<String>,
    pub(crate) when: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PlannedCut {
    pub(crate) requested: CutRange,
    pub(crate) effective: CutRange,
    /// The effective range as H:MM:SS, in which milliseconds given for seconds show.
    pub(crate) effective_hms: String,
}

/// `livecut status`.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    pub(crate) provider: String,
    pub(crate) stream: String,
    pub(crate) state: &'static str,
    pub(crate) provider_state: String,
    pub(crate) recording: Option<RecordingDocument>,
}

/// `livecut follow`.
#[derive(Debug, Serialize)]
pub(crate) struct Follow {
    pub(crate) provider: String,
    pub(crate) stream: String,
    #[serde(flatten)]
    pub(crate) progress: Waited,
    pub(crate) cut: Cut,
    pub(crate) recording: Option<RecordingDocument>,
    pub(crate) ticket: String,
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
pub(crate) struct Error {
    error: ErrorBody,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) kind: Cow<'static, str>,
    pub(crate) message: String,
    pub(crate) provider: Option<String>,
    #[serde(with = "EffectDocument")]
    pub(crate) effect: Effect,
    pub(crate) http_status: Option<u16>,
    pub(crate) retry_after_seconds: Option<u64>,
    pub(crate) ticket: Option<String>,
    /// Which lines of a list are refused, and why.
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(crate) lines: Vec<Problem>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Effect")]
struct EffectDocument {
    #[serde(with = "CertaintyDocument")]
    stopped: Certainty,
    #[serde(with = "CertaintyDocument")]
    cut: Certainty,
    /// Results that were written before there was this member have none: see `Outcome`.
    #[serde(with = "CertaintyDocument", default = "no")]
    other: Certainty,
}

const fn no() -> Certainty {
    Certainty::No
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Certainty", rename_all = "snake_case")]
enum CertaintyDocument {
    No,
    Yes,
    Unknown,
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

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl From<&StopOutcome> for Stop {
    fn from(outcome: &StopOutcome) -> Self {
        Self {
            stopped: outcome.stopped().as_str().into(),
            cut: Cut::new(outcome.cut_state().map(CutState::as_str), outcome.cut()),
            recording: outcome.recording().map(Into::into),
            messages: outcome.messages().to_vec(),
            ..Self::owing(outcome.ticket(), outcome.effect())
        }
    }
}

impl Stop {
    /// A stop whose cut is still to be made: the ticket and the effect are all there is of it.
    pub(crate) fn owing(ticket: &Ticket, effect: Effect) -> Self {
        Self {
            provider: ticket.provider().to_owned(),
            stream: ticket.stream().to_string(),
            stopped: livecut::Stopped::Stopped.as_str().into(),
            cut: Cut::followed(ticket),
            other: effect.other,
            recording: None,
            messages: Vec::new(),
            ticket: ticket.to_string(),
            waited: None,
        }
    }

    /// Brings the document to what a look saw after the stop.
    pub(crate) fn see(&mut self, progress: &Progress) {
        let seen = Follow::from(progress);
        if matches!(progress, Progress::Ready(_)) {
            self.cut = seen.cut;
        }
        self.recording = seen.recording.or(self.recording.take());
        self.ticket = seen.ticket;
        self.waited = Some(seen.progress);
    }
}

impl Cut {
    fn new(state: Option<&'static str>, cut: Option<&livecut::Cut>) -> Self {
        Self {
            state: state.unwrap_or("none").into(),
            requested: cut.map(livecut::Cut::requested),
            effective: cut.map(livecut::Cut::effective),
        }
    }

    /// The cut of a recording of which nothing is known yet.
    fn followed(ticket: &Ticket) -> Self {
        let verdict = ticket.cut().map(|_| CutVerdict::Unconfirmed);
        Self::new(verdict.map(CutVerdict::as_str), ticket.cut())
    }
}

impl From<&Recording> for RecordingDocument {
    fn from(recording: &Recording) -> Self {
        Self {
            id: recording.id().to_string(),
            playback: recording
                .playback()
                .iter()
                .map(|playback| PlaybackDocument {
                    format: playback.format.as_str().into(),
                    url: playback.url.clone(),
                })
                .collect(),
            duration: recording.duration().map(Seconds),
        }
    }
}

impl Plan {
    pub(crate) fn new(request: &StopRequest, plan: &StopPlan) -> Self {
        Self {
            provider: plan.provider().to_owned(),
            steps: plan.steps().iter().map(Into::into).collect(),
            cut: plan.cut().map(|cut| PlannedCut {
                requested: cut.requested(),
                effective: cut.effective(),
                effective_hms: cut.effective().hms().to_string(),
            }),
            keeps_all: request.cut().is_none(),
            ticket: plan.ticket().map(ToString::to_string),
        }
    }
}

impl From<&Step> for PlanStep {
    fn from(step: &Step) -> Self {
        Self {
            purpose: step.purpose().as_str(),
            method: step.method().as_str(),
            url: step.url().to_owned(),
            body: step.body().map(str::to_owned),
            when: step.when().map(str::to_owned),
        }
    }
}

impl From<&StreamStatus> for Status {
    fn from(status: &StreamStatus) -> Self {
        Self {
            provider: status.provider().to_owned(),
            stream: status.stream().to_string(),
            state: status.state().as_str(),
            provider_state: status.provider_state().to_owned(),
            recording: status.recording().map(Into::into),
        }
    }
}

impl From<&Progress> for Follow {
    fn from(progress: &Progress) -> Self {
        let ticket = progress.ticket();
        let (stage, check_again_in) = match progress {
            Progress::InProgress(progress) => (
                Some(progress.stage().to_owned()),
                Some(Seconds(progress.check_again_in())),
            ),
            Progress::Failed(failed) => (Some(failed.reason().to_owned()), None),
            Progress::Ready(_) => (None, None),
        };
        let (cut, recording) = match progress {
            Progress::Ready(ready) => {
                let verdict = ready.verdict().map(CutVerdict::as_str);
                (
                    Cut::new(verdict, ready.cut()),
                    Some(ready.recording().into()),
                )
            }
            Progress::InProgress(_) | Progress::Failed(_) => (Cut::followed(ticket), None),
        };
        Self {
            provider: ticket.provider().to_owned(),
            stream: ticket.stream().to_string(),
            progress: Waited {
                progress: progress.as_str().into(),
                stage,
                check_again_in,
            },
            cut,
            recording,
            ticket: ticket.to_string(),
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

impl From<&Failure> for Error {
    fn from(failure: &Failure) -> Self {
        Self {
            error: failure.into(),
        }
    }
}

impl From<&Failure> for ErrorBody {
    fn from(failure: &Failure) -> Self {
        Self {
            kind: failure.kind.into(),
            message: failure.in_full(),
            provider: failure.provider.clone(),
            effect: failure.effect,
            http_status: failure.http_status,
            retry_after_seconds: failure.retry_after.map(whole_seconds),
            ticket: failure.ticket.as_ref().map(ToString::to_string),
            lines: failure.lines.clone(),
        }
    }
}
