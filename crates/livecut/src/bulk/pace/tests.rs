//! What a caller sees of the pace.

use super::*;
use crate::Rate;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// Stops, and their clock.
struct Stops {
    pace: LearnedPace,
    now: Instant,
    /// Of the one that began last.
    turn: Turn,
    first: Turn,
}

impl Stops {
    fn new(rate: Option<Rate>) -> Self {
        let first = Turn::new(Method::Post, 0);
        let limits = rate.map(RateLimits::from).unwrap_or_default();
        Self {
            pace: LearnedPace::new(&limits, &Capabilities::new(SECOND)),
            now: Instant::now(),
            turn: first,
            first,
        }
    }

    /// One begins as soon as it may; how long that took.
    fn begin(&mut self) -> Duration {
        let asked = self.now;
        loop {
            match self.pace.begin(self.now, 0, &[Method::Post], SECOND) {
                Due::Now(_) => break,
                Due::At(at) => self.now = at,
                due => panic!("{due:?}"),
            }
        }
        self.turn = self.pace.end(0).unwrap();
        self.now.duration_since(asked)
    }

    fn taken(&mut self) {
        self.pace.taken(0, self.turn);
    }

    fn refused(&mut self, retry_after: impl Into<Option<Duration>>) {
        self.pace
            .refused(self.now, 0, self.turn, retry_after.into());
    }

    /// After a first refusal it has learned to begin about so many a second.
    fn learned(rate: u32) -> Self {
        let mut stops = Self::new(None);
        for _ in 0..rate {
            assert_eq!(stops.begin(), Duration::ZERO);
            stops.taken();
        }
        stops.begin();
        stops.refused(SECOND);
        assert_eq!(stops.begin(), SECOND);
        stops.taken();
        stops
    }

    /// Nothing was ever taken, as is known since so many stops.
    fn closed(refusals: u32) -> Self {
        let mut stops = Self::new(None);
        for _ in 0..refusals {
            stops.begin();
            stops.refused(None);
        }
        stops.begin();
        stops
    }
}

#[test]
fn the_pace_that_is_learned_is_that_of_all_the_time_until_the_wait_is_over() {
    let mut stops = Stops::new(None);
    for _ in 0..10 {
        stops.begin();
        stops.taken();
        stops.now += SECOND;
    }
    stops.begin();
    stops.refused(SECOND);
    assert_eq!(stops.begin(), SECOND);
    assert_eq!(stops.begin(), SECOND * 11 / 10);
}

#[test]
fn a_pace_that_is_not_used_to_the_full_does_not_grow() {
    let mut stops = Stops::learned(10);
    for _ in 0..1000 {
        stops.now += SECOND;
        assert_eq!(stops.begin(), Duration::ZERO);
        stops.taken();
    }
    let wait = stops.begin();
    assert!(wait > SECOND / 20, "{wait:?}");
}

#[test]
fn a_pace_does_not_grow_while_nothing_is_taken() {
    let mut stops = Stops::closed(7);
    stops.taken();
    let wait = stops.begin();
    assert!(wait >= SECOND / 2, "{wait:?}");
}

#[test]
fn a_slow_pace_is_found_out_step_by_step() {
    let mut stops = Stops::learned(1);
    let mut before = stops.begin();
    assert!(before >= SECOND / 2, "{before:?}");
    for _ in 0..10 {
        stops.taken();
        let wait = stops.begin();
        assert!(wait >= before / 2 && wait < before, "{before:?} {wait:?}");
        before = wait;
    }
}

#[test]
fn a_pace_grows_nearly_threefold_in_each_wait_until_it_is_refused() {
    let mut stops = Stops::learned(50);
    stops.begin();
    let until = stops.now + 3 * SECOND;
    let before = stops.begin();
    while stops.now < until {
        stops.taken();
        stops.begin();
    }
    // It is e to the third.
    let grown = before.as_secs_f64() / stops.begin().as_secs_f64();
    assert!(grown > 15.0 && grown < 25.0, "{grown}");
}

#[test]
fn what_was_sent_before_a_refusal_and_is_refused_after_it_does_not_lower_the_pace_again() {
    let mut stops = Stops::learned(10);
    let before = stops.begin();
    stops.taken();
    stops.pace.refused(stops.now, 0, stops.first, Some(SECOND));
    assert_eq!(stops.begin(), SECOND, "but it is heeded");
    stops.taken();
    let after = stops.begin();
    assert!(after <= before, "{before:?} {after:?}");
}

#[test]
fn a_known_rate_is_lowered_by_a_refusal_and_never_exceeded_after_it() {
    let mut stops = Stops::new(Rate::new(100, SECOND));
    for _ in 0..50 {
        stops.begin();
        stops.taken();
    }
    let known = stops.begin();
    stops.refused(SECOND);
    assert_eq!(stops.begin(), SECOND);
    stops.taken();
    let lowered = stops.begin();
    assert!(lowered > known * 6 / 5, "{lowered:?}");
    for step in 0..30_000 {
        stops.taken();
        let wait = stops.begin();
        let least = if step < 50 { lowered * 9 / 10 } else { known };
        assert!(wait >= least, "{wait:?}");
    }
    assert_eq!(stops.begin(), known, "it is found again");
}

#[test]
fn a_known_rate_is_kept_while_the_provider_takes_nothing_and_when_it_does_again() {
    let mut stops = Stops::new(Rate::new(1, MINUTE));
    stops.begin();
    for refused in [true, true, false, false] {
        if refused {
            stops.refused(SECOND);
        } else {
            stops.taken();
        }
        let wait = stops.begin();
        assert!(wait >= MINUTE, "{wait:?}");
    }
}

#[test]
fn a_provider_that_takes_nothing_is_asked_ever_more_rarely_until_it_takes_one() {
    let mut stops = Stops::new(None);
    stops.begin();
    for seconds in [1, 2, 4, 8, 16, 32, 60] {
        stops.refused(None);
        assert_eq!(stops.begin(), Duration::from_secs(seconds));
    }
    stops.taken();
    assert!(stops.begin() <= SECOND);
    for _ in 0..2 {
        stops.refused(None);
        assert_eq!(stops.begin(), SECOND, "from the beginning");
    }
}

#[test]
fn a_provider_that_takes_nothing_is_asked_by_one_stop_at_a_time() {
    let mut stops = Stops::closed(4);
    // The one that asks isn't answered.
    assert_eq!(stops.begin(), 8 * SECOND);
}

#[test]
fn a_provider_that_took_one_since_it_last_refused_one_is_not_closed() {
    let mut stops = Stops::learned(10);
    stops.begin();
    stops.refused(None);
    stops.begin();
    let wait = stops.begin();
    assert!(wait < SECOND / 2, "{wait:?}");
}

#[test]
fn what_was_sent_before_a_refusal_and_is_taken_after_it_does_not_open_a_closed_provider() {
    let mut stops = Stops::closed(4);
    stops.pace.taken(0, stops.first);
    assert_eq!(stops.begin(), 8 * SECOND);
}

#[test]
fn a_retry_after_holds_though_another_is_shorter_and_another_stop_is_taken() {
    let mut stops = Stops::closed(4);
    stops.pace.refused(stops.now, 0, stops.first, Some(MINUTE));
    stops.pace.refused(stops.now, 0, stops.first, Some(SECOND));
    stops.taken();
    assert_eq!(stops.begin(), MINUTE);
}

#[test]
fn a_provider_that_says_at_once_is_given_a_moment() {
    let mut stops = Stops::new(None);
    stops.begin();
    stops.taken();
    stops.begin();
    stops.refused(Duration::ZERO);
    assert_eq!(stops.begin(), SECOND / 10);
}

#[test]
fn no_time_is_too_long() {
    for time in [YEAR * 99, Duration::from_nanos(u64::MAX), Duration::MAX] {
        let mut refused = Stops::new(None);
        refused.begin();
        refused.taken();
        refused.begin();
        refused.refused(time);
        assert_eq!(refused.begin(), MINUTE, "{time:?}");
        let mut rare = Stops::new(Rate::new(1, time));
        rare.begin();
        assert!(rare.begin() >= YEAR * 99, "{time:?}");
    }
    let mut stops = Stops::new(Rate::new(u32::MAX, Duration::from_nanos(1)));
    stops.begin();
    stops.taken();
    stops.refused(None);
    stops.begin();
    assert!(stops.begin() < MINUTE);
}

#[test]
fn a_call_that_was_refused_for_two_minutes_is_not_sent_any_more() {
    let calls = [Method::Post];
    for retry_after in [None, Some(MINUTE), Some(YEAR)] {
        let mut stops = Stops::new(None);
        let begun = stops.now;
        while stops.pace.given_up(&calls).is_none() {
            stops.begin();
            stops.refused(retry_after);
        }
        let given_up = stops.pace.given_up(&calls);
        assert_eq!(given_up, Some((Method::Post, retry_after)));
        let took = stops.now - begun;
        assert!(took >= 2 * MINUTE && took <= 3 * MINUTE, "{took:?}");
    }
}

#[test]
fn a_stop_that_does_not_need_the_call_that_is_given_up_goes_on() {
    let mut stops = Stops::new(None);
    for _ in 0..4 {
        stops.begin();
        stops.refused(MINUTE);
    }
    let given_up = |methods: &[Method]| stops.pace.given_up(methods).is_some();
    assert!(given_up(&[Method::Post]) && given_up(&[Method::Post, Method::Get]));
    assert!(!given_up(&[Method::Get]) && !given_up(&[Method::Get, Method::Post]));
}
