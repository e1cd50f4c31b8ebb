//! Lists of stops at providers that limit the rate of calls, by the clock of a test: how long they take, how many calls are refused,
//! and that no cut is owed for it.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod limited;

use std::time::Duration;

use livecut::{
    Certainty, CutRange, ErrorKind, LiveStreamStopper, Method, Rate, Standing, StopAllOptions,
    StopRequest, StreamId, stop_all,
};
use tokio::time::Instant;

use limited::{Bucket, Simulated};

const SECOND: Duration = Duration::from_secs(1);

fn requests(count: usize) -> impl Iterator<Item = StopRequest> + Send {
    (0..count).map(|number| {
        StopRequest::new(StreamId::new(format!("live-{number}")).unwrap())
            .with_cut(CutRange::seconds(10, 20).unwrap())
    })
}

/// All of them with cuts: how long it took.
async fn all_done(provider: &Simulated, count: usize, options: StopAllOptions) -> Duration {
    let stopper = provider.stopper();
    let begun = Instant::now();
    let mut stops = stop_all(&stopper, requests(count), options);
    while let Some(stop) = tokio::time::timeout(1000 * SECOND, stops.next())
        .await
        .unwrap()
    {
        assert!(stop.result().is_ok(), "{:?}: {stop:?}", begun.elapsed());
    }
    let took = begun.elapsed();
    let (done, refused) = (provider.cuts(), provider.refused());
    println!("{done} of {count} in {took:.1?}, {refused} calls refused");
    assert_eq!(done, count, "each cut is made once");
    took
}

fn rates(all: &str, post: &str) -> StopAllOptions {
    StopAllOptions::new()
        .with_rate(Some(all.parse().unwrap()))
        .with_method_rate(Method::Post, post.parse::<Rate>().unwrap())
}

#[tokio::test(start_paused = true)]
async fn sixty_four_cuts_at_the_documented_rates_take_a_fifth_more_than_the_ideal_time_at_most() {
    // The ideal: POST is the slower, and ten of them go at once.
    let most = 54 * SECOND * 12 / 10;
    for options in [StopAllOptions::new(), rates("5/s+20", "1/s+10")] {
        let provider = Simulated::new(Bucket::new(1, 10), Some(Bucket::new(5, 20)));
        let took = all_done(&provider, 64, options).await;
        assert!(took <= most, "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rates_that_are_given_are_never_exceeded() {
    let provider = Simulated::new(Bucket::new(1, 1), Some(Bucket::new(5, 1)));
    let took = all_done(&provider, 64, rates("5/s", "1/s")).await;
    assert_eq!(provider.refused(), 0);
    assert!(took < 68 * SECOND, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn eight_cuts_are_made_however_slow_the_provider_is() {
    for (per_second, burst) in [(1, 1), (2, 1), (3, 1), (1, 5), (2, 10), (3, 20)] {
        let ideal = SECOND * (8 * 4 - burst) / per_second;
        for given in [false, true] {
            let mut options = StopAllOptions::new();
            if given {
                options = options.with_rate(Some(format!("{per_second}/s").parse().unwrap()));
            }
            let provider = Simulated::new(Bucket::new(per_second, burst), None);
            print!("{per_second}/s, {burst} at once, given: {given}; ideal {ideal:.1?}: ");
            let took = all_done(&provider, 8, options).await;
            assert!(took <= ideal * 3 + 10 * SECOND, "{took:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_asks_to_wait_holds_a_list_for_two_minutes_at_most() {
    for retry_after in [Some("86400"), Some("31536000"), None] {
        let mut provider = Simulated::new(Bucket::new(1, 0), None);
        provider.refusal.retry_after = retry_after;
        let stopper = provider.stopper();
        let begun = Instant::now();
        let mut stops = stop_all(&stopper, requests(300), StopAllOptions::new());
        let first = tokio::time::timeout(SECOND, stops.next()).await;
        assert!(first.is_err());
        let wait = stops.rate_wait().unwrap();
        assert!(wait <= 60 * SECOND, "{wait:?}");
        let mut results = 0;
        while let Some(stop) = stops.next().await {
            let error = stop.result().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
            assert!(error.effect().is_none());
            results += 1;
        }
        let took = begun.elapsed();
        println!(
            "{retry_after:?}: 300 results in {took:.1?}, {} calls",
            provider.refused()
        );
        assert_eq!(results, 300);
        assert!(took <= 200 * SECOND, "{took:?}");
    }
}

/// What each stop does before the refused call is taken again and again, which is no progress.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_always_refused_holds_a_list_for_two_minutes_at_most_whichever_it_is() {
    let refused = [
        (http::Method::GET, "/live-streams/"),
        (http::Method::GET, "/assets/"),
        (http::Method::PUT, "/complete"),
        (http::Method::POST, "/assets"),
    ];
    let waits = [
        Some("86400"),
        Some("31536000"),
        Some("99999999999999999999"),
        Some("0"),
        None,
    ];
    let options = [StopAllOptions::new(), rates("50/s", "50/s")];
    let cases = refused.iter().flat_map(|always| {
        let waits = waits.iter();
        waits.flat_map(move |wait| [1, 6, 300].map(|count| (always, *wait, count)))
    });
    let cases = cases.flat_map(|(always, wait, count)| {
        options.each_ref().map(|given| (always, wait, count, given))
    });
    for (always, retry_after, count, options) in cases {
        let mut provider = Simulated::new(Bucket::new(100, 100), None);
        provider.refusal.always = Some(always.clone());
        provider.refusal.retry_after = retry_after;
        let stopper = provider.stopper();
        let begun = Instant::now();
        let mut stops = stop_all(&stopper, requests(count), options.clone());
        let (mut results, mut owed) = (0, 0);
        while let Some(stop) = tokio::time::timeout(1000 * SECOND, stops.next())
            .await
            .unwrap()
        {
            let error = stop.result().unwrap_err();
            let owes = always.0 == http::Method::POST && error.effect().stopped == Certainty::Yes;
            let expected = match owes {
                true => (ErrorKind::CutOwed, Standing::CutOwed),
                false => (ErrorKind::RateLimited, Standing::NothingDone),
            };
            assert_eq!((error.kind(), error.standing()), expected, "{error}");
            owed += usize::from(owes);
            results += 1;
        }
        let took = begun.elapsed();
        println!(
            "{always:?} {retry_after:?}: {count} in {took:.1?}, {} refused, {} ended",
            provider.refused(),
            provider.ended()
        );
        assert_eq!((results, owed), (count, provider.ended()));
        assert!(took <= 200 * SECOND, "{always:?} {retry_after:?}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_stop_uses_its_deadline_for_a_provider_that_does_not_say_how_long_to_wait() {
    let provider = Simulated::new(Bucket::new(1, 1), None);
    let stop = requests(1).next().unwrap();
    let begun = Instant::now();
    let done = provider.stopper().stop(&stop).await;
    assert!(done.is_ok(), "{done:?}");
    assert!(begun.elapsed() < 15 * SECOND, "{:?}", begun.elapsed());
    assert_eq!(provider.cuts(), 1);
}
