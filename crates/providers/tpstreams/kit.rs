//! What the tests of all adapters need to know of this one: see `tests/src/kits.rs`.

use super::{Kit, Variant};
use livecut::tpstreams::TpStreamsWebhook;
use livecut_sim::{StatusSpelling, TokenHeader, VideoAppears};
use std::{sync::Arc, time::Duration};

pub(super) const KIT: Kit = Kit {
    name: "tpstreams",
    tenant: Some("organization_id"),
    api_paths: &["/api/v1"],
    first_requests: |[tenant, stream, _]| {
        let asset = vec!["api", "v1", tenant, "assets", stream, ""];
        let mut stop = asset.clone();
        stop.insert(5, "stop_live_stream");
        [stop, asset.clone(), asset]
    },
    samples: ["4PtERT9d9uK", "string"],
    secretive: |key, anywhere| {
        serde_json::json!({
            "id": "4711",
            "live_stream": {
                "rtmp_url": format!("rtmp://ingest.example/{anywhere}"), "stream_key": key, "status": "Streaming",
            },
            "video": {"status": "Completed", "playback_url": format!("https://cdn.example/v.m3u8?token={anywhere}")},
        })
        .to_string()
    },
    skips: &[
        // One native call, on both timelines.
        "a_cut_that_needs_an_anchor_is_refused_without_one",
        // It is asked nothing before that call.
        "a_cut_that_ends_after_what_was_recorded_ends_nothing",
        // It sets no visibility with the stop: that it refuses one isn't skipped.
        "a_visibility_reaches_the_server",
    ],
    variants: &[
        Variant::new("the other spellings and shapes", |simulator| {
            simulator.tpstreams().configure(|settings| {
                settings
                    .with_video_appears(VideoAppears::WithTranscoding)
                    .with_status_spelling(StatusSpelling::Upper)
                    .with_token_header(TokenHeader::TpStreams)
                    .with_video_duration(false)
            });
        }),
        Variant::new("webhooks are sent again", |simulator| {
            let after = [1, 60, 3600].map(Duration::from_secs);
            simulator.tpstreams().set_webhook_retries(after);
        }),
    ],
    receiver: Some(|secret, _| Arc::new(TpStreamsWebhook::new(secret))),
    untranscoded_fails: true,
    ..Kit::USUAL
};
