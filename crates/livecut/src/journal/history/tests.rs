use proptest::prelude::*;

use super::*;
use crate::{Cut, CutRange, RecordingId, StopOutcome, StreamId};

fn stream() -> StreamId {
    StreamId::new("room-7").unwrap()
}

fn request() -> StopRequest {
    StopRequest::new(stream()).with_cut(CutRange::seconds(30, 120).unwrap())
}

fn ticket() -> Ticket {
    let range = CutRange::seconds(30, 120).unwrap();
    Ticket::new("example", stream()).with_cut(Some(Cut::new(range, range)))
}

fn owing() -> Ticket {
    ticket().with_source(RecordingId::new("whole").unwrap())
}

fn begun(before: Option<StreamState>) -> Record {
    let possible = Effect::new(Certainty::Unknown, Certainty::Unknown);
    Record::begun(request(), possible, before, None)
}

fn following() -> Record {
    Record::following(stream())
}

fn done() -> Record {
    Record::ended(stream(), Ok(StopOutcome::new(ticket())))
}

fn failed(effect: Effect, ticket: Option<Ticket>) -> Record {
    let error = Error::new(ErrorKind::Interrupted, "no luck").with_effect(effect);
    let error = match ticket {
        Some(ticket) => error.with_ticket(ticket),
        None => error,
    };
    Record::ended(stream(), Err(error.report().into()))
}

#[test]
fn what_comes_next_is_what_the_effect_and_the_ticket_allow() {
    use Certainty::{No, Unknown, Yes};
    let follow = || Next::Follow(Box::new(owing()));
    let effect = Effect::new;
    for (ended, next, reconciled) in [
        (None, Next::Nothing, Next::Look),
        (Some(done()), Next::Nothing, Next::Nothing),
        (Some(failed(Effect::NONE, None)), Next::Stop, Next::Stop),
        (
            Some(failed(effect(Yes, No), Some(owing()))),
            follow(),
            follow(),
        ),
        // Nothing that livecut can do makes this cut.
        (
            Some(failed(effect(Yes, No), Some(ticket()))),
            Next::Nothing,
            Next::Nothing,
        ),
        (
            Some(failed(effect(No, Yes), Some(ticket()))),
            Next::Nothing,
            Next::Nothing,
        ),
        (
            Some(failed(effect(Unknown, Unknown), None)),
            Next::Nothing,
            Next::Look,
        ),
        // It is looked for, and made if it isn't there.
        (
            Some(failed(effect(Yes, Unknown), Some(owing()))),
            Next::Nothing,
            follow(),
        ),
        // The cut is the provider's to make, so following it changes nothing.
        (
            Some(failed(effect(Yes, Unknown), Some(ticket()))),
            Next::Nothing,
            Next::Nothing,
        ),
        // What was done beside a stop and a cut isn't nothing.
        (
            Some(failed(Effect::NONE.with_other(Yes), None)),
            Next::Nothing,
            Next::Nothing,
        ),
        (
            Some(failed(Effect::NONE.with_other(Unknown), None)),
            Next::Nothing,
            Next::Nothing,
        ),
    ] {
        let records = [begun(Some(StreamState::Live))].into_iter().chain(ended);
        let history = History::of(records).unwrap();
        assert_eq!(history.next(&request(), false), next, "{history:?}");
        assert_eq!(history.next(&request(), true), reconciled, "{history:?}");
    }
}

#[test]
fn only_a_stream_that_was_seen_on_air_right_before_is_looked_at() {
    for (before, next) in [
        (Some(StreamState::Live), Next::Look),
        (Some(StreamState::Interrupted), Next::Look),
        (Some(StreamState::Ended), Next::Nothing),
        (Some(StreamState::Unknown), Next::Nothing),
        (None, Next::Nothing),
    ] {
        let history = History::of([begun(before)]).unwrap();
        assert_eq!(history.next(&request(), true), next, "{before:?}");
    }
}

/// As a run leaves it that is killed while it follows.
#[test]
fn a_cut_that_began_to_be_followed_is_unknown_until_it_is_known_what_came_of_that() {
    use Certainty::{No, Unknown, Yes};
    let owed = || failed(Effect::new(Yes, No), Some(owing()));
    let killed = History::of([begun(None), owed(), following()]).unwrap();
    assert_eq!(killed.effect(), Effect::new(Yes, Unknown));
    assert!(!killed.is_empty() && killed.ended().is_none());
    assert_eq!(killed.next(&request(), false), Next::Nothing);
    assert_eq!(
        killed.next(&request(), true),
        Next::Follow(Box::new(owing()))
    );
    // Followed again, which didn't find it: the first may still have made it.
    let left = failed(Effect::new(Yes, Unknown), Some(owing()));
    let again = [begun(None), owed(), following(), following(), left];
    let again = History::of(again).unwrap();
    assert_eq!(again.effect(), Effect::new(Yes, Unknown));
    assert_eq!(again.next(&request(), false), Next::Nothing);
}

/// As from a table that tells its records in another order, or one of them twice.
#[test]
fn an_end_that_comes_late_takes_nothing_back() {
    use Certainty::{No, Unknown, Yes};
    let nothing = || failed(Effect::NONE, None);
    let owed = || failed(Effect::new(Yes, No), Some(owing()));
    let unknown = || failed(Effect::new(Unknown, Unknown), None);
    for known in [
        vec![begun(None), done()],
        vec![begun(None), unknown()],
        vec![begun(None), owed()],
        vec![begun(None), owed(), following()],
        vec![begun(None), nothing(), begun(None), done()],
    ] {
        let mut history = History::of(known).unwrap();
        let (next, records) = (history.next(&request(), false), history.records());
        history.learn(nothing()).unwrap_err();
        assert_eq!(history.next(&request(), false), next, "{history:?}");
        assert_eq!(history.records(), records);
    }
    // What a look proves is added.
    History::of([begun(None), unknown(), owed()]).unwrap_err();
    let proved = failed(Effect::new(Yes, Unknown), None);
    History::of([begun(None), unknown(), proved]).unwrap();
}

#[test]
fn what_was_asked_for_otherwise_is_refused_member_by_member_unless_nothing_was_applied() {
    let other = request()
        .with_cut(CutRange::seconds(30, 60).unwrap())
        .with_rounding(crate::Rounding::Exact)
        .with_recording(RecordingId::new("vod").unwrap());
    let begun = || begun(None);
    for (history, refused) in [
        (vec![begun()], true),
        (vec![begun(), done()], true),
        (vec![begun(), failed(Effect::NONE, None)], false),
    ] {
        let next = History::of(history).unwrap().next(&other, true);
        let changes = "cut 30s..120s, now 30s..60s; rounding outward, now exact; \
                       recording none, now vod";
        let expected = match refused {
            true => Next::Refuse(changes.to_owned()),
            false => Next::Stop,
        };
        assert_eq!(next, expected);
    }
}

#[test]
fn an_end_that_is_now_is_the_same_request_later() {
    let at = |seconds: i64| {
        let now = time::OffsetDateTime::from_unix_timestamp(1_736_754_900 + seconds).unwrap();
        request().with_cut(CutRange::parse_at("@1736754600..now", now).unwrap())
    };
    let possible = Effect::new(Certainty::Unknown, Certainty::Unknown);
    let history = History::of([Record::begun(at(0), possible, None, None)]).unwrap();
    assert_eq!(history.next(&at(60), false), Next::Nothing);
    let fixed = request().with_cut("@1736754600..@1736754900".parse().unwrap());
    assert!(matches!(history.next(&fixed, false), Next::Refuse(_)));
}

#[test]
fn records_of_another_stream_are_refused() {
    let other = StreamId::new("room-8").unwrap();
    let mut history = History::of([begun(None)]).unwrap();
    let outcome = StopOutcome::new(Ticket::new("example", other.clone()));
    for record in [
        Record::following(other.clone()),
        Record::ended(other, Ok(outcome.clone())),
        Record::ended(stream(), Ok(outcome)),
    ] {
        history.learn(record).unwrap_err();
        assert_eq!(history.records(), 1);
    }
}

fn certainty() -> impl Strategy<Value = Certainty> {
    prop::sample::select(vec![Certainty::No, Certainty::Yes, Certainty::Unknown])
}

fn effect() -> impl Strategy<Value = Effect> {
    let parts = (certainty(), certainty(), certainty());
    parts.prop_map(|(stopped, cut, other)| Effect::new(stopped, cut).with_other(other))
}

/// Any record, wherever it stands.
fn record() -> impl Strategy<Value = Record> {
    let state = prop::sample::select(vec![
        None,
        Some(StreamState::Live),
        Some(StreamState::Ended),
    ]);
    let tickets = prop::sample::select(vec![None, Some(ticket()), Some(owing())]);
    prop_oneof![
        3 => state.prop_map(begun),
        2 => Just(following()),
        1 => Just(done()),
        4 => (effect(), tickets).prop_map(|(effect, ticket)| failed(effect, ticket)),
        2 => Just(failed(Effect::NONE, None)),
        2 => Just(failed(Effect::new(Certainty::Yes, Certainty::No), Some(owing()))),
    ]
}

/// What is known of a stream by the last thing that was written: the rules once more, in their plainest form.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Last {
    /// Nothing, or a proof that nothing was applied.
    Nothing,
    Begun,
    Done,
    /// Ended otherwise.
    Left,
}

proptest! {
    /// A run may be killed after each of them.
    #[test]
    fn whatever_was_written_nothing_is_done_twice(records in prop::collection::vec(record(), 0..12)) {
        let mut history = History::default();
        let mut last = Last::Nothing;
        let mut is_left = false;
        let other = StopRequest::new(stream());
        for record in records {
            let before = format!("{history:?}");
            let is_begun = matches!(record, Record::Begun(_));
            let written = match &record {
                Record::Begun(_) | Record::Following(_) => Last::Begun,
                Record::Ended(ended) => match &ended.result {
                    Ok(_) => Last::Done,
                    Err(report) if report.effect().is_none() => Last::Nothing,
                    Err(_) => Last::Left,
                },
            };
            match history.learn(record) {
                Ok(()) => {
                    prop_assert!(!is_begun || last == Last::Nothing, "begun after {last:?}");
                    last = written;
                    is_left |= matches!(last, Last::Done | Last::Left);
                    prop_assert!(!is_left || last != Last::Nothing, "taken back");
                }
                // What can't have been written is as if it hadn't been.
                Err(_) => prop_assert_eq!(before, format!("{history:?}")),
            }

            for reconcile in [false, true] {
                let next = history.next(&request(), reconcile);
                prop_assert_eq!(next == Next::Stop, last == Last::Nothing, "{:?}", history);
                if last == Last::Done {
                    prop_assert_eq!(&next, &Next::Nothing);
                }
                if last == Last::Begun && !reconcile {
                    prop_assert_eq!(&next, &Next::Nothing, "without the caller's say");
                }
                if let Next::Follow(ticket) = &next {
                    prop_assert!(ticket.owes_cut() && history.effect().stopped == Certainty::Yes);
                    prop_assert!(reconcile || history.standing() == Some(Standing::CutOwed));
                }
                // What only looks needs no record; what may change something can always be written down.
                let step = match next {
                    Next::Stop => begun(None),
                    Next::Follow(_) => following(),
                    _ => continue,
                };
                history.clone().learn(step).unwrap();
                let other = history.next(&other, reconcile);
                let is_refused = matches!(other, Next::Refuse(_));
                prop_assert!(is_refused || (last == Last::Nothing && other == Next::Stop));
            }
        }
    }
}
