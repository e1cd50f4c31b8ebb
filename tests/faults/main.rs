//! The truth under fire: every fault, on every adapter; what a call claims against what the simulator really did.
//!
//! With `LIVECUT_LONG=1` the seeded tests run for as long as it takes to be sure (1,000,000 calls and more); without, for a few
//! seconds.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share panics as the tests do"
)]

mod adapters;
mod long;
mod matrix;
mod scenario;
