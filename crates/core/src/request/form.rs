//! How a request is kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::StopRequest;
use crate::{CutRange, RecordingId, StreamId, Visibility, seconds};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    stream: StreamId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<CutRange>,
    /// Which the text of a cut doesn't tell.
    #[serde(default, skip_serializing_if = "is_false")]
    cut_ends_at_edge: bool,
    rounding: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visibility: Option<String>,
    /// RFC 3339, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recording: Option<RecordingId>,
    #[serde(
        rename = "timeout_seconds",
        with = "seconds::if_known",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    timeout: Option<Duration>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde has it")]
const fn is_false(is: &bool) -> bool {
    !*is
}

impl From<StopRequest> for Form {
    fn from(request: StopRequest) -> Self {
        let anchor = request.anchor.map(|anchor| {
            let anchor = anchor.to_utc();
            // No year that it refuses is an instant of a recording.
            anchor.format(&Rfc3339).unwrap_or_default()
        });
        Self {
            stream: request.stream,
            cut: request.cut,
            cut_ends_at_edge: request.cut.is_some_and(|cut| cut.ends_at_edge()),
            rounding: request.rounding.as_str().to_owned(),
            visibility: request.visibility.map(|who| who.as_str().to_owned()),
            anchor,
            recording: request.recording,
            timeout: request.timeout,
        }
    }
}

impl TryFrom<Form> for StopRequest {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let anchor = form
            .anchor
            .map(|anchor| OffsetDateTime::parse(&anchor, &Rfc3339))
            .transpose()
            .map_err(|error| format!("anchor: {error}"))?;
        Ok(Self {
            cut: form.cut.map(|cut| match form.cut_ends_at_edge {
                true => cut.ending_at_edge(),
                false => cut,
            }),
            rounding: form
                .rounding
                .parse()
                .map_err(|e| format!("rounding: {e}"))?,
            visibility: form.visibility.map(|who| Visibility::named(&who)),
            anchor,
            recording: form.recording,
            timeout: form.timeout,
            ..Self::new(form.stream)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rounding, StopRequest};

    #[test]
    fn a_request_is_kept_with_all_that_it_asks_for() {
        let cut = CutRange::seconds(30, 120).unwrap();
        let anchor = OffsetDateTime::from_unix_timestamp_nanos(1_736_754_570_000_000_001).unwrap();
        let request = StopRequest::new(StreamId::new("a/b").unwrap());
        for request in [
            request.clone(),
            request
                .with_cut(cut.ending_at_edge())
                .with_rounding(Rounding::Exact)
                .with_visibility(Visibility::Other("drm".to_owned()))
                .with_anchor(anchor)
                .with_recording(RecordingId::new("vod").unwrap())
                .with_timeout(Duration::from_millis(1_500)),
        ] {
            let kept = serde_json::to_string(&request).unwrap();
            let read: StopRequest = serde_json::from_str(&kept).unwrap();
            assert_eq!(read, request, "{kept}");
            let edge = |request: &StopRequest| request.cut().map(|cut| cut.ends_at_edge());
            assert_eq!(edge(&read), edge(&request), "{kept}");
        }
    }

    #[test]
    fn a_member_that_is_not_known_or_not_right_is_refused() {
        for wrong in [
            r#"{"stream":"a","rounding":"outward","cuts":"1s..2s"}"#,
            r#"{"stream":"a\n","rounding":"outward"}"#,
            r#"{"stream":"a","rounding":"up"}"#,
            r#"{"stream":"a","rounding":"outward","anchor":"today"}"#,
            r#"{"stream":"a","rounding":"outward","timeout_seconds":-1}"#,
            r#"{"rounding":"outward"}"#,
        ] {
            serde_json::from_str::<StopRequest>(wrong).unwrap_err();
        }
    }
}
