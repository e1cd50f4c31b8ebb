//! What livecut logs, set up with `tracing-subscriber`: a span for each call to the provider, with
//! the stream, the attempts, the status and, where it failed, the effect; an event for each retry. No
//! credential, no body and no key of a stream, at any level.
//!
//! It runs here against a simulated provider whose gateway fails the first time.
//!
//! ```sh
//! cargo run -p livecut --example tracing_setup --features all-providers
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::error::Error;

use livecut::{StopRequest, StreamId};
use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

fn log() {
    tracing_subscriber::registry()
        .with(
            Targets::new()
                // All of livecut's crates.
                .with_target("livecut", LevelFilter::INFO)
                // The logs of the crates below it aren't held to that.
                .with_default(LevelFilter::WARN),
        )
        // What became of a call is recorded on its span, so it is known when the span ends.
        .with(tracing_subscriber::fmt::layer().with_span_events(FmtSpan::CLOSE))
        .init();
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    log();
    let sim = Simulator::start().await?;
    // Whichever it is, the program is the same.
    let simulated = sim.providers().first().ok_or("no provider is simulated")?;
    simulated.create_stream(StreamSpec::live("class"))?;
    simulated.next_answer(NextAnswer::status(503).on(Action::Status))?;
    // A program on a server reads the environment instead: `livecut::from_env()`.
    let variable = |word: &str| format!("LIVECUT_{}_{word}", simulated.name()).to_uppercase();
    let settings = simulated.credentials().into_iter();
    let settings: Vec<_> = settings.chain(simulated.base_urls()).collect();
    let stopper = livecut::from_lookup(|name| {
        let mut settings = settings.iter();
        let (_, value) = settings.find(|(word, _)| variable(word) == name)?;
        Some(value.clone())
    })?;

    // A read is tried again where it failed in a way that passes: two attempts in the log.
    let stream = StreamId::new("class")?;
    let status = stopper.status(&stream).await?;
    println!("{}", status.state().as_str());
    let outcome = stopper.stop(&StopRequest::new(stream)).await?;
    println!("{}", outcome.stopped().as_str());
    Ok(())
}
