use livecut::{
    Error, ErrorKind, LiveStreamStopper, Progress, Standing, StopOutcome, StopPlan, StopRequest,
    StopWatch, StreamId,
};

use super::{ended, stop_all, stopper, wait};
use crate::args::StopArgs;
use crate::exit::Phase;
use crate::failure::Failure;
use crate::json;
use crate::output::{Format, Output};
use crate::signal;

pub(crate) async fn run(
    args: &StopArgs,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let Some(stream) = &args.stream else {
        return match &args.list.from {
            Some(from) => stop_all::run(args, from, provider, output).await,
            // Not reached: the command line has one of both.
            None => Err(Failure::usage("a stop needs a STREAM, or --from a list")),
        };
    };
    let request = args.request(stream.clone())?;
    // The request has its timeout.
    let stopper = stopper(provider, None)?;
    let plan = stopper
        .plan(&request)
        .map_err(|error| Failure::of(Phase::Plan, &error))?;
    if args.dry_run {
        return output.document(&json::Plan::new(&request, &plan)).await;
    }
    let (stopped, is_asked_to_end) = stop(&*stopper, &request, &plan).await;
    // What is asked to end doesn't begin to wait.
    let wait = args.wait.filter(|_| !is_asked_to_end);
    let mut document = done(stream, stopped, wait.is_some())?;
    let (ticket, effect) = (document.outcome.ticket().clone(), document.effect());
    // What was done is said even where it can't be written, and is gone on with.
    let unwritten =
        |failure: Box<Failure>, effect, ticket| failure.with_effect(effect).with_ticket(ticket);
    let Some(timeout) = wait else {
        let printed = output.result(&document).await;
        let printed = printed.map_err(|failure| unwritten(failure, effect, &ticket));
        let unwaited = args.wait.map(|_| wait::interrupted(&ticket, effect));
        return ended(unwaited, printed.err());
    };
    let to_people = output.format == Format::Human;
    let waiting = wait::wait(&*stopper, &ticket, timeout, Some(effect));
    let (waited, mut printed) = if to_people {
        // The ticket is in hand before the waiting begins, unless nobody reads it: that holds nothing up.
        let (printed, waited) = tokio::join!(biased; output.result(&document), waiting);
        (waited, printed)
    } else {
        (waiting.await, Ok(()))
    };
    document.progress = waited.progress;
    match &document.progress {
        Some(progress) if to_people => {
            let seen = output.result(progress).await;
            printed = printed.and(seen);
        }
        _ if to_people => {}
        _ => printed = output.result(&document).await,
    }
    // The newest, which a failure has as well.
    let seen = document.progress.as_ref().map(Progress::ticket);
    let failed = waited.failure.as_ref();
    let newest = seen.or(failed.and_then(|failure| failure.report.ticket()));
    let printed =
        printed.map_err(|failure| unwritten(failure, waited.effect, newest.unwrap_or(&ticket)));
    let printed = printed.err();
    ended(waited.failure, printed)
}

/// Stops, and says whether the program was asked to end meanwhile.
async fn stop(
    stopper: &dyn LiveStreamStopper,
    request: &StopRequest,
    plan: &StopPlan,
) -> (livecut::Result<StopOutcome>, bool) {
    let watch = StopWatch::new();
    let request = &request.clone().with_watch(watch.clone());
    let (stopped, is_asked_to_end) = signal::to_its_end(stopper.stop(request)).await;
    let stopped = stopped.unwrap_or_else(|| {
        let possible = || plan.possible_effect(request);
        Err(Error::new(
            ErrorKind::Interrupted,
            "interrupted before the provider had answered",
        )
        .with_provider(stopper.provider())
        .with_effect(watch.effect().unwrap_or_else(possible))
        .with_ticket(watch.ticket().or_else(|| plan.ticket().cloned())))
    });
    (stopped, is_asked_to_end)
}

/// A stop to go on from.
fn done(
    stream: &StreamId,
    stopped: livecut::Result<StopOutcome>,
    waits: bool,
) -> Result<json::Stop, Box<Failure>> {
    match stopped {
        Ok(outcome) => Ok(outcome.into()),
        Err(error) => match error.ticket() {
            // Waiting is what has the cut made.
            Some(ticket) if waits && error.standing() == Standing::CutOwed => {
                Ok(json::Stop::owing(ticket, error.effect()))
            }
            _ => Err(Failure::of_stop(stream, &error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use livecut::{Certainty, Cut, CutRange, Effect, RecordingId, Stopped, Ticket};

    use super::*;
    use crate::exit::Exit;

    fn id() -> StreamId {
        StreamId::new("abc").unwrap()
    }

    fn owed() -> livecut::Result<StopOutcome> {
        let range = CutRange::seconds(30, 120).unwrap();
        let ticket = Ticket::new("example", id())
            .with_cut(Some(Cut::new(range, range)))
            .with_source(RecordingId::new("whole").unwrap());
        Err(Error::new(ErrorKind::CutOwed, "the clip isn't made yet")
            .with_effect(Effect::new(Certainty::Yes, Certainty::No))
            .with_ticket(ticket))
    }

    #[test]
    fn an_owed_cut_is_waited_for_where_waiting_is_asked_for() {
        let document = done(&id(), owed(), true).unwrap();
        assert_eq!(document.outcome.stopped(), Stopped::Stopped);
        assert_eq!(
            document.effect(),
            Effect::new(Certainty::Yes, Certainty::No)
        );

        let failure = done(&id(), owed(), false).unwrap_err();
        assert_eq!(failure.exit, Exit::NotAsAsked);
        assert!(failure.report.ticket().is_some());
    }

    #[test]
    fn a_stream_that_had_ended_before_is_not_said_to_be_stopped_by_this_run() {
        let ticket = Ticket::new("example", id());
        let outcome = StopOutcome::new(ticket).with_stopped(Stopped::AlreadyEnded);
        let document = done(&id(), Ok(outcome), true).unwrap();
        assert_eq!(document.outcome.stopped(), Stopped::AlreadyEnded);
        assert_eq!(document.effect(), Effect::NONE);
    }
}
