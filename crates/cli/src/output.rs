//! Where results and failures go: stdout and stderr, for people or for programs.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;
use crate::human::Human;
use crate::json;
use crate::printer;
use crate::signal;
use crate::text::is_harmful;

/// For whom the program prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people, in 80 columns
    #[default]
    Human,
    /// For programs: one document on stdout; a failure is the last line on stderr
    Json,
}

/// Prints in one format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) format: Format,
}

/// What may be queued before more is made: a reader that is slow isn't a reason to hold more.
const ENOUGH: usize = 1 << 20;

impl Output {
    /// Prints what was read or planned, for as long as anybody reads it.
    pub(crate) async fn document(
        self,
        document: &(impl Serialize + Human),
    ) -> Result<(), Box<Failure>> {
        self.text(self.rendered(document)?).await
    }

    /// Prints what a stop came to, without which nobody may know of it: there is no reader that
    /// doesn't want it. Where it can't be written to stdout, it goes to stderr, and that is a failure.
    pub(crate) async fn result(
        self,
        document: &(impl Serialize + Human),
    ) -> Result<(), Box<Failure>> {
        let number = self.begin(document)?;
        match read(number).await {
            Ok(()) => Ok(()),
            Err(error) => {
                // Where stderr can't be written to either, there is nobody left to tell.
                self.rescue(document)?;
                Err(unwritten("stdout", &error))
            }
        }
    }

    /// Has a result printed, and goes on. Gives the number by which to ask what became of it.
    pub(crate) fn begin(self, document: &(impl Serialize + Human)) -> Result<u64, Box<Failure>> {
        Ok(printer::stdout().write(self.rendered(document)?))
    }

    /// Has written to stderr what can't be written where it belongs.
    pub(crate) fn rescue(self, document: &(impl Serialize + Human)) -> Result<u64, Box<Failure>> {
        Ok(printer::stderr().write(self.rendered(document)?))
    }

    fn rendered(self, document: &(impl Serialize + Human)) -> Result<String, Box<Failure>> {
        match self.format {
            Format::Human => Ok(document.human()),
            Format::Json => line(document),
        }
    }

    /// Prints a result of which people have seen the parts as they came.
    #[cfg(feature = "demo")]
    pub(crate) async fn for_programs(self, document: &impl Serialize) -> Result<(), Box<Failure>> {
        match self.format {
            Format::Human => Ok(()),
            Format::Json => self.text(line(document)?).await,
        }
    }

    /// Prints what only people read.
    pub(crate) async fn for_people(self, text: &str) -> Result<(), Box<Failure>> {
        match self.format {
            Format::Human => self.text(text.to_owned()).await,
            Format::Json => Ok(()),
        }
    }

    /// Prints one of many documents, each of which is one line. Breaks where nobody reads them
    /// any more. The last of them isn't waited for.
    pub(crate) async fn line(
        self,
        document: &(impl Serialize + Human),
    ) -> Result<ControlFlow<()>, Box<Failure>> {
        let number = self.begin(document)?;
        let stdout = printer::stdout();
        let outcome = match stdout.unread() < ENOUGH {
            true => stdout.outcome(number).unwrap_or(Ok(())),
            false => read(number).await,
        };
        unless_gone(outcome)
    }

    /// Prints text, without its styles where stdout isn't a terminal that shows them.
    pub(crate) async fn text(self, text: String) -> Result<(), Box<Failure>> {
        let number = printer::stdout().write(text);
        // A reader may have seen enough (`| head`).
        unless_gone(read(number).await).map(|_| ())
    }

    /// Has printed why the program fails. It is the last thing that the program prints.
    pub(crate) fn failure(self, failure: &Failure) {
        // Where stderr can't be written to, there is nobody left to tell.
        printer::stderr().write(self.failure_text(failure));
    }

    pub(crate) fn failure_text(self, failure: &Failure) -> String {
        match self.format {
            Format::Human => failure.human(),
            Format::Json => line(&json::Error::from(failure)).unwrap_or_else(|other| other.human()),
        }
    }
}

/// Waits until a reader has this, and all before it, on stdout, or can't have it. What is left when
/// the program is asked to end is never written.
pub(crate) async fn read(number: u64) -> io::Result<()> {
    let stdout = printer::stdout();
    tokio::select! {
        biased;
        outcome = stdout.written(number) => outcome,
        () = signal::asked_again() => {
            drop(stdout.give_up());
            stdout.outcome(number).unwrap_or(Ok(()))
        }
    }
}

/// Waits until all of stderr is written, or can't be, or the program is asked to end: for a service, once.
pub(crate) async fn end(is_service: bool) {
    let stderr = printer::stderr();
    let given_up = async {
        match is_service {
            true => signal::asked_again_or_late().await,
            false => signal::asked_again_and_heard().await,
        }
    };
    tokio::select! {
        biased;
        outcome = stderr.written(stderr.last()) => drop(outcome),
        () = given_up => {}
    }
}

/// Breaks where nobody reads any more.
pub(crate) fn unless_gone(outcome: io::Result<()>) -> Result<ControlFlow<()>, Box<Failure>> {
    match outcome {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(unwritten("stdout", &error)),
    }
}

pub(crate) fn unwritten(to: &str, error: &io::Error) -> Box<Failure> {
    Failure::internal(format!("the result can't be written to {to}: {error}"))
}

/// What the library logs, on its way to stderr. Of what nobody reads only so much is kept.
#[derive(Debug)]
pub(crate) struct Log;

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        static DROPPED: AtomicU64 = AtomicU64::new(0);
        let stderr = printer::stderr();
        if stderr.unread() >= ENOUGH {
            DROPPED.fetch_add(1, Ordering::Relaxed);
            return Ok(line.len());
        }
        let dropped = DROPPED.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            stderr.write_raw(format!(
                "{dropped} lines of the log are missing: nobody read them\n"
            ));
        }
        stderr.write_raw(String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a person sees what is written to stderr as it is written, and it can be erased again.
pub(crate) fn stderr_can_be_erased() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether another program reads what is written to stdout, and may write on the same terminal.
#[cfg(unix)]
pub(crate) fn stdout_is_read() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    let stdout = stdout.and_then(|stdout| File::from(stdout).metadata());
    // Some shells make their pipes of sockets.
    stdout
        .map(|stdout| stdout.file_type())
        .is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

/// Whether another program may read what is written to stdout, and write on the same terminal.
#[cfg(not(unix))]
pub(crate) fn stdout_is_read() -> bool {
    !io::stdout().is_terminal()
}

/// One line of JSON. What a terminal would obey is escaped, which JSON reads back as it was.
fn line(document: &impl Serialize) -> Result<String, Box<Failure>> {
    let json = serde_json::to_string(document).map_err(|error| {
        Failure::internal(format!("the result can't be written as JSON: {error}"))
    })?;
    let mut line = String::with_capacity(json.len().saturating_add(1));
    for c in json.chars() {
        // These stand only within strings, and are single UTF-16 units.
        if is_harmful(c) {
            line.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_line_that_no_terminal_obeys_and_loses_nothing() {
        let text = "a\u{1b}[2J\u{9b}2J\n\u{202e}b\u{2028}ü🎬";
        let line = line(&text).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.trim_end().chars().any(is_harmful), "{line:?}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
