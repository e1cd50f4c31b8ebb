//! nginx with the RTMP module, as `examples/self-hosted` has it, on free ports and in a folder of its own; and what is started
//! beside it. Whatever was started is ended when it is dropped.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

const CONFIGURATION: &str = include_str!("../../../../examples/self-hosted/nginx.conf");

/// Far longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at what goes on by itself.
const LOOK: Duration = Duration::from_millis(50);

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

/// A process and all that it has started.
pub(crate) struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> Self {
        let child = command.process_group(0).spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Ends all of it, at once.
    pub(crate) fn kill(&mut self) {
        let group = format!("-{}", self.0.id());
        let killed = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        killed.expect("there is kill");
        self.0.wait().expect("it was started");
    }

    /// Waits until it ends by itself.
    pub(crate) fn is_over(&mut self) -> bool {
        self.0.try_wait().expect("it was started").is_some()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) struct Server {
    folder: PathBuf,
    http: u16,
    rtmp: u16,
    nginx: Option<Group>,
}

impl Server {
    /// In a folder of this name, which is made anew.
    pub(crate) fn start(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("real")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        for folder in ["rec", "tmp"].map(|name| folder.join(name)) {
            fs::create_dir_all(folder).expect("there is room");
        }
        // Both at once, so that they differ.
        let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("there are ports"));
        let [http, rtmp] = free
            .each_ref()
            .map(|one| one.local_addr().expect("it is bound").port());
        drop(free);
        let configuration = CONFIGURATION
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{http}"))
            .replace("127.0.0.1:1935", &format!("127.0.0.1:{rtmp}"));
        fs::write(folder.join("nginx.conf"), configuration).expect("there is room");
        let mut server = Self {
            folder,
            http,
            rtmp,
            nginx: None,
        };
        server.run();
        server
    }

    /// Starts nginx, which isn't running.
    pub(crate) fn run(&mut self) {
        let mut command = Command::new("nginx");
        command
            .current_dir(&self.folder)
            .arg("-p")
            .arg(&self.folder)
            .arg("-c")
            .arg(self.folder.join("nginx.conf"))
            .args(["-e", "error.log", "-g", "daemon off;"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if rustix::process::geteuid().is_root() {
            // Or else its worker may not write here.
            command.args(["-g", "daemon off; user root;"]);
        }
        self.nginx = Some(Group::start(&mut command));
        wait_for("nginx answers", || self.get("/stat"));
    }

    /// Ends nginx and all that it has started.
    pub(crate) fn kill(&mut self) {
        self.nginx = None;
    }

    pub(crate) const fn port(&self) -> u16 {
        self.http
    }

    pub(crate) fn recordings(&self) -> PathBuf {
        self.folder.join("rec")
    }

    /// The body of a 200; `None` for anything else.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.contains(" 200 ").then(|| body.to_owned())
    }

    /// How much of the stream was received, in milliseconds, by what its pictures say; `None`: nobody publishes it.
    pub(crate) fn received(&self, stream: &str) -> Option<u64> {
        let stat = self.get("/stat")?;
        let (_, rest) = stat.split_once(&format!("<name>{stream}</name>"))?;
        let (own, _) = rest.split_once("</stream>")?;
        let (_, rest) = own.split_once("<timestamp>")?;
        rest.split_once('<')?.0.parse().ok()
    }

    /// Waits until so much of the stream was received.
    pub(crate) fn wait_until_received(&self, stream: &str, seconds: u64) {
        wait_for(&format!("{seconds} s of {stream}"), || {
            self.received(stream)
                .filter(|millis| *millis >= seconds * 1000)
        });
    }

    /// An encoder that publishes pictures of 25 frames a second, each with its number in it, and a key frame every two seconds.
    pub(crate) fn publish(&self, stream: &str, b_frames: u32, seconds: u32) -> Group {
        let mut picture = "color=black:size=320x180:rate=25".to_owned();
        for bit in 0..BITS {
            let place = format!("x={}:y=160:w=20:h=20", bit * 20 + 40);
            let is_set = format!("mod(floor(n/{})\\,2)", 1_u32 << bit);
            picture += &format!(",drawbox={place}:color=white:t=fill:enable='{is_set}'");
        }
        let sound = "sine=frequency=440:sample_rate=48000";
        let mut command = Command::new("ffmpeg");
        command
            .args([
                "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", &picture,
            ])
            .args([
                "-re",
                "-f",
                "lavfi",
                "-i",
                sound,
                "-t",
                &seconds.to_string(),
            ])
            .args([
                "-c:v",
                "libx264",
                "-preset",
                "veryfast",
                "-g",
                "50",
                "-keyint_min",
                "50",
            ])
            .args([
                "-sc_threshold",
                "0",
                "-bf",
                &b_frames.to_string(),
                "-pix_fmt",
                "yuv420p",
            ])
            .args(["-c:a", "aac", "-b:a", "64k", "-f", "flv"])
            .arg(format!("rtmp://127.0.0.1:{}/live/{stream}", self.rtmp))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Group::start(&mut command)
    }

    /// Runs the program as its user does, and gives its exit code and its document.
    pub(crate) fn livecut(&self, arguments: &[&str]) -> (i32, Value) {
        livecut_at(self.http, arguments)
    }
}

/// The bits of a frame's number in the picture.
const BITS: u32 = 12;

/// The numbers of the frames that a player shows of this address.
pub(crate) fn frames(url: &str) -> Vec<u32> {
    let strip = format!("crop=240:20:40:160,scale={BITS}:1:flags=area,format=gray");
    let output = run(Command::new("ffmpeg")
        .args([
            "-v", "error", "-nostdin", "-i", url, "-map", "0:v:0", "-vf", &strip,
        ])
        .args(["-fps_mode", "passthrough", "-f", "rawvideo", "-"]));
    let bits = usize::try_from(BITS).expect("a few");
    let number = |pixels: &[u8]| {
        let set = (0..).zip(pixels).filter(|(_, pixel)| **pixel > 128);
        set.map(|(bit, _)| 1 << bit).sum()
    };
    output.stdout.chunks_exact(bits).map(number).collect()
}

/// The offset at which the first picture of a recording is shown, in seconds.
pub(crate) fn first_shown(url: &str) -> f64 {
    let output = run(Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-select_streams",
            "v:0",
            "-read_intervals",
            "%+#1",
        ])
        .args(["-show_entries", "frame=pts_time", "-of", "csv=p=0", url]));
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.split([',', '\n']).next().unwrap_or_default();
    first
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("no picture in {url}: {text}"))
}

fn run(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// As [`Server::livecut`], at another port.
pub(crate) fn livecut_at(port: u16, arguments: &[&str]) -> (i32, Value) {
    let output = run(Command::new(env!("CARGO_BIN_EXE_livecut"))
        .env_clear()
        .env(
            "LIVECUT_NGINX_RTMP_BASE_URL",
            format!("http://127.0.0.1:{port}"),
        )
        .args(arguments)
        .args(["--output", "json"]));
    let of = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        last.and_then(|line| serde_json::from_str(line).ok())
    };
    let document = of(&output.stdout).or_else(|| of(&output.stderr));
    let code = output.status.code().expect("it ends by itself");
    (code, document.unwrap_or(Value::Null))
}
