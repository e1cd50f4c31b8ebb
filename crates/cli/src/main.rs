//! The program `livecut`.
//!
//! | file | what |
//! | --- | --- |
//! | `args.rs`, `cut.rs`, `duration.rs` | the command line, and what is parsed from it |
//! | `commands/` | a file a command |
//! | `json.rs`, `human.rs` | the documents, and how people read them |
//! | `list/`, `results/` | the list of `stop --from`, and what is known of its streams |
//! | `output.rs`, `text.rs`, `progress.rs`, `download.rs`, `status_line.rs` | what is printed, and where |
//! | `printer.rs` | the threads that write it, so that no reader holds the program |
//! | `signal.rs` | what asks the program to end |
//! | `failure.rs`, `exit.rs`, `hints.rs` | what ends a run badly, its exit code, and what helps |
//! | `webhooks.rs` | the server of `listen` |
//! | `simulated.rs` | the simulated providers that `demo` and `sim` share |
#![forbid(unsafe_code)]

mod args;
mod commands;
mod cut;
mod download;
mod duration;
mod exit;
mod failure;
mod hints;
mod human;
mod json;
mod list;
mod output;
mod printer;
mod progress;
mod signal;
#[cfg(any(feature = "demo", feature = "sim"))]
mod simulated;
mod status_line;
mod text;
mod webhooks;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output};

fn main() -> ExitCode {
    let exit = match Cli::try_parse() {
        Ok(cli) => run(&cli),
        Err(error) => bad_usage(&error),
    };
    ExitCode::from(exit.code())
}

fn run(cli: &Cli) -> Exit {
    log(cli.common.verbose);
    let output = Output {
        // Before `fetch` it isn't kept where that has a file.
        format: cli
            .common
            .format()
            .unwrap_or_else(|| asked_format(std::env::args_os())),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(async {
                signal::outlive_file_limits();
                let exit = match commands::run(cli, output).await {
                    Ok(()) => Exit::Done,
                    Err(failure) => {
                        output.failure(&failure);
                        failure.exit
                    }
                };
                output::end(matches!(cli.command, Command::Listen(_))).await;
                exit
            });
            // A name that is being resolved isn't waited for.
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            // There is nothing to wait with.
            let text = format!("error: the runtime can't be started: {error}\n");
            drop(std::io::stderr().lock().write_all(text.as_bytes()));
            Exit::Internal
        }
    }
}

/// Logs what the library says to stderr. Only the library: others' logs could hold what
/// its own never do.
fn log(verbosity: u8) {
    let level = match verbosity {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::registry()
        .with(Targets::new().with_target("livecut", level))
        .with(
            tracing_subscriber::fmt::layer()
                // The library logs a call as a span: what became of it is known at its end.
                .with_span_events(FmtSpan::CLOSE)
                .with_ansi(false)
                .with_writer(|| output::Log),
        )
        .init();
}

/// Prints the help that was asked for, or what is wrong with the arguments.
fn bad_usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // Help and version; a reader that has seen enough isn't a failure.
        return match error.print() {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Exit::Internal,
            _ => Exit::Done,
        };
    }
    let mut message = error.render().to_string();
    let args: Vec<_> = std::env::args_os()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let hint = hints::of_unknown_command(error).or_else(|| hints::of_arguments(&args));
    if let Some(hint) = &hint {
        message.push_str(&format!("\n  tip: {hint}\n"));
    }
    let output = Output {
        format: asked_format(std::env::args_os()),
    };
    match output.format {
        // It quotes the arguments, which may come from elsewhere.
        Format::Human
            if hint.is_none() && message.chars().all(|c| c == '\n' || !text::is_harmful(c)) =>
        {
            drop(error.print());
        }
        Format::Human => {
            drop(anstream::stderr().write_all(text::clean_lines(&message).as_bytes()));
        }
        Format::Json => {
            let message = message.trim_end().trim_start_matches("error: ");
            let text = output.failure_text(&Failure::usage(message));
            drop(std::io::stderr().lock().write_all(text.as_bytes()));
        }
    }
    Exit::Refused
}

/// The format that arguments ask for which can't be parsed as a whole.
fn asked_format(args: impl Iterator<Item = OsString>) -> Format {
    let args: Vec<_> = args.collect();
    let json = args.iter().any(|arg| arg == "--output=json")
        || args
            .windows(2)
            .any(|pair| matches!(pair, [option, value] if option == "--output" && value == "json"));
    if json { Format::Json } else { Format::Human }
}
