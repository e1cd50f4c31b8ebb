//! From the stop to the recording that plays, by polls and by webhooks, at each simulated provider: both ways end alike,
//! and neither is ever ahead of the provider.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share panics as the tests do"
)]

mod adapters;
mod followers;
mod forged;
mod property;
