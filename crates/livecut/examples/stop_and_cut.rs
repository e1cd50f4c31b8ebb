//! Stops a stream and keeps a part of it, at whichever provider the environment configures.
//! Another provider is another feature and another environment; here nothing changes.
//!
//! ```sh
//! cargo run -p livecut --example stop_and_cut --features PROVIDER -- STREAM 30s..2m [ANCHOR]
//! ```
//!
//! Needs: a provider's variables in the environment, a stream and a range; and the instant at
//! which the recording began, for a provider that lacks the range's timeline.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::error::Error;
use std::process::ExitCode;

use livecut::{CutRange, LiveStreamStopper as _, LiveStreamStopperExt as _, StopRequest, StreamId};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run().await.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

async fn run() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(stream), Some(range)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: stop_and_cut STREAM START..END [ANCHOR]");
        return Ok(ExitCode::from(2));
    };
    let mut request = StopRequest::new(StreamId::new(stream)?).with_cut(range.parse::<CutRange>()?);
    if let Some(anchor) = arguments.next() {
        request = request.with_anchor(OffsetDateTime::parse(&anchor, &Rfc3339)?);
    }
    let stopper = livecut::from_env()?;

    // What would be sent, without sending it.
    for step in stopper.plan(&request)?.steps() {
        println!(
            "{} {} {}",
            step.method(),
            step.url(),
            step.body().unwrap_or_default()
        );
    }

    // Ok also where the provider makes the cut later: whoever follows the ticket has it made.
    match stopper.begin(&request).await {
        Ok(ticket) => {
            println!("{ticket}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            // The message tells a person what to do next; a program decides by the standing.
            eprintln!("{error} ({})", error.standing());
            Ok(ExitCode::FAILURE)
        }
    }
}
