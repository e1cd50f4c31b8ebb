//! The results file: the journal of a list.

use std::path::Path;

use livecut::journal::{Account, FileJournal, History, Journal as _, Next};
use livecut::{LiveStreamStopper, StopPlan, StopRequest, StreamId};

use crate::exit::Phase;
use crate::failure::{Failure, Problem};
use crate::hints;
use crate::list::{self, Entry};

/// A list, each of whose lines may be sent, and what is known of its streams.
pub(super) struct Checked<'a> {
    pub(super) entries: Vec<(&'a Entry, Next)>,
    pub(super) results: Results,
}

/// What earlier runs have left, if they are kept.
pub(super) struct Results {
    pub(super) journal: Option<FileJournal>,
    /// All of a list are at the same.
    account: Option<Account>,
}

impl Results {
    pub(super) fn open(path: Option<&Path>, is_read_only: bool) -> Result<Self, Box<Failure>> {
        // Elsewhere it stands for stdout, which keeps nothing.
        if path == Some(Path::new("-")) {
            return Err(Failure::usage(
                "`-` isn't a file that results can be kept in; one of that name is `./-`",
            ));
        }
        let opened = path.map(|path| match is_read_only {
            true => FileJournal::look(path),
            false => FileJournal::open(path),
        });
        let journal = opened.transpose();
        Ok(Self {
            journal: journal.map_err(|error| Failure::usage(error.to_string()))?,
            account: None,
        })
    }

    /// What is known of a stream.
    pub(super) async fn of(&self, stream: &StreamId) -> Result<History, Box<Failure>> {
        let (Some(journal), Some(account)) = (&self.journal, &self.account) else {
            return Ok(History::default());
        };
        let history = journal.history(account, stream).await;
        history.map_err(|error| Failure::usage(error.to_string()))
    }

    /// Finds all that can be refused before anything is sent, and what is to be done for the others.
    pub(super) async fn check<'a>(
        mut self,
        stopper: &dyn LiveStreamStopper,
        entries: &'a [Entry],
        from: &Path,
        reconcile: bool,
    ) -> Result<Checked<'a>, Box<Failure>> {
        let (mut checked, mut problems) = (Vec::with_capacity(entries.len()), Vec::new());
        for entry in entries {
            let plan = match stopper.plan(&entry.request) {
                Ok(plan) => plan,
                Err(error) => {
                    let failure = Failure::of(Phase::Plan, &error);
                    problems.push(Problem::new(entry.line, failure.in_full()));
                    continue;
                }
            };
            self.account.get_or_insert_with(|| Account::of(&plan));
            let history = self.of(entry.request.stream()).await?;
            match history.next(&entry.request, reconcile) {
                Next::Refuse(changes) => {
                    let problem = otherwise(&entry.request, &plan, &changes);
                    problems.push(Problem::new(entry.line, problem));
                }
                next => checked.push((entry, next)),
            }
        }
        match problems.is_empty() {
            true => Ok(Checked {
                entries: checked,
                results: self,
            }),
            false => Err(list::refused(from, problems)),
        }
    }
}

fn otherwise(request: &StopRequest, plan: &StopPlan, changes: &str) -> String {
    format!(
        "the results file has a stop of this stream that was asked for otherwise ({changes}); look at it (`{}`), and \
         to stop it again put it on a new list with a new results file",
        hints::status(request.stream(), Some(plan.provider()))
    )
}
