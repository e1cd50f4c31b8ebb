//! Where results and failures go: stdout and stderr, for people or for programs.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::ops::ControlFlow;

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;
use crate::human::Human;
use crate::json;
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

impl Output {
    /// Prints what was read or planned, for as long as anybody reads it.
    pub(crate) fn document(self, document: &(impl Serialize + Human)) -> Result<(), Box<Failure>> {
        self.text(&self.rendered(document)?)
    }

    /// Prints what a stop came to, without which nobody may know of it: there is no reader that
    /// doesn't want it. Where it can't be written to stdout, it goes to stderr, and that is a failure.
    pub(crate) fn result(self, document: &(impl Serialize + Human)) -> Result<(), Box<Failure>> {
        let printed = self.print(document);
        if printed.is_err() {
            // Where stderr can't be written to either, there is nobody left to tell.
            drop(self.rescue(document));
        }
        printed
    }

    /// Prints a result, and fails also where the reader is gone.
    pub(crate) fn print(self, document: &(impl Serialize + Human)) -> Result<(), Box<Failure>> {
        print(&self.rendered(document)?).map_err(|error| unwritten("stdout", &error))
    }

    /// Writes to stderr what can't be written where it belongs.
    pub(crate) fn rescue(self, document: &(impl Serialize + Human)) -> Result<(), Box<Failure>> {
        let text = self.rendered(document)?;
        let mut stderr = anstream::stderr().lock();
        stderr
            .write_all(text.as_bytes())
            .map_err(|error| unwritten("stderr", &error))
    }

    fn rendered(self, document: &(impl Serialize + Human)) -> Result<String, Box<Failure>> {
        match self.format {
            Format::Human => Ok(document.human()),
            Format::Json => line(document),
        }
    }

    /// Prints a result of which people have seen the parts as they came.
    pub(crate) fn for_programs(self, document: &impl Serialize) -> Result<(), Box<Failure>> {
        match self.format {
            Format::Human => Ok(()),
            Format::Json => self.text(&line(document)?),
        }
    }

    /// Prints what only people read.
    pub(crate) fn for_people(self, text: &str) -> Result<(), Box<Failure>> {
        match self.format {
            Format::Human => self.text(text),
            Format::Json => Ok(()),
        }
    }

    /// Prints one of many results, each of which is one line. Breaks where nobody reads them
    /// any more.
    pub(crate) fn line(
        self,
        document: &(impl Serialize + Human),
    ) -> Result<ControlFlow<()>, Box<Failure>> {
        write(&self.rendered(document)?)
    }

    /// Prints text as it is, without its styles where stdout isn't a terminal that shows them.
    pub(crate) fn text(self, text: &str) -> Result<(), Box<Failure>> {
        // A reader may have seen enough (`| head`).
        write(text).map(|_| ())
    }

    /// Prints why the program fails. It is the last thing that the program prints.
    pub(crate) fn failure(self, failure: &Failure) {
        let text = match self.format {
            Format::Human => failure.human(),
            Format::Json => line(&json::Error::from(failure)).unwrap_or_else(|other| other.human()),
        };
        // Where stderr can't be written to, there is nobody left to tell.
        drop(anstream::stderr().lock().write_all(text.as_bytes()));
    }
}

/// Writes to stdout. Breaks where nobody reads it any more.
fn write(text: &str) -> Result<ControlFlow<()>, Box<Failure>> {
    match print(text) {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(unwritten("stdout", &error)),
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
}

fn unwritten(to: &str, error: &io::Error) -> Box<Failure> {
    Failure::internal(format!("the result can't be written to {to}: {error}"))
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
