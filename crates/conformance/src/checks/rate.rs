//! What becomes of a stop one of whose calls is refused for its rate, and who waits: see
//! [`OnRateLimit`](livecut_core::OnRateLimit).

use std::time::Duration;

use livecut_core::{ErrorKind, OnRateLimit, StopRequest};

use crate::LiveStream;
use crate::suite::{Check, Suite, ensure, fail};

/// What no adapter would take for granted.
const RETRY_AFTER: Duration = Duration::from_secs(3);

pub(super) async fn a_rate_limited_stop_is_retried_by_default(suite: &Suite<'_>) -> Check {
    for cut in [true, false] {
        let calls = Calls::of_a_stop(suite, cut).await?;
        retried(suite, cut, OnRateLimit::Retry, 0, &calls).await?;
    }
    Ok(())
}

pub(super) async fn a_rate_limited_stop_is_handed_back_only_before_a_change(
    suite: &Suite<'_>,
) -> Check {
    for cut in [true, false] {
        let calls = Calls::of_a_stop(suite, cut).await?;
        for after in 0..calls.all {
            if after <= calls.before_the_first_change {
                // An adapter may wait only where it isn't told how long, or only where it is.
                for retry_after in [None, Some(RETRY_AFTER)] {
                    handed_back(suite, cut, after, retry_after).await?;
                }
            } else {
                retried(suite, cut, OnRateLimit::Return, after, &calls).await?;
            }
        }
    }
    Ok(())
}

/// How many requests a stop sends that nothing happens to.
#[derive(Debug)]
struct Calls {
    all: usize,
    before_the_first_change: usize,
}

impl Calls {
    async fn of_a_stop(suite: &Suite<'_>, cut: bool) -> Check<Self> {
        let (live, request) = request(suite, cut).await?;
        let stopper = suite.stopper()?;
        let mark = suite.mark().await?;
        let result = stopper.stop(&request).await;
        // Before an owed cut is seen to, which is no part of the stop.
        let arrived = suite.requests_since(mark).await?;
        suite
            .went_well(&*stopper, &request, live.start, result)
            .await?;
        let Some(first) = arrived.iter().position(|request| request.is_mutating()) else {
            fail!("a stream was stopped, by requests that change nothing: {arrived:?}");
        };
        Ok(Self {
            all: arrived.len(),
            before_the_first_change: first,
        })
    }
}

async fn request(suite: &Suite<'_>, cut: bool) -> Check<(LiveStream, StopRequest)> {
    let live = suite.begin().await?;
    let request = if cut {
        suite.cut_request(&live)?
    } else {
        StopRequest::new(live.id.clone())
    };
    Ok((live, request))
}

/// Has the request after the first `after` refused: it is sent again, and all goes well.
async fn retried(
    suite: &Suite<'_>,
    cut: bool,
    on_rate_limit: OnRateLimit,
    after: usize,
    calls: &Calls,
) -> Check {
    let (live, request) = request(suite, cut).await?;
    let request = request.with_on_rate_limit(on_rate_limit);
    let stopper = suite.stopper()?;
    // No time to wait is told: the suite doesn't sleep, nor does it have an adapter sleep.
    suite.world.refuse_for_rate(after, None).await?;
    let mark = suite.mark().await?;
    let result = stopper.stop(&request).await;
    let sent = suite.requests_since(mark).await?.len();
    let expected = calls.all.saturating_add(1);
    ensure!(
        sent == expected,
        "`{on_rate_limit:?}`: request {} of {} was refused for its rate and is sent again, which makes {expected}, and \
         {sent} arrived; stop says {result:?}",
        after.saturating_add(1),
        calls.all
    );
    suite
        .went_well(&*stopper, &request, live.start, result)
        .await?;
    Ok(())
}

/// Has the request after the first `after` refused, nothing being changed yet: the stop ends with it, and can begin again.
async fn handed_back(
    suite: &Suite<'_>,
    cut: bool,
    after: usize,
    retry_after: Option<Duration>,
) -> Check {
    let (live, request) = request(suite, cut).await?;
    let request = request.with_on_rate_limit(OnRateLimit::Return);
    let stopper = suite.stopper()?;
    suite.world.refuse_for_rate(after, retry_after).await?;
    let mark = suite.mark().await?;
    let result = stopper.stop(&request).await;
    let sent = suite.requests_since(mark).await?.len();
    let refused = after.saturating_add(1);
    ensure!(
        sent == refused,
        "request {refused} was refused for its rate before anything was changed, which is to be handed back, and {sent} \
         arrived; stop says {result:?}"
    );
    let Err(error) = result else {
        fail!("request {refused} was refused for its rate, none came after it, and stop is Ok");
    };
    ensure!(
        error.kind() == ErrorKind::RateLimited && error.is_safe_to_repeat(),
        "request {refused} was refused for its rate before anything was changed, and stop says `{}`, {}: {error}",
        error.kind(),
        error.effect()
    );
    ensure!(
        error.retry_after() == retry_after,
        "the server asks to wait for {retry_after:?}, and the error says {:?}",
        error.retry_after()
    );
    suite
        .still_on_air(&live.id, "and it was said that it wasn't")
        .await?;
    // Whoever has it handed back begins again.
    suite.stop(&*stopper, &request, live.start).await?;
    Ok(())
}
