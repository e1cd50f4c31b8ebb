//! What crosses livecut's crates: contracts, faults, security.
//!
//! A test of one crate stands in that crate. What needs several of them stands here, one folder a
//! test program:
//!
//! - `allocations/`: how often a stop allocates, exactly, and that nothing is left of many.
//! - `conformance/`: every adapter in the suite that every adapter must pass, against the simulator.
//! - `follow/`: from the stop to the recording by polls and by webhooks, which end alike, and never ahead of the provider.
//! - `fuzz/`: the fuzz targets (`/fuzz`, for cargo-fuzz) on the stable toolchain, over their seeds and
//!   over any bytes.
//! - `memory/`: what an answer costs, by an allocator that counts.
//! - `oracles/`: the providers' own OpenAPI documents and SDKs against ours; `.ci/run openapi sdks` runs them.
//! - `security/`: that no secret gets out, under any fault, and that no id or ticket gets in.
//! - `speed/`: the bench, `cargo bench -p livecut-tests`: livecut beside what its user would write by hand.
//! - `swap/`: one small program, compiled once a provider, keeps the same part of a stream at each.
//! - `workspace/`: the rules of the repository itself: which crate may know which, what each must
//!   bring along, and what may be in its tree.
//!
//! What they need to know of each adapter is its kit: [`kits`].
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "what tests share panics as the tests do")]

pub mod kits;
pub mod statistics;

/// Compiles the examples of the repository's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles the example of the page on webhooks.
#[cfg(doctest)]
#[doc = include_str!("../../docs/webhooks.md")]
struct Webhooks;
