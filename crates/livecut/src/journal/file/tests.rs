use std::fs;

use proptest::prelude::*;

use super::*;
use crate::{
    Certainty, Effect, Error, ErrorKind, Standing, StopOutcome, StopPlan, StopRequest, TenantId,
    Ticket,
};

const HEADER: &str = r#"{"results":{"version":2,"provider":"example","account":null}}"#;

fn id(stream: &str) -> StreamId {
    StreamId::new(stream).unwrap()
}

fn ticket() -> Ticket {
    Ticket::new("example", id("a"))
}

fn begun() -> Record {
    let possible = Effect::new(Certainty::Unknown, Certainty::No);
    Record::begun(StopRequest::new(id("a")), possible, None, None)
}

fn done() -> Record {
    Record::ended(id("a"), Ok(StopOutcome::new(ticket())))
}

fn text(record: &Record) -> String {
    serde_json::to_string(record).unwrap()
}

fn read(bytes: impl AsRef<[u8]>) -> Result<(Kept, Torn), String> {
    let mut kept = Kept::default();
    match kept.read(Path::new("results.jsonl"), bytes.as_ref()) {
        Ok(torn) => Ok((kept, torn)),
        Err(error) => Err(error.to_string()),
    }
}

fn standing(kept: &Kept) -> Option<Standing> {
    kept.streams.get(&id("a")).unwrap().standing()
}

#[test]
fn a_last_line_that_is_torn_anywhere_is_as_if_it_had_not_been_written() {
    let whole = format!("{HEADER}\n{}\n", text(&begun()));
    let last = text(&done());
    for torn in 1..last.len() {
        let bytes = [whole.as_bytes(), &last.as_bytes()[..torn]].concat();
        let (kept, end) = read(bytes).unwrap();
        assert!(matches!(end, Torn::Bytes(bytes) if usize::try_from(bytes) == Ok(torn)));
        assert_eq!(standing(&kept), Some(Standing::Unknown), "torn at {torn}");
    }
    // All of it was written, but for its end: that is known.
    let (kept, end) = read(format!("{whole}{last}")).unwrap();
    assert!(matches!(end, Torn::Newline));
    assert_eq!(standing(&kept), None);
}

#[test]
fn a_header_that_is_torn_is_written_again_and_nothing_else_is_cut_off() {
    for torn in 0..HEADER.len() {
        assert!(read(HEADER.split_at(torn).0).unwrap().0.header.is_none());
    }
    for other in ["shopping list", "{\"stream\":\"a\"}", "{"] {
        assert_eq!(read(other).is_ok(), other == "{", "{other}");
    }
}

#[test]
fn what_is_malformed_elsewhere_is_refused_with_its_line() {
    let (begun, done) = (text(&begun()), text(&done()));
    for (lines, hint) in [
        (&["stream,cut"][..], "line 1: this is no result"),
        (&[&begun], "line 1: the header is missing"),
        (&[HEADER, HEADER], "line 2: this is a second header"),
        (
            &[HEADER, &begun, "{\"ended\":"],
            "line 3: this is no result",
        ),
        (
            &[HEADER, &done],
            "line 2: this ends a stop that wasn't begun",
        ),
        (
            &[HEADER, &begun, &begun],
            "line 3: this begins a stop that can't",
        ),
        (
            &[HEADER, &begun, &done, &begun],
            "line 4: this begins a stop that can't",
        ),
        // Of before there was a journal in the library.
        (
            &[&HEADER.replace('2', "1")],
            "line 1: the file is of version 1",
        ),
        (
            &[HEADER, &begun.replace("\"rounding\"", "\"rounded\"")],
            "line 2: this is no result: unknown field",
        ),
        (
            &[HEADER, &begun.replace("\"before\"", "\"after\"")],
            "line 2: this is no result: unknown field",
        ),
    ] {
        let message = read(format!("{}\n", lines.join("\n"))).unwrap_err();
        assert!(message.contains(hint), "{message}");
    }
}

#[test]
fn a_result_with_an_error_is_never_taken_for_done() {
    let mut both: serde_json::Value = serde_json::from_str(&text(&done())).unwrap();
    both["ended"]["result"]["error"] = serde_json::json!({"kind": "unavailable"});
    assert!(read(format!("{HEADER}\n{}\n{both}\n", text(&begun()))).is_err());
}

#[test]
fn a_record_is_read_back_as_it_was() {
    let error = Error::new(ErrorKind::RateLimited, "no luck")
        .with_effect(Effect::new(Certainty::Yes, Certainty::Unknown).with_other(Certainty::Yes))
        .with_ticket(ticket());
    for record in [
        begun(),
        Record::following(id("a")),
        done(),
        Record::ended(id("a"), Err(error.report().into())),
    ] {
        let kept = text(&record);
        assert_eq!(
            serde_json::from_str::<Record>(&kept).unwrap(),
            record,
            "{kept}"
        );
    }
}

/// As a file is found after a machine has lost its power.
#[test]
fn nuls_at_the_end_are_cut_off_with_what_they_tore() {
    let last = text(&done());
    let whole = format!("{HEADER}\n{}\n", text(&begun()));
    let (half, _) = last.split_at(last.len() / 2);
    for tail in [
        "\0".repeat(4096),
        format!("{half}{}", "\0".repeat(4096)),
        format!("{half}\0\0\0\n"),
        format!("\0\0\0{half}\n\n\0\0\n{half}"),
        // Longer than any line.
        "\0".repeat((16 << 20) + 5),
    ] {
        let (kept, torn) = read(format!("{whole}{tail}")).unwrap();
        assert_eq!(usize::try_from(torn.bytes()), Ok(tail.len()));
        assert_eq!(standing(&kept), Some(Standing::Unknown));
    }
    for torn in 0..HEADER.len() {
        let bytes = format!("{}\0\0\0\0", HEADER.split_at(torn).0);
        let (kept, torn) = read(&bytes).unwrap();
        assert!(kept.header.is_none());
        assert_eq!(usize::try_from(torn.bytes()), Ok(bytes.len()));
    }
}

#[test]
fn nuls_elsewhere_are_refused_and_another_programs_file_loses_nothing() {
    let hole = format!("{HEADER}\n{}\n\0\0\0\n{}\n", text(&begun()), text(&done()));
    let message = read(hole).unwrap_err();
    assert!(message.contains("line 3: this isn't whole"), "{message}");
    for other in ["\0\x01\0\0 a font", "ELF\0\0\0", "\0\0\n\0"] {
        assert!(read(other).is_err(), "{other:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let _ = read([HEADER.as_bytes(), b"\n", &bytes].concat());
    }
}

fn account(name: Option<&str>, is_tenant: bool) -> Account {
    let mut plan = StopPlan::new("example", Vec::new());
    if let Some(name) = name {
        plan = plan.with_account(name);
        if is_tenant {
            plan = plan.with_ticket(ticket().with_tenant(TenantId::new(name).unwrap()));
        }
    }
    Account::of(&plan)
}

#[test]
fn results_of_another_account_are_refused_and_of_none_that_is_said_are_not() {
    let refused = |theirs: Option<&str>, ours: &Account| {
        let header = HEADER.replace("null", &serde_json::to_string(&theirs).unwrap());
        let (kept, _) = read(header).unwrap();
        let refused = kept.refuse_another(Path::new("results.jsonl"), ours);
        refused.map_err(|error| error.to_string())
    };
    let message = refused(Some("0011"), &account(Some("8899"), false)).unwrap_err();
    for hint in [
        "line 1: ",
        "use another results file",
        "`8899` in place of `0011`",
    ] {
        assert!(message.contains(hint), "{message}");
    }
    // No renewed credential makes a tenant another.
    let message = refused(Some("one"), &account(Some("two"), true)).unwrap_err();
    assert!(
        message.contains("results at `one` of `example`, and this run is at `two`"),
        "{message}"
    );
    assert!(!message.contains("credential"), "{message}");
    let elsewhere = Account::of(&StopPlan::new("another", Vec::new()));
    let message = refused(None, &elsewhere).unwrap_err();
    assert!(
        message.contains("results at `example`, and this run is at `another`"),
        "{message}"
    );
    for (theirs, ours) in [
        (Some("0011"), Some("0011")),
        (Some("0011"), None),
        (None, Some("8899")),
    ] {
        assert_eq!(refused(theirs, &account(ours, false)), Ok(()));
    }
}

/// A folder of a test's own, which is gone after it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("livecut-{}-{test}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[tokio::test]
async fn what_one_has_written_the_next_reads_and_nobody_opens_it_meanwhile() {
    let folder = Folder::new("next");
    let path = folder.0.join("classes.jsonl");
    let account = account(Some("one"), true);
    let journal = FileJournal::open(&path).unwrap();
    assert_eq!(
        FileJournal::open(&path).unwrap_err().kind(),
        io::ErrorKind::ResourceBusy
    );
    assert!(
        journal
            .history(&account, &id("a"))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(journal.append(&account, 0, &begun()).await.unwrap());
    // One record a place.
    assert!(!journal.append(&account, 0, &begun()).await.unwrap());
    assert!(!journal.append(&account, 2, &done()).await.unwrap());
    drop(journal);

    let looked = FileJournal::look(&path).unwrap();
    assert!(
        looked
            .history(&account, &id("a"))
            .await
            .unwrap()
            .ended()
            .is_none()
    );
    looked.append(&account, 1, &done()).await.unwrap_err();
    let journal = FileJournal::open(&path).unwrap();
    assert!(journal.append(&account, 1, &done()).await.unwrap());
    journal.sync().unwrap();
    drop(journal);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(
        text.starts_with(&HEADER.replace("null", "\"one\"")),
        "{text}"
    );
    assert!(
        FileJournal::look(folder.0.join("none"))
            .unwrap()
            .kept()
            .streams
            .is_empty()
    );
}

/// What can't be written isn't known, and `/dev/full` takes no byte.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_is_not_written_is_not_known_and_what_is_not_forced_to_the_disk_is_said() {
    let account = account(None, false);
    for (file, takes) in [("/dev/full", false), ("/dev/null", true)] {
        let (mut kept, _) = read(format!("{HEADER}\n{}\n", text(&begun()))).unwrap();
        kept.lines = Some(Lines::unchecked(file, 0));
        let journal = FileJournal::of(Path::new(file), kept);
        let written = journal.append(&account, 1, &done()).await;
        assert_eq!(written.is_ok(), takes);
        let history = journal.history(&account, &id("a")).await.unwrap();
        assert_eq!(history.standing().is_none(), takes);
        journal.sync().unwrap_err();
    }
}
