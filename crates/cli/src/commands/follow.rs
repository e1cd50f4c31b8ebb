use super::wait::{self, Waited};
use super::{ended, stopper};
use crate::args::FollowArgs;
use crate::exit::Phase;
use crate::failure::Failure;
use crate::output::Output;
use crate::signal;

pub(crate) async fn run(
    args: &FollowArgs,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let ticket = &args.ticket;
    // The ticket knows which of several configured providers it is for.
    let stopper = stopper(Some(provider.unwrap_or(ticket.provider())), args.timeout)?;
    let waited = match args.wait {
        Some(timeout) => wait::wait(&*stopper, ticket, timeout, None).await,
        None => {
            // It may make a cut that is owed, so it isn't dropped for one signal.
            let (looked, _) = signal::to_its_end(stopper.follow(ticket)).await;
            let looked =
                looked.ok_or_else(|| wait::interrupted(ticket, ticket.possible_effect()))?;
            let progress = looked.map_err(|error| Failure::of(Phase::Call, &error))?;
            Waited::seen(ticket, progress, None)
        }
    };
    let Waited {
        progress,
        failure,
        effect,
    } = waited;
    // It may have made a cut, and has the ticket to go on with.
    let mut unwritten = None;
    if let Some(progress) = progress {
        let printed = output.result(&progress).await;
        unwritten = printed
            .map_err(|failure| failure.with_effect(effect).with_ticket(progress.ticket()))
            .err();
    }
    ended(failure, unwritten)
}
