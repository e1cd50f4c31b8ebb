use std::borrow::Cow;
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cut::CutMembers;
use super::{check_owner, read, write};
use crate::{
    CutVerdict, Failed, InProgress, Progress, Ready, Recording, StreamId, Ticket, seconds,
};

#[derive(Serialize, Deserialize)]
struct Members<'a> {
    provider: Cow<'a, str>,
    stream: Cow<'a, StreamId>,
    progress: Cow<'a, str>,
    /// Of a recording that failed, why.
    #[serde(default)]
    stage: Option<Cow<'a, str>>,
    #[serde(rename = "check_again_in_seconds", with = "seconds::if_known", default)]
    check_again_in: Option<Duration>,
    cut: CutMembers,
    #[serde(default)]
    recording: Option<Cow<'a, Recording>>,
    ticket: Cow<'a, Ticket>,
}

impl Serialize for Progress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ticket = self.ticket();
        // Nothing is known yet of a recording that isn't there.
        let mut verdict = ticket.cut().map(|_| CutVerdict::Unconfirmed);
        let (mut stage, mut check_again_in, mut recording) = (None, None, None);
        match self {
            Self::InProgress(progress) => {
                stage = Some(progress.stage().into());
                check_again_in = Some(progress.check_again_in());
            }
            Self::Ready(ready) => {
                verdict = ready.verdict();
                recording = Some(match verdict {
                    // The duration that differs is the recording's, and read from there.
                    Some(CutVerdict::Differs { actual }) => {
                        Cow::Owned(ready.recording().clone().with_duration(actual))
                    }
                    _ => Cow::Borrowed(ready.recording()),
                });
            }
            Self::Failed(failed) => stage = Some(failed.reason().into()),
        }
        let members = Members {
            provider: self.provider().into(),
            stream: Cow::Borrowed(self.stream()),
            progress: self.as_str().into(),
            stage,
            check_again_in,
            cut: CutMembers::new(ticket.cut(), verdict.map(CutVerdict::as_str)),
            recording,
            ticket: Cow::Borrowed(ticket),
        };
        write(members, serializer)
    }
}

impl<'de> Deserialize<'de> for Progress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read: Members<'_> = read(deserializer)?;
        check_owner(&read.ticket, &read.provider, &read.stream)?;
        let ticket = read.ticket.into_owned();
        let stage = read.stage.ok_or_else(|| D::Error::missing_field("stage"));
        match &*read.progress {
            "in_progress" => {
                let wait = read.check_again_in;
                let wait = wait.ok_or_else(|| D::Error::missing_field("check_again_in_seconds"))?;
                Ok(Self::InProgress(InProgress::new(ticket, stage?, wait)))
            }
            "failed" => Ok(Self::Failed(Failed::new(ticket, stage?))),
            "ready" => {
                let recording = read.recording.map(Cow::into_owned);
                let recording = recording.ok_or_else(|| D::Error::missing_field("recording"))?;
                let verdict = read.cut.read(|word| verdict(word, recording.duration()))?;
                let verdict = verdict.map(|(_, verdict)| verdict);
                Ok(Self::Ready(Ready::new(ticket, recording, verdict)))
            }
            other => Err(D::Error::unknown_variant(
                other,
                &["in_progress", "ready", "failed"],
            )),
        }
    }
}

fn verdict(word: &str, duration: Option<Duration>) -> Option<CutVerdict> {
    match (word, duration) {
        ("unconfirmed", _) => Some(CutVerdict::Unconfirmed),
        ("confirmed", _) => Some(CutVerdict::Confirmed),
        ("differs", Some(actual)) => Some(CutVerdict::Differs { actual }),
        _ => None,
    }
}
