//! Which results there are, of what, and what is held meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use futures_core::Stream as _;
use futures_util::StreamExt as _;
use livecut::testing::{ScriptedStopper, StopReply};
use livecut::{LiveStreamStopperExt as _, StopAllOptions, stop_all};

fn at_once(stops: usize) -> StopAllOptions {
    StopAllOptions::new().with_concurrency(stops)
}

#[tokio::test(start_paused = true)]
async fn results_come_as_they_are_known_each_with_what_it_is_the_result_of() {
    let stopper = [3, 1, 2].into_iter().enumerate().fold(
        ScriptedStopper::new(),
        |stopper, (number, seconds)| {
            let reply = StopReply::accepted().after(Duration::from_secs(seconds));
            stopper.on_stop(reply.for_stream(&stream(&number.to_string())))
        },
    );
    let keyed = ["a", "b", "c"].into_iter().zip(requests(3));
    let mut stops = stop_all(&stopper, keyed, StopAllOptions::new());
    assert_eq!(stops.size_hint(), (3, Some(3)));
    let mut seen = Vec::new();
    while let Some(stop) = stops.next().await {
        assert_eq!(stop.request().stream().as_str(), stop.index().to_string());
        let left = 2 - seen.len();
        assert_eq!(stops.size_hint(), (left, Some(left)));
        seen.push((stop.index(), stop.input().0, stop.attempts()));
        let ((key, request), result) = stop.into_parts();
        assert_eq!(key, seen[seen.len() - 1].1);
        assert_eq!(result.unwrap().ticket().stream(), request.stream());
    }
    assert_eq!(seen, [(1, "b", 1), (2, "c", 1), (0, "a", 1)]);
    assert!(stops.next().await.is_none(), "it stays at its end");
}

#[tokio::test(start_paused = true)]
async fn it_takes_every_form_of_a_stopper_and_can_be_spawned() {
    let provider = FakeProvider::new;
    let options = StopAllOptions::new;
    let owned = provider();
    let borrowed: &dyn LiveStreamStopper = &provider();
    let boxed: Box<dyn LiveStreamStopper> = Box::new(provider());
    let shared: Arc<dyn LiveStreamStopper> = Arc::new(provider());
    assert_eq!(stop_all(&owned, requests(9), options()).count().await, 9);
    assert_eq!(stop_all(borrowed, requests(9), options()).count().await, 9);
    assert_eq!(stop_all(&boxed, requests(9), options()).count().await, 9);
    assert_eq!(stop_all(&shared, requests(9), options()).count().await, 9);
    assert_eq!(owned.stop_all(requests(9), options()).count().await, 9);
    assert_eq!(borrowed.stop_all(requests(9), options()).count().await, 9);
    assert_eq!(shared.stop_all(requests(9), options()).count().await, 9);
    // By value it borrows nothing.
    let stops = stop_all(shared, requests(9), options());
    assert_eq!(tokio::spawn(stops.count()).await.unwrap(), 9);
}

#[tokio::test(start_paused = true)]
async fn as_many_as_may_be_are_under_way_and_never_more() {
    for concurrency in [1, 7, 64, usize::MAX] {
        let provider = FakeProvider {
            jitter: Duration::from_millis(30),
            ..FakeProvider::new()
        };
        let stops = stop_all(&provider, requests(500), at_once(concurrency));
        assert_eq!(stops.count().await, 500);
        assert_eq!(provider.book().most_under_way, concurrency.min(500));
    }
    assert_eq!(at_once(0).concurrency(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_are_read_as_they_are_needed() {
    let slow = FakeProvider::new();
    let at_once_done = ScriptedStopper::new().on_stop(StopReply::accepted().always());
    let wall_clock = "@1736754600..@1736754660".parse().unwrap();
    let cases: [(&dyn LiveStreamStopper, bool); 3] =
        [(&slow, false), (&at_once_done, false), (&slow, true)];
    for (stopper, refused) in cases {
        let read = AtomicUsize::new(0);
        let counted = requests(100_000).map(|request| {
            read.fetch_add(1, Ordering::Relaxed);
            match refused {
                true => request.with_cut(wall_clock),
                false => request,
            }
        });
        let mut stops = stop_all(stopper, counted, at_once(10));
        for taken in 0..2000 {
            let read = read.load(Ordering::Relaxed);
            assert!(read <= taken + 21, "{read} read, {taken} taken");
            let stop = stops.next().await.unwrap();
            assert_eq!(stop.result().is_err(), refused);
            if taken % 100 == 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_failed_for_another_reason_than_the_rate_is_not_sent_again() {
    use Certainty::{No, Unknown, Yes};
    let fates: [Fate; 6] = [
        |_| Err((ErrorKind::NotFound, Effect::NONE)),
        |_| Err((ErrorKind::Connect, Effect::NONE)),
        |_| Err((ErrorKind::Unavailable, Effect::new(Unknown, No))),
        |_| Err((ErrorKind::CutOwed, Effect::new(Yes, No))),
        // Part of it was done before the refusal.
        |_| Err((ErrorKind::RateLimited, Effect::new(Yes, No))),
        |_| Err((ErrorKind::RateLimited, Effect::new(Unknown, No))),
    ];
    for fate in fates {
        let provider = FakeProvider {
            fate,
            ..FakeProvider::new()
        };
        let mut stops = stop_all(&provider, requests(5), at_once(5));
        while let Some(stop) = stops.next().await {
            let error = stop.result().unwrap_err();
            assert_eq!(Err((error.kind(), error.effect())), fate(0));
            assert_eq!(stop.attempts(), 1, "{error}");
        }
        assert_eq!(provider.book().arrived.len(), 5, "{:?}", fate(0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_something_beside_a_stop_and_a_cut_is_not_sent_again() {
    let closed = Effect::NONE.with_other(Certainty::Yes);
    let refused = StopReply::error(ErrorKind::RateLimited, closed);
    let stopper = ScriptedStopper::new().on_stop(refused.always());
    let results: Vec<_> = stop_all(&stopper, requests(3), at_once(1)).collect().await;
    assert!(results.iter().all(|stop| stop.attempts() == 1));
    assert!(results.iter().all(|stop| stop.result().is_err()));
    assert_eq!(stopper.stops().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_is_refused_for_its_rate_too_often_has_that_for_its_result() {
    let provider = FakeProvider::limited(Limit::Window(0, Duration::from_secs(1)));
    let options = at_once(1).with_max_attempts(3);
    let results: Vec<_> = stop_all(&provider, requests(2), options).collect().await;
    for stop in &results {
        let error = stop.result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), provider.retry_after);
        assert_eq!(stop.attempts(), 3);
    }
    assert_eq!((results.len(), provider.book().refused), (2, 6));
}

#[tokio::test(start_paused = true)]
async fn a_request_keeps_what_it_asks_for() {
    let stopper = ScriptedStopper::new().on_stop(StopReply::accepted().always());
    let asked = StopRequest::new(stream("1"))
        .with_cut("30s..2m".parse().unwrap())
        .with_timeout(Duration::from_secs(7));
    let mut stops = stop_all(&stopper, [asked.clone()], StopAllOptions::new());
    let stop = stops.next().await.unwrap();
    assert_eq!(stop.request(), &asked, "it comes back unchanged");
    assert_eq!(stopper.stops(), [asked]);
}

#[tokio::test(start_paused = true)]
async fn unknown_effects_are_reconciled_where_that_is_asked_for() {
    for (reconciles, expected) in [(false, Certainty::Unknown), (true, Certainty::Yes)] {
        let provider = FakeProvider {
            fate: |_| {
                Err((
                    ErrorKind::Timeout,
                    Effect::new(Certainty::Unknown, Certainty::No),
                ))
            },
            ..FakeProvider::new()
        };
        let mut options = StopAllOptions::new();
        if reconciles {
            options = options.with_reconcile();
        }
        let mut stops = stop_all(&provider, requests(3), options);
        while let Some(stop) = stops.next().await {
            // A stop without a cut is all done once it is proved.
            let stopped = stop
                .result()
                .map_or_else(|e| e.effect().stopped, |_| Certainty::Yes);
            assert_eq!(stopped, expected);
        }
        assert_eq!(provider.book().arrived.len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn less_than_twice_the_concurrency_is_held_however_many_requests_there_are() {
    let accepted = StopReply::accepted().after(Duration::from_secs(1));
    let stopper = ScriptedStopper::new().on_stop(accepted.always());
    let read = AtomicUsize::new(0);
    let counted = requests(1_000).inspect(|_| {
        read.fetch_add(1, Ordering::Relaxed);
    });
    let mut stops = stop_all(&stopper, counted, at_once(4));
    let (mut most, mut taken) = (0, 0);
    while stops.next().await.is_some() {
        most = most.max(read.load(Ordering::Relaxed) - taken);
        taken += 1;
    }
    // The four under way, and the results of those before them that weren't taken yet.
    assert_eq!((most, taken), (7, 1_000));
}

#[tokio::test(start_paused = true)]
async fn no_requests_have_no_results() {
    let provider = FakeProvider::new();
    let none: [StopRequest; 0] = [];
    assert_eq!(
        stop_all(&provider, none, StopAllOptions::new())
            .count()
            .await,
        0
    );
}
