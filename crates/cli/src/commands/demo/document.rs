//! What the demo prints.

use std::time::Duration;

use anstyle::Style;
use livecut::{CutRange, CutState, Progress, StopOutcome};
use livecut_sim::RequestRecord;
use serde::Serialize;

use crate::cut::for_people;
use crate::duration::rounded_up;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::human::Human;
use crate::json::Seconds;
use crate::text::{BAD, GOOD, Page};

#[derive(Debug, Serialize)]
pub(super) struct Demo {
    as_asked: bool,
    same_end: bool,
    pub(super) runs: Vec<Run>,
}

impl Demo {
    pub(super) fn new(runs: Vec<Run>) -> Self {
        Self {
            as_asked: runs.iter().all(|run| run.as_asked),
            same_end: runs.iter().all(|run| run.same_end),
            runs,
        }
    }

    pub(super) fn failure(&self) -> Option<Box<Failure>> {
        let count = |wrong: fn(&Run) -> bool| self.runs.iter().filter(|run| wrong(run)).count();
        let all = self.runs.len();
        let (kind, message) = match (count(|run| !run.as_asked), count(|run| !run.same_end)) {
            (0, 0) => return None,
            (0, ends) => (
                "ends_differ",
                format!("{ends} of {all} recordings aren't the same by polling and by webhooks"),
            ),
            (kept, _) => (
                "kept_differs",
                format!("{kept} of {all} kept intervals aren't the ones that were asked for"),
            ),
        };
        Some(Failure::new(Exit::NotAsAsked, kind, message))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Run {
    pub(super) provider: &'static str,
    #[serde(skip)]
    pub(super) server: String,
    pub(super) title: String,
    /// What arrived at the provider in the course of the stop.
    pub(super) calls: Vec<CallDocument>,
    pub(super) outcome: StopOutcome,
    pub(super) expected: CutRange,
    pub(super) kept: CutRange,
    #[serde(rename = "granularity_seconds")]
    pub(super) granularity: Seconds,
    /// How finely it is known when the recording began.
    #[serde(skip)]
    pub(super) anchor_precision: Duration,
    /// What was asked for and what was kept, as offsets from the recording's start.
    pub(super) part: Option<CutRange>,
    pub(super) kept_part: CutRange,
    pub(super) as_asked: bool,
    /// Each stage as it was first seen.
    pub(super) looks: Vec<Look>,
    /// Whether the provider has webhooks. If not, it is polled in either world.
    pub(super) has_webhooks: bool,
    /// Each webhook that was about it, as it first came, until the recording was ready.
    pub(super) webhooks: Vec<Told>,
    /// Whether following by polling and by webhooks ended alike.
    pub(super) same_end: bool,
    pub(super) recording: Progress,
}

#[derive(Debug, Serialize)]
pub(super) struct CallDocument {
    method: String,
    url: String,
    body: Option<String>,
    status: Option<u16>,
}

#[derive(Debug, Serialize)]
pub(super) struct Look {
    #[serde(rename = "after_seconds")]
    pub(super) after: Seconds,
    pub(super) stage: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Told {
    #[serde(rename = "after_seconds")]
    pub(super) after: Seconds,
    pub(super) state: &'static str,
    pub(super) provider_event: String,
}

impl CallDocument {
    pub(super) fn new(server: &str, record: &RequestRecord) -> Self {
        Self {
            method: record.method.clone(),
            url: format!("{server}{}", record.target),
            body: (!record.body.is_empty())
                .then(|| String::from_utf8_lossy(&record.body).into_owned()),
            status: record.status,
        }
    }
}

impl Run {
    fn rounded(&self) -> String {
        let to = self.granularity.0.max(self.anchor_precision);
        format!("rounded outward, to {}", humantime::format_duration(to))
    }
}

/// The cut, as it was kept at each provider by each timeline.
impl Human for Demo {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.line("The one cut, as offsets from the recording's start:");
        for run in &self.runs {
            if let Some(cut) = run.outcome.cut() {
                let by = cut.requested().timeline();
                page.row(
                    run.provider,
                    format!("by {by}: {}", for_people(run.kept_part)),
                );
            }
        }
        page.line("");
        page.into_string()
    }
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
        let state = outcome.cut_state().map_or("none", CutState::as_str);
        page.row("outcome", format!("{}, cut {state}", outcome.stopped()));
        if let Some(cut) = outcome.cut() {
            page.row("  asked", for_people(cut.requested()));
            if cut.requested() != cut.effective() {
                page.row("  becomes", for_people(cut.effective()));
            }
        }
        let (style, verdict) = match (self.as_asked, self.part) {
            (true, Some(part)) if part == self.kept_part => (GOOD, "as asked".to_owned()),
            (true, Some(_)) => (GOOD, format!("as asked, but {}", self.rounded())),
            (true, None) => (GOOD, "as asked, all of it".to_owned()),
            (false, _) => (BAD, format!("NOT as asked, {}", for_people(self.expected))),
        };
        page.styled_row(
            "kept",
            style,
            format!("{}: {verdict}", for_people(self.kept)),
        );
        for (number, look) in self.looks.iter().enumerate() {
            let label = if number == 0 { "polled" } else { "" };
            page.row(
                label,
                format!("after {}: {}", rounded_up(look.after.0), look.stage),
            );
        }
        for (number, told) in self.webhooks.iter().enumerate() {
            let label = if number == 0 { "webhooks" } else { "" };
            page.row(
                label,
                format!(
                    "after {}: {} (`{}`)",
                    rounded_up(told.after.0),
                    told.state.replace('_', " "),
                    told.provider_event
                ),
            );
        }
        let (style, verdict) = match (self.same_end, self.has_webhooks) {
            (true, true) => (GOOD, "the same by polling and by webhooks"),
            (true, false) => (GOOD, "the same twice by polling; it has no webhooks"),
            (false, true) => (BAD, "NOT the same by polling and by webhooks"),
            (false, false) => (BAD, "NOT the same twice by polling"),
        };
        page.styled_row(
            "end",
            style,
            format!("{}: {verdict}", self.recording.as_str()),
        );
        if let Progress::Ready(ready) = &self.recording {
            page.row("recording", ready.recording().id());
            for playback in ready.recording().playback() {
                page.row(&format!("  {}", playback.format), &playback.url);
            }
        }
        page.line("");
        page.into_string()
    }
}
