//! Webhook events against tickets, and what they say of a recording.

use std::time::Duration;

use livecut_core::{
    Cut, CutRange, CutVerdict, EventState, Progress, Recording, RecordingEvent, RecordingId,
    RecordingState, StreamId, TenantId, Ticket,
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
            Some(Progress::Ready(ready)) => *ready.cut(),
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
    let event = event(EventState::Recording(RecordingState::Processing(
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
fn a_short_cut_is_held_to_half_its_length_and_a_long_one_to_a_hundredth() {
    let verdict = |cut: u64, actual: u64| {
        let range = CutRange::seconds(0, cut).unwrap();
        CutVerdict::judge(
            Some(&Cut::new(range, range)),
            Some(Duration::from_secs(actual)),
        )
        .as_str()
    };
    assert_eq!(verdict(4, 6), "confirmed");
    assert_eq!(verdict(4, 7), "differs");
    assert_eq!(verdict(100, 110), "confirmed");
    assert_eq!(verdict(100, 111), "differs");
    assert_eq!(verdict(10_000, 10_100), "confirmed");
    assert_eq!(verdict(10_000, 9_899), "differs");
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
