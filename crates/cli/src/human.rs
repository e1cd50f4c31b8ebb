//! The documents as people read them.

use std::time::Duration;

use livecut::CutRange;

use crate::cut::for_people;
use crate::duration::rounded_up;
use crate::failure::Failure;
use crate::json::{
    CapabilitiesDocument, Cut, Follow, Plan, ProviderDocument, Providers, RecordingDocument,
    Status, Stop, Variable, Waited,
};
use crate::text::{BAD, GOOD, Page, clean_lines, wrapped};

const KEEPS_ALL: &str = "none: all of the recording is kept";

/// What can be shown to a person, with styles.
pub(crate) trait Human {
    fn human(&self) -> String;
}

impl Human for Stop {
    fn human(&self) -> String {
        let mut page = Page::default();
        let stopped = match &*self.stopped {
            "already_ended" => "had ended before",
            _ => "stopped",
        };
        let said = format!("{stopped}: {} at {}", self.stream, self.provider);
        page.styled_row("stream", GOOD, said);
        cut(&mut page, &self.cut);
        if let Some(waited) = &self.waited {
            progress(&mut page, waited);
        }
        recording(&mut page, self.recording.as_ref());
        for message in &self.messages {
            page.row("message", message);
        }
        page.row("ticket", &self.ticket);
        page.into_string()
    }
}

impl Human for Plan {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.row(
            "dry run",
            format!("nothing was sent to {}; `stop` would send", self.provider),
        );
        for step in &self.steps {
            page.unwrapped_row(step.purpose, format_args!("{} {}", step.method, step.url));
            page.unwrapped_row("  body", step.body.as_deref().unwrap_or("none"));
            if let Some(when) = &step.when {
                page.row("  when", when);
            }
        }
        match &self.cut {
            Some(cut) => ranges(&mut page, "", cut.requested, cut.effective),
            None if self.keeps_all => page.row("cut", KEEPS_ALL),
            None => page.row("cut", "depends on what the steps read"),
        }
        if let Some(ticket) = &self.ticket {
            page.row("ticket", ticket);
        }
        page.into_string()
    }
}

impl Human for Status {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.row("stream", format!("{} at {}", self.stream, self.provider));
        let said = match self.provider_state.as_str() {
            "" => "the provider gives no state".to_owned(),
            state => format!("the provider says `{state}`"),
        };
        page.row(
            "state",
            format!("{} ({said})", self.state.replace('_', " ")),
        );
        recording(&mut page, self.recording.as_ref());
        page.into_string()
    }
}

impl Human for Follow {
    fn human(&self) -> String {
        let mut page = Page::default();
        page.row("stream", format!("{} at {}", self.stream, self.provider));
        progress(&mut page, &self.progress);
        cut(&mut page, &self.cut);
        recording(&mut page, self.recording.as_ref());
        page.row("ticket", &self.ticket);
        page.into_string()
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
        let message = wrapped(&format!("error: {}", self.message));
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
        if let Some(status) = self.http_status {
            page.row("  HTTP", status);
        }
        if let Some(id) = &self.request_id {
            page.row("  request", id);
        }
        if let Some(wait) = self.retry_after {
            page.row("  retry in", rounded_up(wait));
        }
        if !self.effect.is_none() && !self.of_many {
            page.row("  effect", self.effect);
        }
        if let Some(ticket) = &self.ticket {
            page.row("  ticket", ticket);
        }
        page.into_string()
    }
}

fn cut(page: &mut Page, cut: &Cut) {
    match (cut.requested, cut.effective) {
        (Some(requested), Some(effective)) => {
            ranges(page, &format!("{}: ", cut.state), requested, effective);
        }
        _ => page.row("cut", KEEPS_ALL),
    }
}

fn ranges(page: &mut Page, state: &str, requested: CutRange, effective: CutRange) {
    page.row("cut", format!("{state}{}", for_people(requested)));
    if requested != effective {
        page.row("  becomes", for_people(effective));
    }
}

fn progress(page: &mut Page, waited: &Waited) {
    let said = match (&*waited.progress, &waited.stage) {
        ("in_progress", Some(stage)) => format!("in progress: {stage}"),
        (progress, Some(stage)) => format!("{progress}: {stage}"),
        (progress, None) => progress.to_owned(),
    };
    let style = match &*waited.progress {
        "ready" => GOOD,
        "failed" => BAD,
        _ => anstyle::Style::new(),
    };
    page.styled_row("progress", style, said);
    if let Some(wait) = &waited.check_again_in {
        page.row("look again", format!("in {}", rounded_up(wait.0)));
    }
}

fn recording(page: &mut Page, recording: Option<&RecordingDocument>) {
    let Some(recording) = recording else { return };
    page.row("recording", &recording.id);
    if let Some(duration) = &recording.duration {
        page.row("  lasts", hms(duration.0));
    }
    for playback in &recording.playback {
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
