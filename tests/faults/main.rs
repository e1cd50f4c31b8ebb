//! The truth under fire: every fault, on every adapter; what a stop, a look or a follow claims against what the simulator really did.
//!
//! The seeded tests run a few hundred calls each. With `LIVECUT_LONG=100` they run all of the long mode, 1,000,000 calls and more, and
//! with a smaller number as many percent of it. The tables in `docs/faults.md` are written anew with `LIVECUT_UPDATE_DOCS=1`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "what tests share panics and prints as the tests do"
)]

mod adapters;
mod judge;
mod lies;
mod long;
mod matrix;
mod reconcile;
mod scenario;
mod table;
mod work;
