//! `livecut listen`, which simulated providers send their webhooks to.

use std::process::Stdio;
use std::time::Duration;

use livecut_sim::{Outcome, SimulatedProvider, Simulator, StreamSpec, Webhook, WebhookSpec};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

use crate::providers::{ANOTHER, IN_URL, PROVED, SINGLE, another, at_single, single, variable};
use crate::{bounded, keys, program, run};

/// The program, listening.
struct Listening {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Listening {
    async fn start(command: &mut Command) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0", "--output", "json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect("it listens");
        let first: Value = serde_json::from_str(&first).unwrap();
        let address = first["listening"]["address"].as_str().unwrap().to_owned();
        Self {
            child,
            lines,
            address,
        }
    }

    async fn next(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap();
        serde_json::from_str(&line.expect("it goes on listening")).unwrap()
    }

    /// Sends bytes as they are, and gives the answer's status line.
    async fn send(&self, request: &[u8]) -> String {
        let mut socket = TcpStream::connect(&self.address).await.unwrap();
        // It may have its answer, and close, before it has read all.
        drop(socket.write_all(request).await);
        let mut answer = Vec::new();
        drop(socket.read_to_end(&mut answer).await);
        let answer = String::from_utf8(answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[cfg(unix)]
    async fn interrupt(&self) {
        let pid = self.child.id().unwrap().to_string();
        run(Command::new("kill").env("LC_ALL", "C").args(["-INT", &pid]))
            .await
            .exits_with(0);
    }
}

fn listen() -> Command {
    let mut command = program();
    command.arg("listen");
    command
}

/// A stream that is stopped, and whose recording becomes ready.
async fn live_and_die(sim: &Simulator, provider: &SimulatedProvider, id: &str) {
    let soon = StreamSpec::live(id).with_length(Duration::from_secs(3601));
    provider.create_stream(soon).unwrap();
    sim.clock().advance(Duration::from_secs(600));
    assert!(sim.deliver_due().await > 0);
}

fn statuses(webhook: &Webhook) -> Vec<u16> {
    let deliveries = webhook.deliveries();
    let status = |outcome: &Outcome| match outcome {
        Outcome::Answered(status) => *status,
        other => panic!("{other:?}"),
    };
    deliveries
        .iter()
        .map(|record| status(&record.outcome))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn authentic_webhooks_are_answered_with_204_and_printed_as_events() {
    let sim = Simulator::start().await.unwrap();
    let mut listening = Listening::start(listen().env(PROVED.0, PROVED.1)).await;
    let url = format!("http://{}/hooks", listening.address);
    let spec = WebhookSpec::over_http(url).with_secret(PROVED.1);
    let webhook = single(&sim).register_webhook(spec).unwrap();
    live_and_die(&sim, single(&sim), "abc").await;

    let mut states = Vec::new();
    for status in statuses(&webhook) {
        assert_eq!(status, 204);
        let line = listening.next().await;
        keys(&line, &["event"]);
        let event = &line["event"];
        keys(
            event,
            &[
                "provider",
                "state",
                "provider_event",
                "at",
                "tenant",
                "stream",
                "stage",
                "recording",
                "matches_ticket",
            ],
        );
        assert_eq!(
            (&event["provider"], &event["stream"]),
            (&json!(SINGLE), &json!("abc"))
        );
        assert_eq!(event["matches_ticket"], Value::Null);
        states.push(event["state"].as_str().unwrap().to_owned());
        if event["state"] == "recording_ready" {
            assert_eq!(event["recording"]["id"], "abc");
            assert!(
                !event["recording"]["playback"]
                    .as_array()
                    .unwrap()
                    .is_empty()
            );
        }
    }
    assert_eq!(states.last().map(String::as_str), Some("recording_ready"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_url_is_the_last_segment_of_its_path() {
    let sim = Simulator::start().await.unwrap();
    let mut listening = Listening::start(listen().env(IN_URL.0, IN_URL.1)).await;
    let url = |secret| format!("http://{}/hooks/{secret}", listening.address);
    let register = |secret| {
        let spec = WebhookSpec::over_http(url(secret));
        another(&sim).register_webhook(spec).unwrap()
    };
    let (right, wrong) = (register("in%20the%20URL"), register("elsewhere"));
    live_and_die(&sim, another(&sim), "abc").await;

    assert!(statuses(&right).iter().all(|status| *status == 204));
    assert!(statuses(&wrong).iter().all(|status| *status == 401));
    let mut kinds = Vec::new();
    for _ in 0..right.deliveries().len() + wrong.deliveries().len() {
        let line = listening.next().await;
        if line["event"].is_null() {
            keys(&line["refused"], &["provider", "http_status", "message"]);
            assert_eq!(line["refused"]["http_status"], 401);
            kinds.push("refused".to_owned());
        } else {
            kinds.push(line["event"]["state"].as_str().unwrap().to_owned());
        }
        let text = line.to_string();
        assert!(
            !text.contains("in the URL") && !text.contains("elsewhere"),
            "{text}"
        );
    }
    let ready = kinds.iter().filter(|kind| *kind == "recording_ready");
    assert_eq!(ready.count(), 1, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_ticket_it_says_which_events_are_about_it() {
    let sim = Simulator::start().await.unwrap();
    single(&sim)
        .create_stream(StreamSpec::live("mine"))
        .unwrap();
    let stopped = run(at_single(&sim).args(["stop", "mine", "--output", "json"])).await;
    let ticket = stopped.exits_with(0).document()["ticket"].clone();

    // The ticket also says which of two configured providers it is.
    let mut listening = Listening::start(
        listen()
            .env(PROVED.0, PROVED.1)
            .env(IN_URL.0, IN_URL.1)
            .args(["--ticket", ticket.as_str().unwrap()]),
    )
    .await;
    let url = format!("http://{}", listening.address);
    let spec = WebhookSpec::over_http(url).with_secret(PROVED.1);
    let webhook = single(&sim).register_webhook(spec).unwrap();
    sim.clock().advance(Duration::from_secs(600));
    live_and_die(&sim, single(&sim), "other").await;
    let mut about = Vec::new();
    for _ in statuses(&webhook) {
        let line = listening.next().await;
        let event = &line["event"];
        let mine = event["matches_ticket"].as_bool().unwrap();
        assert_eq!(mine, event["stream"] == "mine", "{event}");
        about.push(mine);
    }
    assert!(about.contains(&true) && about.contains(&false), "{about:?}");
}

#[tokio::test]
async fn what_is_no_delivery_is_answered_and_printed_as_refused() {
    let mut listening = Listening::start(listen().env(PROVED.0, PROVED.1)).await;
    let secret = PROVED.1;
    let posted = |length: usize, body: &str| {
        format!(
            "POST / HTTP/1.1\r\nhost: x\r\nx-streams-token: {secret}\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
    };
    let chunked = |length: usize| {
        format!(
            "POST / HTTP/1.1\r\nhost: x\r\nx-streams-token: {secret}\r\n\
             transfer-encoding: chunked\r\n\r\n{length:x}\r\n{}",
            " ".repeat(length)
        )
    };
    for (request, status) in [
        ("GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), 405),
        (
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
            401,
        ),
        (posted(4, "null"), 400),
        (posted(2 << 20, ""), 413),
        // One that doesn't say how large it is.
        (chunked((1 << 20) + 1), 413),
    ] {
        let answer = listening.send(request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        let line = listening.next().await;
        assert_eq!(line["refused"]["http_status"], status, "{line}");
        assert!(!line.to_string().contains(secret), "{line}");
    }
    // And it is none the worse for it.
    let answer = listening.send(posted(2, "{}").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert_eq!(listening.next().await["event"]["state"], "other");
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_it_with_0_once_what_was_begun_is_answered() {
    let mut listening = Listening::start(listen().env(PROVED.0, PROVED.1)).await;
    let mut slow = TcpStream::connect(&listening.address).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nx-streams-token: {}\r\nexpect: 100-continue\r\n\
         content-length: 2\r\n\r\n",
        PROVED.1
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    // It has read the head: it asks for the body.
    let mut asked = [0; 25];
    slow.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100 "));
    listening.interrupt().await;
    slow.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert_eq!(listening.next().await["event"]["state"], "other");
    assert!(listening.lines.next_line().await.unwrap().is_none());
    assert_eq!(listening.child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn it_ends_when_nobody_reads_its_lines_any_more() {
    let Listening {
        mut child,
        lines,
        address,
    } = Listening::start(listen().env(PROVED.0, PROVED.1)).await;
    drop(lines);
    // A program that another test is just starting may have the reader for a moment longer, and then a line is read.
    let send = async {
        loop {
            if let Ok(mut socket) = TcpStream::connect(&address).await {
                drop(socket.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await);
                drop(socket.read_to_end(&mut Vec::new()).await);
            }
            tokio::task::yield_now().await;
        }
    };
    let ended = async {
        tokio::select! {
            ended = child.wait() => ended.unwrap(),
            () = send => unreachable!("it sends for ever"),
        }
    };
    let status = bounded("it listens for nobody", ended).await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn without_a_way_to_verify_it_does_not_listen() {
    let ran = run(program().args(["listen", "--provider", ANOTHER, "--output", "json"]))
        .await
        .exits_with(2);
    let error = ran.error();
    assert_eq!(error["kind"], "configuration");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(&variable(ANOTHER, "webhook_accept_forged_events=1")),
        "{message}"
    );
    assert_eq!(ran.stdout, "");
}

#[tokio::test]
async fn an_address_that_is_taken_is_bad_use() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(program()
        .env(PROVED.0, PROVED.1)
        .args(["listen", "--listen", &address]))
    .await
    .exits_with(2);
    assert!(ran.stderr.contains("--listen"), "{}", ran.stderr);
}

#[tokio::test]
async fn people_read_a_line_an_event() {
    let mut child = program()
        .env(PROVED.0, PROVED.1)
        .args(["listen", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    let address = first
        .strip_prefix("Listening on http://")
        .and_then(|rest| rest.strip_suffix(&format!(" for webhooks of {SINGLE}, until Ctrl-C.")))
        .unwrap_or_else(|| panic!("{first}"));
    let body = "{\"id\":\"abc\",\"live_stream\":{\"status\":\"Stream\\u001b[2Jing\"}}";
    for token in [PROVED.1, "guess"] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nx-streams-token: {token}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        socket.read_to_end(&mut Vec::new()).await.unwrap();
    }
    assert_eq!(
        lines.next_line().await.unwrap().unwrap(),
        "stream unknown: `Stream[2Jing`, stream abc"
    );
    assert_eq!(
        lines.next_line().await.unwrap().unwrap(),
        "refused with 401: the webhook isn't authentic: its `x-streams-token` isn't the secret"
    );
}

/// A webhook of this length of body.
fn delivery(length: usize) -> String {
    let body =
        r#"{"id":"abc","live_stream":{"status":"#.to_owned() + "\"" + &"x".repeat(length) + "\"}}";
    format!(
        "POST / HTTP/1.1\r\nhost: x\r\nx-streams-token: {}\r\ncontent-length: {}\r\n\r\n{body}",
        PROVED.1,
        body.len()
    )
}

/// Senders get their answer though nobody reads, and what can't be held isn't accepted.
#[tokio::test]
async fn webhooks_are_answered_though_nobody_reads_their_lines() {
    let mut listening = Listening::start(listen().env(PROVED.0, PROVED.1)).await;
    let request = delivery(50_000);
    let mut accepted = 0_usize;
    // Far more than it holds.
    for _ in 0..400 {
        let answer = bounded("an answer", listening.send(request.as_bytes())).await;
        if answer.starts_with("HTTP/1.1 503 ") {
            break;
        }
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        accepted = accepted.saturating_add(1);
    }
    assert!((2..400).contains(&accepted), "{accepted}");
    let refused = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = bounded("an answer", listening.send(refused)).await;
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");

    // All that was accepted is there, whole, once it is read, and how much wasn't.
    for _ in 0..accepted {
        let line = bounded("a line", listening.next()).await;
        assert_eq!(line["event"]["stream"], "abc", "{line}");
    }
    let line = bounded("what is missing", listening.next()).await;
    assert_eq!(
        line,
        json!({"missed": {"provider": SINGLE, "deliveries": 2}})
    );
    let answer = bounded("an answer", listening.send(request.as_bytes())).await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    assert_eq!(listening.next().await["event"]["stream"], "abc");
}

#[cfg(unix)]
#[tokio::test]
async fn a_listener_that_nobody_reads_ends_when_it_is_asked_to_and_loses_nothing() {
    let mut command = listen();
    command.env(PROVED.0, PROVED.1).stderr(Stdio::piped());
    let mut listening = Listening::start(&mut command).await;
    let request = delivery(2_000);
    // More than a pipe has room for, and less than it holds.
    let deliveries = 100_usize;
    for _ in 0..deliveries {
        let answer = bounded("an answer", listening.send(request.as_bytes())).await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }
    listening.interrupt().await;
    let said = crate::results::said(&mut listening.child);
    bounded("what it waits for", said).await;
    listening.interrupt().await;
    let Listening {
        child, mut lines, ..
    } = listening;
    let ran = bounded("its end", crate::ended(child)).await.exits_with(1);
    let mut read = 0_usize;
    while let Some(line) = bounded("stdout", lines.next_line()).await.unwrap() {
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["event"]["stream"], "abc");
        read = read.saturating_add(1);
    }
    let told = ran.stderr.matches("{\"event\":").count();
    assert_eq!(read.saturating_add(told), deliveries);
    assert!(read > 0 && told > 0, "{read} {told}");
}

/// Fills what the listener holds for a reader that doesn't read, and gives how many deliveries that took.
#[cfg(unix)]
async fn fill(listening: &Listening) -> usize {
    let request = delivery(2_000);
    for accepted in 0..2_000 {
        let answer = bounded("an answer", listening.send(request.as_bytes())).await;
        if answer.starts_with("HTTP/1.1 503 ") {
            return accepted;
        }
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }
    panic!("it holds more than it should");
}

#[cfg(unix)]
#[tokio::test]
async fn a_listener_that_holds_all_it_can_ends_when_it_is_asked_to_once_and_loses_nothing() {
    let mut command = listen();
    command.env(PROVED.0, PROVED.1).stderr(Stdio::piped());
    let mut listening = Listening::start(&mut command).await;
    let accepted = fill(&listening).await;
    listening.interrupt().await;
    let stderr = listening.child.stderr.take().unwrap();
    let mut stderr = BufReader::new(stderr).lines();
    let mut told = Vec::new();
    while let Some(line) = bounded("stderr", stderr.next_line()).await.unwrap() {
        told.push(line);
    }
    let code = bounded("its end", listening.child.wait()).await.unwrap();
    assert_eq!(code.code(), Some(1), "{:?}", told.last());
    let events = |line: &&String| line.starts_with("{\"event\":");
    let told_events = told.iter().filter(events).count();
    assert!(told.iter().any(|line| line.starts_with("{\"missed\":")));
    let mut read = 0_usize;
    while let Some(line) = bounded("stdout", listening.lines.next_line())
        .await
        .unwrap()
    {
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["event"]["stream"], "abc");
        read = read.saturating_add(1);
    }
    assert_eq!(read.saturating_add(told_events), accepted);
    assert!(read > 0 && told_events > 0, "{read} {told_events}");
}

/// As under a supervisor that has stopped reading: both may be one pipe.
#[cfg(unix)]
#[tokio::test]
async fn a_listener_ends_when_it_is_asked_to_once_though_nobody_reads_stderr_either() {
    for signal in ["-INT", "-TERM"] {
        let mut shell = Command::new("sh");
        let program = listen();
        shell
            .args(["-c", "exec \"$@\" 2>&1", "sh"])
            .arg(program.as_std().get_program())
            .args(program.as_std().get_args())
            .env_clear()
            .env(PROVED.0, PROVED.1)
            .kill_on_drop(true);
        let mut listening = Listening::start(&mut shell).await;
        fill(&listening).await;
        let pid = listening.child.id().unwrap().to_string();
        run(Command::new("kill").env("LC_ALL", "C").args([signal, &pid]))
            .await
            .exits_with(0);
        let code = bounded("its end", listening.child.wait()).await.unwrap();
        assert_eq!(code.code(), Some(1));
    }
}
