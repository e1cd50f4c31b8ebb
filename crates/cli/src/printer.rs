//! Writes to stdout and stderr, on threads of their own.
//!
//! A reader that doesn't read (`| less`, a terminal that Ctrl-S holds) holds whoever writes to it.
//! So the thread that stops streams never writes: it queues. What isn't written yet is kept here,
//! whole, until it is written or [given up on](Stream::give_up). Who queues without an end asks first
//! [how much](Stream::unread) there is.

use std::collections::VecDeque;
use std::io;
#[cfg(not(unix))]
use std::io::IsTerminal as _;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use anstream::{AutoStream, ColorChoice};
use tokio::sync::Notify;

/// One of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    Stderr,
}

/// Where to write to.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    target: Target,
    lane: Arc<Lane>,
}

pub(crate) fn stdout() -> Stream {
    let [stdout, _] = lanes();
    Stream {
        target: Target::Stdout,
        lane: Arc::clone(stdout),
    }
}

pub(crate) fn stderr() -> Stream {
    let [_, stderr] = lanes();
    Stream {
        target: Target::Stderr,
        lane: Arc::clone(stderr),
    }
}

/// Where both are the same file they are one lane, so that what is written keeps its order.
fn lanes() -> &'static [Arc<Lane>; 2] {
    static LANES: OnceLock<[Arc<Lane>; 2]> = OnceLock::new();
    LANES.get_or_init(|| {
        let stdout = Lane::start();
        let stderr = match are_the_same_file() {
            true => Arc::clone(&stdout),
            false => Lane::start(),
        };
        [stdout, stderr]
    })
}

#[cfg(unix)]
fn are_the_same_file() -> bool {
    use std::fs::File;
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let stdout = io::stdout().as_fd().try_clone_to_owned();
    let stderr = io::stderr().as_fd().try_clone_to_owned();
    let id = |fd: io::Result<_>| {
        let found = File::from(fd?).metadata()?;
        Ok::<_, io::Error>((found.dev(), found.ino()))
    };
    matches!((id(stdout), id(stderr)), (Ok(stdout), Ok(stderr)) if stdout == stderr)
}

#[cfg(not(unix))]
fn are_the_same_file() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Texts that one thread writes, one after another.
#[derive(Debug, Default)]
struct Lane {
    state: Mutex<State>,
    queued: Condvar,
    written: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What isn't written yet. The first may be under way.
    items: VecDeque<Item>,
    bytes: usize,
    /// How many there ever were. They are numbered from 1.
    last: u64,
    /// Why stdout isn't written to any more.
    stdout: Option<Failed>,
    /// Why stderr couldn't be written to, the first time. It is tried again.
    stderr: Option<Failed>,
}

#[derive(Debug, Clone)]
struct Item {
    number: u64,
    target: Target,
    style: Style,
    text: Arc<str>,
}

/// What to do with the styles in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// They go where the target isn't a terminal that shows them.
    Told,
    /// It is written as it is.
    Raw,
}

#[derive(Debug)]
struct Failed {
    number: u64,
    error: io::Error,
}

impl Lane {
    fn start() -> Arc<Self> {
        let lane = Arc::new(Self::default());
        let writer = Arc::clone(&lane);
        let started = thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || writer.write_all());
        if let Err(error) = started {
            let failed = || {
                Some(Failed {
                    number: 0,
                    error: copy(&error),
                })
            };
            let mut state = lane.state();
            (state.stdout, state.stderr) = (failed(), failed());
        }
        lane
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is queued, for ever.
    fn write_all(&self) {
        loop {
            let state = self.state();
            let state = self
                .queued
                .wait_while(state, |state| state.items.is_empty());
            let state = state.unwrap_or_else(PoisonError::into_inner);
            let Some(item) = state.items.front().cloned() else {
                continue;
            };
            drop(state);
            // Nobody's lock is held while this waits for a reader.
            let written = item.write();
            self.state().done(&item, written);
            self.written.notify_waiters();
        }
    }
}

impl State {
    fn failed(&mut self, target: Target) -> &mut Option<Failed> {
        match target {
            Target::Stdout => &mut self.stdout,
            Target::Stderr => &mut self.stderr,
        }
    }

    fn done(&mut self, item: &Item, written: io::Result<()>) {
        // Or else it was given up on meanwhile.
        if self.items.front().map(|first| first.number) == Some(item.number) {
            self.items.pop_front();
            self.bytes = self.bytes.saturating_sub(item.text.len());
        }
        if let Err(error) = written {
            let failed = self.failed(item.target);
            if failed.is_none() {
                *failed = Some(Failed {
                    number: item.number,
                    error,
                });
            }
            if item.target == Target::Stdout {
                // What nobody reads any more, or what a disk has no room for.
                self.take(Target::Stdout);
            }
        }
    }

    fn take(&mut self, target: Target) -> Vec<Arc<str>> {
        let mut taken = Vec::new();
        let items = std::mem::take(&mut self.items);
        for item in items {
            if item.target == target {
                self.bytes = self.bytes.saturating_sub(item.text.len());
                taken.push(item.text);
            } else {
                self.items.push_back(item);
            }
        }
        taken
    }

    /// How writing this went; `None`: it is still to be written.
    fn outcome(&self, target: Target, number: u64) -> Option<io::Result<()>> {
        let failed = match target {
            Target::Stdout => self.stdout.as_ref(),
            Target::Stderr => self.stderr.as_ref(),
        };
        if let Some(failed) = failed.filter(|failed| failed.number <= number) {
            return Some(Err(copy(&failed.error)));
        }
        let waits = |item: &Item| item.target == target && item.number <= number;
        match self.items.iter().find(|item| item.target == target) {
            Some(first) if waits(first) => None,
            _ => Some(Ok(())),
        }
    }
}

impl Stream {
    /// Has this written after all that was queued before, without styles where they aren't shown.
    /// Never waits. Gives the number by which to ask what became of it.
    pub(crate) fn write(&self, text: impl Into<Arc<str>>) -> u64 {
        self.queue(text.into(), Style::Told)
    }

    /// As [`write`](Self::write), and just as it is.
    pub(crate) fn write_raw(&self, text: impl Into<Arc<str>>) -> u64 {
        self.queue(text.into(), Style::Raw)
    }

    fn queue(&self, text: Arc<str>, style: Style) -> u64 {
        let mut state = self.lane.state();
        state.last = state.last.saturating_add(1);
        let number = state.last;
        if self.target == Target::Stdout && state.stdout.is_some() {
            return number;
        }
        state.bytes = state.bytes.saturating_add(text.len());
        state.items.push_back(Item {
            number,
            target: self.target,
            style,
            text,
        });
        drop(state);
        self.lane.queued.notify_one();
        number
    }

    /// How many bytes aren't written yet.
    pub(crate) fn unread(&self) -> usize {
        self.lane.state().bytes
    }

    /// How writing this, and all before it, went; `None`: some of it is still to be written.
    pub(crate) fn outcome(&self, number: u64) -> Option<io::Result<()>> {
        self.lane.state().outcome(self.target, number)
    }

    /// The number of the last text that was queued, here or for the other one.
    pub(crate) fn last(&self) -> u64 {
        self.lane.state().last
    }

    /// Waits until this and all before it is written, or can't be.
    pub(crate) async fn written(&self, number: u64) -> io::Result<()> {
        loop {
            let mut written = pin!(self.lane.written.notified());
            written.as_mut().enable();
            if let Some(outcome) = self.outcome(number) {
                return outcome;
            }
            written.await;
        }
    }

    /// Takes back what isn't written yet, oldest first. Nothing more is ever written there. Of the
    /// first of them the reader may have a part.
    pub(crate) fn give_up(&self) -> Vec<Arc<str>> {
        let mut state = self.lane.state();
        let number = state
            .items
            .iter()
            .find(|item| item.target == self.target)
            .map_or(state.last.saturating_add(1), |first| first.number);
        let failed = state.failed(self.target);
        if failed.is_none() {
            *failed = Some(Failed {
                number,
                error: io::Error::new(
                    io::ErrorKind::TimedOut,
                    "nobody had read it when the program was asked to end",
                ),
            });
        }
        state.take(self.target)
    }
}

impl Item {
    /// In one piece, so that a reader gets whole lines, as far as the system gives it them.
    fn write(&self) -> io::Result<()> {
        fn plain(mut to: impl io::Write, text: &str) -> io::Result<()> {
            to.write_all(text.as_bytes())?;
            to.flush()
        }
        let choice = match self.target {
            Target::Stdout => AutoStream::choice(&io::stdout()),
            Target::Stderr => AutoStream::choice(&io::stderr()),
        };
        let text = match (self.style, choice) {
            (Style::Told, ColorChoice::Never) => {
                &*anstream::adapter::strip_str(&self.text).to_string()
            }
            _ => &*self.text,
        };
        match (self.target, self.style, choice) {
            (Target::Stdout, Style::Raw, _) | (Target::Stdout, _, ColorChoice::Never) => {
                plain(io::stdout().lock(), text)
            }
            (Target::Stderr, Style::Raw, _) | (Target::Stderr, _, ColorChoice::Never) => {
                plain(io::stderr().lock(), text)
            }
            (Target::Stdout, ..) => plain(anstream::stdout().lock(), text),
            (Target::Stderr, ..) => plain(anstream::stderr().lock(), text),
        }
    }
}

/// An error can be read by many.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
