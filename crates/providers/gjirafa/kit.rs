//! What the tests of all adapters need to know of this one: see `tests/src/kits.rs`.

use super::{Kit, Unnamed, Variant};
use livecut::{Visibility, gjirafa::GjirafaWebhook};
use livecut_sim::{EventTime, VideoShape};
use std::sync::Arc;

pub(super) const KIT: Kit = Kit {
    name: "gjirafa",
    tenant: Some("project_id"),
    // Its documents name none, so that it is the user's to say.
    adds_scheme: false,
    api_paths: &["/api/v1", "/api/v2"],
    first_requests: |[tenant, stream, recording]| {
        [
            vec!["api", "v2", tenant, "live-videos", stream, "stop-and-cut"],
            vec!["api", "v1", tenant, "live-videos", stream],
            vec!["api", "projects", tenant, "videos", recording],
        ]
    },
    samples: ["4PtERT9d9uK", "string"],
    secretive: |key, anywhere| {
        serde_json::json!({
            "success": true, "statusCode": 200,
            "result": {"publicId": "4711", "liveStatus": "Live", "streamKey": key, "ingest": anywhere},
        })
        .to_string()
    },
    skips: &[
        // One native call, on both timelines.
        "a_cut_that_needs_an_anchor_is_refused_without_one",
        // It is asked nothing before that call.
        "a_cut_that_ends_after_what_was_recorded_ends_nothing",
    ],
    variants: &[Variant::new("the other shapes", |simulator| {
        simulator.gjirafa().configure(|settings| {
            settings
                .with_video_shape(VideoShape::Bare)
                .with_event_time(EventTime::WithoutZone)
        });
    })],
    // vp.gjirafa.tech/documentation: api/manage-api/visibilityOptions.
    visibility: |simulator, stream| {
        Some(match simulator.gjirafa().recording(stream)?.visibility? {
            1 => Visibility::Public,
            2 => Visibility::Private,
            3 => Visibility::PasswordProtected,
            other => Visibility::Other(other.to_string()),
        })
    },
    unnamed: Some(Unnamed::Ending),
    receiver: Some(|secret, _| Arc::new(GjirafaWebhook::with_secret_in_url(secret))),
    ..Kit::USUAL
};
