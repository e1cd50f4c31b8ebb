//! What the tests of all adapters need to know of this one: see `tests/src/kits.rs`.

use super::{Kit, Variant};

pub(super) const KIT: Kit = Kit {
    name: "mediamtx",
    // The user's credential is whatever the server asks for, with its scheme.
    adds_scheme: false,
    api_paths: &["/v3", "/list", "/get"],
    first_requests: |[_, stream, _]| [const { "v3" }; 3].map(|v3| vec![v3, "paths", "get", stream]),
    samples: ["live/class1", "2026-11-27T04:51:19.52066Z"],
    recording: "2025-01-13T07:00:00Z",
    secretive: |key, anywhere| {
        format!(
            r#"{{"name":"4711","confName":"all_others","online":true,"availableTime":"2025-01-13T07:00:00Z",
               "source":{{"type":"rtmpConn","id":"{key}"}},"readers":[{{"type":"hlsSession","id":"{anywhere}"}}]}}"#
        )
    },
    // It has no visibility to ask for, and takes each cut, on both timelines.
    skips: &[
        "a_visibility_reaches_the_server",
        "a_cut_that_the_provider_cannot_make_is_refused_unsent",
        "a_cut_that_needs_an_anchor_is_refused_without_one",
    ],
    variants: &[Variant::new(
        "a path with a configuration of its own, which is there when nobody publishes it",
        |simulator| {
            simulator
                .mediamtx()
                .configure(|settings| settings.with_own_configuration(true));
        },
    )],
    returning: |simulator| {
        simulator
            .mediamtx()
            .configure(|settings| settings.with_encoder_that_comes_back(true));
    },
    // A stream is published again and again: what nobody publishes is neither over nor yet to begin.
    tells_over: false,
    // Who publishes, and then what was recorded.
    looks_when_over: 2,
    ..Kit::USUAL
};
