//! The adapter against a real MediaMTX, which nobody has on hand by default: where `LIVECUT_MEDIAMTX_BASE_URL` is set, and somebody
//! publishes the stream that `LIVECUT_MEDIAMTX_LIVE_STREAM` names. It ends that stream, so it is ignored unless it is asked for:
//! whoever has these variables set and runs all tests loses no broadcast.
//!
//! ```sh
//! mediamtx examples/self-hosted/mediamtx.yml &
//! ffmpeg -v error -re -f lavfi -i testsrc2=size=640x360:rate=25 -t 120 -c:v libx264 -preset veryfast -g 50 \
//!     -pix_fmt yuv420p -f flv rtmp://127.0.0.1:1935/live/class1 &
//! sleep 20
//! LIVECUT_MEDIAMTX_BASE_URL=http://127.0.0.1:9997 LIVECUT_MEDIAMTX_PLAYBACK_BASE_URL=http://127.0.0.1:9996 \
//!     LIVECUT_MEDIAMTX_LIVE_STREAM=live/class1 cargo test -p livecut-mediamtx --test live -- --ignored --nocapture
//! ```
#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "what tests share panics and prints as the tests do"
)]

use std::env;
use std::time::Duration;

use livecut_core::{
    CutRange, CutVerdict, ErrorKind, LiveStreamStopper as _, Progress, StopRequest, Stopped,
    StreamId, StreamState,
};
use livecut_http::Secret;
use livecut_mediamtx::{MediaMtx, MediaMtxConfig};

fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

fn server() -> Option<MediaMtx> {
    let Some(base_url) = set("LIVECUT_MEDIAMTX_BASE_URL") else {
        println!("SKIPPED: LIVECUT_MEDIAMTX_BASE_URL isn't set, so there is no MediaMTX to ask");
        return None;
    };
    let mut config = MediaMtxConfig::new(base_url);
    if let Some(url) = set("LIVECUT_MEDIAMTX_PLAYBACK_BASE_URL") {
        config = config.with_playback_base_url(url);
    }
    if let Some(value) = set("LIVECUT_MEDIAMTX_AUTHORIZATION") {
        config = config.with_credential(Secret::new(value).expect("it is a header's value"));
    }
    Some(MediaMtx::new(config).expect("the settings can be used"))
}

#[tokio::test]
#[ignore = "needs a MediaMTX: see above"]
async fn a_stream_of_no_such_name_is_not_found() {
    let Some(server) = server() else { return };
    let nobody = StreamId::new("livecut-live-test/nobody").expect("it is an id");
    let looked = server
        .status(&nobody)
        .await
        .expect_err("nobody publishes it");
    assert_eq!(looked.kind(), ErrorKind::NotFound, "{looked}");
    let stopped = server.stop(&StopRequest::new(nobody)).await;
    let stopped = stopped.expect_err("nobody publishes it");
    assert_eq!(stopped.kind(), ErrorKind::NotFound, "{stopped}");
    assert!(stopped.effect().is_none(), "{stopped}");
}

#[tokio::test]
#[ignore = "needs a MediaMTX: see above"]
async fn a_live_stream_is_ended_and_its_cut_is_at_its_address() {
    let Some(server) = server() else { return };
    let Some(stream) = set("LIVECUT_MEDIAMTX_LIVE_STREAM") else {
        println!("SKIPPED: LIVECUT_MEDIAMTX_LIVE_STREAM names no stream that may be ended");
        return;
    };
    let stream = StreamId::new(stream).expect("it is an id");
    let before = server.status(&stream).await.expect("somebody publishes it");
    assert_eq!(before.state(), StreamState::Live);
    let cut = CutRange::seconds(2, 6).expect("it is a range");
    let request = StopRequest::new(stream).with_cut(cut);
    let outcome = server
        .stop(&request)
        .await
        .expect("it is on air and recorded");
    assert_eq!(outcome.stopped(), Stopped::Stopped);
    for _ in 0..10 {
        match server
            .follow(outcome.ticket())
            .await
            .expect("it can be asked")
        {
            Progress::Ready(ready) => {
                assert_eq!(ready.verdict(), Some(CutVerdict::Confirmed));
                println!("{ready:?}");
                return;
            }
            Progress::InProgress(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            Progress::Failed(failed) => panic!("{failed:?}"),
        }
    }
    panic!("the cut isn't there after 10 s");
}
