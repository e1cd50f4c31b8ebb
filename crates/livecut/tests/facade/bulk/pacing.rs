//! How fast it goes, and what it learns from being refused.

use super::*;
use livecut::{Rate, StopAll, StopAllOptions, stop_all};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn per_second(calls: u32) -> StopAllOptions {
    StopAllOptions::new().with_rate(Rate::per_second(calls))
}

/// Takes all results; how long that took.
async fn all_done(mut stops: StopAll<'_>) -> Duration {
    let begun = Instant::now();
    while let Some(stop) = stops.next().await {
        assert!(stop.result().is_ok(), "{stop:?}");
    }
    begun.elapsed()
}

/// The most calls that arrived within any `period`.
fn most_within(arrived: &[Instant], period: Duration) -> usize {
    let ends = arrived.iter().scan(0, |end, begin| {
        *end += arrived[*end..].partition_point(|at| *at < *begin + period);
        Some(*end)
    });
    ends.enumerate()
        .map(|(begin, end)| end - begin)
        .max()
        .unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_stops_at_a_known_rate_take_a_tenth_longer_at_most_and_none_is_refused() {
    for (limit, jitter) in [
        (Limit::Window(1000, SECOND), Duration::ZERO),
        (Limit::Window(1000, SECOND), Duration::from_millis(20)),
        (
            Limit::Bucket {
                holds: 50,
                per_second: 1000,
            },
            Duration::ZERO,
        ),
    ] {
        let provider = FakeProvider {
            jitter,
            ..FakeProvider::limited(limit)
        };
        let took = all_done(stop_all(&provider, requests(10_000), per_second(1000))).await;
        assert!(took <= Duration::from_secs(11), "{limit:?}: {took:?}");
        let book = provider.book();
        assert_eq!(book.refused, 0, "{limit:?}");
        assert_eq!(book.stopped.len(), 10_000);
        assert!(most_within(&book.arrived, SECOND) <= 1000);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_rate_is_kept_as_exactly_as_a_fast_one() {
    for (calls, per, stops) in [(10, MINUTE, 40), (7, SECOND, 100), (1, MINUTE, 5)] {
        let provider = FakeProvider::limited(Limit::Window(calls, per));
        let options = StopAllOptions::new().with_rate(Rate::new(calls, per));
        let took = all_done(stop_all(&provider, requests(stops), options)).await;
        let stops = u32::try_from(stops).unwrap();
        let most = per * stops * 11 / (calls * 10) + provider.latency;
        assert!(took <= most, "{calls} in {per:?}: {took:?}");
        assert_eq!(provider.book().refused, 0, "{calls} in {per:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_takes_as_many_places_as_calls_and_one_at_least() {
    for (calls, places) in [(0, 1), (1, 1), (3, 3)] {
        let provider = FakeProvider {
            calls,
            ..FakeProvider::new()
        };
        let took = all_done(stop_all(&provider, requests(1000), per_second(1000))).await;
        let expected = places * SECOND;
        assert!(took > expected && took < expected * 11 / 10, "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn reconciling_takes_two_places_more() {
    let provider = FakeProvider::new();
    let options = per_second(1000).with_reconcile();
    let took = all_done(stop_all(&provider, requests(1000), options)).await;
    let expected = 3 * SECOND;
    assert!(took > expected && took < expected * 11 / 10, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_plan_refuses_takes_no_place() {
    let provider = FakeProvider::new();
    let wall_clock = "@1736754600..@1736754660".parse().unwrap();
    let requests = requests(300).enumerate().map(|(number, request)| {
        if number % 100 == 0 {
            request
        } else {
            request.with_cut(wall_clock)
        }
    });
    let begun = Instant::now();
    let mut stops = stop_all(&provider, requests, per_second(1));
    let (mut refused, mut done) = (0, 0);
    while let Some(stop) = stops.next().await {
        match stop.result() {
            Ok(_) => done += 1,
            Err(error) => {
                assert_eq!((error.kind(), stop.attempts()), (ErrorKind::Unsupported, 0));
                refused += 1;
            }
        }
    }
    assert_eq!((refused, done), (297, 3));
    assert!(begun.elapsed() < 3 * SECOND, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_time_without_stops_is_not_made_up_for() {
    let provider = FakeProvider::new();
    let mut stops = stop_all(&provider, requests(2000), per_second(100));
    for pause in 0..10 {
        // Nobody polls it, so nothing goes on.
        tokio::time::sleep(Duration::from_secs(pause)).await;
        for _ in 0..200 {
            assert!(stops.next().await.is_some());
        }
    }
    let book = provider.book();
    assert!(most_within(&book.arrived, SECOND) <= 100);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_rate_is_learned_with_few_refusals() {
    let window = |calls, per| Limit::Window(calls, per);
    let bucket = |holds, per_second| Limit::Bucket { holds, per_second };
    // The limit, what is told, the stops, the ideal time, and the most of that which it takes, in
    // percent.
    for (limit, retry_after, stops, ideal, percent) in [
        (window(1000, SECOND), Some(1), 10_000, 10, 140),
        (bucket(1000, 1000), Some(1), 10_000, 9, 120),
        (bucket(100, 1000), Some(1), 10_000, 10, 160),
        (bucket(1, 1000), Some(1), 10_000, 10, 200),
        (bucket(10, 50), Some(1), 1000, 20, 140),
        (window(100, MINUTE), Some(60), 1000, 540, 160),
        // It may come back sooner than the provider has room.
        (window(600, MINUTE), Some(5), 6000, 540, 150),
        (window(600, MINUTE), None, 6000, 540, 120),
    ] {
        let provider = FakeProvider {
            retry_after: retry_after.map(Duration::from_secs),
            ..FakeProvider::limited(limit)
        };
        let options = StopAllOptions::new();
        let concurrency = options.concurrency();
        let stops = stop_all(&provider, requests(stops), options);
        let took = all_done(stops).await;
        let book = provider.book();
        let most = Duration::from_secs(ideal) * percent / 100;
        println!(
            "{limit:?}, {retry_after:?}: ideal {ideal} s, took {took:?}, refused {}",
            book.refused
        );
        assert!(took <= most, "{limit:?}, {retry_after:?}: {took:?}");
        // What was under way when the first refusal came, and little more.
        let refused = book.refused;
        assert!(
            refused > 0 && refused < 5 * concurrency,
            "{limit:?}, {retry_after:?}: {refused}"
        );
        assert_eq!(book.too_early, 0, "{limit:?}, {retry_after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_holds_back_all_that_was_not_sent() {
    let millis = Duration::from_millis;
    // The window, what is told, and how long that holds.
    for (window, retry_after, hold) in [
        (10 * SECOND, Some(30 * SECOND), 30 * SECOND),
        (millis(500), None, SECOND),
        (millis(50), Some(Duration::ZERO), millis(100)),
    ] {
        let provider = FakeProvider {
            retry_after,
            ..FakeProvider::limited(Limit::Window(15, window))
        };
        let options = StopAllOptions::new().with_concurrency(10);
        let mut stops = stop_all(&provider, requests(25), options);
        let mut again = 0;
        while let Some(stop) = stops.next().await {
            again += usize::from(stop.attempts() == 2);
        }
        let book = provider.book();
        // Ten were taken, then five; the other five under way weren't.
        assert_eq!((book.refused, again), (5, 5), "{retry_after:?}");
        let waited = book.arrived[15] - book.arrived[14];
        let most = hold + provider.latency + millis(2);
        assert!(waited >= hold && waited <= most, "{waited:?}");
        assert_eq!(book.too_early, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_known_rate_that_is_refused_is_lowered() {
    let provider = FakeProvider::limited(Limit::Window(500, SECOND));
    let took = all_done(stop_all(&provider, requests(5000), per_second(1000))).await;
    assert!(took < 17 * SECOND, "{took:?}");
    let refused = provider.book().refused;
    assert!(refused > 0 && refused < 200, "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_takes_nothing_is_asked_by_one_stop_at_a_time_ever_more_rarely() {
    let provider = FakeProvider {
        retry_after: None,
        ..FakeProvider::limited(Limit::Window(0, SECOND))
    };
    let options = StopAllOptions::new().with_concurrency(8);
    let begun = Instant::now();
    let mut stops = stop_all(&provider, requests(100), options);
    let mut results = 0;
    while let Some(stop) = stops.next().await {
        let error = stop.result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert!(error.is_safe_to_repeat());
        results += 1;
    }
    assert_eq!(results, 100);
    // Nobody waits for ever for a provider that takes nothing.
    let took = begun.elapsed();
    assert!(took >= 2 * MINUTE && took < 3 * MINUTE, "{took:?}");
    // The first eight, and eight while the wait doubles up to a minute.
    let refused = provider.book().refused;
    assert!((8 + 7..=8 + 8).contains(&refused), "{refused}");
}
