use livecut::{CutRange, Error, ErrorKind, StopOutcome, TenantId};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const HEADER: &str = r#"{"results":{"version":1,"provider":"example"}}"#;

fn id(stream: &str) -> StreamId {
    StreamId::new(stream).unwrap()
}

fn asked(cut: Option<&str>) -> Asked {
    Asked {
        cut: cut.map(str::to_owned),
        rounding: "outward".to_owned(),
        visibility: None,
        anchor: None,
        recording: None,
    }
}

fn begun(stream: &str, before: Option<&str>) -> String {
    line(&Record::Begun(Begun {
        at: now().unwrap(),
        stream: id(stream),
        request: asked(Some("30s..120s")),
        before: before.map(str::to_owned),
        ticket: None,
    }))
    .unwrap()
}

fn ended(stream: &str, stopped: &livecut::Result<StopOutcome>) -> String {
    line(&Record::Ended(Box::new(Ended {
        at: now().unwrap(),
        stream: id(stream),
        result: Outcome::of(&id(stream), stopped),
    })))
    .unwrap()
}

fn ticket(stream: &str) -> Ticket {
    let range = CutRange::seconds(30, 120).unwrap();
    Ticket::new("example", id(stream)).with_cut(Some(livecut::Cut::new(range, range)))
}

fn owing(stream: &str) -> Ticket {
    ticket(stream).with_source(livecut::RecordingId::new("asset").unwrap())
}

const UNKNOWN: Effect = Effect::new(Certainty::Unknown, Certainty::Unknown);

fn done() -> livecut::Result<StopOutcome> {
    Ok(StopOutcome::new(ticket("a")))
}

fn failed(kind: ErrorKind, stopped: Certainty, cut: Certainty) -> livecut::Result<StopOutcome> {
    Err(Error::new(kind, "no luck")
        .with_effect(Effect::new(stopped, cut))
        .with_ticket(ticket("a")))
}

fn read(lines: &[&str]) -> Result<Results, String> {
    read_bytes(format!("{}\n", lines.join("\n")).as_bytes()).map(|(results, _)| results)
}

fn read_bytes(bytes: &[u8]) -> Result<(Results, Read), String> {
    let mut results = Results::unkept("example");
    match results.read(Path::new("results.jsonl"), bytes) {
        Ok(read) => Ok((results, read)),
        Err(failure) => Err(failure.message),
    }
}

#[test]
fn what_comes_next_is_what_the_effect_allows() {
    use Certainty::{No, Unknown, Yes};
    let follows = || Next::Follow(Box::new(owing("a")));
    let owed = || -> livecut::Result<StopOutcome> {
        Err(Error::new(ErrorKind::CutOwed, "no luck")
            .with_effect(Effect::new(Yes, No))
            .with_ticket(owing("a")))
    };
    for (ended_as, next, reconciled) in [
        (None, Next::Nothing, Next::Reconcile),
        (Some(done()), Next::Nothing, Next::Nothing),
        (
            Some(failed(ErrorKind::RateLimited, No, No)),
            Next::Stop,
            Next::Stop,
        ),
        (Some(owed()), follows(), follows()),
        (
            Some(failed(ErrorKind::CutRefused, Yes, No)),
            Next::Nothing,
            Next::Nothing,
        ),
        (
            Some(failed(ErrorKind::Rejected, No, Yes)),
            Next::Nothing,
            Next::Nothing,
        ),
        (
            Some(failed(ErrorKind::Unavailable, Unknown, Unknown)),
            Next::Nothing,
            Next::Reconcile,
        ),
        // This ticket's cut is the provider's to make, so following it changes nothing.
        (
            Some(failed(ErrorKind::UnexpectedResponse, Yes, Unknown)),
            Next::Nothing,
            Next::Nothing,
        ),
    ] {
        let begun = begun("a", Some("live"));
        let mut lines = vec![HEADER.to_owned(), begun];
        lines.extend(ended_as.as_ref().map(|stopped| ended("a", stopped)));
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let results = read(&lines).unwrap();
        assert_eq!(results.next(&id("a"), false), next, "{ended_as:?}");
        assert_eq!(results.next(&id("a"), true), reconciled, "{ended_as:?}");
        assert_eq!(results.next(&id("b"), false), Next::Stop);
    }
}

#[test]
fn only_a_stream_that_was_seen_on_air_before_is_reconciled() {
    for (before, next) in [
        (Some("live"), Next::Reconcile),
        (Some("interrupted"), Next::Reconcile),
        (Some("ended"), Next::Nothing),
        (Some("unknown"), Next::Nothing),
        (None, Next::Nothing),
    ] {
        let results = read(&[HEADER, &begun("a", before)]).unwrap();
        assert_eq!(results.next(&id("a"), true), next, "{before:?}");
    }
}

/// A cut that may not have been made is made by following, where it is a recording of its own.
#[test]
fn a_cut_that_is_unknown_is_followed_only_where_asked_and_where_that_makes_it() {
    let ticket = owing("a");
    let error = Error::new(ErrorKind::Interrupted, "no luck")
        .with_effect(Effect::new(Certainty::Yes, Certainty::Unknown))
        .with_ticket(ticket.clone());
    let lines = [HEADER, &begun("a", None), &ended("a", &Err(error))];
    let results = read(&lines).unwrap();
    assert_eq!(results.next(&id("a"), false), Next::Nothing);
    assert_eq!(results.next(&id("a"), true), Next::Follow(Box::new(ticket)));
}

fn following(stream: &str) -> String {
    line(&Record::Following(Following {
        at: now().unwrap(),
        stream: id(stream),
    }))
    .unwrap()
}

/// As a run leaves it that is killed while it follows.
#[test]
fn a_cut_that_began_to_be_followed_is_unknown_until_it_is_known_what_came_of_that() {
    use Certainty::{No, Unknown, Yes};
    let owed = Err(Error::new(ErrorKind::CutOwed, "not yet")
        .with_effect(Effect::new(Yes, No))
        .with_ticket(owing("a")));
    let (begun, owed, following) = (begun("a", None), ended("a", &owed), following("a"));
    let known = |lines: &[&str]| read(lines).unwrap().of(&id("a")).unwrap().clone();
    let said = |known: &Known| known.outcome("example", &id("a"), UNKNOWN).effect();

    let killed = known(&[HEADER, &begun, &owed, &following]);
    assert_eq!(said(&killed), Effect::new(Yes, Unknown));
    assert_eq!(killed.next(false), Next::Nothing);
    assert_eq!(killed.next(true), Next::Follow(Box::new(owing("a"))));
    // Followed again, which says what it was.
    let again = known(&[HEADER, &begun, &owed, &following, &following, &owed]);
    assert_eq!(said(&again), Effect::new(Yes, No));
    assert_eq!(again.next(false), Next::Follow(Box::new(owing("a"))));

    let done = ended("a", &done());
    for (lines, why) in [
        (vec![HEADER, &following], "wasn't begun"),
        (vec![HEADER, &begun, &following], "isn't owed"),
        (vec![HEADER, &begun, &done, &following], "isn't owed"),
    ] {
        let error = read(&lines).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn what_did_something_beside_a_stop_is_not_repeated() {
    use Certainty::{No, Unknown, Yes};
    for (other, next, standing) in [
        (No, Next::Stop, Standing::NotApplied),
        (Yes, Next::Nothing, Standing::NotAsAsked),
        (Unknown, Next::Nothing, Standing::Unknown),
    ] {
        let error = Error::new(ErrorKind::Unauthorized, "no luck")
            .with_effect(Effect::NONE.with_other(other));
        let now = ended("a", &Err(error));
        // As files of earlier versions have it.
        let mut earlier: serde_json::Value = serde_json::from_str(&now).unwrap();
        let error = &mut earlier["ended"]["result"]["error"];
        error["effect"].as_object_mut().unwrap().remove("other");
        if other != No {
            error["aftermath"] = json!(other.as_str());
        }
        for line in [now, earlier.to_string()] {
            let results = read(&[HEADER, &begun("a", None), &line]).unwrap();
            assert_eq!(results.next(&id("a"), false), next, "{line}");
            let outcome = results.of(&id("a")).unwrap();
            let outcome = outcome.outcome("example", &id("a"), UNKNOWN);
            assert_eq!(outcome.standing(), standing, "{line}");
            assert_eq!(outcome.effect().other, other, "{line}");
        }
    }
}

#[test]
fn a_last_line_that_is_torn_anywhere_is_as_if_it_had_not_been_written() {
    let whole = format!("{HEADER}\n{}\n", begun("a", None));
    let last = ended("a", &done());
    for torn in 1..last.len() {
        let mut bytes = whole.clone().into_bytes();
        bytes.extend_from_slice(&last.as_bytes()[..torn]);
        let (results, read) = read_bytes(&bytes).unwrap();
        assert!(matches!(read.torn, Torn::Bytes(bytes) if usize::try_from(bytes) == Ok(torn)));
        let outcome = results
            .of(&id("a"))
            .unwrap()
            .outcome("example", &id("a"), UNKNOWN);
        assert_eq!(outcome.standing(), Standing::Unknown, "torn at {torn}");
    }
    // All of it was written, but for its end: that is known.
    let (results, read) = read_bytes(format!("{whole}{last}").as_bytes()).unwrap();
    assert!(matches!(read.torn, Torn::Newline));
    let outcome = results
        .of(&id("a"))
        .unwrap()
        .outcome("example", &id("a"), UNKNOWN);
    assert_eq!(outcome.standing(), Standing::Done);
}

#[test]
fn a_header_that_is_torn_is_written_again_and_nothing_else_is_cut_off() {
    for torn in 0..HEADER.len() {
        let (_, read) = read_bytes(&HEADER.as_bytes()[..torn]).unwrap();
        assert!(!read.header);
    }
    for other in ["shopping list", "{\"stream\":\"a\"}", "{"] {
        let read = read_bytes(other.as_bytes());
        assert_eq!(read.is_ok(), other == "{", "{other}");
    }
}

#[test]
fn what_is_malformed_elsewhere_is_refused_with_its_line() {
    let begun = begun("a", None);
    let ended = ended("a", &done());
    let wrong = |lines: &[&str]| read(lines).unwrap_err();
    for (lines, hint) in [
        (&["stream,cut"][..], "line 1: this is no result"),
        (&[&begun], "line 1: the header is missing"),
        (&[HEADER, HEADER], "line 2: this is a second header"),
        (
            &[HEADER, &begun, "{\"ended\":"],
            "line 3: this is no result",
        ),
        (
            &[HEADER, &ended],
            "line 2: this ends a stop that wasn't begun",
        ),
        (
            &[HEADER, &begun, &begun],
            "line 3: this begins a stop that can't",
        ),
        (
            &[HEADER, &begun, &ended, &begun],
            "line 4: this begins a stop that can't",
        ),
        (
            &[&HEADER.replace("example", "another")],
            "line 1: these are results at `another`, and this run is at `example`",
        ),
        (
            &[&HEADER.replace('1', "2")],
            "line 1: the file is of version 2",
        ),
        (
            &[HEADER, &begun, &ended.replacen("\"a\"", "\"b\"", 1)],
            "line 3: this is the result of another stream",
        ),
        (
            &[HEADER, &begun.replace("\"cut\"", "\"cuts\"")],
            "line 2: this is no result: unknown field `cuts`",
        ),
    ] {
        let message = wrong(lines);
        assert!(message.contains(hint), "{message}");
    }
}

#[test]
fn a_result_with_an_error_is_never_taken_for_done() {
    let mut both: serde_json::Value = serde_json::from_str(&ended("a", &done())).unwrap();
    both["ended"]["result"]["error"] = json!({"kind": "unavailable"});
    assert!(read(&[HEADER, &begun("a", None), &both.to_string()]).is_err());
}

#[test]
fn a_result_is_read_back_as_it_was() {
    let recording = livecut::Recording::new(livecut::RecordingId::new("vod").unwrap())
        .with_duration(std::time::Duration::from_millis(90_500));
    for stopped in [
        Ok(StopOutcome::new(ticket("a")).with_recording(recording)),
        failed(ErrorKind::RateLimited, Certainty::Yes, Certainty::Unknown),
    ] {
        let line = ended("a", &stopped);
        let Record::Ended(record) = serde_json::from_str(&line).unwrap() else {
            panic!("another record");
        };
        assert_eq!(self::line(&Record::Ended(record)).unwrap(), line);
    }
}

#[test]
fn a_stop_that_is_done_keeps_what_else_it_did_and_earlier_files_say_nothing_of_that() {
    let stop = StopOutcome::new(ticket("a")).with_other(Certainty::Yes);
    let now = ended("a", &Ok(stop));
    let mut earlier: serde_json::Value = serde_json::from_str(&now).unwrap();
    let result = earlier["ended"]["result"].as_object_mut().unwrap();
    result.remove("other").unwrap();
    for (line, other) in [(now, Certainty::Yes), (earlier.to_string(), Certainty::No)] {
        let results = read(&[HEADER, &begun("a", None), &line]).unwrap();
        let outcome = results.of(&id("a")).unwrap();
        let outcome = outcome.outcome("example", &id("a"), UNKNOWN);
        assert_eq!(outcome.standing(), Standing::Done);
        assert_eq!(outcome.effect().other, other);
    }
}

fn entry(cut: Option<&str>) -> Entry {
    Entry {
        line: 7,
        request: livecut::StopRequest::new(id("a")),
        asked: asked(cut),
    }
}

#[test]
fn another_request_is_refused_unless_nothing_was_applied() {
    let plan = StopPlan::new("example", Vec::new());
    let not_applied = ended(
        "a",
        &failed(ErrorKind::Rejected, Certainty::No, Certainty::No),
    );
    for (last, refused) in [
        (None, true),
        (Some(ended("a", &done())), true),
        (Some(not_applied), false),
    ] {
        let begun = begun("a", None);
        let lines: Vec<_> = [HEADER, &begun]
            .into_iter()
            .chain(last.as_deref())
            .collect();
        let results = read(&lines).unwrap();
        let problem = results.refuses(&entry(Some("30s..60s")), &plan);
        assert_eq!(problem.is_some(), refused, "{problem:?}");
        assert!(problem.is_none_or(|problem| problem.line == 7));
        assert_eq!(results.refuses(&entry(Some("30s..120s")), &plan), None);
    }
}

#[test]
fn results_of_another_account_are_refused_and_those_without_one_are_read() {
    let header = r#"{"results":{"version":1,"provider":"example","account":"0011223344556677"}}"#;
    let read = |header: &str, account: Option<&str>| {
        let mut results = Results::unkept("example");
        results.account = account.map(str::to_owned);
        let read = results.read(Path::new("results.jsonl"), header.as_bytes());
        read.map(|_| ()).map_err(|failure| failure.message)
    };
    let message = read(header, Some("8899aabbccddeeff")).unwrap_err();
    for hint in [
        "line 1: ",
        "use another results file",
        "`8899aabbccddeeff` in place of `0011223344556677`",
    ] {
        assert!(message.contains(hint), "{message}");
    }
    for (header, account) in [
        (header, Some("0011223344556677")),
        // An adapter that doesn't say, and a file of an earlier version.
        (header, None),
        (HEADER, Some("8899aabbccddeeff")),
    ] {
        assert_eq!(read(header, account), Ok(()));
    }
}

#[test]
fn results_of_another_tenant_are_refused() {
    let tenant = |tenant| ticket("a").with_tenant(TenantId::new(tenant).unwrap());
    let stopped = Ok(StopOutcome::new(tenant("one")));
    let results = read(&[HEADER, &begun("a", None), &ended("a", &stopped)]).unwrap();
    let refuses = |ticket| {
        let plan = StopPlan::new("example", Vec::new()).with_ticket(ticket);
        results.refuses(&entry(Some("30s..120s")), &plan)
    };
    assert_eq!(refuses(tenant("one")), None);
    assert!(
        refuses(tenant("two"))
            .unwrap()
            .message
            .contains("another tenant")
    );
}

proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_bytes(&bytes);
        let _ = read_bytes(&[HEADER.as_bytes(), b"\n", &bytes].concat());
    }
}

/// `/dev/full` takes no byte, and `/dev/null` can't be forced to a disk.
#[cfg(target_os = "linux")]
#[test]
fn a_result_that_the_file_may_lack_is_known_to_be() {
    for (file, begins, ends) in [("/dev/null", true, true), ("/dev/full", false, false)] {
        let mut results = read(&[HEADER, &begun("old", None), &begun("a", None)]).unwrap();
        let is_unwritten = |results: &Results, stream| {
            let known = results.of(&id(stream)).unwrap();
            assert_eq!(known.is_earlier(), stream == "old");
            known.is_unwritten()
        };
        results.lines = Some(Lines::unchecked(file, 0));
        let begun = results.begin(&id("new"), &asked(None), None, None);
        assert_eq!(begun.is_ok(), begins);
        let ended = results.end(&id("a"), Outcome::of(&id("a"), &done()));
        assert_eq!(ended.is_ok(), ends);
        assert_eq!(is_unwritten(&results, "a"), !ends);
        results.sync().unwrap_err();
        assert!(is_unwritten(&results, "a"));
        assert!(
            !is_unwritten(&results, "old"),
            "this run wrote nothing of it"
        );
    }
}

/// As a file is found after a machine has lost its power.
#[test]
fn nuls_at_the_end_are_cut_off_with_what_they_tore() {
    let begun = begun("a", None);
    let last = ended("a", &done());
    let whole = format!("{HEADER}\n{begun}\n");
    let (half, _) = last.split_at(last.len() / 2);
    for tail in [
        "\0".repeat(4096),
        format!("{half}{}", "\0".repeat(4096)),
        format!("{half}\0\0\0\n"),
        format!("\0\0\0{half}\n\n\0\0\n{half}"),
        // Longer than any line.
        "\0".repeat((16 << 20) + 5),
    ] {
        let (results, read) = read_bytes(format!("{whole}{tail}").as_bytes()).unwrap();
        assert_eq!(usize::try_from(read.torn.bytes()), Ok(tail.len()));
        let outcome = results
            .of(&id("a"))
            .unwrap()
            .outcome("example", &id("a"), UNKNOWN);
        assert_eq!(outcome.standing(), Standing::Unknown);
    }
    for torn in 0..HEADER.len() {
        let bytes = format!("{}\0\0\0\0", HEADER.split_at(torn).0);
        let (_, read) = read_bytes(bytes.as_bytes()).unwrap();
        assert!(!read.header);
        assert_eq!(usize::try_from(read.torn.bytes()), Ok(bytes.len()));
    }
}

#[test]
fn nuls_elsewhere_are_refused_and_another_programs_file_loses_nothing() {
    let (begun, last) = (begun("a", None), ended("a", &done()));
    let hole = format!("{HEADER}\n{begun}\n\0\0\0\n{last}\n");
    let message = read_bytes(hole.as_bytes()).unwrap_err();
    assert!(message.contains("line 3: this isn't whole"), "{message}");
    for other in ["\0\x01\0\0 a font", "ELF\0\0\0", "\0\0\n\0"] {
        assert!(read_bytes(other.as_bytes()).is_err(), "{other:?}");
    }
}

/// A device can't be forced to the disk, so this fails just where it is tried.
#[cfg(target_os = "linux")]
#[test]
fn results_are_forced_to_the_disk_or_count_as_unwritten() {
    let mut results = Results::unkept("example");
    results.lines = Some(Lines::unchecked("/dev/null", 0));
    results.begin(&id("a"), &asked(None), None, None).unwrap();
    results
        .end(&id("a"), Outcome::of(&id("a"), &done()))
        .unwrap();
    assert!(!results.of(&id("a")).unwrap().is_unwritten());
    results.sync().unwrap_err();
    assert!(results.of(&id("a")).unwrap().is_unwritten());
}
