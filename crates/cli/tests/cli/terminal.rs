//! What a person sees on a terminal while the program runs: a pseudo-terminal here.
#![cfg(unix)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use livecut_sim::{Action, Simulator};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::lists::{file, folder, lines, sim};
use crate::providers::{SINGLE, at_single};
use crate::results::{arrived, hanging, signal};
use crate::{Ran, ended, fetch, interrupted, run};

const ROWS: u16 = 24;

/// A pseudo-terminal, and all that was ever seen on it.
struct Terminal {
    /// What is written here was typed.
    keyboard: File,
    output: mpsc::UnboundedReceiver<Vec<u8>>,
    written: Vec<u8>,
    parser: vt100::Parser,
    /// The line with the cursor, after each byte: its row, and its text.
    seen: Vec<(u16, String)>,
}

impl Terminal {
    /// Starts the program with stderr on a new terminal, and stdout too unless it is elsewhere.
    fn start(mut command: Command, columns: u16, stdout: Option<Stdio>) -> (Self, Child) {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        fcntl_setfd(&keyboard, FdFlags::CLOEXEC).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let screen = open(name, flags, Mode::empty()).unwrap();
        let size = Winsize {
            ws_row: ROWS,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&screen, size).unwrap();

        let stdout = stdout.unwrap_or_else(|| screen.try_clone().unwrap().into());
        let child = command.stdout(stdout).stderr(screen).spawn().unwrap();
        // It holds the screen open, and the end is read once nobody does.
        drop(command);

        let keyboard = File::from(keyboard);
        let mut reader = keyboard.try_clone().unwrap();
        let (send, output) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            loop {
                let read = match reader.read(&mut buffer) {
                    Ok(read) => read,
                    // Linux's way to say that it is the end.
                    Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => 0,
                    Err(error) => panic!("{error}"),
                };
                if read == 0 || send.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let [rows, columns] = [ROWS, columns].map(|size| NonZeroU16::new(size).unwrap());
        let terminal = Self {
            keyboard,
            output,
            written: Vec::new(),
            parser: vt100::Parser::new(rows, columns, 0),
            seen: Vec::new(),
        };
        (terminal, child)
    }

    /// Reads what comes next. `false`: it was the end.
    async fn read(&mut self) -> bool {
        let Some(bytes) = self.output.recv().await else {
            return false;
        };
        for byte in bytes {
            self.written.push(byte);
            self.parser.process(&[byte]);
            let screen = self.parser.screen();
            let (row, _) = screen.cursor_position();
            let line = screen.rows(0, screen.size().1.get()).nth(row.into());
            self.seen.push((row, line.unwrap()));
        }
        true
    }

    /// Reads until a line that holds this has been seen.
    async fn shows(&mut self, text: &str) {
        while !self.has_shown(text) {
            assert!(self.read().await, "never {text:?}: {}", self.raw());
        }
    }

    fn has_shown(&self, text: &str) -> bool {
        self.seen.iter().any(|(_, line)| line.contains(text))
    }

    /// What the terminal was sent, without lines that were drawn again just as they were.
    fn raw(&self) -> String {
        let written = String::from_utf8_lossy(&self.written);
        let mut drawn: Vec<_> = written.split_inclusive("\u{1b}[2K").collect();
        drawn.dedup();
        format!("{drawn:#?}")
    }

    /// Reads until the program has ended. Gives what is on the screen then, and how it ended.
    async fn end(&mut self, child: Child) -> (String, Ran) {
        while self.read().await {}
        (self.parser.screen().contents(), ended(child).await)
    }
}

/// The program, with a list of streams that it stops one after another, and as a
/// terminal has it.
fn stop(sim: &Simulator, test: &str, streams: &[&str]) -> Command {
    let folder = folder(&format!("terminal-{test}"));
    let list = format!("stream\n{}\n", streams.join("\n"));
    let list: PathBuf = file(&folder, "list.csv", &list);
    let mut command = at_single(sim);
    command
        .env("TERM", "xterm-256color")
        .args(["stop", "--concurrency", "1", "--from"])
        .arg(list)
        .arg("--results")
        .arg(folder.join("results.jsonl"));
    command
}

/// Has the stop of each of these streams wait for [`answer`].
async fn held(streams: &[&str]) -> Simulator {
    let sim = sim(streams).await;
    for stream in streams {
        hanging(&sim, stream).await;
    }
    sim
}

/// Answers the stop of this stream once it has arrived.
async fn answer(sim: &Simulator, stream: &str) {
    arrived(sim, stream).await;
    sim.clock().advance(Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bar_counts_on_stderr_and_goes_and_a_pipe_has_the_results_alone() {
    let streams = ["a", "b", "c"];
    let sim = held(&streams).await;
    let mut command = stop(&sim, "pipe", &streams);
    command.args(["--output", "json"]);
    let (mut terminal, child) = Terminal::start(command, 80, Some(Stdio::piped()));

    terminal.shows("0/3 [------------------------]").await;
    answer(&sim, "a").await;
    terminal.shows("1/3 [########----------------]").await;
    answer(&sim, "b").await;
    terminal.shows("2/3 [################--------]").await;
    answer(&sim, "c").await;

    let (screen, ran) = terminal.end(child).await;
    assert_eq!(screen, "", "{}", terminal.raw());
    assert_eq!(terminal.parser.screen().cursor_position(), (0, 0));
    // What reads the pipe may print the last result here: no bar was drawn at once after it.
    assert!(!terminal.has_shown("3/3"), "{}", terminal.raw());
    let (streams, summary) = lines(&ran.exits_with(0));
    assert_eq!(streams.len(), 3);
    assert_eq!(summary["done"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bar_counts_up_to_the_total_below_the_results_on_the_same_terminal() {
    let streams = ["a", "b", "c"];
    let sim = sim(&streams).await;
    let (mut terminal, child) = Terminal::start(stop(&sim, "same", &streams), 80, None);

    let (screen, ran) = terminal.end(child).await;
    ran.exits_with(0);
    for done in 1..=3 {
        let bar = format!("{done}/3 [");
        let below = |(row, line): &(u16, String)| *row == done && line.starts_with(&bar);
        assert!(terminal.seen.iter().any(below), "{}", terminal.raw());
    }
    assert_eq!(
        screen,
        "done         a: stopped, all of the recording is kept\n\
         done         b: stopped, all of the recording is kept\n\
         done         c: stopped, all of the recording is kept\n\
         done        3"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn results_in_a_file_leave_the_bar_where_it_is_until_the_end() {
    let streams = ["a", "b", "c"];
    let sim = sim(&streams).await;
    let command = stop(&sim, "file", &streams);
    let path = folder("terminal-file-stdout").join("stdout");
    let stdout = File::create(&path).unwrap();
    let (mut terminal, child) = Terminal::start(command, 80, Some(stdout.into()));

    let (screen, ran) = terminal.end(child).await;
    ran.exits_with(0);
    for done in 1..=3 {
        assert!(
            terminal.has_shown(&format!("{done}/3 [")),
            "{}",
            terminal.raw()
        );
    }
    assert_eq!(screen, "done        3");
    let stdout = std::fs::read_to_string(path).unwrap();
    assert_eq!(stdout.lines().count(), 3, "{stdout}");
    assert!(!stdout.contains(['\u{1b}', '\r', '[']), "{stdout:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_terminal_shows_the_count_and_as_much_of_the_bar_as_fits_on_one_line() {
    let streams = ["a", "b"];
    let sim = held(&streams).await;
    let mut command = stop(&sim, "narrow", &streams);
    command.args(["--output", "json"]);
    let (mut terminal, child) = Terminal::start(command, 20, Some(Stdio::piped()));

    answer(&sim, "a").await;
    terminal.shows("1/2 [############--").await;
    answer(&sim, "b").await;

    let (screen, ran) = terminal.end(child).await;
    ran.exits_with(0);
    assert_eq!(screen, "");
    for (row, line) in &terminal.seen {
        assert!(*row == 0 && line.len() < 20, "{row} {line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_what_it_means_and_the_summary_and_nothing_of_the_bar() {
    let streams = ["a", "b", "c"];
    let sim = held(&streams).await;
    let command = stop(&sim, "interrupted", &streams);
    let (mut terminal, child) = Terminal::start(command, 120, Some(Stdio::piped()));

    answer(&sim, "a").await;
    terminal.shows("1/3 [########").await;
    // The terminal shows the key itself, at the end of the bar. It sends the signal to what it
    // controls only, and the program is started by no shell here.
    terminal.keyboard.write_all(b"\x03").unwrap();
    terminal.shows("^C").await;
    signal(&child, "-INT").await;
    terminal.shows("no more stops are begun").await;
    answer(&sim, "b").await;

    let (screen, ran) = terminal.end(child).await;
    assert_eq!(
        screen,
        "no more stops are begun; waiting for those under way (once more to give up on them)\n\
         done        2\n\
         not applied 1\n\
         error: 1 of 3 streams aren't done\n\
         \n\
         Run the same command again to go on.",
        "{}",
        terminal.raw()
    );
    let ran = ran.exits_with(3);
    assert_eq!(ran.stdout.lines().count(), 3, "{ran:#?}");
    assert!(!ran.stdout.contains(['\u{1b}', '\r', '[']), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_bar_where_stderr_is_no_terminal() {
    let streams = ["a", "b"];
    let sim = sim(&streams).await;
    let mut command = stop(&sim, "elsewhere", &streams);
    let ran = run(&mut command).await.exits_with(0);
    assert_eq!(ran.stderr, "done        2\n");
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:#?}");
    assert!(!ran.stdout.contains(['\u{1b}', '\r', '[']), "{ran:#?}");
}

/// The terminal can't erase a line, or what is logged there would be between.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_has_no_bar_that_would_stay_there() {
    for (test, term, log) in [("dumb", "dumb", None), ("log", "xterm", Some("-v"))] {
        let streams = ["a", "b"];
        let sim = sim(&streams).await;
        let mut command = stop(&sim, test, &streams);
        command.env("TERM", term).env("NO_COLOR", "1").args(log);
        let (mut terminal, child) = Terminal::start(command, 80, None);
        let (screen, ran) = terminal.end(child).await;
        ran.exits_with(0);
        assert!(screen.ends_with("\ndone        2"), "{screen}");
        assert!(!terminal.written.contains(&0x1b), "{}", terminal.raw());
        assert!(!terminal.has_shown("/2 ["), "{}", terminal.raw());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_shows_how_it_goes_on_a_line_that_is_gone_at_its_end() {
    let sim = interrupted::hanging(Action::Status).await;
    let mut command = at_single(&sim);
    command
        .env("TERM", "xterm")
        .args(["stop", "abc", "--wait=1m"]);
    let (mut terminal, child) = Terminal::start(command, 80, None);
    terminal.shows("s \u{b7} looking").await;
    signal(&child, "-INT").await;
    terminal.shows("once more to give up").await;
    signal(&child, "-INT").await;
    let (screen, ran) = terminal.end(child).await;
    ran.exits_with(6);
    assert!(
        screen.starts_with(&format!("stream      stopped: abc at {SINGLE}\n")),
        "{screen}"
    );
    assert!(screen.contains("\nerror: "), "{screen}");
    assert!(!screen.contains('\u{b7}'), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_shows_how_far_it_is_on_a_line_that_is_no_wider_than_told_and_is_gone_at_its_end() {
    for (term, columns) in [("xterm", None), ("xterm", Some("30")), ("dumb", None)] {
        let (sim, ticket) = fetch::ready().await;
        let file = fetch::place(&format!("terminal-{term}-{}", columns.unwrap_or("80")));
        let mut half = fetch::Media::head("200 OK", "Content-Length: 2000000\r\n");
        half.extend(vec![0; 1_000_000]);
        let media = fetch::Media::start(vec![[half, vec![0; 1_000_000]]]).await;
        media.has(&sim, "class.mp4");
        let mut command = fetch::fetch(&sim, &ticket, &file);
        command.env("TERM", term).env("NO_COLOR", "1");
        if let Some(columns) = columns {
            command.env("COLUMNS", columns);
        }
        let (mut terminal, child) = Terminal::start(command, 80, Some(Stdio::piped()));
        match (term, columns) {
            ("dumb", _) => {}
            (_, None) => {
                let line = " 50% [############------------] 1.0 MB of 2.0 MB";
                terminal.shows(line).await;
            }
            (_, Some(_)) => terminal.shows(" 50% [############----------").await,
        }
        media.goes_on.notify_one();
        let (screen, ran) = terminal.end(child).await;
        let ran = ran.exits_with(0);
        assert_eq!(screen, "", "{}", terminal.raw());
        assert_eq!(terminal.has_shown("%"), term != "dumb");
        let widest = terminal.seen.iter().map(|(_, line)| line.len()).max();
        assert!(columns.is_none() || widest < Some(30), "{}", terminal.raw());
        assert!(!ran.stdout.contains(['\u{1b}', '\r']), "{ran:#?}");
    }
}
