//! A file a command.

mod completions;
#[cfg(feature = "demo")]
mod demo;
mod fetch;
mod follow;
mod listen;
mod providers;
#[cfg(feature = "sim")]
mod sim;
mod status;
mod stop;
mod stop_all;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use livecut::http::HttpOptions;
use livecut::{LiveStreamStopper, StopperBuilder};

use crate::args::{Cli, Command};
use crate::exit::Phase;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn run(cli: &Cli, output: Output) -> Result<(), Box<Failure>> {
    let provider = cli.common.provider.as_deref();
    match &cli.command {
        Command::Stop(args) => stop::run(args, provider, output).await,
        Command::Status { stream } => status::run(stream, provider, output).await,
        Command::Follow(args) => follow::run(args, provider, output).await,
        Command::Fetch(args) => fetch::run(args, provider, output).await,
        Command::Listen(args) => listen::run(args, provider, output).await,
        Command::Providers => providers::run(provider, output).await,
        #[cfg(feature = "demo")]
        Command::Demo => demo::run(provider, output).await,
        #[cfg(feature = "sim")]
        Command::Sim { listen } => sim::run(*listen, provider, output).await,
        Command::Completions { .. } if provider.is_some() => Err(Failure::usage(
            "the completions are the same for every provider: leave out `--provider`",
        )),
        Command::Completions { shell } => completions::run(*shell, output).await,
    }
}

/// How a run ends: as it failed, or else with a result that couldn't be written.
fn ended(
    failure: Option<Box<Failure>>,
    unwritten: Option<Box<Failure>>,
) -> Result<(), Box<Failure>> {
    match (failure, unwritten) {
        (Some(mut failure), Some(unwritten)) => {
            failure.causes.push(unwritten.in_full());
            Err(failure)
        }
        (failure, unwritten) => failure.or(unwritten).map_or(Ok(()), Err),
    }
}

/// The provider that the environment configures, and how long one step may take where it isn't
/// told otherwise.
fn stopper(
    provider: Option<&str>,
    timeout: Option<Duration>,
) -> Result<Arc<dyn LiveStreamStopper>, Box<Failure>> {
    let mut builder = StopperBuilder::new();
    if let Some(timeout) = timeout {
        builder = builder.with_http(HttpOptions::new().with_timeout(timeout));
    }
    if let Some(name) = provider {
        builder = builder.with_provider(name);
    }
    builder
        .build_from_env()
        .map_err(|error| Failure::of(Phase::Plan, &error))
}
