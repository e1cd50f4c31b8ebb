//! The rules of the repository itself, kept by reading what cargo and git say of it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share panics as the tests do"
)]

mod arrows;
#[cfg(unix)]
mod bounds;
mod circles;
mod documents;
mod examples;
mod generated;
mod house;
mod names;
mod repository;
mod trees;
