//! What the answer to a request for a file means. Pure: no I/O.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Of a body without a byte, whatever its status.
pub(super) const EMPTY: &str = "it gives a file without a byte";

/// What a server says of a file by which it can be asked for the rest of that very file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    /// What `If-Range` takes: a strong entity tag, or an instant.
    pub(super) validator: String,
    /// How long the file is, in bytes.
    pub(super) total: u64,
}

/// The head of an answer, as far as it says which bytes follow.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Head<'a> {
    pub(super) status: u16,
    pub(super) content_length: Option<&'a str>,
    pub(super) content_range: Option<&'a str>,
    pub(super) content_type: Option<&'a str>,
    pub(super) content_encoding: Option<&'a str>,
    pub(super) etag: Option<&'a str>,
    pub(super) last_modified: Option<&'a str>,
    pub(super) date: Option<&'a str>,
    /// Whether the body's end shows that nothing is missing, whatever the length.
    pub(super) has_end: bool,
}

/// Which bytes follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// All of the file: of so many bytes, if that is told.
    Whole {
        total: Option<u64>,
        version: Option<Version>,
    },
    /// What follows what there is: so many bytes, which may not be all that is missing.
    Rest(u64),
    /// Nothing is missing.
    Complete,
    /// It doesn't fit what there is. All of it has to be asked for.
    Anew,
    /// It isn't the file, and why.
    Unfit(&'static str),
    /// The server refuses.
    Refused,
}

impl Head<'_> {
    /// What it means if the bytes after the first `there` of this version were asked for; `None`: if all were.
    pub(super) fn read(&self, asked: Option<(u64, &Version)>) -> Answer {
        match (self.status, asked) {
            (200, _) => self.whole(),
            (206, Some((there, version))) => self.rest(there, version),
            (206, None) => Answer::Unfit("it gives a part of the file, though all was asked for"),
            (416, Some((there, version))) => {
                let end = self
                    .content_range
                    .and_then(|range| range.strip_prefix("bytes */"));
                match end.and_then(number) {
                    Some(total) if total == there && total == version.total => Answer::Complete,
                    _ => Answer::Anew,
                }
            }
            _ => Answer::Refused,
        }
    }

    fn whole(&self) -> Answer {
        let total = match self.content_length.map(number) {
            None => None,
            Some(Some(0)) => return Answer::Unfit(EMPTY),
            Some(Some(total)) => Some(total),
            Some(None) => return Answer::Unfit("its length can't be read"),
        };
        if total.is_none() && !self.has_end {
            return Answer::Unfit(
                "nothing tells how long the file is, so nobody could tell that it is whole",
            );
        }
        if self.is_a_page() {
            return Answer::Unfit("it gives a page or a document, and no video");
        }
        if self.is_packed() {
            return Answer::Unfit("it gives the file packed, which wasn't asked for");
        }
        let version = total
            .zip(self.validator())
            .map(|(total, validator)| Version { validator, total });
        Answer::Whole { total, version }
    }

    fn rest(&self, there: u64, version: &Version) -> Answer {
        let Some((first, last, total)) = self.content_range.and_then(range) else {
            return Answer::Anew;
        };
        let Some(count) = last.checked_sub(first).and_then(|more| more.checked_add(1)) else {
            return Answer::Anew;
        };
        let fits = first == there
            && total == version.total
            && last < total
            && self
                .content_length
                .is_none_or(|length| number(length) == Some(count));
        // It must be the same file, whatever `If-Range` was made of.
        let is_same = !version.validator.starts_with('"')
            || self.etag.is_none_or(|tag| tag == version.validator);
        match fits && is_same && !self.is_packed() {
            true => Answer::Rest(count),
            false => Answer::Anew,
        }
    }

    /// What `If-Range` may be made of (RFC 9110, section 13.1.5).
    fn validator(&self) -> Option<String> {
        if let Some(tag) = self.etag {
            let is_strong = tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"');
            return is_strong.then(|| tag.to_owned());
        }
        // Of an instant that is younger than a second there may be a second file (section 8.8.2.2).
        let instant = |text: &str| httpdate::parse_http_date(text).ok();
        let (changed, now): (SystemTime, _) = (instant(self.last_modified?)?, instant(self.date?)?);
        let age = now.duration_since(changed).ok()?;
        (age >= Duration::from_secs(1)).then(|| self.last_modified.map(str::to_owned))?
    }

    fn is_a_page(&self) -> bool {
        let kind = self.content_type.unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.starts_with("text/")
            || matches!(
                kind,
                "application/json" | "application/xml" | "application/xhtml+xml"
            )
            || kind.ends_with("mpegurl")
    }

    fn is_packed(&self) -> bool {
        self.content_encoding
            .is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity"))
    }
}

/// `bytes FIRST-LAST/TOTAL`.
fn range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((number(first)?, number(last)?, number(total)?))
}

/// Digits alone: `parse` would take a sign.
fn number(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version() -> Version {
        Version {
            validator: "\"v1\"".to_owned(),
            total: 100,
        }
    }

    fn rest<'a>(content_range: &'a str, content_length: Option<&'a str>) -> Answer {
        let head = Head {
            status: 206,
            content_range: Some(content_range),
            content_length,
            ..Head::default()
        };
        head.read(Some((40, &version())))
    }

    #[test]
    fn a_rest_is_held_against_what_was_asked_for() {
        assert_eq!(rest("bytes 40-99/100", Some("60")), Answer::Rest(60));
        assert_eq!(rest("bytes 40-99/100", None), Answer::Rest(60));
        // A server may give less of it at once.
        assert_eq!(rest("bytes 40-49/100", Some("10")), Answer::Rest(10));
        for (range, length) in [
            ("bytes 0-99/100", None),
            ("bytes 41-99/100", None),
            ("bytes 40-100/100", None),
            ("bytes 40-99/101", None),
            ("bytes 40-99/*", None),
            ("bytes 40-39/100", None),
            ("bytes 40-+99/100", None),
            ("items 40-99/100", None),
            ("bytes */100", None),
            ("", None),
            ("bytes 40-99/100", Some("59")),
            ("bytes 40-18446744073709551615/100", None),
        ] {
            assert_eq!(rest(range, length), Answer::Anew, "{range}");
        }
        let several = Head {
            status: 206,
            content_type: Some("multipart/byteranges; boundary=x"),
            ..Head::default()
        };
        assert_eq!(several.read(Some((40, &version()))), Answer::Anew);
    }

    #[test]
    fn a_rest_of_another_version_is_none() {
        let mut head = Head {
            status: 206,
            content_range: Some("bytes 40-99/100"),
            etag: Some("\"v2\""),
            ..Head::default()
        };
        assert_eq!(head.read(Some((40, &version()))), Answer::Anew);
        head.etag = Some("\"v1\"");
        assert_eq!(head.read(Some((40, &version()))), Answer::Rest(60));
    }

    #[test]
    fn nothing_is_missing_only_if_the_server_and_the_notes_agree_on_the_end() {
        for (range, there, expected) in [
            (Some("bytes */100"), 100, Answer::Complete),
            (Some("bytes */100"), 40, Answer::Anew),
            (Some("bytes */40"), 40, Answer::Anew),
            (None, 100, Answer::Anew),
        ] {
            let head = Head {
                status: 416,
                content_range: range,
                ..Head::default()
            };
            assert_eq!(
                head.read(Some((there, &version()))),
                expected,
                "{range:?} {there}"
            );
        }
        let unasked = Head {
            status: 416,
            ..Head::default()
        };
        assert_eq!(unasked.read(None), Answer::Refused);
    }

    fn of_all(head: Head<'_>) -> Answer {
        Head {
            status: 200,
            ..head
        }
        .read(None)
    }

    #[test]
    fn only_a_strong_validator_lets_a_download_go_on() {
        let validator = |etag, last_modified, date| {
            let answer = of_all(Head {
                content_length: Some("100"),
                etag,
                last_modified,
                date,
                ..Head::default()
            });
            let Answer::Whole {
                total: Some(100),
                version,
            } = answer
            else {
                panic!("{answer:?}");
            };
            version.map(|version| version.validator)
        };
        let (changed, later) = (
            Some("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some("Sun, 06 Nov 1994 08:49:38 GMT"),
        );
        assert_eq!(
            validator(Some("\"a\""), changed, later).as_deref(),
            Some("\"a\"")
        );
        assert_eq!(validator(Some("W/\"a\""), changed, later), None);
        assert_eq!(validator(Some("a"), None, None), None);
        assert_eq!(validator(None, changed, later).as_deref(), changed);
        assert_eq!(validator(None, changed, changed), None);
        assert_eq!(validator(None, changed, None), None);
        assert_eq!(validator(None, Some("yesterday"), later), None);
    }

    #[test]
    fn what_is_no_video_or_has_no_end_isn_t_the_file() {
        let whole = Head {
            content_length: Some("100"),
            content_type: Some("video/mp4"),
            ..Head::default()
        };
        assert!(matches!(of_all(whole), Answer::Whole { .. }));
        for head in [
            Head {
                content_type: Some("Text/HTML; charset=utf-8"),
                ..whole
            },
            Head {
                content_type: Some("application/json"),
                ..whole
            },
            Head {
                content_type: Some("application/vnd.apple.mpegurl"),
                ..whole
            },
            Head {
                content_encoding: Some("gzip"),
                ..whole
            },
            Head {
                content_length: Some("+100"),
                ..whole
            },
            Head {
                content_length: None,
                ..whole
            },
        ] {
            assert!(matches!(of_all(head), Answer::Unfit(_)), "{head:?}");
        }
        let chunked = Head {
            content_length: None,
            has_end: true,
            ..whole
        };
        assert_eq!(
            of_all(chunked),
            Answer::Whole {
                total: None,
                version: None
            }
        );
    }

    proptest! {
        #[test]
        fn no_answer_makes_another_file_of_what_there_is(
            status in prop_oneof![Just(200_u16), Just(206), Just(416), 100_u16..600],
            content_range in proptest::option::of("(bytes )?[0-9*]{0,3}-?[0-9]{0,3}/?[0-9*]{0,3}"),
            content_length in proptest::option::of("[0-9+-]{0,4}"),
            there in 1_u64..100,
        ) {
            let head = Head {
                status,
                content_range: content_range.as_deref(),
                content_length: content_length.as_deref(),
                ..Head::default()
            };
            if let Answer::Rest(count) = head.read(Some((there, &version()))) {
                prop_assert!(count > 0 && there.saturating_add(count) <= 100);
            }
        }
    }
}
