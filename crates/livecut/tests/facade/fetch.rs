//! A recording that is a file: fetched whole or not at all, whatever its server does.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "what tests share fails by panicking, as they do"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use livecut::fetch::{Fetch, FetchEvent, Fetched};
use livecut::http::{HttpOptions, RetryPolicy};
use livecut::{
    Cut, CutRange, CutVerdict, DurationTolerance, Error, ErrorKind, Playback, PlaybackFormat,
    Progress, Ready, Recording, RecordingId, RecordingState, Ticket,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::{install_cryptography, stream};

/// What a server does with one request.
#[derive(Debug, Clone, Default)]
struct Reply {
    bytes: Vec<u8>,
    /// It sends nothing more, and doesn't close the connection either.
    stalls: bool,
}

impl Reply {
    /// A head, and as much of a body as there is.
    fn new(status: &str, headers: &[&str], body: &[u8]) -> Self {
        let mut bytes = format!("HTTP/1.1 {status}\r\nConnection: close\r\n").into_bytes();
        for header in headers {
            bytes.extend(format!("{header}\r\n").into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(body);
        Self {
            bytes,
            stalls: false,
        }
    }

    /// The file as it is served at first, of which only so much comes.
    fn broken(file: &[u8], after: usize) -> Self {
        Self::of("200 OK", "\"v1\"", None, file.len(), &file[..after])
    }

    fn whole(file: &[u8], etag: &str) -> Self {
        Self::of("200 OK", etag, None, file.len(), file)
    }

    fn rest(file: &[u8], from: usize) -> Self {
        let range = format!("bytes {from}-{}/{}", file.len() - 1, file.len());
        let rest = &file[from..];
        Self::of(
            "206 Partial Content",
            "\"v1\"",
            Some(&range),
            rest.len(),
            rest,
        )
    }

    fn of(status: &str, etag: &str, range: Option<&str>, length: usize, body: &[u8]) -> Self {
        let mut headers = vec![
            "Content-Type: video/mp4".to_owned(),
            format!("ETag: {etag}"),
            format!("Content-Length: {length}"),
        ];
        headers.extend(range.map(|range| format!("Content-Range: {range}")));
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        Self::new(status, &headers, body)
    }

    fn stalling(mut self) -> Self {
        self.stalls = true;
        self
    }
}

/// A server that gives one reply after another, the last again and again.
struct Server {
    origin: String,
    heads: Arc<Mutex<Vec<String>>>,
    arrived: Arc<Notify>,
}

impl Server {
    async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            heads: Arc::default(),
            arrived: Arc::default(),
        };
        let (heads, arrived) = (Arc::clone(&server.heads), Arc::clone(&server.arrived));
        tokio::spawn(async move {
            // What stalls is held open.
            let mut held = Vec::new();
            for number in 0.. {
                let (mut socket, _) = listener.accept().await.unwrap();
                let head = head(&mut socket).await;
                let reply = replies.get(number).or(replies.last()).unwrap();
                heads.lock().unwrap().push(head);
                socket.write_all(&reply.bytes).await.unwrap();
                arrived.notify_one();
                if reply.stalls {
                    held.push(socket);
                }
            }
        });
        server
    }

    fn url(&self) -> String {
        format!("{}/class.mp4?token=hunter2", self.origin)
    }

    /// What each request had in this header.
    fn each(&self, name: &str) -> Vec<Option<String>> {
        let heads = self.heads.lock().unwrap();
        let value = |head: &String| {
            head.lines().find_map(|line| {
                let (found, value) = line.split_once(": ")?;
                found.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        heads.iter().map(value).collect()
    }
}

async fn head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// An mp4 that plays so long, whose bytes are at no other place than theirs.
fn video(length: Duration) -> Vec<u8> {
    let boxed = |kind: &[u8; 4], content: &[u8]| {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes(), &kind[..], content].concat()
    };
    let mut header = vec![0; 12];
    header.extend(1000_u32.to_be_bytes());
    header.extend(u32::try_from(length.as_millis()).unwrap().to_be_bytes());
    header.extend([0; 80]);
    let media: Vec<u8> = (0..20_000_u32).flat_map(u32::to_be_bytes).collect();
    [
        boxed(b"ftyp", b"isom"),
        boxed(b"mdat", &media),
        boxed(b"moov", &boxed(b"mvhd", &header)),
    ]
    .concat()
}

fn minute() -> Vec<u8> {
    video(Duration::from_secs(60))
}

/// A recording of which a minute was to be kept, at this address.
fn ready_at(playback: impl IntoIterator<Item = Playback>) -> Ready {
    let range = CutRange::seconds(30, 90).unwrap();
    let ticket = Ticket::new("example", stream("room")).with_cut(Some(Cut::new(range, range)));
    let second = Duration::from_secs(1);
    let mut recording = Recording::new(RecordingId::new("vod").unwrap())
        .with_duration_tolerance(DurationTolerance::new(second, second));
    for playback in playback {
        recording = recording.with_playback(playback);
    }
    let state = RecordingState::Ready(recording);
    match Progress::new(ticket, state, Duration::ZERO) {
        Progress::Ready(ready) => ready,
        other => panic!("{other:?}"),
    }
}

fn ready(server: &Server) -> Ready {
    ready_at([Playback::new(PlaybackFormat::Mp4, server.url())])
}

/// A fetch that tries three times, without a pause.
fn fetch<'a>(ready: &Ready) -> Fetch<'a> {
    install_cryptography();
    let retry = RetryPolicy::default().with_base(Duration::from_nanos(1));
    // An operation's timeout, which is no file's.
    let http = HttpOptions::new().with_timeout(Duration::from_nanos(1));
    Fetch::of(ready)
        .unwrap()
        .with_http(http.with_retry(retry))
        .with_idle_timeout(Duration::from_secs(20))
}

/// Where a test's file is to be; its folder is empty.
fn file(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fetch-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder.join("class.mp4")
}

fn names(file: &Path) -> Vec<String> {
    let found = fs::read_dir(file.parent().unwrap()).unwrap();
    let mut names: Vec<_> = found
        .map(|found| found.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The file is there, and nothing else.
fn assert_whole(file: &Path, expected: &[u8]) {
    assert_eq!(names(file), ["class.mp4"]);
    // Not `assert_eq`, which would print all of both.
    assert!(fs::read(file).unwrap() == expected, "another file");
}

async fn fails(server: &Server, file: &Path) -> Error {
    let error = fetch(&ready(server)).to_file(file).await.unwrap_err();
    assert!(error.effect().is_none());
    for shown in [format!("{error}"), format!("{error:?}")] {
        assert!(
            !shown.contains("hunter2") && !shown.contains("class.mp4?"),
            "{shown}"
        );
    }
    error
}

#[tokio::test]
async fn a_file_gets_its_name_once_it_is_whole_and_its_length_is_held_against_the_cut() {
    let (video, file) = (minute(), file("whole"));
    let server = Server::start(vec![Reply::whole(&video, "\"v1\"")]).await;
    let mut seen = Vec::new();
    let fetched = fetch(&ready(&server))
        .with_observer(|event| {
            if let FetchEvent::Received { bytes, total } = event {
                seen.push((bytes, total));
            }
        })
        .to_file(&file)
        .await
        .unwrap();
    assert_whole(&file, &video);
    let bytes = u64::try_from(video.len()).unwrap();
    assert_eq!((fetched.bytes(), fetched.resumed_from()), (bytes, 0));
    assert_eq!(fetched.duration(), Some(Duration::from_secs(60)));
    assert_eq!(fetched.verdict(), Some(CutVerdict::Confirmed));
    assert_eq!(seen.first(), Some(&(0, Some(bytes))));
    assert_eq!(seen.last(), Some(&(bytes, Some(bytes))));
    assert_eq!(server.each("range"), [None]);
    assert_eq!(
        server.each("accept-encoding"),
        [Some("identity".to_owned())]
    );
}

#[tokio::test]
async fn one_that_breaks_off_is_gone_on_with_where_it_is_the_same_file() {
    let (video, file) = (minute(), file("broken"));
    let server = Server::start(vec![
        Reply::broken(&video, 30_000),
        Reply::new("503 Service Unavailable", &["Content-Length: 0"], b""),
        Reply::rest(&video, 30_000),
    ])
    .await;
    let fetched = fetch(&ready(&server)).to_file(&file).await.unwrap();
    assert_whole(&file, &video);
    assert_eq!(fetched.resumed_from(), 0, "this run had all of it");
    let asked = Some("bytes=30000-".to_owned());
    assert_eq!(server.each("range"), [None, asked.clone(), asked]);
    let version = Some("\"v1\"".to_owned());
    assert_eq!(server.each("if-range"), [None, version.clone(), version]);
}

/// Leaves 30,000 bytes of the file of this server behind.
async fn given_up(server: &Server, file: &Path) {
    let arrived = server.arrived.notified();
    let (come, has_come) = tokio::sync::oneshot::channel();
    let mut come = Some(come);
    let error = fetch(&ready(server))
        .with_observer(move |event| {
            if let FetchEvent::Received { bytes: 30_000, .. } = event {
                let _ = come.take().map(|come| come.send(()));
            }
        })
        .with_cancel(async {
            arrived.await;
            has_come.await.unwrap();
        })
        .to_file(file)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let kept = "30000 of 80136 bytes are kept in";
    assert!(error.to_string().contains(kept), "{error}");
    assert_eq!(names(file), ["class.mp4.part", "class.mp4.part.json"]);
    let notes = fs::read_to_string(file.with_file_name("class.mp4.part.json")).unwrap();
    assert!(
        !notes.contains("http") && !notes.contains("hunter2"),
        "{notes}"
    );
}

/// What a run that is given up on leaves is gone on with by the next.
async fn next_run(test: &str, replies: Vec<Reply>, expected: &[u8]) -> (Server, Fetched) {
    let file = file(test);
    let mut all = vec![Reply::broken(&minute(), 30_000).stalling()];
    all.extend(replies);
    let server = Server::start(all).await;
    given_up(&server, &file).await;
    let fetched = fetch(&ready(&server)).to_file(&file).await.unwrap();
    assert_whole(&file, expected);
    (server, fetched)
}

#[tokio::test]
async fn the_next_run_goes_on_from_what_one_has_left() {
    let video = minute();
    let rest = Reply::rest(&video, 30_000);
    let (server, fetched) = next_run("next", vec![rest], &video).await;
    assert_eq!(fetched.resumed_from(), 30_000);
    assert_eq!(
        server.each("range"),
        [None, Some("bytes=30000-".to_owned())]
    );
}

#[tokio::test]
async fn another_version_of_the_file_is_never_put_to_what_there_is_of_the_first() {
    let (video, other) = (minute(), video(Duration::from_millis(60_500)));
    let whole = Reply::whole(&other, "\"v2\"");
    let (_, fetched) = next_run("changed", vec![whole.clone()], &other).await;
    assert_eq!(fetched.resumed_from(), 0);

    // Nor where the server doesn't heed `If-Range`, or gives other bytes than it was asked for.
    let shifted = Reply::of(
        "206 Partial Content",
        "\"v1\"",
        Some(&format!("bytes 0-{}/{}", video.len() - 1, video.len())),
        video.len(),
        &video,
    );
    let mut of_other = Reply::rest(&other, 30_000);
    of_other.bytes = String::from_utf8_lossy(&of_other.bytes[..200])
        .replace("\"v1\"", "\"v2\"")
        .into_bytes();
    let gone = Reply::new("416 Range Not Satisfiable", &["Content-Length: 0"], b"");
    for (test, odd) in [("shifted", shifted), ("of-other", of_other), ("416", gone)] {
        let (server, _) = next_run(test, vec![odd, whole.clone()], &other).await;
        let asked = Some("bytes=30000-".to_owned());
        assert_eq!(server.each("range"), [None, asked, None], "{test}");
    }
}

#[tokio::test]
async fn a_run_that_ended_before_the_name_was_given_has_nothing_to_ask_for() {
    let (video, file) = (minute(), file("complete"));
    let range = format!("Content-Range: bytes */{}", video.len());
    let none = Reply::new(
        "416 Range Not Satisfiable",
        &[&range, "Content-Length: 0"],
        b"",
    );
    let server = Server::start(vec![Reply::broken(&video, 30_000).stalling(), none]).await;
    given_up(&server, &file).await;
    fs::write(file.with_file_name("class.mp4.part"), &video).unwrap();
    fetch(&ready(&server)).to_file(&file).await.unwrap();
    assert_whole(&file, &video);
}

#[tokio::test]
async fn what_is_left_of_another_recording_is_begun_anew_and_what_is_somebody_else_s_is_refused() {
    let (video, file) = (minute(), file("foreign"));
    let stalled = Reply::broken(&video, 30_000).stalling();
    let server = Server::start(vec![stalled, Reply::whole(&video, "\"v1\"")]).await;
    given_up(&server, &file).await;
    let notes = file.with_file_name("class.mp4.part.json");
    let other = fs::read_to_string(&notes)
        .unwrap()
        .replace("vod", "another");
    fs::write(&notes, other).unwrap();
    fetch(&ready(&server)).to_file(&file).await.unwrap();
    assert_whole(&file, &video);
    assert_eq!(server.each("range"), [None, None]);

    fs::remove_file(&file).unwrap();
    fs::write(file.with_file_name("class.mp4.part"), "somebody's").unwrap();
    let error = fails(&server, &file).await;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(names(&file), ["class.mp4.part"]);
}

#[tokio::test]
async fn a_server_that_sends_nothing_more_is_given_up_on_and_what_came_is_kept() {
    let (video, file) = (minute(), file("stalled"));
    let stalled = Reply::broken(&video, 30_000).stalling();
    let server = Server::start(vec![stalled]).await;
    let error = fetch(&ready(&server))
        .with_http(HttpOptions::new().with_retry(RetryPolicy::none()))
        .with_idle_timeout(Duration::from_millis(300))
        .to_file(&file)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.to_string().contains("30000 of 80136 bytes are kept"),
        "{error}"
    );
    assert_eq!(names(&file), ["class.mp4.part", "class.mp4.part.json"]);
}

#[tokio::test]
async fn a_server_that_always_breaks_off_is_given_up_on() {
    let (video, file) = (minute(), file("always"));
    let body = &video[..30_000];
    let length = format!("Content-Length: {}", video.len());
    let server = Server::start(vec![Reply::new("200 OK", &[&length], body)]).await;
    let error = fails(&server, &file).await;
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    // Without a validator there is nothing to go on with.
    assert!(error.to_string().contains("nothing is kept"), "{error}");
    assert_eq!(names(&file), [""; 0]);
    // The first got further than nothing; then three that didn't get further.
    assert_eq!(server.each("range"), [None, None, None]);
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_success_and_one_without_a_length_only_if_its_end_shows() {
    let (video, file) = (minute(), file("lengths"));
    let closes = Reply::new("200 OK", &["Content-Type: video/mp4"], &video);
    let server = Server::start(vec![closes]).await;
    let error = fails(&server, &file).await;
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(names(&file), [""; 0]);

    let chunked = |end: &str| {
        let mut body = format!("{:x}\r\n", video.len()).into_bytes();
        body.extend(&video);
        body.extend(format!("\r\n{end}").into_bytes());
        Reply::new("200 OK", &["Transfer-Encoding: chunked"], &body)
    };
    let server = Server::start(vec![chunked("")]).await;
    assert_eq!(fails(&server, &file).await.kind(), ErrorKind::Interrupted);
    for (header, body) in [
        ("Content-Length: 0", ""),
        ("Transfer-Encoding: chunked", "0\r\n\r\n"),
    ] {
        let empty = Reply::new("200 OK", &["ETag: \"v1\"", header], body.as_bytes());
        let server = Server::start(vec![empty]).await;
        let error = fails(&server, &file).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{header}");
        assert_eq!(names(&file), [""; 0], "{header}");
    }
    let server = Server::start(vec![chunked("0\r\n\r\n")]).await;
    fetch(&ready(&server)).to_file(&file).await.unwrap();
    assert_whole(&file, &video);
}

#[tokio::test]
async fn an_answer_that_is_no_video_makes_no_file() {
    let file = file("answers");
    for (status, header, kind) in [
        (
            "200 OK",
            "Content-Type: text/html",
            ErrorKind::UnexpectedResponse,
        ),
        ("204 No Content", "X: y", ErrorKind::UnexpectedResponse),
        (
            "206 Partial Content",
            "Content-Range: bytes 0-1/9",
            ErrorKind::UnexpectedResponse,
        ),
        ("401 Unauthorized", "X: y", ErrorKind::Unauthorized),
        ("403 Forbidden", "X: y", ErrorKind::Unauthorized),
        ("404 Not Found", "X: y", ErrorKind::NotFound),
        ("410 Gone", "X: y", ErrorKind::NotFound),
        ("500 Internal Server Error", "X: y", ErrorKind::Unavailable),
    ] {
        let length = if status.starts_with("204") {
            "X: y"
        } else {
            "Content-Length: 2"
        };
        let body: &[u8] = if status.starts_with("204") {
            b""
        } else {
            b"no"
        };
        let server = Server::start(vec![Reply::new(status, &[header, length], body)]).await;
        let error = fails(&server, &file).await;
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(names(&file), [""; 0], "{status}");
        let tries = if status.starts_with('5') { 3 } else { 1 };
        assert_eq!(server.each("range").len(), tries, "{status}");
    }
}

#[tokio::test]
async fn a_credential_goes_to_its_own_origin_alone() {
    let (video, file) = (minute(), file("credential"));
    let store = Server::start(vec![Reply::whole(&video, "\"v1\"")]).await;
    let location = format!("Location: {}/moved.mp4", store.origin);
    let there = Reply::new("302 Found", &[&location, "Content-Length: 0"], b"");
    let near = Reply::new(
        "307 Temporary Redirect",
        &["Location: /near", "Content-Length: 0"],
        b"",
    );
    let server = Server::start(vec![near, there]).await;
    let playback =
        Playback::new(PlaybackFormat::Mp4, server.url()).with_header("x-operator", "hunter2");
    fetch(&ready_at([playback])).to_file(&file).await.unwrap();
    assert_whole(&file, &video);
    let sent = Some("hunter2".to_owned());
    assert_eq!(server.each("x-operator"), [sent.clone(), sent]);
    assert_eq!(store.each("x-operator"), [None]);

    // What stands in the address is one too.
    fs::remove_file(&file).unwrap();
    let server = Server::start(vec![Reply::new(
        "301 Moved Permanently",
        &[&location, "Content-Length: 0"],
        b"",
    )])
    .await;
    let address = server.url().replace("http://", "http://us%65r:p%40ss@");
    let playback = Playback::new(PlaybackFormat::Mp4, address);
    fetch(&ready_at([playback])).to_file(&file).await.unwrap();
    assert_eq!(
        server.each("authorization"),
        [Some("Basic dXNlcjpwQHNz".to_owned())]
    );
    assert_eq!(store.each("authorization"), [None, None]);
}

#[tokio::test]
async fn a_redirect_to_where_no_call_would_go_is_not_followed() {
    let file = file("redirects");
    for location in [
        "http://example.com/class.mp4?token=hunter2",
        "ftp://127.0.0.1/class.mp4",
        "file:///etc/passwd",
        "",
    ] {
        let header = format!("Location: {location}");
        let server = Server::start(vec![Reply::new(
            "302 Found",
            &[&header, "Content-Length: 0"],
            b"",
        )])
        .await;
        let error = fails(&server, &file).await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{location}");
        assert_eq!(names(&file), [""; 0]);
    }
}

#[tokio::test]
async fn an_address_that_no_call_would_go_to_is_refused() {
    let file = file("addresses");
    for address in [
        "http://example.com/class.mp4?token=hunter2",
        "ftp://example.com/class.mp4",
        "hunter2",
    ] {
        let ready = ready_at([Playback::new(PlaybackFormat::Mp4, address)]);
        let error = fetch(&ready).to_file(&file).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{address}");
        assert!(!format!("{error} {error:?} {:?}", fetch(&ready)).contains("hunter2"));
        assert_eq!(names(&file), [""; 0]);
    }
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_if_that_is_asked_for() {
    let (video, file) = (minute(), file("there"));
    let server = Server::start(vec![Reply::whole(&video, "\"v1\"")]).await;
    fs::write(&file, "precious").unwrap();
    let error = fails(&server, &file).await;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(server.each("range").len(), 0, "nothing was sent");
    fetch(&ready(&server))
        .with_overwrite(true)
        .to_file(&file)
        .await
        .unwrap();
    assert_whole(&file, &video);

    // One that comes there meanwhile isn't replaced either.
    fs::remove_file(&file).unwrap();
    let there = file.clone();
    let error = fetch(&ready(&server))
        .with_observer(move |_| fs::write(&there, "precious").unwrap())
        .to_file(&file)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(fs::read(&file).unwrap(), b"precious");
}

#[tokio::test]
async fn what_can_t_be_a_file_is_refused_before_anything_is_sent() {
    let file = file("places");
    let folder = file.parent().unwrap().to_owned();
    let server = Server::start(vec![Reply::default()]).await;
    for path in [
        folder.clone(),
        folder.join("missing").join("class.mp4"),
        PathBuf::from(format!("{}/", file.display())),
        folder.join(".."),
        PathBuf::new(),
    ] {
        let error = fails(&server, &path).await;
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path:?}");
        assert!(Fetch::check_file(&path, true).is_err(), "{path:?}");
    }
    assert_eq!(server.each("range").len(), 0);
    assert_eq!(names(&file), [""; 0]);
}

#[tokio::test]
async fn two_fetches_into_one_file_don_t_mix() {
    let (video, file) = (minute(), file("two"));
    let stalled = Reply::broken(&video, 30_000).stalling();
    let server = Server::start(vec![stalled]).await;
    let other = Server::start(vec![Reply::whole(&video, "\"v1\"")]).await;
    let first = ready(&server);
    let first = fetch(&first).to_file(&file);
    let second = async {
        server.arrived.notified().await;
        fails(&other, &file).await
    };
    let error = tokio::select! {
        ended = first => panic!("{ended:?}"),
        error = second => error,
    };
    assert!(error.to_string().contains("another fetch"), "{error}");
    assert_eq!(other.each("range").len(), 0);
}

#[tokio::test]
async fn a_file_that_is_shorter_than_its_cut_is_said_to_be_and_stays() {
    let (video, file) = (video(Duration::from_secs(41)), file("short"));
    let server = Server::start(vec![Reply::whole(&video, "\"v1\"")]).await;
    let fetched = fetch(&ready(&server)).to_file(&file).await.unwrap();
    let actual = Duration::from_secs(41);
    assert_eq!(fetched.verdict(), Some(CutVerdict::Differs { actual }));
    assert_whole(&file, &video);
}

#[tokio::test]
async fn a_recording_that_is_no_file_is_refused_with_what_makes_one_of_it() {
    let of = |format| Playback::new(format, "https://cdn.example/v?token=hunter2");
    for (playback, says) in [
        (
            vec![of(PlaybackFormat::Hls), of(PlaybackFormat::Dash)],
            "HLS and DASH only",
        ),
        (vec![of(PlaybackFormat::Hls)], "ffmpeg -i ADDRESS"),
        (vec![], "gives no address"),
    ] {
        let error = Fetch::of(&ready_at(playback)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(says), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
