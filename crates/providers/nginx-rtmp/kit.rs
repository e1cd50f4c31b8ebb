//! What the tests of all adapters need to know of this one: see `tests/src/kits.rs`.

use super::Kit;

pub(super) const KIT: Kit = Kit {
    name: "nginx-rtmp",
    // The user's credential is whatever the server in front asks for, with its scheme.
    adds_scheme: false,
    api_paths: &["/control", "/stat", "/rec"],
    first_requests: |_| [vec!["stat"], vec!["stat"], vec!["rec", ""]],
    samples: ["class1", "class1-1795885102"],
    recording: "4711-1736751600",
    secretive: |key, anywhere| {
        format!(
            "<rtmp><server><application><name>live</name><live><stream><name>4711</name><client><id>1</id>\
             <time>1</time><pageurl>{anywhere}</pageurl><swfurl>{key}</swfurl><publishing/></client>\
             <publishing/></stream></live></application></server></rtmp>"
        )
    },
    skips: &[
        // The anchor is read.
        "a_cut_that_needs_an_anchor_is_refused_without_one",
        // It has none to ask for.
        "a_visibility_reaches_the_server",
    ],
    // A stream is published again and again: what nobody publishes is neither over nor yet to begin.
    tells_over: false,
    // Who publishes, and then what was recorded.
    looks_when_over: 2,
    ..Kit::USUAL
};
