//! That each request has its one result, and a true one, whenever it is cancelled.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::sync::Arc;

use super::*;
use futures_util::StreamExt as _;
use livecut::{StopAllOptions, StopResult, stop_all};

const LONG: Duration = Duration::from_secs(60);

/// Fates of all kinds, by the order of arrival.
fn mixed(number: usize) -> Result<(), (ErrorKind, Effect)> {
    use Certainty::{No, Unknown, Yes};
    match number % 7 {
        0 => Err((ErrorKind::NotFound, Effect::NONE)),
        1 => Err((ErrorKind::Timeout, Effect::new(Unknown, Unknown))),
        2 => Err((ErrorKind::CutOwed, Effect::new(Yes, No))),
        _ => Ok(()),
    }
}

/// What a result claims of the stop.
fn claimed<R>(stop: &StopResult<R>) -> Certainty {
    stop.result()
        .map_or_else(|error| error.effect().stopped, |_| Certainty::Yes)
}

#[tokio::test(start_paused = true)]
async fn each_request_has_one_result_that_claims_what_is_true_whenever_it_is_cancelled() {
    let limits = [
        Limit::None,
        Limit::Window(40, Duration::from_secs(2)),
        Limit::Bucket {
            holds: 5,
            per_second: 100,
        },
    ];
    let mut cut_short = 0;
    for round in 0_u64..400 {
        fastrand::seed(round);
        let count = fastrand::usize(1..300);
        let provider = FakeProvider {
            jitter: Duration::from_millis(30),
            fate: mixed,
            ..FakeProvider::limited(limits[fastrand::usize(..limits.len())])
        };
        let options = StopAllOptions::new().with_concurrency(fastrand::usize(1..40));
        let mut stops = stop_all(&provider, requests(count), options);
        let (handle, aborts) = (stops.handle(), fastrand::bool());
        let at = Duration::from_millis(fastrand::u64(0..3000));
        let mut results = Vec::new();
        let cancelled = {
            let cancel = async {
                tokio::time::sleep(at).await;
                if aborts {
                    handle.abort();
                } else {
                    handle.cancel();
                }
                Instant::now()
            };
            let take = async {
                while let Some(stop) = stops.next().await {
                    results.push(stop);
                }
            };
            tokio::join!(cancel, take).0
        };
        // Whatever was dropped is gone for good.
        tokio::time::sleep(LONG).await;

        let indices: BTreeSet<_> = results.iter().map(StopResult::index).collect();
        assert_eq!(
            (results.len(), indices.len()),
            (count, count),
            "round {round}"
        );
        let book = provider.book();
        let last = book.arrived.last();
        let slack = if aborts {
            Duration::ZERO
        } else {
            provider.jitter
        };
        assert!(
            last.is_none_or(|at| *at <= cancelled + slack),
            "round {round}"
        );
        for stop in &results {
            let stream = stop.request().stream();
            let times = book.stopped.iter().filter(|other| *other == stream).count();
            match claimed(stop) {
                Certainty::No => assert_eq!(times, 0, "round {round}: {stop:?}"),
                Certainty::Yes => assert_eq!(times, 1, "round {round}: {stop:?}"),
                Certainty::Unknown => assert!(times <= 1, "round {round}: {stop:?}"),
            }
            if let Err(error) = stop.result()
                && error.kind() == ErrorKind::Cancelled
            {
                cut_short += 1;
                // What was refused for its rate and waited for its next turn has that as its source.
                let under_way = stop.attempts() > 0 && error.source().is_none();
                assert_eq!(error.effect().is_unknown(), under_way, "{stop:?}");
            }
        }
    }
    assert!(cut_short > 10_000, "{cut_short}: too few to say much");
}

#[tokio::test(start_paused = true)]
async fn cancelled_it_begins_no_more_and_lets_what_is_under_way_end() {
    let provider = FakeProvider {
        latency: LONG,
        ..FakeProvider::new()
    };
    let mut stops = stop_all(
        &provider,
        requests(20),
        StopAllOptions::new().with_concurrency(5),
    );
    let first = tokio::time::timeout(LONG / 2, stops.next()).await;
    assert!(first.is_err());
    stops.cancel();
    let (mut ended, mut unsent) = (0, 0);
    while let Some(stop) = stops.next().await {
        match stop.result() {
            Ok(_) => ended += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Cancelled);
                assert_eq!(
                    error.to_string(),
                    "fake: cancelled before it was sent; this call changed nothing"
                );
                assert!(error.effect().is_none() && stop.attempts() == 0);
                // They needn't wait for the others.
                assert_eq!(ended, 0);
                unsent += 1;
            }
        }
    }
    assert_eq!((ended, unsent), (5, 15));
    assert_eq!(provider.book().arrived.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn aborted_it_gives_up_what_is_under_way_and_says_so() {
    let provider = FakeProvider {
        latency: LONG,
        ..FakeProvider::new()
    };
    let cut = "30s..2m".parse().unwrap();
    let requests = requests(20).map(|request| request.with_cut(cut));
    let mut stops = stop_all(
        &provider,
        requests,
        StopAllOptions::new().with_concurrency(5),
    );
    assert!(tokio::time::timeout(LONG / 4, stops.next()).await.is_err());
    stops.abort();
    let begun = Instant::now();
    let results: Vec<_> = stops.by_ref().collect().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(provider.under_way.load(Ordering::Relaxed), 0);
    for stop in &results {
        let error = stop.result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        let begun = stop.index() < 5;
        let unknown = Effect::new(Certainty::Unknown, Certainty::Unknown);
        let effect = if begun { unknown } else { Effect::NONE };
        assert_eq!(
            (error.effect(), stop.attempts()),
            (effect, u32::from(begun))
        );
        // The plan had it, with the cut.
        let ticket = error.ticket().and_then(Ticket::cut);
        assert_eq!(ticket.is_some(), begun);
    }
    assert_eq!(results.len(), 20);
    stops.cancel();
    assert!(stops.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn without_a_cut_none_is_claimed_to_be_unknown() {
    let provider = FakeProvider::new();
    let mut stops = stop_all(&provider, requests(1), StopAllOptions::new());
    assert!(
        tokio::time::timeout(Duration::ZERO, stops.next())
            .await
            .is_err()
    );
    stops.abort();
    let stop = stops.next().await.unwrap();
    let unknown = Effect::new(Certainty::Unknown, Certainty::No);
    assert_eq!(stop.result().unwrap_err().effect(), unknown);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_ends_the_wait_of_a_refused_stop_and_says_why_it_waited() {
    // A thousand years, too.
    for retry_after in [LONG, LONG * 60 * 24 * 365 * 1000] {
        let provider = FakeProvider {
            retry_after: Some(retry_after),
            ..FakeProvider::limited(Limit::Window(0, LONG))
        };
        let options = StopAllOptions::new().with_concurrency(1);
        let stops = stop_all(Arc::new(provider), requests(3), options);
        let handle = stops.handle();
        let begun = Instant::now();
        // In a task of its own, which only the cancellation wakes.
        let results = tokio::spawn(stops.collect::<Vec<_>>());
        tokio::time::sleep(Duration::from_secs(1)).await;
        handle.cancel();
        let results = results.await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        let refused = results[0].result().unwrap_err();
        assert_eq!(
            (results[0].attempts(), refused.kind()),
            (1, ErrorKind::Cancelled)
        );
        let source = refused.source().and_then(|e| e.downcast_ref::<Error>());
        assert_eq!(source.map(Error::kind), Some(ErrorKind::RateLimited));
        assert_eq!(results.len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_it_sends_nothing_more_and_leaves_nothing_behind() {
    let provider = FakeProvider::new();
    let mut stops = stop_all(&provider, requests(1000), StopAllOptions::new());
    for _ in 0..100 {
        assert!(stops.next().await.is_some());
    }
    drop(stops);
    assert_eq!(provider.under_way.load(Ordering::Relaxed), 0);
    let arrived = provider.book().arrived.len();
    tokio::time::sleep(LONG).await;
    assert_eq!(provider.book().arrived.len(), arrived);
}
