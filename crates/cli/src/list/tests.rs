use proptest::prelude::*;

use livecut::Rounding;
use std::time::Duration;

use super::*;

/// The flags say nothing.
const NOTHING: Defaults<'_> = Defaults {
    cut: None,
    request: &StopRequest::new,
};

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_736_757_000).unwrap()
}

fn with(
    format: ListFormat,
    text: &str,
    defaults: Defaults<'_>,
) -> Result<Vec<Entry>, Vec<Problem>> {
    parse(text.as_bytes(), format, defaults, now())
}

fn csv(text: &str) -> Result<Vec<Entry>, Vec<Problem>> {
    with(ListFormat::Csv, text, NOTHING)
}

fn jsonl(text: &str) -> Result<Vec<Entry>, Vec<Problem>> {
    with(ListFormat::Jsonl, text, NOTHING)
}

fn request(stream: &str) -> StopRequest {
    StopRequest::new(StreamId::new(stream).unwrap())
}

fn cut(text: &str) -> CutRange {
    CutRange::parse_at(text, now()).unwrap()
}

fn requests(entries: Result<Vec<Entry>, Vec<Problem>>) -> Vec<StopRequest> {
    let entries = entries.unwrap();
    entries.into_iter().map(|entry| entry.request).collect()
}

/// The lines that are refused, each of which must say this.
#[track_caller]
fn refused(entries: Result<Vec<Entry>, Vec<Problem>>, hint: &str) -> Vec<u64> {
    let problems = entries.unwrap_err();
    for problem in &problems {
        assert!(problem.message.contains(hint), "{problem:?}");
    }
    problems.iter().map(|problem| problem.line).collect()
}

#[test]
fn both_formats_say_the_same() {
    let expected = vec![
        request("a").with_cut(cut("30s..2m")),
        request("b"),
        request("c, \"d\"")
            .with_cut(cut("@1736754600..now"))
            .with_rounding(Rounding::Exact)
            .with_visibility(Visibility::Private)
            .with_anchor(OffsetDateTime::from_unix_timestamp(1_736_750_000).unwrap())
            .with_recording(RecordingId::new("vod").unwrap()),
    ];
    assert_eq!(
        requests(csv("stream,cut,rounding,visibility,anchor,recording\n\
             a,30s..2m,,,,\n\
             b,,,,,\n\
             \"c, \"\"d\"\"\",@1736754600..now,exact,private,@1736750000,vod\n")),
        expected
    );
    let lines = [
        r#"{"stream":"a","cut":"30s..2m"}"#,
        r#"{"stream":"b","cut":null,"rounding":null,"visibility":null}"#,
        r#"{"recording":"vod","anchor":"@1736750000","visibility":"private","rounding":"exact","cut":"@1736754600..now","stream":"c, \"d\""}"#,
    ];
    assert_eq!(requests(jsonl(&lines.join("\n"))), expected);
}

#[test]
fn a_mark_of_the_byte_order_crlf_blank_lines_and_spaces_around_cells_are_accepted() {
    let entries = csv("\u{feff}stream , cut\r\n\r\n a , 30s..2m \r\n\r\n\r\n\"b\", \r\n").unwrap();
    let lines: Vec<_> = entries.iter().map(|entry| entry.line).collect();
    assert_eq!(lines, [3, 6]);
    assert_eq!(entries[0].request, request("a").with_cut(cut("30s..2m")));
    assert_eq!(entries[1].request, request("b"));

    let entries = jsonl("\u{feff}\r\n{\"stream\":\"a\"}\r\n\r\n  {\"stream\":\"b\"}").unwrap();
    let lines: Vec<_> = entries.iter().map(|entry| entry.line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn a_slip_in_a_name_never_keeps_all_of_a_recording() {
    assert_eq!(
        refused(csv("stream,cuts\na,30s..2m\n"), "no column `cuts`"),
        [1]
    );
    assert_eq!(
        refused(csv("stream,Cut\na,30s..2m\n"), "no column `Cut`"),
        [1]
    );
    assert_eq!(
        refused(csv("stream;cut\na;30s..2m\n"), "separated by commas"),
        [1]
    );
    assert_eq!(refused(csv("a,30s..2m\nb,\n"), "names the columns"), [1]);
    assert_eq!(
        refused(
            jsonl("{\"stream\":\"a\",\"cutt\":\"30s..2m\"}\n{\"stream\":\"b\",\"CUT\":null}"),
            "unknown field"
        ),
        [1, 2]
    );
}

#[test]
fn what_is_said_twice_is_refused() {
    assert_eq!(refused(csv("stream,cut,cut\n"), "two columns `cut`"), [1]);
    assert_eq!(
        refused(csv("stream,cut\na,\nb,\na,30..40\n"), "on line 2 already"),
        [4]
    );
    assert_eq!(
        refused(
            jsonl(r#"{"stream":"a","cut":"1..2","cut":"3..4"}"#),
            "duplicate field `cut`"
        ),
        [1]
    );
    assert_eq!(
        refused(
            jsonl("{\"stream\":\"a\"}\n{\"stream\":\"a\"}"),
            "on line 1 already"
        ),
        [2]
    );
}

#[test]
fn all_lines_that_are_wrong_are_named_each_with_its_reason() {
    let problems = csv("stream,cut,rounding,anchor\n\
                        a,30..20,,\n\
                        b,30..40,,\n\
                        c,30\n\
                        ,1..2,,\n\
                        \"d\nx\",,,\n\
                        e,,sideways,\n\
                        f,,,noon\n")
    .unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.line, problem.message.as_str()))
        .collect();
    let has = |line, part: &str| {
        assert!(
            found
                .iter()
                .any(|(at, message)| *at == line && message.contains(part)),
            "{line} {part}: {found:#?}"
        );
    };
    has(2, "cut: `30s..20s` ends before it starts");
    has(4, "2 cells for 4 columns");
    has(5, "stream: an id must not be empty");
    has(6, "a cell can't have a line break");
    has(7, "a quote is inside of a cell");
    has(8, "rounding: there is no such rounding");
    has(9, "anchor:");
    assert_eq!(found.len(), 7);
}

#[test]
fn what_is_no_list_is_refused() {
    assert_eq!(refused(csv(""), "no stream"), [1]);
    assert_eq!(refused(csv("stream,cut\n"), "no stream"), [1]);
    assert_eq!(refused(jsonl("\n\n"), "no stream"), [1]);
    assert_eq!(refused(csv("cut\n30..40\n"), "no column `stream`"), [1]);
    assert_eq!(
        refused(jsonl("7\n{}\n{\"stream\":7}\nnot json"), ""),
        [1, 2, 3, 4]
    );
    let latin = parse(b"stream\nsalle-\xe9\n", ListFormat::Csv, NOTHING, now());
    assert_eq!(refused(latin, "UTF-8"), [2]);
}

/// Or else the lines after it would become part of a cell.
#[test]
fn a_quote_that_is_never_closed_swallows_no_line() {
    let list = "stream,cut,visibility\na,,\"private\nb,30..40,\nc,30..40,\n";
    assert_eq!(refused(csv(list), "closing quote is missing"), [2]);
    for last in ["\"a,30..40", "\"a,30..40\n", "a,\"30..40"] {
        let list = format!("stream,cut\n{last}");
        assert_eq!(refused(csv(&list), "closing quote is missing"), [2]);
    }
}

/// Where a lenient reader would make a cut of 1003 seconds of it.
#[test]
fn what_csv_gives_no_meaning_to_is_given_none() {
    for (row, hint) in [
        ("a,\"10\"03..2000", "follows a closing quote"),
        ("a,\"10\" \"03..2000\"", "follows a closing quote"),
        ("a,10\"03\"..2000", "inside of a cell"),
        ("a,1..2\rb,3..4", "ends in CR alone"),
    ] {
        assert_eq!(refused(csv(&format!("stream,cut\n{row}\n")), hint), [2]);
    }
    assert_eq!(refused(csv("stream\ra\rb\r"), "ends in CR alone"), [1]);
    let quoted = csv("stream,cut\n \"a\" , \"1..2\" \n\"b \"\"c\"\"\", \n");
    let expected = [request("a").with_cut(cut("1..2")), request("b \"c\"")];
    assert_eq!(requests(quoted), expected);
}

#[test]
fn json_that_is_no_list_is_told_to_be_an_object_a_line() {
    let hint = "write one object a line";
    for text in [
        "[\n{\"stream\":\"a\"},\n{\"stream\":\"b\"}\n]",
        "[{\"stream\":\"a\"},{\"stream\":\"b\"}]",
        "[\"a\",null,null,null,null,null]",
        "{\"stream\":\"a\"} {\"stream\":\"b\"}",
        "{\"stream\":nope}",
        "{stream:\"a\"}",
        "{",
        "\"a\"",
    ] {
        assert_eq!(told_format(Path::new("list.json"), b"["), ListFormat::Jsonl);
        assert_eq!(refused(jsonl(text), hint), [1], "{text}");
    }
    // What is wrong with a member is said of the member.
    for (text, hint) in [
        (
            "{\"stream\":7}",
            "column 11: invalid type: integer `7`, expected a string",
        ),
        ("{\"cut\":null}", "missing field `stream`"),
    ] {
        assert_eq!(refused(jsonl(text), hint), [1]);
    }
}

#[test]
fn either_all_lines_have_a_cut_or_none() {
    assert_eq!(
        refused(
            jsonl("{\"stream\":\"a\",\"cut\":\"1..2\"}\n{\"stream\":\"b\"}"),
            "write `null`"
        ),
        [2]
    );
    assert_eq!(requests(jsonl("{\"stream\":\"b\"}")), [request("b")]);
}

#[test]
fn the_flags_hold_where_the_list_says_nothing() {
    let flags = |stream| {
        StopRequest::new(stream)
            .with_rounding(Rounding::Inward)
            .with_visibility(Visibility::Public)
            .with_anchor(now())
            .with_timeout(Duration::from_secs(5))
    };
    let defaults = Defaults {
        cut: Some("30..40"),
        request: &flags,
    };
    let expected = |stream| {
        request(stream)
            .with_cut(cut("30..40"))
            .with_rounding(Rounding::Inward)
            .with_anchor(now())
            .with_timeout(Duration::from_secs(5))
    };
    let list = "stream,visibility\na,\nb,private\n";
    assert_eq!(
        requests(with(ListFormat::Csv, list, defaults)),
        [
            expected("a").with_visibility(Visibility::Public),
            expected("b").with_visibility(Visibility::Private),
        ]
    );
    let both = with(ListFormat::Csv, "stream,cut\na,\nb,1..2\n", defaults);
    assert_eq!(refused(both, "no --cut"), [2]);
}

#[test]
fn the_name_tells_the_format_or_else_the_first_character() {
    let told = |name: &str, bytes: &[u8]| told_format(Path::new(name), bytes);
    assert_eq!(told("list.CSV", b"{"), ListFormat::Csv);
    assert_eq!(told("list.jsonl", b"stream"), ListFormat::Jsonl);
    assert_eq!(told("list.ndjson", b""), ListFormat::Jsonl);
    assert_eq!(
        told("-", b"\xef\xbb\xbf\r\n {\"stream\""),
        ListFormat::Jsonl
    );
    assert_eq!(told("-", b"stream\n"), ListFormat::Csv);
    assert_eq!(told("list.txt", b"stream\n"), ListFormat::Csv);
}

#[test]
fn no_more_wrong_lines_are_listed_than_anyone_reads() {
    let list = format!("stream\n{}", ".\n..\n".repeat(50));
    let failure = refused_failure(&list);
    assert_eq!(failure.lines.len(), LISTED);
    assert!(
        failure.report.message().contains("100 lines are refused"),
        "{}",
        failure.report.message()
    );
    assert_eq!(failure.lines[0].line, 2);
}

fn refused_failure(list: &str) -> Box<Failure> {
    super::refused(Path::new("list.csv"), csv(list).unwrap_err())
}

/// Cells with what CSV and JSON treat specially.
fn cell() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-z,\"';{}\\\\é配 :.-]{1,12}")
        .unwrap()
        .prop_map(|cell| format!("x{}x", cell.trim()))
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn no_bytes_bring_the_parsers_down(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in [ListFormat::Csv, ListFormat::Jsonl] {
            let _ = parse(&bytes, format, NOTHING, now());
        }
    }

    /// Made of what the formats are made of, which random bytes seldom are.
    #[test]
    fn no_text_is_read_as_more_streams_than_it_has_lines(
        text in "(stream|cut|a|b|30\\.\\.40|,|\"|\r|\n|\\{|\\}|:|null|\u{feff}| ){0,60}",
    ) {
        let lines = u64::try_from(text.split(['\n', '\r']).count()).unwrap();
        for format in [ListFormat::Csv, ListFormat::Jsonl] {
            match parse(text.as_bytes(), format, NOTHING, now()) {
                Ok(entries) => {
                    prop_assert!(!entries.is_empty());
                    let mut last = 0;
                    for entry in entries {
                        prop_assert!(entry.line > last && entry.line <= lines);
                        last = entry.line;
                    }
                }
                Err(problems) => prop_assert!(!problems.is_empty()),
            }
        }
    }

    #[test]
    fn streams_and_cuts_that_are_written_are_the_ones_that_are_read(
        rows in proptest::collection::btree_map(
            cell(),
            proptest::option::of((0_u64..1000, 1000_u64..2000)),
            1..8,
        ),
        ending in prop_oneof![Just("\n"), Just("\r\n")],
        bom in any::<bool>(),
    ) {
        let start = if bom { "\u{feff}" } else { "" };
        let (mut csv_text, mut json_text) = (format!("{start}cut,stream{ending}"), start.to_owned());
        let mut expected = Vec::new();
        for (stream, cut) in &rows {
            let range = cut.map(|(start, end)| CutRange::seconds(start, end).unwrap());
            let text = range.map(|range| range.to_string());
            csv_text.push_str(&format!(
                "{},{}{ending}", text.clone().unwrap_or_default(), quoted(stream)
            ));
            let object = serde_json::json!({ "stream": stream, "cut": text });
            json_text.push_str(&format!("{object}{ending}"));
            let request = request(stream);
            expected.push(match range {
                Some(range) => request.with_cut(range),
                None => request,
            });
        }
        prop_assert_eq!(&requests(csv(&csv_text)), &expected);
        prop_assert_eq!(&requests(jsonl(&json_text)), &expected);
    }
}

#[test]
fn a_list_of_more_than_a_million_lines_is_not_read() {
    let mut list = "stream\na".to_owned();
    list.push_str(&"\n".repeat(MAX_LINES - 1));
    assert_eq!(requests(csv(&list)), [request("a")]);
    list.push_str("b\n");
    assert_eq!(refused(csv(&list), "at most 1,000,000 lines"), [1_000_001]);
}
