//! Oracles that nobody here wrote: the providers' official OpenAPI documents, served by Prism, against our adapters and
//! our simulator; and the providers' official SDKs against our simulator and our receivers of webhooks. What one
//! provider has of these is in the folder `oracles/` of its adapter.
//!
//! They need node, python and files that aren't the project's, so `cargo test` shows them as ignored; `.ci/run openapi sdks`
//! brings those along. Asked for without them, they fail. See README.md.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "what tests share panics and prints as the tests do"
)]

mod openapi;
mod prism;
mod sdk;

// <oracles>
#[path = "../../crates/providers/gcore/oracles/mod.rs"]
mod gcore;
#[path = "../../crates/providers/mediamtx/oracles/mod.rs"]
mod mediamtx;
#[path = "../../crates/providers/mux/oracles/mod.rs"]
mod mux;
// </oracles>

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What an adapter's folder has for these tests.
fn folder(provider: &str) -> PathBuf {
    let adapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/providers");
    adapters.join(provider).join("oracles")
}

fn needed(variable: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} isn't set, which `.ci/run` does: see tests/oracles/README.md")
    })
}

/// Where what a provider's `package.json` or `requirements.txt` names is installed; `prism` for that of this folder.
fn installed(whose: &str) -> PathBuf {
    Path::new(&needed("LIVECUT_ORACLES")).join(whose)
}
