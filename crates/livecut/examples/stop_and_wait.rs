//! Stops a stream, keeps a part of it, and waits until its recording can be played, with a timeout
//! and an observer.
//!
//! It runs here against a simulated provider.
//!
//! ```sh
//! cargo run -p livecut --example stop_and_wait --features all-providers
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::error::Error;
use std::time::Duration;

use livecut::{
    CutVerdict, LiveStreamStopper, LiveStreamStopperExt as _, StopRequest, StreamId, WaitError,
    WaitErrorKind, WaitEvent, WaitPolicy,
};
use livecut_sim::{Simulator, StreamSpec};

/// Ends a class and gives the URLs under which its recording plays.
async fn end_class(
    stopper: &dyn LiveStreamStopper,
    request: &StopRequest,
    mut store: impl FnMut(&str) + Send,
) -> Result<Vec<String>, WaitError> {
    let policy = WaitPolicy::new()
        .with_timeout(Duration::from_secs(30 * 60))
        .with_observer(|event| match event {
            // From here on nothing is lost if this process dies: the ticket is good in another.
            WaitEvent::Stopped { outcome, .. } => store(&outcome.ticket().to_string()),
            WaitEvent::InProgress {
                progress,
                next_look_in,
                ..
            } => println!("{}; next look in {next_look_in:?}", progress.stage()),
            WaitEvent::LookFailed { error, .. } => println!("{error}; it goes on"),
            _ => {}
        });
    let ready = stopper.stop_and_wait(request, policy).await?;
    match ready.verdict() {
        None => println!("it is kept whole"),
        Some(CutVerdict::Differs { actual }) => {
            println!("it lasts {actual:?}: have someone look at it");
        }
        // Unconfirmed is what most providers leave it at: they don't say that the cut is made.
        Some(verdict) => println!("the cut is {}", verdict.as_str()),
    }
    let playback = ready.recording().playback();
    Ok(playback
        .iter()
        .map(|playback| playback.url.clone())
        .collect())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = Simulator::start().await?;
    // Whichever it is, the program is the same.
    let simulated = sim.providers().first().ok_or("no provider is simulated")?;
    simulated.create_stream(StreamSpec::live("class"))?;
    // A program on a server reads the environment instead: `livecut::from_env()`.
    let variable = |word: &str| format!("LIVECUT_{}_{word}", simulated.name()).to_uppercase();
    let settings = simulated.credentials().into_iter();
    let settings: Vec<_> = settings.chain(simulated.base_urls()).collect();
    let stopper = livecut::from_lookup(|name| {
        let mut settings = settings.iter();
        let (_, value) = settings.find(|(word, _)| variable(word) == name)?;
        Some(value.clone())
    })?;
    let request = StopRequest::new(StreamId::new("class")?).with_cut("30s..2m".parse()?);

    let clock = sim.clock();
    let store = |ticket: &str| {
        println!("stored {ticket}");
        // The simulator's time: its recording is ready before the first look.
        clock.advance(Duration::from_secs(10 * 60));
    };
    match end_class(&*stopper, &request, store).await {
        Ok(urls) => {
            println!("{}", urls.join("\n"));
            Ok(())
        }
        Err(error) => {
            if error.kind() == WaitErrorKind::TimedOut {
                println!("not yet; the ticket that was stored goes on");
            }
            Err(error.into())
        }
    }
}
