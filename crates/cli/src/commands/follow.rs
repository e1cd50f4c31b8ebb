use super::wait::{self, Waited};
use super::{ended, stopper};
use crate::args::FollowArgs;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn run(
    args: &FollowArgs,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let ticket = &args.ticket;
    // The ticket knows which of several configured providers it is for.
    let stopper = stopper(Some(provider.unwrap_or(ticket.provider())), args.timeout)?;
    let Waited {
        progress,
        failure,
        effect,
    } = wait::follow(&*stopper, ticket, args.wait).await?;
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
