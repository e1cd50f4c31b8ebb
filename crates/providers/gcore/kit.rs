//! What the tests of all adapters need to know of this one: see `tests/src/kits.rs`.

use super::{Kit, Unnamed, Variant};
use livecut::Timeline;
use livecut_sim::Action;

pub(super) const KIT: Kit = Kit {
    name: "gcore",
    api_paths: &["/streaming"],
    first_requests: |[_, stream, recording]| {
        let live = vec!["streaming", "streams", stream];
        [live.clone(), live, vec!["streaming", "videos", recording]]
    },
    search: Some(|[_, stream, _]| vec!["streaming", "streams", stream, "clip_recording"]),
    samples: ["1080200", "70575"],
    secretive: |key, anywhere| {
        serde_json::json!({
            "id": 4711, "active": true, "live": true, "name": "n",
            "push_url": format!("rtmp://in.example/{key}"), "hls_playlist_url": anywhere,
        })
        .to_string()
    },
    // It has none to ask for.
    skips: &["a_visibility_reaches_the_server"],
    variants: &[Variant::new(
        "the video of a clip is told later",
        |simulator| {
            simulator
                .gcore()
                .configure(|settings| settings.with_video_id_at_once(false));
        },
    )],
    // What is kept is seen to before the stream ends.
    first_change: &[Action::Cut, Action::CloseRecording],
    unnamed: Some(Unnamed::Always),
    cuts_by: Timeline::WallClock,
    ..Kit::USUAL
};
