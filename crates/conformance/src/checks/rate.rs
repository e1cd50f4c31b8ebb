//! What becomes of a stop one of whose calls is refused for its rate, and who says when it is sent again: see
//! [`Pace`](livecut_core::adapter::Pace).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use livecut_core::adapter::{Pace, Turn};
use livecut_core::{ErrorKind, Method, StopRequest};

use crate::LiveStream;
use crate::suite::{Check, Suite, ensure, fail};

/// What no adapter would take for granted.
const RETRY_AFTER: Duration = Duration::from_secs(3);

pub(super) async fn a_rate_limited_stop_is_retried_by_default(suite: &Suite<'_>) -> Check {
    for cut in [true, false] {
        let calls = Calls::of_a_stop(suite, cut).await?;
        // The suite doesn't sleep, nor does it have an adapter sleep.
        let (live, request) = request(suite, cut).await?;
        retried(suite, &live, &request, 0, Duration::ZERO, &calls).await?;
    }
    Ok(())
}

pub(super) async fn a_paced_stop_asks_before_each_call(suite: &Suite<'_>) -> Check {
    for cut in [true, false] {
        let calls = Calls::of_a_stop(suite, cut).await?;
        for after in 0..calls.all {
            let pace = Arc::new(Recorder::admitting(usize::MAX));
            let (live, request) = request(suite, cut).await?;
            let request = request.with_pace(Arc::<Recorder>::clone(&pace));
            retried(suite, &live, &request, after, RETRY_AFTER, &calls).await?;
            let said = pace.said();
            let expected = Said {
                admitted: calls.all.saturating_add(1),
                taken: calls.all,
                refused: vec![Some(RETRY_AFTER)],
            };
            ensure!(
                said == expected,
                "request {} was refused for its rate; of all of them the stop's pace should have heard {expected:?}, and it heard \
                 {said:?}",
                after.saturating_add(1)
            );
        }
    }
    Ok(())
}

pub(super) async fn a_stop_without_a_turn_sends_no_more(suite: &Suite<'_>) -> Check {
    for cut in [true, false] {
        let calls = Calls::of_a_stop(suite, cut).await?;
        for turns in 0..=calls.before_the_first_change {
            without_a_turn(suite, cut, turns).await?;
        }
    }
    Ok(())
}

/// Admits so many calls, and writes down what it hears.
#[derive(Debug)]
struct Recorder {
    turns: usize,
    said: Mutex<Said>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    admitted: usize,
    taken: usize,
    refused: Vec<Option<Duration>>,
}

impl Recorder {
    fn admitting(turns: usize) -> Self {
        Self {
            turns,
            said: Mutex::default(),
        }
    }

    fn said(&self) -> Said {
        self.note(|said| said.clone())
    }

    fn note<T>(&self, note: impl FnOnce(&mut Said) -> T) -> T {
        note(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Pace for Recorder {
    async fn admit(&self, method: Method, _: Duration) -> Option<Turn> {
        self.note(|said| {
            let number = said.admitted;
            (number < self.turns).then(|| {
                said.admitted = number.saturating_add(1);
                Turn::new(method, u64::try_from(number).unwrap_or_default())
            })
        })
    }

    fn taken(&self, _: Turn) {
        self.note(|said| said.taken = said.taken.saturating_add(1));
    }

    fn refused(&self, _: Turn, retry_after: Option<Duration>) {
        self.note(|said| said.refused.push(retry_after));
    }
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
    live: &LiveStream,
    request: &StopRequest,
    after: usize,
    retry_after: Duration,
    calls: &Calls,
) -> Check {
    let stopper = suite.stopper()?;
    suite
        .world
        .refuse_for_rate(after, Some(retry_after))
        .await?;
    let mark = suite.mark().await?;
    let result = stopper.stop(request).await;
    let sent = suite.requests_since(mark).await?.len();
    let expected = calls.all.saturating_add(1);
    ensure!(
        sent == expected,
        "request {} of {} was refused for its rate and is sent again, which makes {expected}, and \
         {sent} arrived; stop says {result:?}",
        after.saturating_add(1),
        calls.all
    );
    suite
        .went_well(&*stopper, request, live.start, result)
        .await?;
    Ok(())
}

/// Has a pace that gives no turn after the first so many, nothing being changed yet: the stop ends with that, and can
/// begin again.
async fn without_a_turn(suite: &Suite<'_>, cut: bool, turns: usize) -> Check {
    let (live, request) = request(suite, cut).await?;
    let paced = request
        .clone()
        .with_pace(Arc::new(Recorder::admitting(turns)));
    let stopper = suite.stopper()?;
    let mark = suite.mark().await?;
    let result = stopper.stop(&paced).await;
    let sent = suite.requests_since(mark).await?.len();
    ensure!(
        sent == turns,
        "the stop's pace gave {turns} turns, and {sent} requests arrived; stop says {result:?}"
    );
    let Err(error) = result else {
        fail!("the stop's pace gave {turns} turns, before anything was changed, and stop is Ok");
    };
    ensure!(
        error.kind() == ErrorKind::RateLimited && error.is_safe_to_repeat(),
        "the stop's pace gave {turns} turns, before anything was changed, and stop says `{}`, {}: {error}",
        error.kind(),
        error.effect()
    );
    suite
        .still_on_air(&live.id, "and it was said that it wasn't")
        .await?;
    // Whoever has it handed back begins again.
    suite.stop(&*stopper, &request, live.start).await?;
    Ok(())
}
