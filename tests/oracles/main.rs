//! Oracles that nobody here wrote: the providers' official OpenAPI documents, served by Prism, against our adapters and
//! our simulator; and the providers' official SDKs against our simulator and our receivers of webhooks.
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
mod sdks;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A file of this folder.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("oracles")
        .join(name)
}

fn needed(variable: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} isn't set, which `.ci/run` does: see tests/oracles/README.md")
    })
}

/// Where `package.json` and `requirements.txt` are installed.
fn installed() -> PathBuf {
    needed("LIVECUT_ORACLES").into()
}
