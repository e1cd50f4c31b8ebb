//! What becomes of a follow one of whose calls meets a fault.

use livecut_core::{Certainty, ErrorKind, Progress, StopRequest, Ticket};

use super::plan::failed;
use crate::suite::{Check, MAX_STEPS, STEP, Suite, ensure, fail};
use crate::{Fault, LiveStream, ReceivedRequest};

/// Those of [`Fault::ALL`] that any request can meet and that nobody has to wait after.
const FAULTS: [Fault; 4] = [
    Fault::Refused,
    Fault::Unavailable,
    Fault::UnavailableApplied,
    Fault::GarbledApplied,
];

pub(super) async fn a_follow_struck_in_any_of_its_calls_claims_the_truth(
    suite: &Suite<'_>,
) -> Check {
    for cut in [true, false] {
        let looks = looks(suite, cut).await?;
        for (number, look) in looks.iter().enumerate() {
            // Others that take the same calls show the same.
            if looks.iter().take(number).any(|other| other == look) {
                continue;
            }
            for after in 0..look.len() {
                for fault in FAULTS {
                    strike(suite, cut, &looks, number, after, fault).await?;
                }
            }
        }
    }
    Ok(())
}

/// The calls of one follow: of each, whether it may change something.
type Look = Vec<bool>;

/// A stream that is stopped. Its cut may be owed.
async fn begun(suite: &Suite<'_>, cut: bool) -> Check<(LiveStream, StopRequest, Ticket)> {
    let live = suite.begin().await?;
    let request = if cut {
        suite.cut_request(&live)?
    } else {
        StopRequest::new(live.id.clone())
    };
    let ticket = match suite.stopper()?.stop(&request).await {
        Ok(outcome) => outcome.ticket().clone(),
        Err(error) => match error.ticket() {
            Some(ticket) if error.kind() == ErrorKind::CutOwed => ticket.clone(),
            _ => return Err(failed("a stop that is right in every way", &error)),
        },
    };
    Ok((live, request, ticket))
}

/// One look at a recording that isn't ready yet; returns the ticket to go on with.
async fn look(suite: &Suite<'_>, ticket: &Ticket) -> Check<Progress> {
    let progress = suite.stopper()?.follow(ticket).await;
    match progress {
        Ok(Progress::Failed(given_up)) => {
            fail!(
                "the recording is under way, and follow says: {}",
                given_up.reason()
            )
        }
        Ok(progress) => Ok(progress),
        Err(error) => Err(failed("a step towards the recording", &error)),
    }
}

/// All follows until the recording is ready, where nothing breaks.
async fn looks(suite: &Suite<'_>, cut: bool) -> Check<Vec<Look>> {
    let (_, _, mut ticket) = begun(suite, cut).await?;
    let mut looks = Vec::new();
    let mut mark = suite.mark().await?;
    for _ in 0..MAX_STEPS {
        let progress = look(suite, &ticket).await?;
        let arrived = suite.requests().await?;
        let calls = arrived.iter().skip(mark);
        looks.push(calls.map(ReceivedRequest::is_mutating).collect());
        mark = arrived.len();
        if matches!(progress, Progress::Ready(_)) {
            return Ok(looks);
        }
        ticket = progress.ticket().clone();
        suite.world.advance(STEP).await?;
    }
    fail!("the recording isn't ready after {MAX_STEPS} s of the server's time")
}

/// Has one call of one of these follows meet the fault, and follows on to the end.
async fn strike(
    suite: &Suite<'_>,
    cut: bool,
    looks: &[Look],
    number: usize,
    after: usize,
    fault: Fault,
) -> Check {
    let (live, request, mut ticket) = begun(suite, cut).await?;
    let mark = suite.mark().await?;
    for _ in 0..number {
        ticket = look(suite, &ticket).await?.ticket().clone();
        suite.world.advance(STEP).await?;
    }
    let before = suite.kept(&live.id).await?;
    let stopper = suite.stopper()?;
    suite.world.fault_after(after, fault).await?;
    let result = stopper.follow(&ticket).await;
    let made = suite.kept(&live.id).await? != before;

    let changes = looks.get(number).and_then(|look| look.get(after)) == Some(&true);
    let call = after.saturating_add(1);
    let what = format!("call {call} of a follow met {fault:?}");
    match &result {
        Ok(Progress::Failed(given_up)) => ensure!(
            changes && fault == Fault::Refused,
            "{what}, and it gives up a recording that can be had: {}",
            given_up.reason()
        ),
        Ok(_) => {}
        Err(error) => {
            let effect = error.effect();
            ensure!(
                effect.stopped == Certainty::No,
                "{what}, and the error claims {effect}: a follow stops nothing"
            );
            let contradicts = match effect.cut {
                Certainty::No => made,
                Certainty::Yes => !made,
                Certainty::Unknown => !changes,
            };
            ensure!(
                !contradicts,
                "{what}, and the error claims {effect}: the cut was {}made by it: {error}",
                if made { "" } else { "not " }
            );
        }
    }

    let next = match &result {
        Ok(progress) => Some(progress.ticket()),
        Err(error) => error.ticket(),
    };
    // Without another, whoever follows has the ticket that was followed.
    let ticket = next.cloned().unwrap_or(ticket);
    suite.follow_to_the_end(&*suite.stopper()?, ticket).await?;
    suite.check_kept(&request, live.start).await?;
    let all = looks.iter().flatten().filter(|changes| **changes).count();
    let most = all.saturating_add(usize::from(changes && !fault.applies()));
    let arrived = suite.requests_since(mark).await?;
    let sent = arrived.iter().filter(|one| one.is_mutating()).count();
    ensure!(
        sent <= most,
        "{what}; followed to its end, that takes {most} requests that change something, and {sent} arrived"
    );
    Ok(())
}
