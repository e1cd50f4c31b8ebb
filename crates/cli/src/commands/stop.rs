use livecut::{
    Certainty, CutOutcome, Effect, Error, ErrorKind, LiveStreamStopper, StopOutcome, StopPlan,
    StopRequest, Stopped,
};

use super::{stopper, wait};
use crate::args::StopArgs;
use crate::exit::Phase;
use crate::failure::Failure;
use crate::human::Human as _;
use crate::json;
use crate::output::Output;
use crate::signal;

pub(crate) async fn run(
    args: &StopArgs,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let request = args.request()?;
    let stopper = stopper(provider)?;
    let plan = stopper
        .plan(&request)
        .map_err(|error| Failure::of(Phase::Plan, &error))?;
    if args.dry_run {
        return output.document(&json::Plan::from(&plan));
    }
    let stopped = stop(&*stopper, &request, &plan).await;
    let (mut document, ticket, effect) = match stopped {
        Ok(outcome) => (
            json::Stop::from(&outcome),
            outcome.ticket().clone(),
            effect(&outcome),
        ),
        Err(error) => match error.ticket() {
            // Waiting is what has the cut made.
            Some(ticket) if error.kind() == ErrorKind::CutOwed && args.wait.is_some() => {
                (json::Stop::from(ticket), ticket.clone(), error.effect())
            }
            _ => return Err(Failure::of(Phase::Call, &error)),
        },
    };
    // What was done is said even where it can't be written.
    let unwritten = |failure: Box<Failure>| failure.with_effect(effect).with_ticket(&ticket);
    let Some(deadline) = args.wait else {
        return output.document(&document).map_err(unwritten);
    };
    // The ticket is in hand before the waiting begins.
    output.for_people(&document.human()).map_err(unwritten)?;
    let waited = wait::wait(&*stopper, &ticket, deadline, Some(effect)).await;
    if let Some(progress) = &waited.progress {
        document.see(progress);
        let seen = json::Follow::from(progress);
        output.for_people(&seen.human()).map_err(unwritten)?;
    }
    output.for_programs(&document).map_err(unwritten)?;
    waited.failure.map_or(Ok(()), Err)
}

/// Stops, unless the program is asked to end before there is an answer.
async fn stop(
    stopper: &dyn LiveStreamStopper,
    request: &StopRequest,
    plan: &StopPlan,
) -> livecut::Result<StopOutcome> {
    tokio::select! {
        biased;
        () = signal::asked_to_end() => {
            let cut = match request.cut() {
                Some(_) => Certainty::Unknown,
                None => Certainty::No,
            };
            let error = Error::new(
                ErrorKind::Interrupted,
                "interrupted before the provider had answered",
            )
            .with_provider(plan.provider())
            .with_effect(Effect::new(Certainty::Unknown, cut));
            Err(match plan.ticket() {
                Some(ticket) => error.with_ticket(ticket.clone()),
                None => error,
            })
        }
        stopped = stopper.stop(request) => stopped,
    }
}

/// What a stop that succeeded caused, as an error would have it.
fn effect(outcome: &StopOutcome) -> Effect {
    let stopped = match outcome.stopped() {
        Stopped::AlreadyEnded => Certainty::No,
        _ => Certainty::Yes,
    };
    let cut = match outcome.cut() {
        CutOutcome::None => Certainty::No,
        _ => Certainty::Yes,
    };
    Effect::new(stopped, cut)
}
