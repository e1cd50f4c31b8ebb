//! What people read in place of the documents.

use std::time::Duration;

use livecut::{Cut, CutVerdict, Progress, Ready, Recording, StopOutcome, StreamStatus};

use crate::cut::for_people;
use crate::duration::rounded_up;
use crate::failure::Failure;
use crate::json::{CapabilitiesDocument, Fetch, Plan, ProviderDocument, Providers, Stop, Variable};
use crate::text::{BAD, GOOD, Page, clean_lines, wrapped};

const KEEPS_ALL: &str = "none: all of the recording is kept";

/// What can be shown to a person, with styles.
pub(crate) trait Human {
    fn human(&self) -> String;
}

/// Without what was seen since, which people have had apart from it.
impl Human for Stop {
    fn human(&self) -> String {
        let outcome = &self.outcome;
        let mut page = Page::default();
        let (stream, provider) = (outcome.stream(), outcome.provider());
        let said = format!("{}: {stream} at {provider}", stopped(outcome));
        page.styled_row("stream", GOOD, said);
        cut(&mut page, outcome.cut(), self.cut_state());
        recording(&mut page, outcome.recording());
        for message in outcome.messages() {
            page.row("message", message);
        }
        page.row("ticket", outcome.ticket());
        page.into_string()
    }
}

/// How the stream came to be stopped.
pub(crate) fn stopped(outcome: &StopOutcome) -> &'static str {
    match outcome.stopped() {
        livecut::Stopped::AlreadyEnded => "had ended before",
        _ => "stopped",
    }
}

impl Human for Plan<'_> {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.row(
            "dry run",
            format!(
                "nothing was sent to {}; `stop` would send",
                self.plan.provider()
            ),
        );
        for step in self.plan.steps() {
            let call = format_args!("{} {}", step.method(), step.url());
            page.unwrapped_row(step.purpose().as_str(), call);
            page.unwrapped_row("  body", step.body().unwrap_or("none"));
            if let Some(when) = step.when() {
                page.row("  when", when);
            }
        }
        match self.plan.cut() {
            Some(cut) => ranges(&mut page, "", cut),
            None if self.keeps_all => page.row("cut", KEEPS_ALL),
            None => page.row("cut", "depends on what the steps read"),
        }
        if let Some(ticket) = self.plan.ticket() {
            page.row("ticket", ticket);
        }
        page.into_string()
    }
}

impl Human for StreamStatus {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.row(
            "stream",
            format!("{} at {}", self.stream(), self.provider()),
        );
        let said = match self.provider_state() {
            "" => "the provider gives no state".to_owned(),
            state => format!("the provider says `{state}`"),
        };
        let state = self.state().as_str().replace('_', " ");
        page.row("state", format!("{state} ({said})"));
        recording(&mut page, self.recording());
        page.into_string()
    }
}

impl Human for Progress {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.row(
            "stream",
            format!("{} at {}", self.stream(), self.provider()),
        );
        let ready = match self {
            Self::InProgress(progress) => {
                page.row("progress", format!("in progress: {}", progress.stage()));
                let wait = rounded_up(progress.check_again_in());
                page.row("look again", format!("in {wait}"));
                None
            }
            Self::Ready(ready) => {
                page.styled_row("progress", GOOD, "ready");
                Some(ready)
            }
            Self::Failed(failed) => {
                page.styled_row("progress", BAD, format!("failed: {}", failed.reason()));
                None
            }
        };
        let unconfirmed = Some(CutVerdict::Unconfirmed);
        let verdict = ready.map_or(unconfirmed, Ready::verdict);
        let asked = self.ticket().cut();
        cut(&mut page, asked, verdict.map(CutVerdict::as_str));
        recording(&mut page, ready.map(Ready::recording));
        page.row("ticket", self.ticket());
        page.into_string()
    }
}

impl Human for Fetch {
    fn human(&self) -> String {
        let (ticket, fetched) = (self.progress.ticket(), &self.fetched);
        let mut page = Page::default();
        page.row(
            "stream",
            format!("{} at {}", ticket.stream(), ticket.provider()),
        );
        let place = fetched.path().display();
        page.styled_row("file", GOOD, format!("{place}: {}", size(fetched.bytes())));
        if fetched.resumed_from() > 0 {
            page.row(
                "  earlier",
                format!("{} of it, by earlier runs", size(fetched.resumed_from())),
            );
        }
        match fetched.duration() {
            Some(length) => page.row("  lasts", hms(length)),
            None => page.row(
                "  lasts",
                "unknown: the file has no length that can be read",
            ),
        }
        cut(
            &mut page,
            ticket.cut(),
            fetched.verdict().map(CutVerdict::as_str),
        );
        if let Progress::Ready(ready) = &self.progress {
            page.row("recording", ready.recording().id());
        }
        page.row("ticket", ticket);
        page.into_string()
    }
}

/// So many bytes, as people have them.
pub(crate) fn size(bytes: u64) -> String {
    let tenths = |tenths: u64, unit| format!("{}.{} {unit}", tenths / 10, tenths % 10);
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => tenths(bytes / 100, "kB"),
        1_000_000..1_000_000_000 => tenths(bytes / 100_000, "MB"),
        _ => tenths(bytes / 100_000_000, "GB"),
    }
}

impl Human for Providers {
    fn human(&self) -> String {
        let mut page = Page::default();
        for (number, provider) in self.providers.iter().enumerate() {
            if number > 0 {
                page.line("");
            }
            self::provider(&mut page, provider);
        }
        page.into_string()
    }
}

impl Human for Failure {
    fn human(&self) -> String {
        let mut page = Page::default();
        let message = wrapped(&format!("error: {}", self.report.message()));
        let message = message.strip_prefix("error:").unwrap_or(&message);
        page.line(format_args!("{BAD}error:{BAD:#}{message}"));
        for cause in &self.causes {
            page.row("  because", cause);
        }
        for problem in &self.lines {
            page.row(&format!("  line {}", problem.line), &problem.message);
        }
        if let Some(detail) = &self.detail {
            page.line("");
            page.line(clean_lines(detail));
        }
        let report = &self.report;
        if let Some(status) = report.http_status() {
            page.row("  HTTP", status);
        }
        if let Some(id) = report.request_id() {
            page.row("  request", id);
        }
        if let Some(wait) = report.retry_after() {
            page.row("  retry in", rounded_up(wait));
        }
        if !report.effect().is_none() && !self.of_many {
            page.row("  effect", report.effect());
        }
        if let Some(ticket) = report.ticket() {
            page.row("  ticket", ticket);
        }
        page.into_string()
    }
}

fn cut(page: &mut Page, cut: Option<&Cut>, state: Option<&str>) {
    match cut {
        Some(cut) => ranges(page, &format!("{}: ", state.unwrap_or_default()), cut),
        None => page.row("cut", KEEPS_ALL),
    }
}

fn ranges(page: &mut Page, state: &str, cut: &Cut) {
    page.row("cut", format!("{state}{}", for_people(cut.requested())));
    if cut.requested() != cut.effective() {
        page.row("  becomes", for_people(cut.effective()));
    }
}

fn recording(page: &mut Page, recording: Option<&Recording>) {
    let Some(recording) = recording else { return };
    page.row("recording", recording.id());
    if let Some(duration) = recording.duration() {
        page.row("  lasts", hms(duration));
    }
    for playback in recording.playback() {
        page.row(&format!("  {}", playback.format), &playback.url);
    }
}

/// A length as H:MM:SS, to the millisecond.
pub(crate) fn hms(length: Duration) -> String {
    let seconds = length.as_secs();
    let whole = format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    match length.subsec_millis() {
        0 => whole,
        millis => format!("{whole}.{millis:03}"),
    }
}

fn provider(page: &mut Page, provider: &ProviderDocument) {
    match &provider.capabilities {
        Some(can) => {
            page.styled_row(provider.provider, GOOD, "compiled in");
            capabilities(page, can);
        }
        None => page.row(
            provider.provider,
            format!(
                "not compiled in: build with the feature `{}`",
                provider.provider
            ),
        ),
    }
    for variable in provider.variables.iter().flatten() {
        let label = if variable.required {
            "  set"
        } else {
            "  may set"
        };
        self::variable(page, label, variable);
    }
    let groups = provider.webhook_variables.iter().flatten();
    for (number, group) in groups.enumerate() {
        for (place, variable) in group.iter().enumerate() {
            let label = match (number, place) {
                (0, 0) => "  webhooks",
                (_, 0) => "  or",
                _ => "  and",
            };
            self::variable(page, label, variable);
        }
    }
}

fn variable(page: &mut Page, label: &str, variable: &Variable) {
    let mut name = variable.name.to_owned();
    if let Some(file) = &variable.file_variable {
        name = format!("{name} or {file}");
    }
    page.row(label, format!("{name}: {}", variable.description));
}

fn capabilities(page: &mut Page, can: &CapabilitiesDocument) {
    let timeline = |name, support: Option<&str>| match support {
        Some("with_anchor") => format!("by {name} (give an anchor)"),
        Some("read_anchor") => format!("by {name} (the anchor is read, or given)"),
        Some(_) => format!("by {name}"),
        None => format!("not by {name}"),
    };
    page.row(
        "  cuts",
        format!(
            "{}, {}, on multiples of {:?}; {}",
            timeline("offset", can.offset),
            timeline("wall clock", can.wall_clock),
            can.granularity.0,
            if can.single_call {
                "stop and cut are one call"
            } else {
                "stop and cut are several calls"
            },
        ),
    );
    let mut visibilities = can.visibilities.join(", ");
    if can.other_visibility {
        visibilities.push_str(", or the provider's own");
    }
    if visibilities.is_empty() {
        "can't be set with the stop".clone_into(&mut visibilities);
    }
    if can.visibility_of_cuts_only {
        visibilities.push_str("; of a cut only");
    }
    page.row("  visible", visibilities);
    if can.named_recording {
        page.row("  recording", "can be named: --recording");
    }
    page.row(
        "  duration",
        if can.reports_duration {
            "of a finished recording is reported, and compared with the cut"
        } else {
            "of a finished recording isn't documented"
        },
    );
}
