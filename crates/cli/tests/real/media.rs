//! What the encoders publish, and what a player shows of it: pictures that have their own numbers in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::server::{Group, folder};

/// How many pictures there are in a second.
pub(crate) const RATE: f64 = 25.0;

/// How long a broadcast lasts at most, in seconds.
const LENGTH: &str = "120";

/// The bits of a picture's number.
const BITS: u32 = 12;

/// How many B-frames an encoder makes in a row: none, or as OBS and x264 do unless they are told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BFrames {
    None,
    Two,
}

/// An encoder that publishes to this address in real time: a key frame each two seconds. What it sends was encoded before, so
/// that a machine with a lot to do keeps up.
pub(crate) fn publish(address: &str, b_frames: BFrames) -> Group {
    let mut command = Command::new("ffmpeg");
    let source = encoded(b_frames);
    command
        .args(["-v", "error", "-nostdin", "-re", "-i"])
        .arg(source)
        .args(["-c", "copy", "-f", "flv", address]);
    Group::start(&command)
}

fn encoded(b_frames: BFrames) -> &'static Path {
    static NONE: OnceLock<PathBuf> = OnceLock::new();
    static TWO: OnceLock<PathBuf> = OnceLock::new();
    match b_frames {
        BFrames::None => NONE.get_or_init(|| encode(0)),
        BFrames::Two => TWO.get_or_init(|| encode(2)),
    }
}

fn encode(b_frames: u32) -> PathBuf {
    let mut picture = format!("color=black:size=256x64:rate={RATE}");
    for bit in 0..BITS {
        let place = format!("x={}:y=40:w=20:h=20", bit * 20 + 8);
        let is_set = format!("mod(floor(n/{})\\,2)", 1_u32 << bit);
        picture += &format!(",drawbox={place}:color=white:t=fill:enable='{is_set}'");
    }
    let sound = "sine=frequency=440:sample_rate=48000";
    let folder = folder("encoded");
    fs::create_dir_all(&folder).expect("there is room");
    let file = folder.join(format!("{b_frames}.flv"));
    run(Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i"])
        .args([&picture, "-f", "lavfi", "-i", sound, "-t", LENGTH])
        .args(["-c:v", "libx264", "-preset", "veryfast", "-g", "50"])
        .args(["-keyint_min", "50", "-sc_threshold", "0", "-bf"])
        .args([&b_frames.to_string(), "-pix_fmt", "yuv420p"])
        .args(["-c:a", "aac", "-b:a", "64k"])
        .arg(&file));
    file
}

/// The numbers of the pictures that a player shows of this file or address.
pub(crate) fn pictures(source: &str) -> Vec<u32> {
    let strip = format!("crop=240:20:8:40,scale={BITS}:1:flags=area,format=gray");
    let output = run(Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i", source, "-map", "0:v:0"])
        .args(["-vf", &strip, "-fps_mode", "passthrough"])
        .args(["-f", "rawvideo", "-"]));
    let bits = usize::try_from(BITS).expect("a few");
    let number = |pixels: &[u8]| {
        let set = (0..).zip(pixels).filter(|(_, pixel)| **pixel > 128);
        set.map(|(bit, _)| 1 << bit).sum()
    };
    output.stdout.chunks_exact(bits).map(number).collect()
}

/// The offset at which the first picture is shown, in seconds: the sound may begin before it.
pub(crate) fn first_shown(source: &str) -> f64 {
    let output = run(Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0"])
        .args(["-read_intervals", "%+#1", "-show_entries", "frame=pts_time"])
        .args(["-of", "csv=p=0", source]));
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.split([',', '\n']).next().unwrap_or_default();
    first
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("no picture in {source}: {text}"))
}

/// Runs a program that has nothing to complain of.
pub(crate) fn run(command: &Command) -> Output {
    let output = bounded(command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{command:?}: {said}"
    );
    output
}

/// Runs a program, which is ended if it isn't over after a minute.
pub(crate) fn bounded(command: &Command) -> Output {
    let mut bounded = Command::new("timeout");
    bounded
        .args(["--signal=KILL", "60"])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            bounded.env(name, value);
        }
    }
    let output = bounded.output().expect("there is timeout");
    assert_ne!(output.status.code(), Some(137), "too long: {command:?}");
    output
}
