//! All that is logged, traced or said in a panic while these tests run, and what a result shows.

use std::error::Error as StdError;
use std::fmt::{Debug, Write as _};
use std::io;
use std::panic::PanicHookInfo;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use livecut_core::{Error, Result, Ticket};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::marks;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Begins to write down everything at TRACE, of all crates, also of those that use `log`.
static LISTENING: LazyLock<()> = LazyLock::new(|| {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(|| Writer)
        .finish()
        .try_init()
        .expect("nobody else listens in this process");
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        // A test that fails panics too, with what it found.
        let ours = panic
            .location()
            .is_some_and(|at| at.file().contains("tests/security"));
        if !ours {
            log().extend_from_slice(format!("PANIC {panic}\n").as_bytes());
        }
        told(panic);
    }));
});

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        log().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log() -> MutexGuard<'static, Vec<u8>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// To be called before anything happens.
pub(crate) fn listen() {
    LazyLock::force(&LISTENING);
}

/// Fails if a secret was logged so far by any test, and if what is always logged, and by `others`,
/// wasn't caught.
pub(crate) fn assert_nothing_was_logged(others: &[&str]) {
    // Not under the lock: a panic is written there too.
    let log = String::from_utf8_lossy(&log()).into_owned();
    for target in ["livecut.call", "reqwest::", "hyper_util::"]
        .iter()
        .chain(others)
    {
        assert!(log.contains(target), "nothing by {target} was caught");
    }
    assert_eq!(marks::find(&log), None, "in the log");
    assert!(!log.contains("PANIC"), "something panicked");
}

/// Fails if what a call returned shows a secret, in any way short of asking for the answer's body.
pub(crate) fn assert_shows_nothing<T: Debug>(what: &str, result: &Result<T>) {
    let mut shown = format!("{result:?}\n{result:#?}\n");
    if let Err(error) = result {
        write!(shown, "{}", everything_of(error)).unwrap();
    }
    assert_eq!(marks::find(&shown), None, "{what}");
}

fn everything_of(error: &Error) -> String {
    let mut shown = String::new();
    let mut next: Option<&dyn StdError> = Some(error);
    while let Some(cause) = next {
        write!(shown, "{cause}\n{cause:?}\n{cause:#?}\n").unwrap();
        next = cause.source();
    }
    if let Some(ticket) = error.ticket() {
        shown.push_str(&everything_in(ticket));
    }
    if let Some(response) = error.response() {
        write!(shown, "{response:?} {:?}", response.request_id()).unwrap();
    }
    shown
}

/// The ticket as text, and what is in it.
pub(crate) fn everything_in(ticket: &Ticket) -> String {
    let text = ticket.to_string();
    let (_, payload) = text.split_once('_').unwrap();
    let json = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    format!("{text} {json} {ticket:?}")
}
