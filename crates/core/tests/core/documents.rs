//! What is kept is read back as it was, and what a newer livecut wrote is never misread.

use std::fmt::Debug;
use std::time::Duration;

use livecut_core::{
    Certainty, Cut, CutRange, CutState, CutVerdict, DurationTolerance, Effect, Error, ErrorKind,
    ErrorReport, ErrorResponse, Failed, InProgress, Method, Playback, PlaybackFormat, Progress,
    Purpose, Ready, Recording, RecordingId, Standing, Step, StopOutcome, StopPlan, Stopped,
    StreamId, StreamState, StreamStatus, TenantId, Ticket,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};
use serde_json::{Value, json};

fn kept<T: Serialize + DeserializeOwned>(document: &T) -> T {
    let text = serde_json::to_string(document).unwrap();
    // As a database may have it, whose members are in another order.
    let sorted: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sorted["version"], 1, "{text}");
    serde_json::from_str(&sorted.to_string()).unwrap()
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9 /%é🎬\"\\\\-]{1,12}"
}

fn cut() -> impl Strategy<Value = Cut> {
    let range = (0..1_000_000_000_000_u64, 1..1_000_000_000_u64).prop_map(|(start, length)| {
        let at = |millis| Duration::from_millis(millis);
        CutRange::offsets(at(start / 10_000), at(start / 10_000 + length)).unwrap()
    });
    (range.clone(), range).prop_map(|(requested, effective)| Cut::new(requested, effective))
}

fn ticket() -> impl Strategy<Value = Ticket> {
    let ids = (id(), option::of(id()), option::of(id()), option::of(id()));
    (ids, option::of(cut())).prop_map(|((stream, tenant, source, recording), cut)| {
        let mut ticket = Ticket::new("example", StreamId::new(stream).unwrap()).with_cut(cut);
        if let Some(tenant) = tenant {
            ticket = ticket.with_tenant(TenantId::new(tenant).unwrap());
        }
        if let Some(source) = source {
            ticket = ticket.with_source(RecordingId::new(source).unwrap());
        }
        if let Some(recording) = recording {
            ticket = ticket.with_recording(RecordingId::new(recording).unwrap());
        }
        ticket
    })
}

/// To the nanosecond below ten days, and whole seconds of any number.
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0..864_000_u64, 0..1_000_000_000_u32).prop_map(|(s, nanos)| Duration::new(s, nanos)),
        any::<u64>().prop_map(Duration::from_secs),
    ]
}

fn recording() -> impl Strategy<Value = Recording> {
    let formats = select(vec![
        PlaybackFormat::Hls,
        PlaybackFormat::Dash,
        PlaybackFormat::Mp4,
    ]);
    let playback = prop::collection::vec((formats, ".{0,20}"), 0..3);
    let tolerance = option::of((duration(), duration()));
    let until = option::of(0_i64..4_000_000_000);
    (id(), playback, option::of(duration()), tolerance, until).prop_map(
        |(id, playback, duration, tolerance, until)| {
            let mut recording = Recording::new(RecordingId::new(id).unwrap());
            for (format, url) in playback {
                recording = recording.with_playback(Playback::new(format, url));
            }
            if let Some(duration) = duration {
                recording = recording.with_duration(duration);
            }
            if let Some((shorter, longer)) = tolerance {
                let tolerance = DurationTolerance::new(shorter, longer);
                recording = recording.with_duration_tolerance(tolerance);
            }
            if let Some(until) = until {
                let until = time::OffsetDateTime::from_unix_timestamp(until).unwrap();
                recording = recording.with_kept_until(until);
            }
            recording
        },
    )
}

fn certainty() -> impl Strategy<Value = Certainty> {
    select(vec![Certainty::No, Certainty::Yes, Certainty::Unknown])
}

fn effect() -> impl Strategy<Value = Effect> {
    (certainty(), certainty(), certainty())
        .prop_map(|(stopped, cut, other)| Effect::new(stopped, cut).with_other(other))
}

fn outcome() -> impl Strategy<Value = StopOutcome> {
    (
        ticket(),
        select(vec![Stopped::Stopped, Stopped::AlreadyEnded]),
        select(vec![CutState::Scheduled, CutState::Made]),
        certainty(),
        option::of(recording()),
        prop::collection::vec(".{0,20}", 0..3),
    )
        .prop_map(|(ticket, stopped, state, other, recording, messages)| {
            let cut = ticket.cut().copied();
            let outcome = StopOutcome::new(ticket)
                .with_stopped(stopped)
                .with_cut(cut, state)
                .with_other(other)
                .with_messages(messages);
            match recording {
                Some(recording) => outcome.with_recording(recording),
                None => outcome,
            }
        })
}

fn progress() -> impl Strategy<Value = Progress> {
    prop_oneof![
        (ticket(), ".{0,20}", duration()).prop_map(|(ticket, stage, wait)| {
            Progress::InProgress(InProgress::new(ticket, stage, wait))
        }),
        (ticket(), recording()).prop_map(|(ticket, recording)| {
            let (duration, tolerance) = (recording.duration(), recording.duration_tolerance());
            let verdict = CutVerdict::judge(ticket.cut(), duration, tolerance);
            Progress::Ready(Ready::new(ticket, recording, verdict))
        }),
        (ticket(), ".{0,20}")
            .prop_map(|(ticket, reason)| Progress::Failed(Failed::new(ticket, reason))),
    ]
}

fn plan() -> impl Strategy<Value = StopPlan> {
    let purpose = select(vec![
        Purpose::Read,
        Purpose::Stop,
        Purpose::Cut,
        Purpose::Other,
    ]);
    let method = select(vec![Method::Get, Method::Post, Method::Put, Method::Patch]);
    let texts = (".{0,20}", option::of(".{0,20}"), option::of(".{0,20}"));
    let step = (purpose, method, texts, any::<bool>());
    let step = step.prop_map(|(purpose, method, (url, body, when), repeats)| {
        let mut step = Step::new(purpose, method, url);
        if repeats {
            step = step.with_repeat();
        }
        if let Some(body) = body {
            step = step.with_body(body);
        }
        if let Some(when) = when {
            step = step.with_condition(when);
        }
        step
    });
    let steps = prop::collection::vec(step, 0..4);
    (steps, option::of(ticket()), option::of(".{0,9}")).prop_map(|(steps, ticket, account)| {
        let cut = ticket.as_ref().and_then(Ticket::cut).copied();
        let mut plan = StopPlan::new("example", steps).with_cut(cut);
        if let Some(ticket) = ticket {
            plan = plan.with_ticket(ticket);
        }
        if let Some(account) = account {
            plan = plan.with_account(account);
        }
        plan
    })
}

fn status() -> impl Strategy<Value = StreamStatus> {
    let state = select(vec![
        StreamState::NotStarted,
        StreamState::Live,
        StreamState::Interrupted,
        StreamState::Unknown,
    ]);
    (id(), state, ".{0,20}", option::of(recording())).prop_map(|(id, state, word, recording)| {
        let status = StreamStatus::new("another", StreamId::new(id).unwrap(), state, word);
        match recording {
            Some(recording) => status.with_recording(recording),
            None => status,
        }
    })
}

fn error() -> impl Strategy<Value = Error> {
    let kinds = select(vec![
        ErrorKind::Timeout,
        ErrorKind::RateLimited,
        ErrorKind::CutOwed,
        ErrorKind::Internal,
    ]);
    let answer = option::of((any::<u16>(), option::of(".{0,9}")));
    let made = (kinds, ".{0,20}", any::<bool>(), effect());
    (made, option::of(duration()), answer, option::of(ticket())).prop_map(
        |((kind, message, has_cause, effect), wait, answer, ticket)| {
            let mut error = Error::new(kind, message).with_effect(effect);
            if has_cause {
                error = error
                    .with_source(std::io::Error::other("reset by peer"))
                    .with_provider("example");
            }
            if let Some(wait) = wait {
                error = error.with_retry_after(wait);
            }
            if let Some((status, id)) = answer {
                let response = ErrorResponse::new(status).with_body("stream_key=hunter2");
                error = error.with_response(match id {
                    Some(id) => response.with_request_id(id),
                    None => response,
                });
            }
            match ticket {
                Some(ticket) => error.with_ticket(ticket),
                None => error,
            }
        },
    )
}

proptest! {
    #[test]
    fn an_outcome_is_read_back_as_it_was(outcome in outcome()) {
        prop_assert_eq!(kept(&outcome), outcome);
    }

    #[test]
    fn a_progress_is_read_back_as_it_was(progress in progress()) {
        prop_assert_eq!(kept(&progress), progress);
    }

    #[test]
    fn a_plan_is_read_back_as_it_was(plan in plan()) {
        prop_assert_eq!(kept(&plan), plan);
    }

    #[test]
    fn a_status_is_read_back_as_it_was(status in status()) {
        prop_assert_eq!(kept(&status), status);
    }

    /// Decisions after a restart go by the same answers.
    #[test]
    fn a_kept_report_answers_what_the_error_did_and_holds_no_body(error in error()) {
        let report = kept(&error.report());
        prop_assert_eq!(&report, &error.report());
        prop_assert_eq!(report.kind(), Some(error.kind()));
        prop_assert_eq!(report.effect(), error.effect());
        prop_assert_eq!(report.standing(), error.standing());
        prop_assert_eq!(report.ticket(), error.ticket());
        prop_assert_eq!(report.provider(), error.provider());
        prop_assert_eq!(report.http_status(), error.response().map(ErrorResponse::status));
        prop_assert!(report.message().starts_with(&error.to_string()));
        prop_assert!(report.retry_after() >= error.retry_after());
        prop_assert!(!serde_json::to_string(&report).unwrap().contains("hunter2"));
    }
}

/// One of each, with a cut that is owed.
fn samples() -> [Value; 5] {
    let range = CutRange::seconds(30, 120).unwrap();
    let stream = StreamId::new("x").unwrap();
    let whole = RecordingId::new("whole").unwrap();
    let ticket = Ticket::new("example", stream.clone())
        .with_cut(Some(Cut::new(range, range)))
        .with_source(whole.clone());
    let cut = ticket.cut().copied();
    let outcome = StopOutcome::new(ticket.clone()).with_cut(cut, CutState::Scheduled);
    let recording = Recording::new(whole).with_playback(Playback::new(
        PlaybackFormat::Hls,
        "https://cdn.example/x.m3u8",
    ));
    let differs = Some(CutVerdict::Differs {
        actual: Duration::from_millis(2500),
    });
    let ready = Ready::new(ticket.clone(), recording.clone(), differs);
    let plan = StopPlan::new(
        "example",
        vec![Step::new(Purpose::Stop, Method::Put, "https://x")],
    )
    .with_cut(cut)
    .with_ticket(ticket.clone());
    let status = StreamStatus::new("example", stream, StreamState::Live, "active");
    let report = Error::new(ErrorKind::CutOwed, "the clip isn't made")
        .with_effect(Effect::new(Certainty::Yes, Certainty::No))
        .with_ticket(ticket)
        .report();
    [
        json!(outcome),
        json!(Progress::Ready(ready)),
        json!(plan),
        json!(status.with_recording(recording)),
        json!(report),
    ]
}

/// Reads a document as what it is of.
fn read(which: usize, document: &Value) -> Result<Box<dyn Debug>, String> {
    fn one<T: DeserializeOwned + Debug + 'static>(
        document: &Value,
    ) -> Result<Box<dyn Debug>, String> {
        match T::deserialize(document) {
            Ok(read) => Ok(Box::new(read)),
            Err(error) => Err(error.to_string()),
        }
    }
    match which {
        0 => one::<StopOutcome>(document),
        1 => one::<Progress>(document),
        2 => one::<StopPlan>(document),
        3 => one::<StreamStatus>(document),
        _ => one::<ErrorReport>(document),
    }
}

#[test]
fn a_document_of_another_version_is_refused_for_that_whatever_else_it_says() {
    for (which, mut document) in samples().into_iter().enumerate() {
        let whole = read(which, &document).unwrap();
        let members = document.as_object_mut().unwrap();
        members.remove("version");
        members.insert("new".to_owned(), json!({ "of": ["a", "later", "livecut"] }));
        let read_as_1 = read(which, &document).unwrap();
        assert_eq!(format!("{read_as_1:?}"), format!("{whole:?}"));

        for version in [0, 2, 99] {
            document["version"] = version.into();
            // Which stands before it in the alphabet, and has another shape.
            for other in ["cut", "kind", "provider", "ticket"] {
                document[other] = json!([{}]);
            }
            let error = read(which, &document).unwrap_err();
            assert!(
                error.contains(&format!("of version {version}, ")),
                "{error}"
            );
            assert!(error.contains("knows version 1"), "{error}");
        }
        for odd in [json!("1"), json!(null), json!(1.5), json!([1])] {
            document["version"] = odd;
            read(which, &document).unwrap_err();
        }
    }
}

#[test]
fn no_array_is_read_as_a_document_by_position() {
    for (which, document) in samples().into_iter().enumerate() {
        let values = document.as_object().unwrap().values().cloned().collect();
        read(which, &Value::Array(values)).unwrap_err();
    }
}

#[test]
fn a_word_of_a_newer_livecut_is_unknown_or_refused_and_never_taken_for_another() {
    let [outcome, ready, plan, status, report] = samples();
    let with = |document: &Value, at: &str, word: &str| {
        let mut document = document.clone();
        *document.pointer_mut(at).unwrap() = word.into();
        document
    };
    let report = |at| ErrorReport::deserialize(with(&report, at, "perhaps")).unwrap();
    assert_eq!(
        report("/effect/stopped").effect().stopped,
        Certainty::Unknown
    );
    assert_eq!(report("/effect/stopped").standing(), Standing::Unknown);
    assert_eq!(report("/standing").standing(), Standing::Unknown);
    assert_eq!(
        (report("/kind").kind(), report("/kind").kind_name()),
        (None, "perhaps")
    );
    let status = |at| StreamStatus::deserialize(with(&status, at, "perhaps")).unwrap();
    assert_eq!(status("/state").state(), StreamState::Unknown);
    let formatless = status("/recording/playback/0/format");
    assert!(formatless.recording().unwrap().playback().is_empty());
    for (which, document, at) in [
        (0, &outcome, "/stopped"),
        (0, &outcome, "/cut/state"),
        (1, &ready, "/progress"),
        (1, &ready, "/cut/state"),
        (2, &plan, "/steps/0/purpose"),
        (2, &plan, "/steps/0/method"),
    ] {
        let error = read(which, &with(document, at, "perhaps")).unwrap_err();
        assert!(error.contains("`perhaps`"), "{at}: {error}");
    }
}

#[test]
fn a_document_that_contradicts_its_ticket_or_itself_is_refused() {
    let [outcome, ready, ..] = samples();
    for (which, document) in [(0, &outcome), (1, &ready)] {
        for member in ["provider", "stream"] {
            let mut document = document.clone();
            document[member] = "another".into();
            assert!(read(which, &document).unwrap_err().contains("ticket"));
        }
    }
    let mut unranged = outcome.clone();
    unranged["cut"]["effective"] = Value::Null;
    assert!(read(0, &unranged).unwrap_err().contains("no range"));
    let twice = outcome
        .to_string()
        .replacen('{', r#"{"stopped":"stopped","#, 1);
    let error = serde_json::from_str::<StopOutcome>(&twice).unwrap_err();
    assert!(error.to_string().contains("duplicate field"), "{error}");
}

/// A standing promises no more than the effect and the ticket do.
#[test]
fn a_standing_that_is_kept_can_only_take_a_promise_back() {
    let [.., owed] = samples();
    for (word, standing) in [
        ("cut_owed", Standing::CutOwed),
        ("done_in_part", Standing::DoneInPart),
        ("unknown", Standing::Unknown),
        ("nothing_done", Standing::CutOwed),
    ] {
        let mut document = owed.clone();
        document["standing"] = word.into();
        let report = ErrorReport::deserialize(&document).unwrap();
        assert_eq!(report.standing(), standing, "{word}");
        assert_eq!(kept(&report), report);
    }
    let mut unknown = owed;
    unknown["effect"]["cut"] = "unknown".into();
    unknown["standing"] = "nothing_done".into();
    let report = ErrorReport::deserialize(&unknown).unwrap();
    assert_eq!(report.standing(), Standing::Unknown);
    // As results of earlier versions have it.
    unknown.as_object_mut().unwrap().remove("standing");
    unknown["effect"].as_object_mut().unwrap().remove("other");
    let report = ErrorReport::deserialize(&unknown).unwrap();
    assert_eq!(report.standing(), Standing::Unknown);
    assert_eq!(report.effect().other, Certainty::No);
}

#[test]
fn a_wait_is_kept_in_whole_seconds_and_never_shorter_than_it_is() {
    let error = Error::new(ErrorKind::RateLimited, "slow down")
        .with_retry_after(Duration::from_millis(64_001));
    let report = json!(error.report());
    assert_eq!(report["retry_after_seconds"], 65);
    for odd in [json!(-1), json!("1"), json!(1e300)] {
        let mut report = report.clone();
        report["retry_after_seconds"] = odd;
        ErrorReport::deserialize(&report).unwrap_err();
    }
}
