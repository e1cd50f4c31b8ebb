//! `livecut fetch`: a recording into a file, as a user runs it. What servers can do to a download is tested with the
//! library.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::Notify;

use crate::lists::folder;
use crate::providers::{CLOSING, at_closing, at_single, closing, single};
use crate::{effect, keys, run, unwrapped};

/// A stream that is ended, the first 90 s of its last 2 min kept, and its ticket.
async fn stopped(sim: &Simulator) -> String {
    closing(sim)
        .create_stream(StreamSpec::live("1001"))
        .unwrap();
    let now = sim.clock().now().unix_timestamp();
    let ago = |seconds| now.saturating_sub(seconds);
    let cut = format!("@{}..@{}", ago(120), ago(30));
    let args = ["stop", "1001", "--output=json", "--cut", &cut];
    let ran = run(at_closing(sim).args(args)).await.exits_with(0);
    ran.document()["ticket"].as_str().unwrap().to_owned()
}

/// The simulator, and the ticket of a recording that can be played.
pub(crate) async fn ready() -> (Simulator, String) {
    let sim = Simulator::start().await.unwrap();
    let ticket = stopped(&sim).await;
    sim.clock().advance(Duration::from_secs(600));
    (sim, ticket)
}

pub(crate) fn fetch(sim: &Simulator, ticket: &str, file: &Path) -> Command {
    let mut command = at_closing(sim);
    command.args(["fetch", ticket, "--output"]).arg(file);
    command
}

pub(crate) fn place(test: &str) -> PathBuf {
    folder(&format!("fetch-{test}")).join("class.mp4")
}

fn names(file: &Path) -> Vec<String> {
    let found = fs::read_dir(file.parent().unwrap()).unwrap();
    let name = |found: std::io::Result<fs::DirEntry>| found.unwrap().file_name();
    let mut names: Vec<_> = found
        .map(|found| name(found).into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// How often a file was asked for.
fn asked(sim: &Simulator) -> usize {
    let requests = closing(sim).requests().into_iter();
    requests
        .filter(|request| request.action == Some(Action::File))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_ready_is_fetched_and_its_length_confirms_the_cut() {
    let (sim, ticket) = ready().await;
    let file = place("ready");
    let mut command = fetch(&sim, &ticket, &file);
    // No proxy comes before a file of a loopback host either.
    command
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .args(["--output", "json"]);
    let ran = run(&mut command).await.exits_with(0);
    let document = ran.document();
    assert_eq!(document["provider"], CLOSING);
    assert_eq!(document["progress"], "ready");
    assert_eq!(document["cut"]["state"], "confirmed");
    assert_eq!(document["ticket"], Value::from(ticket.clone()));
    let bytes = fs::metadata(&file).unwrap().len();
    assert_eq!(
        document["file"],
        json!({
            "path": file.to_str().unwrap(),
            "bytes": bytes,
            "resumed_from": 0,
            "duration_seconds": 90,
        })
    );
    assert_eq!(names(&file), ["class.mp4"]);
    assert_eq!(ran.stderr, "");

    // As everywhere, the format can come first; and what is there isn't replaced.
    let mut again = at_closing(&sim);
    again
        .args(["--output", "json", "fetch", &ticket, "--output"])
        .arg(&file);
    let ran = run(&mut again).await.exits_with(2);
    let message = ran.error()["message"].to_string();
    assert!(
        message.contains("is there already") && message.contains("`--force`"),
        "{message}"
    );
    assert_eq!(asked(&sim), 1);

    let ran = run(fetch(&sim, &ticket, &file).arg("--force"))
        .await
        .exits_with(0);
    let told = unwrapped(&ran.stdout);
    for part in ["class.mp4: 262.", " lasts 0:01:30 ", " cut confirmed: "] {
        assert!(told.contains(part), "{part:?}: {ran:#?}");
    }
    assert_eq!(asked(&sim), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_isn_t_ready_makes_no_file_and_is_waited_for_if_that_is_asked_for() {
    let sim = Simulator::start().await.unwrap();
    let ticket = stopped(&sim).await;
    let file = place("waits");
    let ran = run(fetch(&sim, &ticket, &file).args(["--output", "json"]))
        .await
        .exits_with(6);
    let error = ran.error();
    assert_eq!(error["kind"], "not_ready");
    assert_eq!(error["ticket"], Value::from(ticket.clone()));
    assert!(
        error["message"].as_str().unwrap().contains("`--wait`"),
        "{error}"
    );
    assert_eq!(names(&file), [""; 0]);
    run(fetch(&sim, &ticket, &file).arg("--wait=1ms"))
        .await
        .exits_with(6);
    assert_eq!(names(&file), [""; 0]);

    sim.clock().advance(Duration::from_secs(600));
    run(fetch(&sim, &ticket, &file).arg("--wait"))
        .await
        .exits_with(0);
    assert_eq!(names(&file), ["class.mp4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_no_file_is_refused_with_what_makes_one_of_it() {
    let sim = Simulator::start().await.unwrap();
    single(&sim).create_stream(StreamSpec::live("abc")).unwrap();
    let ran = run(at_single(&sim).args(["stop", "abc", "--output=json"])).await;
    let ticket = ran.document()["ticket"].as_str().unwrap().to_owned();
    sim.clock().advance(Duration::from_secs(600));
    let file = place("hls");
    let mut command = at_single(&sim);
    command.args(["fetch", &ticket, "--output"]).arg(&file);
    let ran = run(&mut command).await.exits_with(2);
    assert!(ran.told().contains("HLS and DASH only"), "{ran:#?}");
    assert!(
        ran.told().contains("`ffmpeg -i ADDRESS -c copy FILE`"),
        "{ran:#?}"
    );
    // No address is shown: it may hold a token.
    assert!(!ran.stderr.contains("://"), "{ran:#?}");
    assert_eq!(names(&file), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_leaves_no_file_and_an_exit_code_that_says_that_nothing_was_applied() {
    let (sim, ticket) = ready().await;
    let file = place("fails");
    // What may pass is tried three times.
    for (status, kind, tries) in [
        (404, "not_found", 1),
        (403, "unauthorized", 1),
        (500, "unavailable", 3),
    ] {
        let answer = NextAnswer::status(status).on(Action::File).times(tries);
        closing(&sim).next_answer(answer).unwrap();
        let ran = run(fetch(&sim, &ticket, &file).args(["--output", "json"]))
            .await
            .exits_with(3);
        let error = ran.error();
        assert_eq!(error["kind"], kind);
        assert_eq!(error["effect"], effect("no", "no"));
        assert_eq!(error["http_status"], status);
        assert_eq!(error["ticket"], Value::from(ticket.clone()));
        assert_eq!(names(&file), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_isn_t_the_cut_is_kept_and_said_to_differ() {
    let (sim, ticket) = ready().await;
    let file = place("differs");
    // The index of another file: it says 41 s.
    let mut short = b"\0\0\0\x70moov\0\0\0\x68mvhd\0\0\0\0".to_vec();
    short.extend([0; 8]);
    short.extend(1000_u32.to_be_bytes());
    short.extend(41_000_u32.to_be_bytes());
    short.extend([0; 80]);
    let answer = NextAnswer::unchanged()
        .on(Action::File)
        .with_body(short.clone());
    closing(&sim).next_answer(answer).unwrap();
    let ran = run(fetch(&sim, &ticket, &file).args(["--output", "json"]))
        .await
        .exits_with(4);
    let error = ran.error();
    assert_eq!(error["kind"], "cut_differs");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("lasts 0:00:41, and the cut 0:01:30"),
        "{message}"
    );
    assert_eq!(ran.document()["cut"]["state"], "differs");
    assert_eq!(ran.document()["file"]["duration_seconds"], 41);
    assert_eq!(fs::read(&file).unwrap(), short);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_t_be_a_file_is_refused_before_anything_is_sent() {
    let (sim, ticket) = ready().await;
    let file = place("places");
    let before = sim.requests().len();
    let folder = file.parent().unwrap();
    for place in [
        folder,
        &folder.join("none").join("class.mp4"),
        Path::new("-"),
        Path::new("json"),
    ] {
        run(&mut fetch(&sim, &ticket, place)).await.exits_with(2);
    }
    assert_eq!(sim.requests().len(), before);
    assert_eq!(names(&file), [""; 0]);
}

/// Where files are, in place of the simulator: it answers one request after another with such bytes, and with the second
/// once it is told to go on.
pub(crate) struct Media {
    origin: String,
    heads: Arc<Mutex<Vec<String>>>,
    pub(crate) goes_on: Arc<Notify>,
}

impl Media {
    pub(crate) async fn start(replies: Vec<[Vec<u8>; 2]>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let media = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            heads: Arc::default(),
            goes_on: Arc::default(),
        };
        let (heads, goes_on) = (Arc::clone(&media.heads), Arc::clone(&media.goes_on));
        tokio::spawn(async move {
            for [first, second] in replies {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                heads.lock().unwrap().push(String::from_utf8(head).unwrap());
                socket.write_all(&first).await.unwrap();
                if !second.is_empty() {
                    goes_on.notified().await;
                    socket.write_all(&second).await.unwrap();
                }
            }
        });
        media
    }

    /// The head of an answer.
    pub(crate) fn head(status: &str, headers: &str) -> Vec<u8> {
        format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").into()
    }

    /// Has the next look at the recording find its file here, by this name.
    pub(crate) fn has(&self, sim: &Simulator, name: &str) {
        let url = format!("{}/{name}", self.origin);
        let file = json!([{"height": 720, "status": "complete", "mp4_url": url}]);
        let answer = NextAnswer::patch(json!({"converted_videos": file}));
        closing(sim)
            .next_answer(answer.on(Action::Recording))
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_expires_meanwhile_is_asked_for_again_and_gone_on_with() {
    let (sim, ticket) = ready().await;
    let file = place("expires");
    let part = |status: &str, headers: &str, body: &[u8]| {
        let head = Media::head(status, &format!("ETag: \"v1\"\r\n{headers}\r\n"));
        [[head, body.to_vec()].concat(), Vec::new()]
    };
    let media = Media::start(vec![
        part("200 OK", "Content-Length: 8", b"live"),
        part("403 Forbidden", "Content-Length: 0", b""),
        part(
            "206 Partial Content",
            "Content-Length: 4\r\nContent-Range: bytes 4-7/8",
            b"cuts",
        ),
    ])
    .await;
    for name in ["old.mp4?token=hunter2", "new.mp4?token=hunter3"] {
        media.has(&sim, name);
    }
    let ran = run(fetch(&sim, &ticket, &file).arg("-vv"))
        .await
        .exits_with(0);
    assert_eq!(fs::read(&file).unwrap(), b"livecuts");
    let heads = media.heads.lock().unwrap().clone();
    let asked: Vec<_> = heads
        .iter()
        .map(|head| {
            (
                head.lines().next().unwrap(),
                head.contains("range: bytes=4-"),
            )
        })
        .collect();
    assert_eq!(
        asked,
        [
            ("GET /old.mp4?token=hunter2 HTTP/1.1", false),
            ("GET /old.mp4?token=hunter2 HTTP/1.1", true),
            ("GET /new.mp4?token=hunter3 HTTP/1.1", true),
        ]
    );
    // The API's credential stays at the API, and the address's token in the address.
    assert!(
        heads.iter().all(|head| !head.contains("authorization")),
        "{heads:#?}"
    );
    assert!(
        !ran.stdout.contains("hunter") && !ran.stderr.contains("hunter"),
        "{ran:#?}"
    );
    assert!(ran.stdout.contains("  lasts     unknown"), "{ran:#?}");
}

#[cfg(unix)]
mod interrupted {
    use tokio::process::Child;

    use super::*;
    use crate::results::signal;
    use crate::{bounded, ended, start};

    /// A fetch whose file never comes, for the simulator's clock stands still.
    async fn hanging(sim: &Simulator, ticket: &str, file: &Path) -> Child {
        let never = NextAnswer::unchanged()
            .on(Action::File)
            .with_delay(Duration::from_secs(1));
        closing(sim).next_answer(never).unwrap();
        let mut command = fetch(sim, ticket, file);
        command
            .args(["--output", "json"])
            .stdout(std::process::Stdio::piped());
        let child = start(&mut command);
        let arrived = async {
            while asked(sim) == 0 {
                tokio::task::yield_now().await;
            }
        };
        bounded("the request", arrived).await;
        child
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_signal_ends_a_fetch_at_once() {
        let (sim, ticket) = ready().await;
        let file = place("signal");
        let child = hanging(&sim, &ticket, &file).await;
        signal(&child, "-INT").await;
        let ran = bounded("its end", ended(child)).await.exits_with(3);
        let error = ran.error();
        assert_eq!(error["kind"], "interrupted");
        assert_eq!(error["ticket"], Value::from(ticket));
        assert_eq!(names(&file), [""; 0]);
    }

    /// A limit on the size of files, in blocks of 512 bytes: to the program it is a disk that is full.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_full_disk_has_room_for_is_kept_and_gone_on_with() {
        let (sim, ticket) = ready().await;
        let file = place("full");
        let whole = fetch(&sim, &ticket, &file);
        let mut limited = Command::new("sh");
        limited.kill_on_drop(true).env_clear();
        limited
            .arg("-c")
            .arg("ulimit -f 100; exec \"$@\"")
            .arg("sh");
        limited
            .arg(whole.as_std().get_program())
            .args(whole.as_std().get_args());
        limited.args(["--output", "json"]);
        for (name, value) in whole.as_std().get_envs() {
            limited.env(name, value.unwrap_or_default());
        }
        let ran = run(&mut limited).await.exits_with(1);
        let error = ran.error();
        assert_eq!(error["kind"], "file");
        keys(&error["effect"], &["cut", "other", "stopped"]);
        assert_eq!(names(&file), ["class.mp4.part", "class.mp4.part.json"]);
        let kept = fs::metadata(file.with_file_name("class.mp4.part"))
            .unwrap()
            .len();
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(&format!("{kept} of 262")), "{message}");

        let ran = run(fetch(&sim, &ticket, &file).args(["--output", "json"]))
            .await
            .exits_with(0);
        assert_eq!(ran.document()["file"]["resumed_from"], kept);
        assert_eq!(ran.document()["cut"]["state"], "confirmed");
        assert_eq!(names(&file), ["class.mp4"]);
        // It is what it would have been without the interruption.
        let other = place("full-other");
        run(&mut fetch(&sim, &ticket, &other)).await.exits_with(0);
        assert!(fs::read(&file).unwrap() == fs::read(&other).unwrap());
    }
}
