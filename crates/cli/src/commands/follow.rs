use super::stopper;
use super::wait::{self, Waited};
use crate::args::FollowArgs;
use crate::exit::Phase;
use crate::failure::Failure;
use crate::json::Follow;
use crate::output::Output;
use crate::signal;

pub(crate) async fn run(
    args: &FollowArgs,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let ticket = &args.ticket;
    // The ticket knows which of several configured providers it is for.
    let stopper = stopper(Some(provider.unwrap_or(ticket.provider())))?;
    let Waited { progress, failure } = match args.wait {
        Some(deadline) => wait::wait(&*stopper, ticket, deadline, None).await,
        None => {
            let looked = tokio::select! {
                biased;
                () = signal::asked_to_end() => return Err(wait::interrupted(ticket)),
                looked = stopper.follow(ticket) => looked,
            };
            let progress = looked.map_err(|error| Failure::of(Phase::Call, &error))?;
            Waited {
                failure: wait::shortcoming(&progress),
                progress: Some(progress),
            }
        }
    };
    if let Some(progress) = &progress {
        output.document(&Follow::from(progress))?;
    }
    failure.map_or(Ok(()), Err)
}
