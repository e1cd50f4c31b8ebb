//! The states of streams and videos, and the way to a recording that wasn't named.

use std::time::Duration;

use livecut_core::{
    Error, ErrorKind, LiveStreamStopper as _, Progress, RecordingId, StopRequest, StreamId,
    StreamState, TenantId, Ticket,
};
use serde_json::{Value, json};

use super::{CUT, answer, asked, clip, connected, cut, stream, whole};

const SAMPLE: &str = include_str!("../../fixtures/video.response.json");

/// The ticket of a stop, as if the answer had named this video.
fn ticket(request: &StopRequest, video: Option<&str>) -> Ticket {
    let cut = connected().0.plan(request).unwrap().cut().copied();
    let ticket = Ticket::new(livecut_gcore::PROVIDER, request.stream().clone()).with_cut(cut);
    match video {
        Some(id) => ticket.with_recording(RecordingId::new(id).unwrap()),
        None => ticket,
    }
}

/// What following comes to, and how many requests it took.
async fn followed(ticket: &Ticket, answers: &[Value]) -> (Result<Progress, Error>, usize) {
    let (stopper, server) = connected();
    for body in answers {
        answer(&server, body);
    }
    (stopper.follow(ticket).await, asked(&server).len())
}

fn video(status: &str, millis: u64) -> Value {
    json!({
        "id": 459_857, "stream_id": 12345, "status": status, "duration": millis,
        "hls_url": "https://cdn.example/master.m3u8", "dash_url": "https://cdn.example/master.mpd",
    })
}

#[tokio::test]
async fn the_file_of_the_best_quality_that_is_complete_has_an_address() {
    let one = |height: Value, size: u64, status: &str, url: Value| json!({"height": height, "size": size, "status": status, "mp4_url": url});
    for (converted, expected) in [
        (
            json!([
                one(
                    json!(480),
                    9,
                    "complete",
                    json!("https://cdn.example/480.mp4")
                ),
                one(
                    json!(720),
                    1,
                    "complete",
                    json!("https://cdn.example/720.mp4")
                ),
                one(
                    json!(720),
                    2,
                    "complete",
                    json!("https://cdn.example/720+.mp4")
                ),
                one(
                    json!(1080),
                    9,
                    "processing",
                    json!("https://cdn.example/1080.mp4")
                ),
                // Sound alone.
                one(
                    json!(null),
                    99,
                    "complete",
                    json!("https://cdn.example/audio.mp4")
                ),
            ]),
            Some("https://cdn.example/720+.mp4"),
        ),
        (json!([one(json!(720), 1, "complete", json!(""))]), None),
        (
            json!([one(
                json!(720),
                1,
                "error",
                json!("https://cdn.example/720.mp4")
            )]),
            None,
        ),
        (json!([]), None),
        (json!("none"), None),
    ] {
        let mut sample = video("ready", 90_000);
        sample["converted_videos"] = converted;
        let (progress, _) = followed(&ticket(&whole(), Some("459857")), &[sample]).await;
        let Progress::Ready(ready) = progress.unwrap() else {
            panic!("it is ready");
        };
        let files = ready.recording().playback().iter().skip(2);
        let files: Vec<_> = files.map(|one| (one.format.as_str(), &*one.url)).collect();
        let expected: Vec<_> = expected.map(|url| ("mp4", url)).into_iter().collect();
        assert_eq!(files, expected);
    }
}

#[tokio::test]
async fn the_sample_of_a_video_is_ready_and_has_its_duration() {
    let sample: Value = serde_json::from_str(SAMPLE).unwrap();
    let (progress, _) = followed(&ticket(&whole(), Some("70575")), &[sample]).await;
    let Progress::Ready(ready) = progress.unwrap() else {
        panic!("the sample's status is `ready`");
    };
    assert_eq!(
        ready.recording().duration(),
        Some(Duration::from_millis(184_669))
    );
    let playback = ready.recording().playback();
    let formats: Vec<_> = playback.iter().map(|one| one.format.as_str()).collect();
    assert_eq!(formats, ["hls", "dash", "mp4"]);
    assert!(playback[2].url.ends_with("qid3570v3_h264_1566_720.mp4"));
    assert_eq!(ready.verdict(), None);
}

#[tokio::test]
async fn every_documented_status_is_told_and_only_ready_is_ready() {
    for (status, progress, stage) in [
        ("empty", "in_progress", "empty"),
        ("pending", "in_progress", "pending"),
        ("viewable", "in_progress", "viewable"),
        ("ready", "ready", ""),
        ("error", "failed", ""),
        ("brand-new", "in_progress", "brand-new"),
    ] {
        let mut body = video(status, 60_000);
        body["error"] = json!("secret words");
        let (seen, _) = followed(&ticket(&cut(CUT), Some("459857")), &[body]).await;
        let seen = seen.unwrap();
        assert_eq!(seen.as_str(), progress, "{status}");
        if let Progress::InProgress(seen) = &seen {
            assert_eq!(seen.stage(), stage);
        }
        assert!(!format!("{seen:?}").contains("secret words"));
    }
    // It can't be played without a URL.
    let (seen, _) = followed(
        &ticket(&cut(CUT), Some("459857")),
        &[json!({"id": 459_857, "status": "ready"})],
    )
    .await;
    assert_eq!(seen.unwrap().as_str(), "in_progress");
}

#[tokio::test]
async fn a_video_that_is_longer_or_shorter_than_the_cut_is_reported() {
    // Of a minute's cut: a chunk at either end is nothing, ten seconds more is something.
    for (millis, verdict) in [
        (60_000, "confirmed"),
        (70_000, "confirmed"),
        (59_000, "confirmed"),
        (58_999, "differs"),
        (50_000, "differs"),
        (30_000, "differs"),
        (70_001, "differs"),
        (0, "differs"),
    ] {
        let ticket = ticket(&cut(CUT), Some("459857"));
        let (progress, _) = followed(&ticket, &[video("ready", millis)]).await;
        let Progress::Ready(ready) = progress.unwrap() else {
            panic!("it is ready");
        };
        assert_eq!(ready.verdict().unwrap().as_str(), verdict, "{millis}");
    }
    let mut silent = video("ready", 0);
    silent["duration"] = Value::Null;
    let (progress, _) = followed(&ticket(&cut(CUT), Some("459857")), &[silent]).await;
    let Progress::Ready(ready) = progress.unwrap() else {
        panic!("it is ready");
    };
    assert_eq!(ready.verdict().unwrap().as_str(), "unconfirmed");
}

#[tokio::test]
async fn a_clip_whose_video_was_not_named_is_found_in_the_list() {
    let other = json!({"id": "other", "start": 1_716_559_200, "duration": 61, "video_id": 1});
    let mut passing = clip();
    passing["vod_required"] = json!(false);
    let mut waiting = clip();
    waiting["video_id"] = Value::Null;

    let unnamed = ticket(&cut(CUT), None);
    let list = json!([other, "odd", passing, waiting, clip()]);
    let (seen, sent) = followed(&unnamed, &[list, video("pending", 0)]).await;
    let seen = seen.unwrap();
    assert_eq!(seen.ticket().recording().unwrap().as_str(), "459857");
    assert_eq!(sent, 2);

    let (seen, _) = followed(&unnamed, &[json!([other, waiting])]).await;
    let Progress::InProgress(seen) = seen.unwrap() else {
        panic!("the clip is there");
    };
    assert_eq!(seen.stage(), "the clip has no video yet");

    for list in [json!([]), json!([other, passing])] {
        let (seen, _) = followed(&unnamed, &[list]).await;
        let Progress::Failed(seen) = seen.unwrap() else {
            panic!("there is no such clip");
        };
        assert!(seen.reason().contains("`stream_id`"), "{}", seen.reason());
    }
    // What can't be read could be the clip, which is no reason to give it up.
    for list in [
        json!({"clips": []}),
        json!([other, "odd"]),
        json!([[clip()]]),
        json!([{"id": clip()["id"], "start": null, "duration": null}]),
    ] {
        let (seen, _) = followed(&unnamed, &[list]).await;
        assert_eq!(seen.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
    }

    // A whole recording that wasn't named can't be told from others.
    let (seen, sent) = followed(&ticket(&whole(), None), &[]).await;
    assert_eq!(seen.unwrap().as_str(), "failed");
    assert_eq!(sent, 0);
}

#[tokio::test]
async fn an_answer_about_something_else_is_an_error_and_a_forged_ticket_is_not_sent() {
    let mut other = video("ready", 60_000);
    other["id"] = json!(1);
    let mut foreign = video("ready", 60_000);
    foreign["stream_id"] = json!(54321);
    for body in [other, foreign, json!({})] {
        let (seen, _) = followed(&ticket(&cut(CUT), Some("459857")), &[body]).await;
        assert_eq!(seen.unwrap_err().kind(), ErrorKind::UnexpectedResponse);
    }
    let by_offsets = connected_ticket_with_offsets();
    let stream = Ticket::new("gcore", StreamId::new("../videos").unwrap());
    let others = Ticket::new("another", whole().stream().clone());
    let tenants = ticket(&cut(CUT), Some("459857")).with_tenant(TenantId::new("t").unwrap());
    let odd = ticket(&cut(CUT), Some("../streams/1"));
    for forged in [odd, stream, by_offsets, others, tenants] {
        let (seen, sent) = followed(&forged, &[]).await;
        assert_eq!(seen.unwrap_err().kind(), ErrorKind::InvalidTicket);
        assert_eq!(sent, 0);
    }
}

/// What no stop here makes.
fn connected_ticket_with_offsets() -> Ticket {
    let range = livecut_core::CutRange::seconds(30, 120).unwrap();
    Ticket::new("gcore", StreamId::new("12345").unwrap())
        .with_cut(Some(livecut_core::Cut::new(range, range)))
}

#[tokio::test]
async fn a_stream_s_state_follows_from_its_switch_and_what_it_receives() {
    use StreamState::{Ended, Live, NotStarted, Offline, Unknown};
    let never = json!(null);
    let once = json!("2024-05-24T13:30:00.000Z");
    for (active, live, started, state) in [
        (json!(true), true, &once, Live),
        (json!(true), false, &once, Offline),
        (json!(true), false, &never, NotStarted),
        (json!(false), false, &once, Ended),
        (json!(false), false, &never, Offline),
        (json!(false), true, &once, Unknown),
        (json!(null), false, &once, Unknown),
    ] {
        let (stopper, server) = connected();
        let found = json!({"active": active, "live": live, "started_at_primary": started});
        answer(&server, &stream(&found));
        let status = stopper.status(whole().stream()).await.unwrap();
        assert_eq!(status.state(), state, "{found}");
    }
    let (stopper, server) = connected();
    server.answer(200, include_str!("../../fixtures/stream.response.json"));
    let sample = StreamId::new("1080200").unwrap();
    let status = stopper.status(&sample).await.unwrap();
    assert_eq!(status.state(), Live);
    assert_eq!(
        status.provider_state(),
        "active none, live true, backup_live false"
    );
    // Its keys stay where they are.
    assert!(!format!("{status:?}").contains("08cd54f0"));

    let word = StreamId::new("room").unwrap();
    let refused = stopper.status(&word).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn the_sample_of_a_clip_confirms_it() {
    let (stopper, server) = connected();
    let sample = include_str!("../../fixtures/clip.response.json");
    answer(&server, &stream(&json!({})));
    server.answer(200, sample);
    answer(&server, &super::off());
    let outcome = stopper.stop(&cut(CUT)).await.unwrap();
    assert_eq!(outcome.recording().unwrap().id().as_str(), "459857");
    // The range is the one of Gcore's sample of a request.
    let request: Value =
        serde_json::from_str(include_str!("../../fixtures/clip.request.json")).unwrap();
    let sent: Value = serde_json::from_str(&asked(&server)[1].2).unwrap();
    assert_eq!(
        (&sent["start"], &sent["duration"]),
        (&request["start"], &request["duration"])
    );
}
