//! A server on free ports and in a folder of its own, and what is started beside it. Whatever was started is ended when it is
//! dropped, and also when the test itself is ended.

use std::cell::Cell;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::media::{self, BFrames};

/// Far longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at what goes on by itself.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until it is there, within bounds.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it takes too long: {what}");
        thread::sleep(LOOK);
    }
}

/// The folder of this name, which is nobody else's.
pub(crate) fn folder(name: &str) -> PathBuf {
    let real = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real");
    real.join(name)
}

/// Seconds since the Unix epoch.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("it is later").as_secs_f64()
}

/// A program and all that it has started: ended when it is over, when this is dropped, or when whoever has this is gone.
pub(crate) struct Group(Child);

/// Waits for its input to end, which the kernel sees to if nobody else does.
const GUARD: &str = r#"("$@" </dev/null; kill -KILL 0) & cat; kill -KILL 0"#;

impl Group {
    pub(crate) fn start(command: &Command) -> Self {
        let mut guard = Command::new("sh");
        guard
            .args(["-c", GUARD, "-"])
            .arg(command.get_program())
            .args(command.get_args())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(folder) = command.get_current_dir() {
            guard.current_dir(folder);
        }
        Self(guard.spawn().expect("there is sh"))
    }

    /// Ends all of it, at once.
    fn kill(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("it was started");
    }

    /// Whether it has ended by itself.
    pub(crate) fn is_over(&mut self) -> bool {
        self.0.try_wait().expect("it was started").is_some()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What takes the broadcasts.
pub(crate) trait Software: Sync {
    /// Prepares the folder, and says how it is started in it, in the foreground.
    fn start(&self, place: &Place) -> Command;

    /// The variable by which the program finds it, at this port.
    fn environment(&self, http: u16) -> (&'static str, String);

    /// Whether it is there by now.
    fn answers(&self, place: &Place) -> bool;

    /// How much of the stream was received, by what its pictures say; `None`: nobody publishes it.
    fn received(&self, place: &Place, stream: &str) -> Option<Duration>;

    /// Whether it is this request that ends a stream.
    fn is_stop(&self, request: &[u8]) -> bool;
}

/// Where a server is.
pub(crate) struct Place {
    folder: PathBuf,
    http: u16,
    rtmp: u16,
}

impl Place {
    /// In a folder of this name, which is made anew.
    fn new(name: &str) -> Self {
        let folder = folder(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("there is room");
        // Both at once, so that they differ.
        let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("there are ports"));
        let [http, rtmp] = free
            .each_ref()
            .map(|one| one.local_addr().expect("it is bound").port());
        Self { folder, http, rtmp }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) const fn http(&self) -> u16 {
        self.http
    }

    pub(crate) const fn rtmp(&self) -> u16 {
        self.rtmp
    }

    /// The body of a 200; `None` for anything else.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.contains(" 200 ").then(|| body.to_owned())
    }
}

pub(crate) struct Server {
    software: &'static dyn Software,
    place: Place,
    running: Option<Group>,
}

impl Server {
    pub(crate) fn start(software: &'static dyn Software, name: &str) -> Self {
        let mut server = Self {
            software,
            place: Place::new(name),
            running: None,
        };
        server.run();
        server
    }

    /// Starts the server, which isn't running.
    pub(crate) fn run(&mut self) {
        let mut command = self.software.start(&self.place);
        command.current_dir(&self.place.folder);
        self.running = Some(Group::start(&command));
        wait_for("the server answers", || {
            self.software.answers(&self.place).then_some(())
        });
    }

    /// Ends the server and all that it has started.
    pub(crate) fn kill(&mut self) {
        self.running = None;
    }

    pub(crate) const fn software(&self) -> &'static dyn Software {
        self.software
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// An encoder that publishes the stream, of which so many seconds were received.
    pub(crate) fn on_air(&self, stream: &str, b_frames: BFrames, seconds: u64) -> Group {
        let encoder = self.publish(stream, b_frames);
        self.wait_until_received(stream, seconds);
        encoder
    }

    pub(crate) fn publish(&self, stream: &str, b_frames: BFrames) -> Group {
        let address = format!("rtmp://127.0.0.1:{}/live/{stream}", self.place.rtmp);
        media::publish(&address, b_frames)
    }

    pub(crate) fn received(&self, stream: &str) -> Option<Duration> {
        self.software.received(&self.place, stream)
    }

    /// Waits until so much of the stream was received; and when it began, in seconds since the Unix epoch.
    pub(crate) fn wait_until_received(&self, stream: &str, seconds: u64) -> f64 {
        // What comes late says that it began later.
        let began = Cell::new(f64::INFINITY);
        wait_for(&format!("{seconds} s of {stream}"), || {
            let received = self.received(stream)?;
            began.set(began.get().min(now() - received.as_secs_f64()));
            (received.as_secs() >= seconds).then_some(())
        });
        began.get()
    }

    /// Runs the program as its user does, and gives its exit code and the last document that it printed.
    pub(crate) fn livecut(&self, arguments: &[&str]) -> (i32, Value) {
        livecut(self.software, self.place.http, arguments)
    }

    /// Runs a command for many streams, which succeeds, and gives a document for each.
    pub(crate) fn livecut_for_all(&self, arguments: &[&str]) -> Vec<Value> {
        let (code, mut documents) = documents(self.software, self.place.http, arguments);
        let summary = documents.pop().unwrap_or_default();
        assert!(
            code == 0 && summary["summary"].is_object(),
            "{code}: {summary}, {documents:?}"
        );
        documents
    }
}

/// As [`Server::livecut`], for a server at this port.
pub(crate) fn livecut(software: &dyn Software, port: u16, arguments: &[&str]) -> (i32, Value) {
    let (code, mut documents) = documents(software, port, arguments);
    (code, documents.pop().unwrap_or_default())
}

/// All that the program prints, and after a failure what is on stderr.
fn documents(software: &dyn Software, port: u16, arguments: &[&str]) -> (i32, Vec<Value>) {
    let (name, value) = software.environment(port);
    let mut command = Command::new("env");
    command
        .args(["-i", &format!("{name}={value}")])
        .arg(env!("CARGO_BIN_EXE_livecut"))
        .args(arguments)
        .args(["--output", "json"]);
    let output = media::bounded(&command);
    let lines = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let documents = text.lines().map(serde_json::from_str);
        documents.filter_map(Result::ok).collect::<Vec<_>>()
    };
    let mut documents = lines(&output.stdout);
    if !output.status.success() {
        documents.extend(lines(&output.stderr));
    }
    let code = output.status.code().expect("it ends by itself");
    (code, documents)
}
