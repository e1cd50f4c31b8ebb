//! `livecut stop --from --dry-run`.

use livecut::LiveStreamStopper;
use livecut::journal::Next;
use serde::Serialize;

use super::document::PlanLine;
use super::ending::Ending;
use super::results::Checked;
use crate::exit::Phase;
use crate::failure::Failure;
use crate::human::Human;
use crate::json;
use crate::output::Output;

/// How many streams there are something to be done for, and how many there isn't.
#[derive(Debug, Default, Serialize)]
struct Counts {
    streams: u64,
    /// To be stopped.
    stop: u64,
    /// Whose cut is owed, towards which a step is to be taken.
    follow: u64,
    /// To be looked at, since what became of them is unknown.
    look: u64,
    nothing: Nothing,
}

/// Where those streams stand that nothing would be sent for.
#[derive(Debug, Default, Serialize)]
struct Nothing {
    done: u64,
    cut_owed: u64,
    not_as_asked: u64,
    unknown: u64,
}

/// The last line for programs.
#[derive(Debug, Serialize)]
struct Summary {
    summary: Counts,
}

/// Prints the plans of all stops that would be sent, and how much else there is.
pub(super) async fn run(
    stopper: &dyn LiveStreamStopper,
    checked: Checked<'_>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let mut counts = Counts::default();
    for (entry, next) in checked.entries {
        let stream = entry.request.stream();
        let history = checked.results.of(stream).await?;
        counts.add(&next, Ending::of(history.standing()));
        if next != Next::Stop {
            continue;
        }
        let plan = stopper
            .plan(&entry.request)
            .map_err(|error| Failure::of(Phase::Plan, &error))?;
        let line = PlanLine {
            stream: stream.to_string(),
            plan: json::Plan::new(&entry.request, &plan),
        };
        if output.line(&line).await?.is_break() {
            return Ok(());
        }
    }
    output.document(&Summary { summary: counts }).await
}

impl Counts {
    fn add(&mut self, next: &Next, known: Ending) {
        let count = match (next, known) {
            (Next::Stop, _) => &mut self.stop,
            (Next::Follow(_), _) => &mut self.follow,
            (Next::Look, _) => &mut self.look,
            (_, Ending::Done) => &mut self.nothing.done,
            (_, Ending::CutOwed) => &mut self.nothing.cut_owed,
            (_, Ending::Unknown) => &mut self.nothing.unknown,
            (_, _) => &mut self.nothing.not_as_asked,
        };
        *count = count.saturating_add(1);
        self.streams = self.streams.saturating_add(1);
    }
}

impl Human for Summary {
    /// A line for each group that there is no plan of.
    fn human(&self) -> String {
        let counts = &self.summary;
        let mut text = String::new();
        if counts.follow > 0 {
            text.push_str(&format!(
                "{} would be followed, and not stopped: a cut is owed\n",
                counts.follow
            ));
        }
        if counts.look > 0 {
            text.push_str(&format!(
                "{} would be looked at, and not stopped: what became of it is unknown\n",
                counts.look
            ));
        }
        let nothing = [
            (counts.nothing.done, Ending::Done),
            (counts.nothing.cut_owed, Ending::CutOwed),
            (counts.nothing.not_as_asked, Ending::NotAsAsked),
            (counts.nothing.unknown, Ending::Unknown),
        ];
        let all = nothing
            .iter()
            .fold(0_u64, |all, (count, _)| all.saturating_add(*count));
        if all > 0 {
            let parts: Vec<_> = nothing
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, ending)| format!("{count} {}", ending.as_str()))
                .collect();
            text.push_str(&format!(
                "nothing would be sent for {all}: {}\n",
                parts.join(", ")
            ));
        }
        text
    }
}
