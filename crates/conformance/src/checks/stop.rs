use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::future::join_all;
use livecut_core::{
    Certainty, Effect, LiveStreamStopper, Purpose, StopRequest, StopWatch, Timeline, Visibility,
};

use super::plan::failed;
use crate::oracle::{self, Expected};
use crate::suite::{Check, Suite, ensure, fail, incapable, unknown_capability};

/// How many streams are stopped at once.
const AT_ONCE: u32 = 16;

/// How often a stop is polled before it is dropped, at most.
const POLLS: u32 = 8;

pub(super) async fn a_stop_sends_exactly_what_plan_said(suite: &Suite<'_>) -> Check {
    for cut in [false, true] {
        for visibility in [None, suite.capabilities.visibilities().first()] {
            let live = suite.begin().await?;
            let mut request = StopRequest::new(live.id.clone());
            if cut {
                request = suite.cut_request(&live)?;
            }
            if let Some(visibility) = visibility {
                request = request.with_visibility(visibility.clone());
            }
            if !suite.can_ask(&request) {
                continue;
            }
            let stopper = suite.stopper()?;
            let plan = stopper
                .plan(&request)
                .map_err(|error| failed("a plan that is right in every way", &error))?;
            let mark = suite.mark().await?;
            let ticket = suite.stop(&*stopper, &request, live.start).await?;
            let arrived = suite.requests_since(mark).await?;
            // What follows a stop whose cut is owed is no part of the plan.
            if suite.capabilities.single_call() {
                if let Err(why) = oracle::as_planned(plan.steps(), &arrived) {
                    fail!("stop did otherwise than plan said: {why}");
                }
            } else {
                for step in plan.steps().iter().filter(|step| step.when().is_none()) {
                    let times = arrived.iter().filter(|r| oracle::is_step(step, r)).count();
                    ensure!(times >= 1, "planned, and didn't arrive: {step:?}");
                }
            }
            if let Some(planned) = plan.ticket() {
                ensure!(
                    (planned.tenant(), planned.stream(), planned.cut())
                        == (ticket.tenant(), ticket.stream(), ticket.cut()),
                    "the plan's ticket was {planned:?}, and the outcome's is {ticket:?}"
                );
            }
        }
    }
    Ok(())
}

/// A cut that can't be made, now or later, is no reason to end a stream.
pub(super) async fn a_cut_that_ends_after_what_was_recorded_ends_nothing(
    suite: &Suite<'_>,
) -> Check {
    if !suite.capabilities.checks_end() {
        return Err(incapable(
            "nothing tells before the stop that a cut ends after what was recorded",
        ));
    }
    let Some(timeline) = suite.native() else {
        return Err(incapable("no timeline is the provider's own"));
    };
    let live = suite.begin().await?;
    let ahead = oracle::nanos(suite.on_air()).saturating_mul(2);
    let cut = suite.cut_near_grid(timeline, &live, ahead)?;
    let request = StopRequest::new(live.id.clone()).with_cut(cut);
    match suite.stopper()?.stop(&request).await {
        Ok(outcome) => fail!("the cut {cut} ends after now, and the stop is done: {outcome:?}"),
        Err(error) => ensure!(
            error.effect().is_none(),
            "the cut {cut} ends after now, and its stop has done something: {error} ({})",
            error.effect()
        ),
    }
    suite
        .still_on_air(&live.id, "for a cut that can't be made")
        .await
}

pub(super) async fn a_stop_without_a_cut_keeps_everything(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    suite
        .still_on_air(&live.id, "before anyone stopped it")
        .await?;
    let request = StopRequest::new(live.id.clone());
    let ticket = suite.stop(&*suite.stopper()?, &request, live.start).await?;
    ensure!(
        ticket.cut().is_none(),
        "no cut was asked for, and the ticket has {:?}",
        ticket.cut()
    );
    Ok(())
}

pub(super) async fn a_cut_by_offsets_keeps_exactly_the_effective_interval(
    suite: &Suite<'_>,
) -> Check {
    every_rounding_keeps_what_it_should(suite, Timeline::Offset).await
}

pub(super) async fn a_cut_by_wall_clock_keeps_exactly_the_effective_interval(
    suite: &Suite<'_>,
) -> Check {
    every_rounding_keeps_what_it_should(suite, Timeline::WallClock).await
}

async fn every_rounding_keeps_what_it_should(suite: &Suite<'_>, timeline: Timeline) -> Check {
    if suite.capabilities.timeline(timeline).is_none() {
        return Err(incapable(format!("no cuts by {timeline}")));
    }
    let stopper = suite.stopper()?;
    let mut stopped = 0_u32;
    for case in 0.. {
        let live = suite.begin().await?;
        // Made anew for each stream, which may have begun at another instant.
        let requests = suite.roundings(timeline, &live)?;
        let Some(request) = requests.into_iter().nth(case) else {
            break;
        };
        match oracle::expected(&suite.capabilities, &request, live.start) {
            Some(Expected::Effective(_)) => {
                let ticket = suite.stop(&*stopper, &request, live.start).await?;
                suite
                    .check_address(&*stopper, &request, live.start, ticket)
                    .await?;
                stopped = stopped.saturating_add(1);
            }
            Some(Expected::Refused) if suite.depends_on_a_read(&request) => {
                let refused = stopper.stop(&request).await;
                ensure!(
                    refused.is_err_and(|error| error.effect().is_none()),
                    "{:?} can't be made with the rounding {}, and stop did something",
                    request.cut(),
                    request.rounding()
                );
                suite
                    .still_on_air(&live.id, "for a cut that can't be made")
                    .await?;
            }
            Some(Expected::Refused) => {}
            None => return Err(unknown_capability()),
        }
    }
    ensure!(stopped > 0, "the suite failed: no cut was possible at all");
    Ok(())
}

pub(super) async fn a_visibility_reaches_the_server(suite: &Suite<'_>) -> Check {
    let visibilities = suite.capabilities.visibilities();
    if visibilities.is_empty() {
        return Err(incapable("no visibility by name"));
    }
    let stopper = suite.stopper()?;
    let asked: Vec<Option<&Visibility>> = visibilities.iter().map(Some).chain([None]).collect();
    for visibility in asked {
        let live = suite.begin().await?;
        let mut request = suite.cut_request(&live)?;
        if let Some(visibility) = visibility {
            request = request.with_visibility(visibility.clone());
        }
        suite.stop(&*stopper, &request, live.start).await?;
        let arrived = suite.world.visibility(&live.id).await?;
        ensure!(
            arrived.as_ref() == visibility,
            "asked for the visibility {visibility:?}, and the server was asked for {arrived:?}"
        );
    }
    Ok(())
}

pub(super) async fn a_stop_through_arc_and_box_is_the_same(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    let request = suite.cut_request(&live)?;
    let bare = suite.stopper()?;
    let nested: Arc<Box<dyn LiveStreamStopper>> = Arc::new(Box::new(Arc::clone(&bare)));
    ensure!(
        bare.provider() == nested.provider() && bare.capabilities() == nested.capabilities(),
        "the name or the capabilities differ"
    );
    match (bare.plan(&request), nested.plan(&request)) {
        (Ok(bare), Ok(nested)) => {
            ensure!(bare == nested, "the plans differ: {bare:?}, {nested:?}");
        }
        plans => fail!("a plan that is right in every way failed: {plans:?}"),
    }
    let ticket = suite.stop(&nested, &request, live.start).await?;
    let follow = (bare.follow(&ticket).await, nested.follow(&ticket).await);
    let (Ok(bare_progress), Ok(nested_progress)) = follow else {
        fail!("following failed: {follow:?}");
    };
    ensure!(
        bare_progress == nested_progress,
        "following says {bare_progress:?}, and through Arc and Box {nested_progress:?}"
    );
    let status = (bare.status(&live.id).await, nested.status(&live.id).await);
    let (Ok(bare_status), Ok(nested_status)) = status else {
        fail!("the status failed: {status:?}");
    };
    ensure!(
        bare_status == nested_status,
        "the status is {bare_status:?}, and through Arc and Box {nested_status:?}"
    );
    Ok(())
}

pub(super) async fn stops_of_many_streams_at_once_do_not_mix(suite: &Suite<'_>) -> Check {
    let stopper = suite.stopper()?;
    let mut requests = Vec::new();
    for n in 0..AT_ONCE {
        let live = suite.begin().await?;
        let mut request = StopRequest::new(live.id.clone());
        if let Some(timeline) = suite.native() {
            // Of its own for each stream, and within what was recorded.
            request = request.with_cut(suite.cut_on_grid(timeline, &live, n)?);
        }
        requests.push((request, live.start));
    }
    let stops = requests
        .iter()
        .map(|(request, start)| suite.stop(&*stopper, request, *start));
    for stopped in join_all(stops).await {
        stopped?;
    }
    // Not after each stop only: a later one may have changed an earlier one's.
    for (request, start) in &requests {
        suite.check_kept(request, *start).await?;
    }
    Ok(())
}

pub(super) async fn a_dropped_stop_is_never_sent_twice(suite: &Suite<'_>) -> Check {
    for polls in 0..=POLLS {
        let live = suite.begin().await?;
        let watch = StopWatch::new();
        let request = suite.cut_request(&live)?.with_watch(watch.clone());
        let stopper = suite.stopper()?;
        let plan = stopper
            .plan(&request)
            .map_err(|error| failed("a plan that is right in every way", &error))?;
        let mark = suite.mark().await?;
        // Past the Arc, whose own future would only call the adapter when it is polled.
        let completed = polled((*stopper).stop(&request), polls).await;

        // The stopper goes on working, and meanwhile whatever was left behind has time to show.
        // Another cut: a step whose stream is a placeholder tells its requests apart by it.
        let next = suite.begin().await?;
        let mut next_request = StopRequest::new(next.id.clone());
        if let Some(timeline) = suite.native() {
            next_request = next_request.with_cut(suite.cut_on_grid(timeline, &next, 1)?);
        }
        let next_plan = stopper
            .plan(&next_request)
            .map_err(|error| failed("a plan that is right in every way", &error))?;
        suite.stop(&*stopper, &next_request, next.start).await?;

        let arrived = suite.requests_since(mark).await?;
        for step in plan.steps() {
            let times = arrived
                .iter()
                .filter(|request| request.is_mutating() && oracle::is_step(step, request))
                .count();
            // One that names what only an answer tells is no other in the next plan.
            let is_next_s_too = next_plan.steps().contains(step);
            let times = times.saturating_sub(usize::from(is_next_s_too));
            ensure!(
                times <= 1,
                "dropped after {polls} polls, and sent {times} times: {step:?}"
            );
            ensure!(
                polls > 0 || times == 0,
                "a stop that was never polled was sent"
            );
            // One that came to its end tells what it returned, of a call that was refused as well.
            if let Some(told) = watch.effect().filter(|_| !completed) {
                let did = of_step(step.purpose(), suite.capabilities.single_call());
                for (part, did, told) in [
                    ("the stop", did.stopped, told.stopped),
                    ("the cut", did.cut, told.cut),
                    ("anything else", did.other, told.other),
                ] {
                    ensure!(
                        did == Certainty::No || times == 0 || told != Certainty::No,
                        "dropped after {polls} polls, its watch denies {part}, which was sent: {step:?}"
                    );
                    ensure!(
                        did == Certainty::No || times > 0 || told != Certainty::Yes,
                        "dropped after {polls} polls, its watch claims {part}, which was never sent: {step:?}"
                    );
                }
            }
        }
        if suite.capabilities.single_call() && suite.kept(&live.id).await?.is_some() {
            suite.check_kept(&request, live.start).await?;
        }
        if completed {
            break;
        }
    }
    Ok(())
}

/// What a step is for. Of a provider of one call, the stop has the cut too.
fn of_step(purpose: Purpose, is_only: bool) -> Effect {
    let effect = purpose.effect();
    match (purpose, is_only) {
        (Purpose::Stop, true) => Effect::new(effect.stopped, Certainty::Yes),
        _ => effect,
    }
}

/// Polls `future` at most so often, each time when it asks for it, then drops it. Whether it was done.
async fn polled(future: impl Future, mut times: u32) -> bool {
    let mut future = pin!(future);
    poll_fn(|context| {
        if times == 0 {
            return Poll::Ready(false);
        }
        times = times.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if times == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
