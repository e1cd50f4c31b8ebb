//! What the tests of all adapters need to know of this one: see `tests/src/kits.rs`.

use super::{Kit, Variant};
use livecut::{Timeline, Visibility, mux::MuxWebhook};
use livecut_sim::ClipSource;
use std::{sync::Arc, time::Duration};

pub(super) const KIT: Kit = Kit {
    name: "mux",
    api_paths: &["/video/v1"],
    first_requests: |[_, stream, recording]| {
        let live = vec!["video", "v1", "live-streams", stream];
        [live.clone(), live, vec!["video", "v1", "assets", recording]]
    },
    samples: [
        "ZEBrNTpHC02iUah025KM3te6ylM7W4S4silsrFtUkn3Ag",
        "SqQnqz6s5MBuXGvJaUWdXuXM93J9Q2yv",
    ],
    secretive: |key, anywhere| {
        serde_json::json!({"data": {
            "id": "4711", "status": "active", "active_asset_id": "4712", "stream_key": key, "stream_secret": anywhere,
        }})
        .to_string()
    },
    // What it can't do with an anchor it does with one that it reads.
    skips: &["a_cut_that_needs_an_anchor_is_refused_without_one"],
    // Both, so that a clip that has just one was asked for.
    prepare: |simulator| {
        simulator
            .mux()
            .configure(|settings| settings.with_playback_policies(true, true));
    },
    // Clips are made of recordings that are ready, and of no others.
    variants: &[Variant::new("every cut is owed", |simulator| {
        simulator
            .mux()
            .configure(|settings| settings.with_clip_source(ClipSource::Ready));
    })
    .that_owes_cuts()],
    visibility: |simulator, stream| {
        let clip = simulator.mux().clips(stream).pop()?;
        match clip.policies.as_slice() {
            ["public"] => Some(Visibility::Public),
            ["signed"] => Some(Visibility::Private),
            _ => None,
        }
    },
    receiver: Some(|secret, clock| {
        let receiver = MuxWebhook::new(secret)
            .with_clock(move || clock.now().into())
            // The simulator signs once, and sends again for two days.
            .with_tolerance(Duration::from_secs(7 * 86400));
        Arc::new(receiver)
    }),
    makes_what_is_owed: true,
    // So that its recording is read for the anchor as well.
    cuts_by: Timeline::WallClock,
    page_by_twos: |simulator| {
        simulator
            .mux()
            .configure(|settings| settings.with_page_limit(2));
    },
    asks_for_less: 4,
    tells_over: false,
    ..Kit::USUAL
};
