//! The program against a real server, with real pictures: nginx with the RTMP module as `examples/self-hosted` has it, ffmpeg as
//! the encoder, and each picture's number read out of what a player shows.
//!
//! It takes nginx with its RTMP module, and ffmpeg: `.ci/run real` sees to them, and runs these.
#![cfg(unix)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod proxy;
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use proxy::{Kills, Proxy};
use serde_json::Value;
use server::{Server, first_shown, frames, livecut_at, wait_for};

/// How many frames there are in a second.
const RATE: f64 = 25.0;

/// Whether a cut is so near to what was asked for as is documented: a frame, and with B-frames those that the encoder holds back.
fn is_near(stream: &str, frames: f64) -> bool {
    let held_back = if stream.ends_with("-b") { 2.0 } else { 0.0 };
    (-1.0 - held_back..=1.0).contains(&frames)
}

fn address(document: &Value) -> &str {
    let playback = &document["recording"]["playback"];
    playback[0]["url"]
        .as_str()
        .unwrap_or_else(|| panic!("no address: {document}"))
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("it is later").as_secs_f64()
}

/// The bounds of a range of offsets, in seconds, as the document has them.
fn bounds(range: &Value) -> (f64, f64) {
    let text = range.as_str().expect("a range is a string");
    let (start, end) = text.split_once("..").expect("it has two bounds");
    let seconds = |bound: &str| match bound.strip_suffix("ms") {
        Some(millis) => millis.parse::<f64>().expect("a number") / 1000.0,
        None => bound
            .trim_end_matches('s')
            .parse()
            .expect("a number of seconds"),
    };
    (seconds(start), seconds(end))
}

/// One line of the table: what was asked for, what the document says, and what is seen. The frames by which its first and its
/// last picture are off what the document says.
fn measure(what: &str, document: &Value) -> (f64, f64, Vec<u32>) {
    let seen = frames(address(document));
    let (first, last) = (seen[0], seen[seen.len() - 1]);
    assert!(
        seen.windows(2).all(|two| two[1] == two[0] + 1),
        "{what}: {seen:?}"
    );
    let (start, end) = bounds(&document["cut"]["effective"]);
    // The offsets are those at which the whole recording shows its pictures.
    let delay = first_shown(address(document).split('?').next().unwrap());
    let error = |frame: u32, at: f64| f64::from(frame) - (at - delay) * RATE;
    let errors = (error(first, start), error(last + 1, end));
    println!(
        "| {what} | {} | {} | {first} | {last} | {:+.1}, {:+.1} |",
        document["cut"]["requested"].as_str().unwrap(),
        document["cut"]["effective"].as_str().unwrap(),
        errors.0,
        errors.1,
    );
    (errors.0, errors.1, seen)
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn what_is_kept_is_what_was_asked_for_by_the_pictures() {
    let server = Server::start("pictures");
    // Each name but the first begins with the first.
    let streams = [
        "class",
        "class-b",
        "class-clock",
        "class-clock-b",
        "class-whole",
        "class-whole-b",
    ];
    let encoders =
        streams.map(|name| server.publish(name, if name.ends_with("-b") { 2 } else { 0 }, 120));
    for name in streams {
        server.wait_until_received(name, 12);
    }
    println!("| stream | asked for | effective | first frame | last frame | off by frames |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for name in ["class", "class-b"] {
        let (code, document) = server.livecut(&["stop", name, "--cut", "3.333s..9.583s", "--wait"]);
        assert_eq!(
            (code, &document["stopped"]),
            (0, &"stopped".into()),
            "{document}"
        );
        assert_eq!(document["cut"]["state"], "confirmed", "{document}");
        let (first, last, _) = measure(name, &document);
        assert!(
            is_near(name, first) && is_near(name, last),
            "{name}: {document}"
        );
        // Nobody else's was ended.
        let (_, others) = server.livecut(&["status", "class-whole-b"]);
        assert_eq!(others["state"], "live");
        let (code, over) = server.livecut(&["status", name]);
        assert_eq!((code, &over["state"]), (0, &"offline".into()), "{over}");

        // It can be had again with other bounds, and its end is said if it comes sooner.
        let recording = document["recording"]["id"].as_str().unwrap();
        let again = [
            "stop",
            name,
            "--cut",
            "1s..2s",
            "--recording",
            recording,
            "--wait",
        ];
        let (code, again) = server.livecut(&again);
        assert_eq!(
            (code, &again["stopped"]),
            (0, &"already_ended".into()),
            "{again}"
        );
        measure(&format!("{name}, again"), &again);
        let late = ["stop", name, "--cut", "5s..500s", "--recording", recording];
        assert_eq!(server.livecut(&late).0, 3);
    }
    for name in ["class-clock", "class-clock-b"] {
        // When the recording began, by what was received by now.
        let began = wait_for("it is received", || {
            server
                .received(name)
                .map(|millis| now() - millis as f64 / 1000.0)
        });
        let (start, end) = (began + 4.0, began + 8.0);
        let cut = format!("@{start:.3}..@{end:.3}");
        let (code, document) = server.livecut(&["stop", name, "--cut", &cut, "--wait"]);
        assert_eq!(code, 0, "{document}");
        let (first, last, seen) = measure(name, &document);
        assert!(
            is_near(name, first) && is_near(name, last),
            "{name}: {document}"
        );
        // Nothing is lost, and no more than a second is there besides: a frame more or less, and what the way here takes.
        let slack = 5.0;
        let (early, late) = (
            4.0 * RATE - f64::from(seen[0]),
            f64::from(seen[seen.len() - 1] + 1) - 8.0 * RATE,
        );
        println!(
            "|   | by wall clock |   | {early:+.1} early | {late:+.1} late | at most {RATE} |"
        );
        for beside in [early, late] {
            assert!(
                (-slack..=RATE + slack).contains(&beside),
                "{name}: {beside}, {document}"
            );
        }
    }
    for name in ["class-whole", "class-whole-b"] {
        let (code, document) = server.livecut(&["stop", name]);
        assert_eq!(code, 0, "{document}");
        let ticket = document["ticket"].as_str().unwrap();
        let (code, followed) = server.livecut(&["follow", ticket, "--wait"]);
        assert_eq!(
            (code, &followed["progress"]),
            (0, &"ready".into()),
            "{followed}"
        );
        let seen = frames(address(&followed));
        println!(
            "| {name} | all | all | {} | {} | |",
            seen[0],
            seen[seen.len() - 1]
        );
        assert!(
            seen[0] == 0 && seen.len() >= 300,
            "{name}: {} frames",
            seen.len()
        );
    }
    // The server put every one of them off the air.
    for mut encoder in encoders {
        wait_for("the encoder gives up", || encoder.is_over().then_some(()));
    }
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn an_encoder_that_comes_back_is_another_broadcast() {
    let server = Server::start("back");
    let first = server.publish("class", 0, 60);
    server.wait_until_received("class", 4);
    let (code, stopped) = server.livecut(&["stop", "class", "--cut", "1s..3s"]);
    assert_eq!(code, 0, "{stopped}");
    drop(first);
    let _second = server.publish("class", 0, 60);
    server.wait_until_received("class", 2);
    // The first one's ticket leads to the first one's pictures.
    let (code, ready) = server.livecut(&["follow", stopped["ticket"].as_str().unwrap(), "--wait"]);
    assert_eq!(code, 0, "{ready}");
    assert_eq!(ready["recording"]["id"], stopped["recording"]["id"]);
    let seen = frames(address(&ready));
    assert_eq!((seen[0], seen.len()), (25, 50), "{ready}");
    // Named, the first one is cut again, and the second goes on.
    let recording = stopped["recording"]["id"].as_str().unwrap();
    let (code, named) = server.livecut(&["stop", "class", "--recording", recording]);
    assert_eq!(
        (code, &named["stopped"]),
        (0, &"already_ended".into()),
        "{named}"
    );
    assert_eq!(server.livecut(&["status", "class"]).1["state"], "live");
    let (code, stopped) = server.livecut(&["stop", "class"]);
    assert_eq!(
        (code, &stopped["stopped"]),
        (0, &"stopped".into()),
        "{stopped}"
    );
    assert_ne!(stopped["recording"]["id"], named["recording"]["id"]);
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn a_server_that_dies_is_told_of_truthfully() {
    let mut server = Server::start("dies");
    let stop = ["stop", "class", "--cut", "1s..3s", "--timeout", "10s"];

    // Before the drop.
    let encoder = server.publish("class", 0, 60);
    server.wait_until_received("class", 4);
    let proxy = Proxy::start(server.port(), Kills::Before);
    let (code, failure) = proxy.killing(&mut server, |port| livecut_at(port, &stop));
    // What the proxy took may have been carried out, for all that anybody can know.
    assert_eq!(
        (code, &failure["error"]["effect"]["stopped"]),
        (5, &"unknown".into()),
        "{failure}"
    );
    assert_eq!(failure["error"]["effect"]["cut"], "no", "{failure}");
    assert_eq!(server.livecut(&stop).0, 3, "there is no server");
    drop(encoder);

    // In the drop: it is carried out, and nobody hears of it.
    server.run();
    let encoder = server.publish("class", 0, 60);
    server.wait_until_received("class", 4);
    let proxy = Proxy::start(server.port(), Kills::After);
    let (code, failure) = proxy.killing(&mut server, |port| livecut_at(port, &stop));
    assert_eq!(
        (code, &failure["error"]["effect"]["stopped"]),
        (5, &"unknown".into()),
        "{failure}"
    );
    let ticket = failure["error"]["ticket"]
        .as_str()
        .expect("it goes on with")
        .to_owned();
    drop(encoder);

    // Its mp4 was being written, or hadn't begun: what isn't whole is never ready.
    server.run();
    let name = followed_truthfully(&server, &ticket);
    if let Some(missing) = name {
        let raw = server.recordings().join(format!("{missing}.flv"));
        assert!(fs::metadata(raw).expect("what was recorded remains").len() > 10_000);
    }

    // After the drop: the converter is killed with the server, whatever it has written.
    let encoder = server.publish("other", 0, 60);
    server.wait_until_received("other", 4);
    let (code, stopped) = server.livecut(&["stop", "other", "--cut", "1s..3s"]);
    server.kill();
    assert_eq!(code, 0, "{stopped}");
    drop(encoder);
    let ticket = stopped["ticket"].as_str().unwrap();
    let (code, down) = server.livecut(&["follow", ticket]);
    assert_ne!(
        code, 0,
        "nothing is claimed of a server that is down: {down}"
    );
    server.run();
    followed_truthfully(&server, ticket);
}

/// Follows the ticket: ready and right, or in progress. The recording, if it isn't ready.
fn followed_truthfully(server: &Server, ticket: &str) -> Option<String> {
    let (_, followed) = server.livecut(&["follow", ticket]);
    match followed["progress"].as_str() {
        Some("ready") => {
            let seen = frames(address(&followed));
            assert_eq!((seen[0], seen.len()), (25, 50), "{followed}");
            None
        }
        Some("in_progress") => {
            let hidden = fs::read_dir(server.recordings()).expect("it is there");
            let names = hidden.map(|file| file.expect("it can be read").file_name());
            let names: Vec<_> = names.filter_map(|name| name.into_string().ok()).collect();
            let raw = names.iter().filter_map(|name| name.strip_suffix(".flv"));
            raw.max().map(str::to_owned)
        }
        other => panic!("{other:?}: {followed}"),
    }
}

#[test]
#[ignore = "needs nginx with its RTMP module, and ffmpeg: .ci/run real"]
fn a_list_of_live_streams_is_ended_and_every_cut_is_had() {
    let server = Server::start("many");
    let names: Vec<_> = (1..=8).map(|number| format!("room-{number}")).collect();
    let _encoders: Vec<_> = names
        .iter()
        .map(|name| server.publish(name, 0, 60))
        .collect();
    for name in &names {
        server.wait_until_received(name, 4);
    }
    let list = server.recordings().with_file_name("list.csv");
    let results = server.recordings().with_file_name("results.jsonl");
    fs::write(&list, format!("stream\n{}\n", names.join("\n"))).unwrap();
    let (list, results) = (list.to_str().unwrap(), results.to_str().unwrap());
    let (code, summary) = server.livecut(&[
        "stop",
        "--from",
        list,
        "--results",
        results,
        "--cut",
        "1s..3s",
    ]);
    assert_eq!(code, 0, "{summary}");
    for name in &names {
        assert_eq!(server.received(name), None, "{name}");
    }
    // The results have what each goes on with.
    let kept = fs::read_to_string(results).unwrap();
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let tickets: BTreeSet<_> = kept
        .split(word)
        .filter(|word| word.starts_with("lct1_"))
        .collect();
    assert_eq!(tickets.len(), names.len(), "{kept}");
    for ticket in tickets {
        let (code, ready) = server.livecut(&["follow", ticket, "--wait"]);
        assert_eq!(
            (code, &ready["cut"]["state"]),
            (0, &"confirmed".into()),
            "{ready}"
        );
    }
}
