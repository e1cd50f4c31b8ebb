//! The suite that every livecut adapter must pass, ours or yours.
//!
//! An adapter that passes keeps the contract of [`LiveStreamStopper`](livecut_core::LiveStreamStopper) as far as that can be
//! seen from the outside: the cut that is asked for is the cut that the server keeps, `plan` and `stop` say the same, an
//! error's effect is the truth, and no secret shows.
//!
//! To try an adapter, write a [`World`]: a handful of methods that bring up streams at your simulator or mock of the
//! provider, tell what the server keeps, and hand out stoppers that point at it. Then, in a test:
//!
//! ```no_run
//! # async fn test(world: &dyn livecut_conformance::World) {
//! let report = livecut_conformance::run(world).await.unwrap();
//! println!("{report}");
//! report.assert_passed();
//! report.assert_skipped(&["a_cut_that_needs_an_anchor_is_refused_without_one"]);
//! # }
//! ```
//!
//! A check is skipped for two reasons only: the adapter's [`Capabilities`](livecut_core::Capabilities) say that its
//! provider can't do this (then another check proves that it is refused, and not dropped), or the world lacks an
//! optional part. Either shows in the [`Report`], and [`Report::assert_skipped`] pins which they are.
//!
//! # What a world must be
//! The judge of the adapter, so independent of it: written from the provider's documents, it works out by itself what a
//! request keeps. It shares no types, no URLs and no arithmetic with the adapter.
//!
//! # A whole example
//! A provider in memory, an adapter for it, and its world.
//!
//! ```
#![doc = include_str!("../examples/toy.rs")]
//! ```
#![forbid(unsafe_code)]

mod checks;
mod oracle;
mod report;
mod suite;
mod watch;
mod world;

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

pub use report::{CheckReport, Report, Skip, Verdict};
use suite::{Halt, Suite};
pub use world::{
    Fault, LiveStream, Misconfiguration, ReceivedRequest, World, WorldError, WorldResult,
};

/// Runs every check on the adapter of this world, and reports on each.
///
/// It needs no runtime of its own, runs no task and never sleeps: it goes on whichever runtime the adapter
/// needs. It sets no time limit either; that is the test harness's.
///
/// A panic of the adapter fails the check it happens in, and the others go on.
///
/// # Errors
/// The world can't even make a stopper.
pub async fn run(world: &dyn World) -> WorldResult<Report> {
    let suite = Suite::new(world)?;
    let mut checks = Vec::with_capacity(checks::ALL.len());
    for (name, check) in checks::ALL {
        let verdict = match AssertUnwindSafe(check(&suite)).catch_unwind().await {
            Ok(Ok(())) => Verdict::Passed,
            Ok(Err(Halt::Failed(why))) => Verdict::Failed(why),
            Ok(Err(Halt::Skipped(skip))) => Verdict::Skipped(skip),
            Err(panic) => Verdict::Failed(format!("it panicked: {}", message(&*panic))),
        };
        checks.push(CheckReport { name, verdict });
    }
    Ok(Report::new(suite.provider, checks))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}
