//! Ctrl-C, what service managers send, and what a terminal that goes away sends.

use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::watch;

use crate::printer;

const UNREAD: &str = "ending: waiting for whoever reads the output (once more to give up on it)\n";

/// When to say that a reader is waited for.
const A_MOMENT: Duration = Duration::from_secs(1);
/// How long a service has for its last lines, twice (stdout, then stderr): service managers give it 10 s in all.
const SOON: Duration = Duration::from_secs(3);
/// How long a reader that reads needs, at most, for what is left, on a busy machine too.
const AT_MOST: Duration = Duration::from_secs(5);

/// What is said while an answer is waited for that tells what was done.
pub(crate) const ENDING: &str =
    "ending: waiting for the provider's answer (once more to give up on it)\n";

/// SIGXFSZ, which ends a program that writes more to a file than `ulimit -f` lets it, wherever it has this number: on
/// Linux but for MIPS and PA-RISC, and on the BSDs and macOS.
#[cfg(unix)]
const FILE_TOO_LARGE: i32 = 25;

/// From here on a file that may not grow is an error of the write, as on a full disk, and not the end of the program: it
/// still knows then what its stops came to. It needs a runtime.
pub(crate) fn outlive_file_limits() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // Once there is a handler, it stays.
        drop(signal(SignalKind::from_raw(FILE_TOO_LARGE)));
    }
}

/// Returns once the program was asked to end so often, counted from its start. Listens from its
/// first poll on: before, a signal ends the process, as it does by default.
pub(crate) async fn asked_to_end(times: u32) {
    let mut asked = asked();
    // It can't be closed while the runtime is there.
    drop(asked.wait_for(|asked| *asked >= times).await);
}

/// Returns once the program is asked to end again, while it waits for whoever reads what it printed.
/// Whoever asked twice isn't kept waiting.
pub(crate) async fn asked_again() {
    let asked = *asked().borrow();
    match asked {
        0 => asked_to_end(1).await,
        1 => {
            let soon = tokio::time::timeout(A_MOMENT, asked_to_end(2)).await;
            if soon.is_err() {
                printer::stderr().write_raw(UNREAD);
                asked_to_end(2).await;
            }
        }
        _ => tokio::time::sleep(AT_MOST).await,
    }
}

/// As [`asked_again`], and waits only for so long for a reader once the program was asked to end: for what a
/// service manager ends, which asks once.
pub(crate) async fn asked_again_or_late() {
    let late = async {
        asked_to_end(1).await;
        tokio::time::sleep(SOON).await;
    };
    tokio::select! {
        () = asked_again() => {}
        () = late => {}
    }
}

/// As [`asked_again`], and leaves the last words the time that a reader needs who reads.
pub(crate) async fn asked_again_and_heard() {
    if *asked().borrow() < 2 {
        asked_again().await;
    }
    tokio::time::sleep(AT_MOST).await;
}

/// Takes a step that may change something to its end, though the program is asked to end: only then
/// it is known what it did. `None`: the program was asked a second time, which gives up on it.
pub(crate) async fn to_its_end<T>(step: impl Future<Output = T>) -> (Option<T>, bool) {
    let mut step = pin!(step);
    tokio::select! {
        biased;
        () = asked_to_end(1) => {}
        done = &mut step => return (Some(done), false),
    }
    printer::stderr().write_raw(ENDING);
    tokio::select! {
        biased;
        () = asked_to_end(2) => (None, true),
        done = &mut step => (Some(done), true),
    }
}

/// How often the program was asked to end.
fn asked() -> watch::Receiver<u32> {
    static ASKED: OnceLock<watch::Receiver<u32>> = OnceLock::new();
    let asked = ASKED.get_or_init(|| {
        let (tell, asked) = watch::channel(0);
        // From here on, and not from the first poll of the task on.
        let mut signals = Signals::listen();
        tokio::spawn(async move {
            loop {
                signals.next().await;
                tell.send_modify(|asked: &mut u32| *asked = asked.saturating_add(1));
            }
        });
        asked
    });
    asked.clone()
}

#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    /// A signal that was ignored when the program began stays so: that is how `nohup` has it
    /// outlive the terminal, and how a shell keeps Ctrl-C from what it runs in the background.
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        let kinds = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        let heeded = kinds
            .into_iter()
            .filter(|kind| !is_among(ignored, kind.as_raw_value()));
        // Without a handler the signal ends the process, as it does by default.
        Self(heeded.filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn next(&mut self) {
        use std::task::Poll;
        std::future::poll_fn(|context| {
            for signal in &mut self.0 {
                if let Poll::Ready(Some(())) = signal.poll_recv(context) {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
        .await;
    }
}

/// The signals that are ignored, a bit each. Where the system doesn't tell: none.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .unwrap_or_default();
    u64::from_str_radix(mask.trim(), 16).unwrap_or_default()
}

#[cfg(unix)]
fn is_among(signals: u64, number: i32) -> bool {
    let bit = u32::try_from(number).ok().and_then(|n| n.checked_sub(1));
    bit.and_then(|bit| 1_u64.checked_shl(bit))
        .is_some_and(|bit| signals & bit != 0)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
