use livecut_core::{
    Error, ErrorKind, Purpose, StopRequest, Ticket, Timeline, TimelineSupport, Visibility,
};
use time::Duration;

use crate::LiveStream;
use crate::oracle::{self, Expected, Span};
use crate::suite::{Check, Halt, Suite, ensure, fail, incapable, unknown_capability};

const TIMELINES: [Timeline; 2] = [Timeline::Offset, Timeline::WallClock];

pub(super) fn failed(what: &str, error: &Error) -> Halt {
    Halt::Failed(format!("{what} failed: {error}"))
}

pub(super) async fn the_provider_has_a_valid_name(suite: &Suite<'_>) -> Check {
    let name = suite.provider;
    // A ticket with a name that isn't valid can't be read back.
    let stream = suite.world.unknown_stream()?;
    ensure!(
        Ticket::new(name, stream)
            .to_string()
            .parse::<Ticket>()
            .is_ok(),
        "{name:?} isn't 1 to 64 of lower-case ASCII letters, digits, `-` and `_`"
    );
    let again = suite.stopper()?.provider();
    ensure!(name == again, "it is {name:?} once, and {again:?} then");
    Ok(())
}

pub(super) async fn the_capabilities_are_consistent(suite: &Suite<'_>) -> Check {
    let capabilities = &suite.capabilities;
    ensure!(
        !capabilities.granularity().is_zero(),
        "the granularity is zero"
    );
    for timeline in TIMELINES {
        if let Some(TimelineSupport::WithAnchor | TimelineSupport::ReadAnchor) =
            capabilities.timeline(timeline)
        {
            let native = capabilities.timeline(oracle::other(timeline));
            ensure!(
                native == Some(TimelineSupport::Native),
                "cuts by {timeline} are to be converted to the other timeline, whose support is {native:?}"
            );
        }
    }
    let named = capabilities.visibilities();
    for (at, visibility) in named.iter().enumerate() {
        ensure!(
            !named
                .iter()
                .skip(at.saturating_add(1))
                .any(|v| v == visibility),
            "the visibility `{visibility}` is there twice"
        );
    }
    let again = suite.stopper()?.capabilities();
    ensure!(
        *capabilities == again,
        "they are {capabilities:?} once, and {again:?} then"
    );

    let live = suite.begin().await?;
    let plan = suite
        .stopper()?
        .plan(&suite.cut_request(&live)?)
        .map_err(|error| failed("a plan that is right in every way", &error))?;
    let changing = plan
        .steps()
        .iter()
        .filter(|step| step.purpose() != Purpose::Read)
        .count();
    if capabilities.single_call() {
        ensure!(
            changing == 1,
            "stop and cut are said to be one request, and the plan has {changing}"
        );
        ensure!(
            plan.ticket().is_some(),
            "stop and cut are said to be one request, and the plan has no ticket"
        );
    }
    ensure!(changing >= 1, "the plan has no step that stops");
    Ok(())
}

/// A request of each sort that the provider takes.
async fn requests(suite: &Suite<'_>) -> Check<(LiveStream, Vec<StopRequest>)> {
    let live = suite.begin().await?;
    let mut requests = vec![StopRequest::new(live.id.clone())];
    for timeline in TIMELINES {
        if suite.capabilities.timeline(timeline).is_some() {
            let request = StopRequest::new(live.id.clone())
                .with_cut(suite.cut_on_grid(timeline, &live, 0)?)
                .with_anchor(live.start);
            requests.push(request);
        }
    }
    Ok((live, requests))
}

pub(super) async fn plan_sends_nothing_and_always_says_the_same(suite: &Suite<'_>) -> Check {
    let (live, requests) = requests(suite).await?;
    let mark = suite.mark().await?;
    let stopper = suite.stopper()?;
    for request in &requests {
        let plans = [
            stopper.plan(request),
            stopper.plan(request),
            suite.stopper()?.plan(request),
        ];
        let [Ok(first), Ok(second), Ok(fresh)] = &plans else {
            fail!("a plan that is right in every way failed: {plans:?}");
        };
        ensure!(
            first == second && first == fresh,
            "the same request is planned as {first:?}, {second:?} and, by a fresh stopper, {fresh:?}"
        );
        ensure!(
            first.provider() == suite.provider,
            "the plan is for `{}`",
            first.provider()
        );
        if let Some(ticket) = first.ticket() {
            ensure!(
                ticket.provider() == suite.provider && *ticket.stream() == live.id,
                "the plan's ticket is for `{}` at `{}`",
                ticket.stream(),
                ticket.provider()
            );
        }
    }
    suite
        .nothing_arrived_since(mark, "plan sends nothing")
        .await?;
    suite
        .still_on_air(&live.id, "and it was planned only")
        .await
}

pub(super) async fn plan_stays_under_the_base_url(suite: &Suite<'_>) -> Check {
    let bases = suite.world.base_urls();
    ensure!(!bases.is_empty(), "the world failed: it names no base URL");
    let (_, requests) = requests(suite).await?;
    for request in &requests {
        let plan = suite
            .stopper()?
            .plan(request)
            .map_err(|error| failed("a plan that is right in every way", &error))?;
        for step in plan.steps() {
            let url = step.url();
            let is_under = |base: &String| {
                url.strip_prefix(base.trim_end_matches('/'))
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            ensure!(
                bases.iter().any(is_under),
                "{url} doesn't lie under any of {bases:?}"
            );
        }
    }
    Ok(())
}

pub(super) async fn plan_tells_the_cut_as_the_provider_will_make_it(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    let stopper = suite.stopper()?;
    let whole = stopper
        .plan(&StopRequest::new(live.id.clone()))
        .map_err(|error| failed("the plan of a stop without a cut", &error))?;
    ensure!(
        whole.cut().is_none(),
        "no cut was asked for, and the plan has {:?}",
        whole.cut()
    );
    let mut planned = 0_u32;
    for timeline in TIMELINES {
        if suite.capabilities.timeline(timeline).is_none() {
            continue;
        }
        for request in suite.roundings(timeline, &live)? {
            let (asked, rounding) = (request.cut(), request.rounding());
            match (
                oracle::expected(&suite.capabilities, &request, live.start),
                stopper.plan(&request),
            ) {
                (Some(Expected::Effective(expected)), Ok(plan)) => {
                    let Some(cut) = plan.cut() else {
                        // It may depend on a read.
                        ensure!(
                            suite.depends_on_a_read(&request),
                            "nothing is to be read first, and the plan doesn't tell its cut"
                        );
                        continue;
                    };
                    ensure!(
                        Some(cut.requested()) == asked,
                        "asked for {asked:?}, and the plan has it as {}",
                        cut.requested()
                    );
                    ensure!(
                        Span::of(cut.effective()) == expected,
                        "{} rounded {rounding} is planned as {}, and right is {expected:?}",
                        cut.requested(),
                        cut.effective()
                    );
                    planned = planned.saturating_add(1);
                }
                (Some(Expected::Effective(_)), Err(error)) => {
                    fail!("{asked:?} rounded {rounding} can be made, and is refused: {error}")
                }
                (Some(Expected::Refused), Err(error)) => ensure!(
                    error.kind() == ErrorKind::InvalidRequest,
                    "{asked:?} rounded {rounding} is refused as `{}`: {error}",
                    error.kind()
                ),
                // `stop` finds out.
                (Some(Expected::Refused), Ok(_)) if suite.depends_on_a_read(&request) => {}
                (Some(Expected::Refused), Ok(plan)) => fail!(
                    "{asked:?} can't be made with the rounding {rounding}, and is planned as {:?}",
                    plan.cut()
                ),
                (None, _) => return Err(unknown_capability()),
            }
        }
    }
    if planned == 0 {
        return Err(incapable("no cut is known before something is read"));
    }
    Ok(())
}

pub(super) async fn a_cut_that_the_provider_cannot_make_is_refused_unsent(
    suite: &Suite<'_>,
) -> Check {
    let live = suite.begin().await?;
    let stopper = suite.stopper()?;
    let mut tried = false;
    for timeline in TIMELINES {
        if suite.capabilities.timeline(timeline).is_none() {
            tried = true;
            let request = StopRequest::new(live.id.clone())
                .with_cut(suite.cut_on_grid(timeline, &live, 0)?)
                .with_anchor(live.start);
            let what = format!("a cut by {timeline}");
            suite
                .refused(&*stopper, &request, &[ErrorKind::Unsupported], &what)
                .await?;
            continue;
        }
        for request in suite.roundings(timeline, &live)? {
            let expected = oracle::expected(&suite.capabilities, &request, live.start);
            if expected == Some(Expected::Refused) && !suite.depends_on_a_read(&request) {
                tried = true;
                let what = format!("{:?} rounded {}", request.cut(), request.rounding());
                suite
                    .refused(&*stopper, &request, &[ErrorKind::InvalidRequest], &what)
                    .await?;
            }
        }
    }
    if !tried {
        return Err(incapable("it cuts by both timelines, at any nanosecond"));
    }
    suite
        .still_on_air(&live.id, "by a request that was refused")
        .await
}

pub(super) async fn a_cut_that_needs_an_anchor_is_refused_without_one(suite: &Suite<'_>) -> Check {
    let with_anchor = TIMELINES.into_iter().find(|timeline| {
        suite.capabilities.timeline(*timeline) == Some(TimelineSupport::WithAnchor)
    });
    let Some(timeline) = with_anchor else {
        return Err(incapable("no timeline needs an anchor"));
    };
    let live = suite.begin().await?;
    let request =
        StopRequest::new(live.id.clone()).with_cut(suite.cut_on_grid(timeline, &live, 0)?);
    suite
        .refused(
            &*suite.stopper()?,
            &request,
            &[ErrorKind::InvalidRequest],
            "a cut that needs an anchor and has none",
        )
        .await?;
    suite
        .still_on_air(&live.id, "by a request that was refused")
        .await
}

pub(super) async fn an_anchor_that_is_not_needed_changes_nothing(suite: &Suite<'_>) -> Check {
    let Some(timeline) = suite.native() else {
        return Err(incapable("it cuts on no timeline by itself"));
    };
    let live = suite.begin().await?;
    let request =
        StopRequest::new(live.id.clone()).with_cut(suite.cut_on_grid(timeline, &live, 0)?);
    let wrong = live.start.saturating_sub(Duration::HOUR);
    let stopper = suite.stopper()?;
    let plans = (
        stopper.plan(&request),
        stopper.plan(&request.clone().with_anchor(wrong)),
    );
    match plans {
        (Ok(without), Ok(with)) => ensure!(
            without == with,
            "the plan is {without:?}, and with an anchor {with:?}"
        ),
        plans => fail!("a plan that is right in every way failed: {plans:?}"),
    }
    Ok(())
}

pub(super) async fn a_visibility_is_in_the_plan_or_refused(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    let stopper = suite.stopper()?;
    let request = suite.cut_request(&live)?;
    let plain = stopper
        .plan(&request)
        .map_err(|error| failed("a plan that is right in every way", &error))?;
    let mut planned = vec![("none".to_owned(), plain.into_parts().0)];
    let others = ["7", "livecut", ""].map(|name| Visibility::Other(name.to_owned()));
    let named = [
        Visibility::Public,
        Visibility::Private,
        Visibility::PasswordProtected,
    ];
    for visibility in named.iter().chain(&others) {
        let request = request.clone().with_visibility(visibility.clone());
        let what = format!("the visibility {visibility:?}");
        if !suite.capabilities.supports_visibility(visibility) {
            suite
                .refused(&*stopper, &request, &[ErrorKind::Unsupported], &what)
                .await?;
            continue;
        }
        match stopper.plan(&request) {
            Ok(plan) => {
                let steps = plan.into_parts().0;
                if let Some((same, _)) = planned.iter().find(|(_, other)| *other == steps) {
                    fail!("{what} isn't in the plan, which is the same for {same}");
                }
                planned.push((what, steps));
                let whole = StopRequest::new(live.id.clone()).with_visibility(visibility.clone());
                if !suite.can_ask(&whole) {
                    let what = format!("the visibility {visibility:?} without a cut");
                    suite
                        .refused(&*stopper, &whole, &[ErrorKind::Unsupported], &what)
                        .await?;
                }
            }
            // Which texts are the provider's own is for the adapter to say.
            Err(_) if matches!(visibility, Visibility::Other(_)) => {
                suite
                    .refused(
                        &*stopper,
                        &request,
                        &[ErrorKind::InvalidRequest, ErrorKind::Unsupported],
                        &what,
                    )
                    .await?;
            }
            Err(error) => fail!("{what} is a capability, and is refused: {error}"),
        }
    }
    Ok(())
}
