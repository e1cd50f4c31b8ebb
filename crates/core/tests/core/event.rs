//! Webhook events against tickets, and what they say of a recording.

use std::time::Duration;

use livecut_core::{
    Cut, CutRange, CutVerdict, DurationTolerance, EventState, Progress, Recording, RecordingEvent,
    RecordingId, RecordingState, StreamId, TenantId, Ticket,
};

fn stream(id: &str) -> StreamId {
    StreamId::new(id).unwrap()
}

fn recording(id: &str) -> RecordingId {
    RecordingId::new(id).unwrap()
}

fn ticket() -> Ticket {
    let range = CutRange::seconds(600, 900).unwrap();
    Ticket::new("p", stream("s"))
        .with_tenant(TenantId::new("t").unwrap())
        .with_cut(Some(Cut::new(range, range)))
}

fn event(state: EventState) -> RecordingEvent {
    RecordingEvent::new("p", state, "word")
}

#[test]
fn an_event_matches_by_stream_or_recording_within_provider_and_tenant() {
    let other = || event(EventState::Other);
    let with_recording = || ticket().with_recording(recording("r"));
    for (ticket, event, expected, why) in [
        (
            ticket(),
            other().with_stream(stream("s")),
            true,
            "the stream",
        ),
        (
            ticket(),
            other().with_stream(stream("x")),
            false,
            "another stream",
        ),
        (ticket(), other(), false, "names nothing"),
        (
            ticket(),
            other().with_recording(recording("r")),
            false,
            "a recording the ticket doesn't know",
        ),
        (
            with_recording(),
            other().with_recording(recording("r")),
            true,
            "the recording",
        ),
        (
            with_recording(),
            other().with_recording(recording("x")),
            false,
            "another recording",
        ),
        (
            with_recording(),
            other()
                .with_stream(stream("s"))
                .with_recording(recording("x")),
            false,
            "the next broadcast of the same stream",
        ),
        (
            ticket(),
            other()
                .with_stream(stream("s"))
                .with_tenant(TenantId::new("t").unwrap()),
            true,
            "the same tenant",
        ),
        (
            ticket(),
            other()
                .with_stream(stream("s"))
                .with_tenant(TenantId::new("u").unwrap()),
            false,
            "another tenant",
        ),
        (
            ticket(),
            RecordingEvent::new("q", EventState::Other, "").with_stream(stream("s")),
            false,
            "another provider",
        ),
    ] {
        assert_eq!(ticket.matches(&event), expected, "{why}");
    }
}

#[test]
fn a_ready_event_says_no_more_about_the_cut_than_its_duration_does() {
    let wait = Duration::from_secs(10);
    let ready = |duration: Option<u64>| {
        let found = Recording::new(recording("r"));
        let found = match duration {
            Some(seconds) => found.with_duration(Duration::from_secs(seconds)),
            None => found,
        };
        let event = event(EventState::Recording(RecordingState::Ready(found)))
            .with_stream(stream("s"))
            .with_recording(recording("r"));
        match ticket().progress_by(&event, wait) {
            Some(Progress::Ready(ready)) => ready.verdict().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ready(None).as_str(), "unconfirmed");
    assert_eq!(ready(Some(300)).as_str(), "confirmed");
    assert_eq!(ready(Some(3600)).as_str(), "differs");
    assert_eq!(ready(Some(200)).as_str(), "differs");
}

#[test]
fn an_event_names_the_recording_that_the_ticket_lacked() {
    let event = event(EventState::Recording(RecordingState::InProgress(
        "encoding".into(),
    )))
    .with_stream(stream("s"))
    .with_recording(recording("r"));
    let progress = ticket()
        .progress_by(&event, Duration::from_secs(10))
        .unwrap();
    assert_eq!(progress.ticket().recording(), Some(&recording("r")));
    assert_eq!(progress.as_str(), "in_progress");
}

/// A live stream that is used again and again.
#[test]
fn another_broadcast_of_a_stream_that_is_reused_is_not_this_ticket_s() {
    let state = RecordingState::Ready(Recording::new(recording("next")));
    let next = event(EventState::Recording(state))
        .with_stream(stream("s"))
        .with_recording(recording("next"))
        .with_reused_stream();
    assert!(!ticket().matches(&next));
    assert_eq!(ticket().progress_by(&next, Duration::ZERO), None);
    assert!(ticket().with_recording(recording("next")).matches(&next));
    // What the stream itself does is still a moment to look.
    let idle = event(EventState::Stream(livecut_core::StreamState::Offline))
        .with_stream(stream("s"))
        .with_reused_stream();
    assert!(ticket().matches(&idle));
}

#[test]
fn an_event_about_something_else_is_no_progress() {
    let wait = Duration::from_secs(10);
    let elsewhere =
        event(EventState::Recording(RecordingState::Failed("x".into()))).with_stream(stream("x"));
    assert_eq!(ticket().progress_by(&elsewhere, wait), None);
    let unknown = event(EventState::Other).with_stream(stream("s"));
    assert_eq!(ticket().progress_by(&unknown, wait), None);
}

#[test]
fn a_recording_that_lacks_a_part_of_the_cut_is_never_confirmed() {
    let seconds = Duration::from_secs;
    let exact = DurationTolerance::new(seconds(1), seconds(1));
    let undocumented = DurationTolerance::default();
    let wide = DurationTolerance::new(seconds(3600), seconds(3600));
    for (tolerance, cut, actual, expected) in [
        (exact, 20, 10, "differs"),
        (exact, 10, 5, "differs"),
        (exact, 60, 50, "differs"),
        (exact, 60, 59, "confirmed"),
        (exact, 60, 61, "confirmed"),
        (exact, 60, 62, "differs"),
        // A long cut is no reason to miss more of it.
        (exact, 10_800, 10_700, "differs"),
        (undocumented, 20, 10, "differs"),
        (undocumented, 10, 5, "differs"),
        (undocumented, 60, 50, "differs"),
        (undocumented, 60, 58, "differs"),
        (undocumented, 60, 70, "confirmed"),
        (undocumented, 60, 71, "differs"),
        // Half of the cut is too much, whatever the tolerance.
        (undocumented, 4, 6, "differs"),
        (undocumented, 2, 1, "differs"),
        (wide, 20, 10, "differs"),
        (wide, 20, 30, "differs"),
        (wide, 20, 11, "confirmed"),
    ] {
        let range = CutRange::seconds(0, cut).unwrap();
        let cut = Cut::new(range, range);
        let verdict = CutVerdict::judge(Some(&cut), Some(seconds(actual)), tolerance).unwrap();
        assert_eq!(
            verdict.as_str(),
            expected,
            "{tolerance:?}, {range} got {actual} s"
        );
    }
}

/// A poll and a webhook carry the same tolerance.
#[test]
fn a_recording_brings_its_own_tolerance() {
    let ready = |tolerance| {
        let found = Recording::new(recording("r"))
            .with_duration(Duration::from_secs(309))
            .with_duration_tolerance(tolerance);
        let state = RecordingState::Ready(found);
        let polled = Progress::new(ticket(), state.clone(), Duration::ZERO);
        let event = event(EventState::Recording(state)).with_recording(recording("r"));
        let told = ticket()
            .with_recording(recording("r"))
            .progress_by(&event, Duration::ZERO);
        match (polled, told) {
            (Progress::Ready(polled), Some(Progress::Ready(told))) => {
                assert_eq!(polled.verdict(), told.verdict());
                polled.verdict().unwrap().as_str()
            }
            other => panic!("{other:?}"),
        }
    };
    let second = Duration::from_secs(1);
    assert_eq!(ready(DurationTolerance::default()), "confirmed");
    assert_eq!(ready(DurationTolerance::new(second, second)), "differs");
}

#[test]
fn an_event_of_the_recording_that_a_cut_is_made_of_is_a_hint_and_no_progress() {
    let owed = ticket().with_source(recording("whole"));
    let ready = |id: &str| {
        let state = RecordingState::Ready(Recording::new(recording(id)));
        event(EventState::Recording(state)).with_recording(recording(id))
    };
    let soon = Duration::from_secs(5);
    let source = ready("whole").with_stream(stream("s"));
    assert!(owed.matches(&source));
    assert_eq!(owed.progress_by(&source, soon), None);
    // The stream's next broadcast.
    assert!(!owed.matches(&ready("next").with_stream(stream("s"))));

    let made = owed.with_recording(recording("clip"));
    assert!(!made.matches(&source));
    assert!(made.progress_by(&ready("clip"), soon).is_some());
}
