//! The body of a stop-and-cut (api/livestream-api/liveVideo, "POST Stop and Cut Live Video").

use crate::{
    http::{Fields, Refusal},
    recording::Cut,
    undocumented::CutAsked,
};
use std::time::Duration;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const FROM: &str = "fromMilisecond";
const TO: &str = "toMilisecond";
const DATE_FROM: &str = "dateTimeFrom";
const DATE_TO: &str = "dateTimeTo";
const VISIBILITY: &str = "videoVisibilityOptionId";

/// What a stop-and-cut asks for.
#[derive(Debug)]
pub(crate) struct StopAndCut {
    pub(super) cut: CutAsked,
    pub(super) visibility: Option<u64>,
}

/// Reads a body. Its fields are nullable: null is as good as absent.
pub(super) fn parse(body: &[u8]) -> Result<StopAndCut, Refusal> {
    let fields = Fields::parse(body, &[FROM, TO, DATE_FROM, DATE_TO, VISIBILITY])?;
    let visibility = match fields.nullable_integer(VISIBILITY)? {
        // api/manage-api/visibilityOptions lists 1 Public, 2 Private, 3 Password Protected. The 0
        // of the sample is none of them.
        None | Some(1..=3) => fields.nullable_integer(VISIBILITY)?,
        Some(_) => return Err(Refusal::field(VISIBILITY, "isn't a visibility option")),
    };
    Ok(StopAndCut {
        cut: CutAsked::from_fields(range(&fields))?,
        visibility,
    })
}

fn range(fields: &Fields) -> Result<Option<Cut>, Refusal> {
    // The types of all are checked before any value is judged.
    let offsets = (
        fields.nullable_integer(FROM)?.map(Duration::from_millis),
        fields.nullable_integer(TO)?.map(Duration::from_millis),
    );
    let instants = (instant(fields, DATE_FROM)?, instant(fields, DATE_TO)?);
    let offsets = pair(offsets, FROM, TO)?;
    let instants = pair(instants, DATE_FROM, DATE_TO)?;
    match (offsets, instants) {
        (None, None) => Ok(None),
        (Some((from, to)), None) => Ok(Some(Cut::Offsets(from..to))),
        (None, Some((from, to))) => Ok(Some(Cut::Instants(from..to))),
        (Some(_), Some(_)) => Err(Refusal::value(
            FROM,
            "and the datetime fields can't be used together",
        )),
    }
}

/// Both or neither, in order.
fn pair<T: Ord>(
    ends: (Option<T>, Option<T>),
    from_name: &str,
    to_name: &str,
) -> Result<Option<(T, T)>, Refusal> {
    match ends {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from < to => Ok(Some((from, to))),
        (Some(_), Some(_)) => Err(Refusal::value(
            from_name,
            &format!("isn't before `{to_name}`"),
        )),
        (Some(_), None) => Err(Refusal::value(
            to_name,
            &format!("is missing beside `{from_name}`"),
        )),
        (None, Some(_)) => Err(Refusal::value(
            from_name,
            &format!("is missing beside `{to_name}`"),
        )),
    }
}

/// A datetime in one of the two forms of the samples: `2024-01-01T12:00:00Z` and
/// `2024-11-13T13:05:31.392Z`. What else of ISO 8601 the provider reads isn't documented.
fn instant(fields: &Fields, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
    let Some(text) = fields.nullable_string(name)? else {
        return Ok(None);
    };
    let like_a_sample = ["dddd-dd-ddTdd:dd:ddZ", "dddd-dd-ddTdd:dd:dd.dddZ"]
        .iter()
        .any(|form| {
            form.len() == text.len()
                && form
                    .bytes()
                    .zip(text.bytes())
                    .all(|(form, byte)| match form {
                        b'd' => byte.is_ascii_digit(),
                        literal => literal == byte,
                    })
        });
    // A leap second would be moved to another instant.
    let leap = text.get(17..19) == Some("60");
    let parsed = OffsetDateTime::parse(text, &Rfc3339).ok();
    match parsed.filter(|_| like_a_sample && !leap) {
        Some(at) => Ok(Some(at)),
        None => Err(Refusal::field(
            name,
            "isn't a datetime in UTC like 2024-01-01T12:00:00Z or 2024-11-13T13:05:31.392Z",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::RefusalKind;

    fn cut(body: &str) -> CutAsked {
        parse(body.as_bytes()).unwrap().cut
    }

    #[test]
    fn the_documented_examples_are_cuts() {
        let CutAsked::For(cut_by_offsets) =
            cut(r#"{"fromMilisecond":600000,"toMilisecond":900000}"#)
        else {
            panic!("no cut");
        };
        assert_eq!(
            cut_by_offsets,
            Cut::Offsets(Duration::from_secs(600)..Duration::from_secs(900))
        );
        let CutAsked::For(cut_by_instants) = cut(
            r#"{"dateTimeFrom":"2024-01-01T12:00:00Z","dateTimeTo":"2024-01-01T12:15:00.250Z"}"#,
        ) else {
            panic!("no cut");
        };
        let noon = OffsetDateTime::from_unix_timestamp(1_704_110_400).unwrap();
        assert_eq!(
            cut_by_instants,
            Cut::Instants(noon..noon + Duration::from_millis(900_250))
        );
        assert!(matches!(cut("{}"), CutAsked::Nothing));
        assert!(matches!(
            cut(
                r#"{"fromMilisecond":null,"toMilisecond":null,"dateTimeFrom":null,"dateTimeTo":null}"#
            ),
            CutAsked::Nothing
        ));
    }

    #[test]
    fn datetimes_in_other_forms_are_refused() {
        for other in [
            "2024-01-01T12:00:00",
            "2024-01-01T12:00:00+00:00",
            "2024-01-01 12:00:00Z",
            "2024-01-01t12:00:00z",
            "2024-01-01T12:00:00.1234567Z",
            "2024-01-01T12:00:00.5Z",
            "2024-02-30T12:00:00Z",
            "2016-12-31T23:59:60Z",
            "2024-01-01",
            "",
        ] {
            let body =
                format!(r#"{{"dateTimeFrom":"{other}","dateTimeTo":"2024-12-31T00:00:00Z"}}"#);
            let refusal = parse(body.as_bytes()).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::BadRequest, "{other}");
        }
    }

    #[test]
    fn a_range_that_breaks_a_rule_is_a_bad_cut() {
        for body in [
            r#"{"fromMilisecond":1}"#,
            r#"{"toMilisecond":1}"#,
            r#"{"fromMilisecond":-1,"toMilisecond":1}"#,
            r#"{"fromMilisecond":1,"toMilisecond":1}"#,
            r#"{"dateTimeFrom":"2024-01-01T12:00:00Z"}"#,
            r#"{"fromMilisecond":0,"toMilisecond":1,"dateTimeFrom":"2024-01-01T12:00:00Z","dateTimeTo":"2024-01-01T12:00:01Z"}"#,
            // As the page has it: every field at once.
            r#"{"dateTimeFrom":"2024-11-13T13:05:31.392Z","dateTimeTo":"2024-11-13T13:05:31.392Z","fromMilisecond":0,"toMilisecond":0}"#,
        ] {
            assert!(matches!(cut(body), CutAsked::Badly(_)), "{body}");
        }
    }

    #[test]
    fn only_listed_visibility_options_are_known() {
        assert_eq!(
            parse(br#"{"videoVisibilityOptionId":2}"#)
                .unwrap()
                .visibility,
            Some(2)
        );
        assert_eq!(
            parse(br#"{"videoVisibilityOptionId":null}"#)
                .unwrap()
                .visibility,
            None
        );
        for body in [
            r#"{"videoVisibilityOptionId":0}"#,
            r#"{"videoVisibilityOptionId":4}"#,
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
