//! The program against a real server, with real pictures: nginx with the RTMP module as `examples/self-hosted` has it, ffmpeg as
//! the encoder, and each picture's number read out of what a player shows.
//!
//! It takes nginx with its RTMP module, and ffmpeg: `.ci/run real` sees to them, and runs these. Another server is another
//! [`Software`].
#![cfg(unix)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod media;
mod nginx;
mod proxy;
mod server;
mod table;

use std::fs;
use std::path::PathBuf;

use media::{BFrames, RATE, pictures, run};
use nginx::Nginx;
use proxy::{Kills, Proxy};
use serde_json::Value;
use server::{Server, Software, wait_for};
use table::{Table, address};

const NGINX: &dyn Software = &Nginx;

/// Within a picture.
fn is_near(errors: [f64; 2]) -> bool {
    errors.iter().all(|error| error.abs() <= 1.0)
}

#[track_caller]
fn succeeds((code, document): (i32, Value)) -> Value {
    assert_eq!(code, 0, "{document}");
    document
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn what_is_kept_is_what_was_asked_for_by_the_pictures() {
    let server = Server::start(NGINX, "pictures");
    let mut table = Table::new("nginx-rtmp");
    // Each name but the first begins with the first. Those that end in a `b` are of an encoder with B-frames.
    let names = [
        "class",
        "class-b",
        "class-clock",
        "class-clock-b",
        "class-whole",
        "class-whole-b",
    ];
    let mut encoders = names.map(|name| {
        let b_frames = if name.ends_with('b') {
            BFrames::Two
        } else {
            BFrames::None
        };
        server.publish(name, b_frames)
    });
    let began = names.map(|name| server.wait_until_received(name, 10));

    for name in &names[..2] {
        let stopped =
            succeeds(server.livecut(&["stop", name, "--cut", "3.333s..9.583s", "--wait"]));
        assert_eq!(stopped["stopped"], "stopped", "{stopped}");
        assert_eq!(stopped["cut"]["state"], "confirmed", "{stopped}");
        let seen = table.measure(name, &stopped);
        assert!(is_near(seen.errors), "{name}: {stopped}");
        let kept: Vec<_> = (seen.first..=seen.last).collect();
        assert_eq!(fetched(&server, &stopped), kept, "{name}");
        let over = succeeds(server.livecut(&["status", name]));
        assert_eq!(over["state"], "offline", "{over}");
        assert_eq!(
            over["recording"]["id"], stopped["recording"]["id"],
            "{over}"
        );

        // It can be had again with other bounds, and a cut that ends after it does is refused.
        let recording = stopped["recording"]["id"].as_str().unwrap();
        let again = |cut: &str| {
            server.livecut(&[
                "stop",
                name,
                "--cut",
                cut,
                "--recording",
                recording,
                "--wait",
            ])
        };
        for cut in ["0s..1s", "1s..2s", "4s..8s"] {
            let again = succeeds(again(cut));
            assert_eq!(again["stopped"], "already_ended", "{again}");
            let seen = table.measure(&format!("{name}, again"), &again);
            assert!(is_near(seen.errors), "{name}: {again}");
            let length = if cut == "4s..8s" { 100 } else { 25 };
            let pictures = seen.last - seen.first + 1;
            assert!(
                pictures.abs_diff(length) <= 1,
                "{name}: {pictures}, {again}"
            );
        }
        assert_eq!(again("5s..500s").0, 3);

        // About a key frame, which is shown six seconds after the first picture.
        let whole = address(&stopped).split('?').next().unwrap();
        let at_key_frame = media::first_shown(whole) + 6.0;
        for pictures in -3_i32..=1 {
            let start = at_key_frame + (f64::from(pictures) + 0.25) / RATE;
            let cut = format!("{start:.3}s..{:.3}s", start + 1.51);
            let again = succeeds(again(&cut));
            let seen = table.measure(&format!("{name}, key frame {pictures:+}"), &again);
            // Of B-frames nginx has no picture between that two before the key frame and the key frame itself.
            let [start, end] = seen.errors;
            let is_right = match (name.ends_with('b'), pictures) {
                (true, -2) => start.abs() <= 2.0 && end.abs() <= 1.0,
                _ => is_near(seen.errors),
            };
            assert!(is_right, "{name}: {again}");
        }
    }

    for (name, began) in names.iter().zip(began).take(4).skip(2) {
        let (start, end) = (began + 4.0, began + 8.0);
        let cut = format!("@{start:.3}..@{end:.3}");
        let stopped = succeeds(server.livecut(&["stop", name, "--cut", &cut, "--wait"]));
        let seen = table.measure(name, &stopped);
        assert!(is_near(seen.errors), "{name}: {stopped}");
        // Nothing is lost, and no more than a second is there besides. Which picture was taken when is measured here too, to
        // a few of them.
        let (slack, second) = (5.0, RATE);
        let early = 4.0 * RATE - f64::from(seen.first);
        let late = f64::from(seen.last + 1) - 8.0 * RATE;
        table.line([
            "by wall clock",
            "",
            "",
            &format!("{early:+.1} early"),
            &format!("{late:+.1} late"),
            &format!("{second} at most"),
        ]);
        for beside in [early, late] {
            assert!(
                (-slack..=second + slack).contains(&beside),
                "{name}: {beside}, {stopped}"
            );
        }
    }

    for name in &names[4..] {
        // Nobody else's was ended.
        let live = succeeds(server.livecut(&["status", name]));
        assert_eq!(live["state"], "live", "{live}");
        let stopped = succeeds(server.livecut(&["stop", name]));
        let ticket = stopped["ticket"].as_str().unwrap();
        let followed = succeeds(server.livecut(&["follow", ticket, "--wait"]));
        assert_eq!(followed["progress"], "ready", "{followed}");
        let seen = pictures(address(&followed));
        assert_eq!(fetched(&server, &stopped), seen, "{name}");
        let last = seen[seen.len() - 1];
        table.line([
            name,
            "all",
            "all",
            &seen[0].to_string(),
            &last.to_string(),
            "",
        ]);
        assert!(seen[0] == 0 && last >= 250, "{name}: {followed}");
    }
    // The server put every one of them off the air.
    for encoder in &mut encoders {
        wait_for("the encoder gives up", || encoder.is_over().then_some(()));
    }
}

/// The pictures in the file that the ticket of a stop leads to.
fn fetched(server: &Server, stopped: &Value) -> Vec<u32> {
    let stream = stopped["stream"].as_str().unwrap();
    let file = server.place().folder().join(format!("{stream}.mp4"));
    let file = file.to_str().unwrap();
    let ticket = stopped["ticket"].as_str().unwrap();
    let fetched = succeeds(server.livecut(&["fetch", ticket, "--output", file]));
    let length = fs::metadata(file).unwrap().len();
    assert_eq!(fetched["file"]["bytes"], length, "{fetched}");
    assert_ne!(fetched["cut"]["state"], "differs", "{fetched}");
    pictures(file)
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn an_encoder_that_comes_back_is_another_broadcast() {
    let server = Server::start(NGINX, "back");
    let first = server.on_air("class", BFrames::None, 4);
    let stopped = succeeds(server.livecut(&["stop", "class", "--cut", "1s..3s"]));
    drop(first);
    let _second = server.on_air("class", BFrames::None, 2);
    // The first one's ticket leads to the first one's pictures.
    let ticket = stopped["ticket"].as_str().unwrap();
    let ready = succeeds(server.livecut(&["follow", ticket, "--wait"]));
    assert_eq!(ready["recording"]["id"], stopped["recording"]["id"]);
    is_seconds_1_to_3(&ready);
    // Named, the first one is cut again, and the second goes on.
    let recording = stopped["recording"]["id"].as_str().unwrap();
    let named = succeeds(server.livecut(&["stop", "class", "--recording", recording]));
    assert_eq!(named["stopped"], "already_ended", "{named}");
    assert_eq!(server.livecut(&["status", "class"]).1["state"], "live");
    let stopped = succeeds(server.livecut(&["stop", "class"]));
    assert_eq!(stopped["stopped"], "stopped", "{stopped}");
    assert_ne!(stopped["recording"]["id"], named["recording"]["id"]);
}

/// The sound begins up to a picture before the first one.
#[track_caller]
fn is_seconds_1_to_3(ready: &Value) {
    let seen = pictures(address(ready));
    assert!(
        seen.len() == 50 && (24..=25).contains(&seen[0]),
        "{seen:?}: {ready}"
    );
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn a_server_that_dies_is_told_of_truthfully() {
    let mut server = Server::start(NGINX, "dies");
    let stop = ["stop", "class", "--cut", "1s..3s", "--timeout", "10s"];
    let hold = server.place().folder().join("hold");
    let held = server.place().folder().join("held");
    let recorded = |server: &Server, ticket: &str| {
        let followed = succeeds_or_waits(server.livecut(&["follow", ticket]));
        assert_eq!(followed["progress"], "in_progress", "{followed}");
    };

    // Before the drop.
    let on_air = server.on_air("class", BFrames::None, 4);
    let proxy = Proxy::start(&server, Kills::Before);
    let (code, failure) = proxy.livecut(&mut server, &stop);
    // What the proxy took may have been carried out, for all that anybody can know.
    let effect = &failure["error"]["effect"];
    assert_eq!(
        (code, &effect["stopped"]),
        (5, &"unknown".into()),
        "{failure}"
    );
    assert_eq!(effect["cut"], "no", "{failure}");
    let ticket = failure["error"]["ticket"]
        .as_str()
        .expect("it goes on")
        .to_owned();
    assert_eq!(server.livecut(&stop).0, 3, "there is no server");
    drop(on_air);
    server.run();
    recorded(&server, &ticket);

    // In the drop: it is carried out, and nobody hears of it. The mp4 is being written.
    fs::write(&hold, "").unwrap();
    let on_air = server.on_air("class", BFrames::None, 4);
    let proxy = Proxy::start(&server, Kills::After);
    let (code, failure) = proxy.livecut(&mut server, &stop);
    let effect = &failure["error"]["effect"];
    assert_eq!(
        (code, &effect["stopped"]),
        (5, &"unknown".into()),
        "{failure}"
    );
    assert_eq!(effect["cut"], "no", "{failure}");
    let ticket = failure["error"]["ticket"]
        .as_str()
        .expect("it goes on")
        .to_owned();
    drop(on_air);
    server.run();
    recorded(&server, &ticket);
    let status = succeeds(server.livecut(&["status", "class"]));
    assert_eq!(status["state"], "offline", "{status}");

    // After the drop, while half of the mp4 is there.
    let _ = fs::remove_file(&held);
    let on_air = server.on_air("other", BFrames::None, 4);
    let stopped = succeeds(server.livecut(&["stop", "other", "--cut", "1s..3s"]));
    let ticket = stopped["ticket"].as_str().unwrap();
    wait_for("the mp4 is written", || held.exists().then_some(()));
    recorded(&server, ticket);
    server.kill();
    drop(on_air);
    let (code, down) = server.livecut(&["follow", ticket]);
    assert_ne!(
        code, 0,
        "nothing is claimed of a server that is down: {down}"
    );
    server.run();
    recorded(&server, ticket);

    // What was recorded remains, and once it is converted by hand the same ticket leads to it.
    let recording = stopped["recording"]["id"].as_str().unwrap();
    let file = |suffix: &str| -> PathBuf {
        server
            .place()
            .folder()
            .join("rec")
            .join(format!("{recording}.{suffix}"))
    };
    let mut by_hand = std::process::Command::new("ffmpeg");
    by_hand
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file("flv"));
    by_hand
        .args(["-c", "copy", "-movflags", "+faststart"])
        .arg(file("mp4"));
    run(&by_hand);
    is_seconds_1_to_3(&succeeds(server.livecut(&["follow", ticket])));
}

/// Also what isn't ready yet has a document.
fn succeeds_or_waits((code, document): (i32, Value)) -> Value {
    assert!(document["progress"].is_string(), "{code}: {document}");
    document
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn a_list_of_live_streams_is_ended_and_every_cut_is_had() {
    let server = Server::start(NGINX, "many");
    let names: Vec<_> = (1..=8).map(|number| format!("room-{number}")).collect();
    let _encoders: Vec<_> = names
        .iter()
        .map(|name| server.publish(name, BFrames::Two))
        .collect();
    for name in &names {
        server.wait_until_received(name, 4);
    }
    let folder = server.place().folder();
    let (list, results) = (folder.join("list.csv"), folder.join("results.jsonl"));
    fs::write(&list, format!("stream\n{}\n", names.join("\n"))).unwrap();
    let (list, results) = (list.to_str().unwrap(), results.to_str().unwrap());
    let stop = [
        "stop",
        "--from",
        list,
        "--results",
        results,
        "--cut",
        "1s..3s",
    ];
    let stopped = server.livecut_for_all(&stop);
    assert_eq!(stopped.len(), names.len(), "{stopped:?}");
    for name in &names {
        assert_eq!(server.received(name), None, "{name}");
    }
    // The same again goes on from its results: nothing is left to do.
    for again in server.livecut_for_all(&stop) {
        assert_eq!(again["earlier"], true, "{again}");
    }
    for stopped in stopped {
        let ticket = stopped["ticket"].as_str().unwrap();
        let ready = succeeds(server.livecut(&["follow", ticket, "--wait"]));
        assert_eq!(ready["cut"]["state"], "confirmed", "{ready}");
        is_seconds_1_to_3(&ready);
    }
}
