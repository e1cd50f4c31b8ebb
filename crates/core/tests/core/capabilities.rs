//! What `Capabilities::admit` refuses and what it makes of a cut.

use std::time::Duration;

use livecut_core::{
    Capabilities, CutRange, ErrorKind, RecordingId, StopRequest, StreamId, Timeline,
    TimelineSupport, Visibility,
};
use time::OffsetDateTime;

/// 2024-01-01T12:00:00Z.
const BEGAN: i64 = 1_704_110_400;

fn began() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(BEGAN).unwrap()
}

fn seconds() -> Capabilities {
    Capabilities::new(Duration::from_secs(1))
        .with_timeline(Timeline::Offset, TimelineSupport::Native)
}

fn request() -> StopRequest {
    StopRequest::new(StreamId::new("s").unwrap())
}

fn wall_clock() -> StopRequest {
    let cut = CutRange::epoch_seconds(BEGAN + 600, BEGAN + 900);
    request().with_cut(cut.unwrap())
}

#[test]
fn a_timeline_that_the_provider_lacks_is_refused() {
    let error = seconds().admit(&wall_clock()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("wall clock"), "{error}");
}

#[test]
fn without_an_anchor_the_error_says_what_to_pass() {
    let capabilities = seconds().with_timeline(Timeline::WallClock, TimelineSupport::WithAnchor);
    let error = capabilities.admit(&wall_clock()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("anchor"), "{error}");

    let cut = capabilities
        .admit(&wall_clock().with_anchor(began()))
        .unwrap()
        .unwrap();
    assert_eq!(cut.effective(), CutRange::seconds(600, 900).unwrap());
    assert_eq!(Some(cut.requested()), wall_clock().cut());
}

#[test]
fn a_cut_that_depends_on_a_read_is_left_open_and_then_made_exact() {
    let capabilities = seconds().with_timeline(Timeline::WallClock, TimelineSupport::ReadAnchor);
    assert_eq!(capabilities.admit(&wall_clock()).unwrap(), None);
    let cut = capabilities
        .admit_at(&wall_clock(), Some(began() + Duration::from_millis(1)))
        .unwrap()
        .unwrap();
    // Outward: a millisecond's difference costs a second at the start, none of the content.
    assert_eq!(cut.effective(), CutRange::seconds(599, 900).unwrap());
}

#[test]
fn a_visibility_or_a_recording_that_cannot_be_set_is_refused_and_not_dropped() {
    let error = seconds()
        .admit(&request().with_visibility(Visibility::Private))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let named = request().with_recording(RecordingId::new("r").unwrap());
    let error = seconds().admit(&named).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(
        seconds().with_named_recording().admit(&named).unwrap(),
        None
    );
}

#[test]
fn a_visibility_that_only_a_cut_can_have_is_refused_without_one() {
    let capabilities = seconds()
        .with_visibility(Visibility::Private)
        .with_visibility_of_cuts_only();
    let whole = request().with_visibility(Visibility::Private);
    let error = capabilities.admit(&whole).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let cut = whole.with_cut(CutRange::seconds(30, 120).unwrap());
    assert!(capabilities.admit(&cut).unwrap().is_some());
    assert_eq!(capabilities.admit(&request()).unwrap(), None);
}
