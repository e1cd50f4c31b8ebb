use std::time::Duration;

use livecut_core::{Certainty, Effect, Error, ErrorKind, Standing, StopRequest};

use crate::suite::{Check, Suite, ensure, fail};
use crate::{Fault, LiveStream, Misconfiguration};

/// Whether a call was refused in this way, and says that it did nothing.
fn causes_nothing(error: &Error, kind: ErrorKind) -> Check {
    ensure!(
        error.kind() == kind && error.effect().is_none(),
        "it says `{}`, {}, and right is `{kind}`: {error}",
        error.kind(),
        error.effect()
    );
    Ok(())
}

pub(super) async fn an_unknown_stream_is_not_found(suite: &Suite<'_>) -> Check {
    let stopper = suite.stopper()?;
    let unknown = suite.world.unknown_stream()?;
    let Err(error) = stopper.stop(&StopRequest::new(unknown.clone())).await else {
        fail!("a stream that doesn't exist was stopped");
    };
    causes_nothing(&error, ErrorKind::NotFound)?;
    match stopper.status(&unknown).await {
        Ok(status) => fail!("a stream that doesn't exist has the status {status:?}"),
        Err(error) => causes_nothing(&error, ErrorKind::NotFound)?,
    }
    Ok(())
}

pub(super) async fn a_wrong_credential_is_unauthorized(suite: &Suite<'_>) -> Check {
    let stopper = suite.watched(
        suite
            .world
            .misconfigured(Misconfiguration::WrongCredential)?,
    );
    let live = suite.begin().await?;
    let Err(error) = stopper.stop(&suite.cut_request(&live)?).await else {
        fail!("a stream was stopped with a credential that the server doesn't accept");
    };
    causes_nothing(&error, ErrorKind::Unauthorized)?;
    match stopper.status(&live.id).await {
        Ok(status) => fail!("the server doesn't accept the credential, and yet: {status:?}"),
        Err(error) => causes_nothing(&error, ErrorKind::Unauthorized)?,
    }
    suite
        .still_on_air(&live.id, "with a credential that the server doesn't accept")
        .await
}

pub(super) async fn an_unreachable_provider_causes_nothing(suite: &Suite<'_>) -> Check {
    let stopper = suite.watched(suite.world.misconfigured(Misconfiguration::Unreachable)?);
    let live = suite.begin().await?;
    let Err(error) = stopper.stop(&suite.cut_request(&live)?).await else {
        fail!("a stream was stopped at a provider that can't be reached");
    };
    causes_nothing(&error, ErrorKind::Connect)?;
    suite
        .still_on_air(&live.id, "at a provider that can't be reached")
        .await
}

pub(super) async fn a_timeout_of_zero_times_out_truthfully(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    let request = suite.cut_request(&live)?.with_timeout(Duration::ZERO);
    let stopper = suite.stopper()?;
    let Err(error) = stopper.stop(&request).await else {
        fail!("a stop took no time at all");
    };
    ensure!(
        error.kind() == ErrorKind::Timeout,
        "stop says `{}`: {error}",
        error.kind()
    );
    // Time for what was sent all the same.
    let next = suite.begin().await?;
    let next_request = suite.cut_request(&next)?;
    suite.stop(&*stopper, &next_request, next.start).await?;
    truthful(suite, &request, &live, error.effect()).await
}

/// Whether the claim agrees with what the server has.
async fn truthful(
    suite: &Suite<'_>,
    request: &StopRequest,
    live: &LiveStream,
    claimed: Effect,
) -> Check {
    let kept = suite.kept(&live.id).await?;
    let cut = match suite.expected_kept(request, live.start)? {
        Some(expected) => kept == Some(expected),
        None => false,
    };
    for (what, claim, truth) in [
        ("stopped", claimed.stopped, kept.is_some()),
        ("cut", claimed.cut, cut),
    ] {
        let contradicts = match claim {
            Certainty::No => truth,
            Certainty::Yes => !truth,
            Certainty::Unknown => false,
        };
        ensure!(
            !contradicts,
            "the error claims `{what}: {claim}`, and the truth is `{what}: {}`",
            if truth { "yes" } else { "no" }
        );
    }
    Ok(())
}

/// The most that a request is sent that is safe to repeat.
const MOST: usize = 3;

/// Stops a stream, the request meeting `fault`, with and without a cut: the error's effect must be the truth, and nothing
/// may be sent again, unless the provider documents that the stop is safe to repeat.
async fn meets(suite: &Suite<'_>, fault: Fault) -> Check {
    for cut in [true, false] {
        let live = suite.begin().await?;
        let request = if cut {
            suite.cut_request(&live)?
        } else {
            StopRequest::new(live.id.clone())
        };
        suite.world.fault(&live.id, fault).await?;
        let mark = suite.mark().await?;
        let stopper = suite.stopper()?;
        let repeats = suite.capabilities.repeats_stop() && fault != Fault::Refused;
        let result = stopper.stop(&request).await;
        let sent = suite.changes_since(mark).await?.len();
        let error = match result {
            Err(error) => error,
            Ok(_) if repeats && sent > 1 => {
                ensure!(
                    sent <= MOST,
                    "after a request that met {fault:?} it was sent {sent} times in all"
                );
                suite.check_kept(&request, live.start).await?;
                continue;
            }
            Ok(_) => {
                fail!("the server didn't confirm a stop, and stop is Ok, after {sent} requests");
            }
        };
        ensure!(
            sent == 1 || (repeats && sent <= MOST),
            "after a request that met {fault:?} no other may be sent, and {sent} were in all"
        );
        truthful(suite, &request, &live, error.effect()).await?;
        if fault == Fault::Refused {
            ensure!(
                error.effect().is_none(),
                "the server refused the request, and the error claims {}",
                error.effect()
            );
        }
    }
    Ok(())
}

pub(super) async fn a_refused_stop_causes_nothing(suite: &Suite<'_>) -> Check {
    meets(suite, Fault::Refused).await
}

pub(super) async fn a_rate_limited_stop_is_applied_once_or_not_at_all(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    let request = suite.cut_request(&live)?;
    suite.world.fault(&live.id, Fault::RateLimited).await?;
    let stopper = suite.stopper()?;
    match stopper.stop(&request).await {
        // Asked to slow down, it may ask again: nothing was applied.
        Ok(_) => suite.check_kept(&request, live.start).await,
        Err(error) if error.standing() == Standing::CutOwed => {
            let Some(ticket) = error.ticket().cloned() else {
                fail!("a cut is owed, and there is no ticket to go on with: {error}");
            };
            suite.follow_to_the_end(&*stopper, ticket).await?;
            suite.check_kept(&request, live.start).await
        }
        Err(error) => {
            causes_nothing(&error, ErrorKind::RateLimited)?;
            suite
                .still_on_air(&live.id, "and it was said that it wasn't")
                .await
        }
    }
}

pub(super) async fn a_stop_answered_503_is_not_repeated(suite: &Suite<'_>) -> Check {
    meets(suite, Fault::Unavailable).await
}

pub(super) async fn a_stop_applied_and_answered_503_is_not_denied(suite: &Suite<'_>) -> Check {
    meets(suite, Fault::UnavailableApplied).await
}

pub(super) async fn a_stop_answered_in_garbage_is_not_denied(suite: &Suite<'_>) -> Check {
    meets(suite, Fault::GarbledApplied).await
}

pub(super) async fn a_stop_whose_connection_broke_is_not_denied(suite: &Suite<'_>) -> Check {
    meets(suite, Fault::BrokenApplied).await
}

pub(super) async fn every_error_keeps_the_contract(suite: &Suite<'_>) -> Check {
    let faults = suite.watch.faults();
    ensure!(faults.is_empty(), "{}", faults.join("\n         "));
    Ok(())
}

pub(super) async fn nothing_shows_a_secret(suite: &Suite<'_>) -> Check {
    let secrets = suite.world.secrets();
    ensure!(
        secrets.iter().any(|secret| !secret.is_empty()) && !secrets.contains(&String::new()),
        "the world failed: it names no secret, or an empty one"
    );
    for request in suite.requests().await? {
        suite.watch.text("the URL of a request", &request.url);
    }
    let mut leaks = suite.watch.leaks();
    leaks.sort();
    leaks.dedup();
    ensure!(
        leaks.is_empty(),
        "a secret stands in {}",
        leaks.join(", in ")
    );
    Ok(())
}
