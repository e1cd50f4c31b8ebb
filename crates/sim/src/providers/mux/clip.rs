//! Creating a clip: `POST /video/v1/assets` with an input `mux://assets/{ASSET_ID}`.

use super::{ClipSource, MuxSettings};
use crate::{
    Stage,
    http::Refusal,
    recording::{Cut, Unfit},
    stream::{Clip, Stream},
};
use serde::Deserialize;
use std::time::Duration;
use time::OffsetDateTime;

/// Documented.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST_PASSTHROUGH: usize = 255;

/// Of the documented fields those that a clip needs. The older names are deprecated.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(alias = "input")]
    inputs: Vec<Input>,
    #[serde(alias = "playback_policy", default)]
    playback_policies: Vec<Policy>,
    passthrough: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    url: String,
    /// In seconds.
    start_time: Option<f64>,
    end_time: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Policy {
    Public,
    Signed,
}

/// A clip that is asked for.
#[derive(Debug)]
pub(crate) struct CreateClip {
    pub(super) source: String,
    start: Duration,
    /// `None`: the recording's end.
    end: Option<Duration>,
    policies: Vec<&'static str>,
    passthrough: Option<String>,
}

pub(super) fn parse(body: &[u8]) -> Result<CreateClip, Refusal> {
    // serde would read an array too, by the order of its elements.
    if !body.starts_with(b"{") {
        return Err(Refusal::bad_request("the body isn't a JSON object"));
    }
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("the body isn't as documented: {error}")))?;
    let [input] = <[Input; 1]>::try_from(body.inputs)
        .map_err(|_| Refusal::field("inputs", "must be one input: only clips are simulated"))?;
    let source = input.url.strip_prefix("mux://assets/").ok_or_else(|| {
        Refusal::field(
            "url",
            "must be `mux://assets/{ASSET_ID}`: only clips are simulated",
        )
    })?;
    let seconds = |name, seconds: Option<f64>| {
        let length = seconds.map(Duration::try_from_secs_f64);
        let bad = |_| Refusal::value(name, "must be a time in seconds");
        length.transpose().map_err(bad)
    };
    let policies: Vec<_> = body
        .playback_policies
        .iter()
        .map(|policy| match policy {
            Policy::Public => "public",
            Policy::Signed => "signed",
        })
        .collect();
    let longest = body.passthrough.as_ref().map(|text| text.chars().count());
    if longest > Some(LONGEST_PASSTHROUGH) {
        return Err(Refusal::field(
            "passthrough",
            "has more than 255 characters",
        ));
    }
    Ok(CreateClip {
        source: source.to_owned(),
        start: seconds("start_time", input.start_time)?.unwrap_or_default(),
        end: seconds("end_time", input.end_time)?,
        policies,
        passthrough: body.passthrough,
    })
}

impl CreateClip {
    /// The clip, if it can be made now.
    pub(super) fn made(
        &self,
        settings: &MuxSettings,
        stream: &Stream,
        now: OffsetDateTime,
    ) -> Result<Clip, Refusal> {
        let refuse = |why: &str| Err(settings.refused_clip.refusal(why));
        if self.source != stream.recording_id {
            return refuse("a clip of a clip isn't simulated");
        }
        match (stream.own_stage(now), settings.clip_source) {
            (Stage::NotStarted | Stage::Live, _) => return refuse("the asset is still recorded"),
            (Stage::Failed | Stage::Discarded, _) => return refuse("the asset is errored"),
            (Stage::Ready, _) | (_, ClipSource::Over) => {}
            (_, ClipSource::Ready) => return refuse("the asset isn't ready"),
        }
        let length = stream.media(now).map(|media| media.length);
        let end = self.end.or(length).unwrap_or_default();
        let kept = match stream.keep(now, &Cut::Offsets(self.start..end)) {
            Ok(kept) if kept.duration() < SHORTEST => return refuse("it is shorter than 500 ms"),
            Ok(kept) => kept,
            Err(Unfit::Empty) => return refuse("it doesn't end after its start"),
            Err(Unfit::TooEarly | Unfit::TooLate) => return refuse("it ends after the asset"),
        };
        Ok(Clip {
            id: format!("clip{}n{}", stream.number, stream.clips.len()),
            created: now,
            kept,
            passthrough: self.passthrough.clone(),
            policies: self.policies.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_read_from_either_generation_of_names() {
        let today = br#"{"inputs":[{"url":"mux://assets/a","start_time":10.0,"end_time":51.1}],"playback_policies":["public"],"passthrough":"x"}"#;
        let before = br#"{"input":[{"url":"mux://assets/a","start_time":10,"end_time":51.1}],"playback_policy":["public"],"passthrough":"x"}"#;
        for body in [&today[..], before] {
            let clip = parse(body).unwrap();
            assert_eq!(clip.source, "a");
            assert_eq!(clip.start, Duration::from_secs(10));
            assert_eq!(clip.end, Some(Duration::from_millis(51_100)));
            assert_eq!(clip.policies, ["public"]);
            assert_eq!(clip.passthrough.as_deref(), Some("x"));
        }
    }

    #[test]
    fn what_is_no_clip_is_refused() {
        let long = "x".repeat(256);
        for body in [
            "[]",
            "{}",
            r#"{"inputs":[]}"#,
            r#"{"inputs":[{"url":"https://example.com/a.mp4"}]}"#,
            r#"{"inputs":[{"url":"mux://assets/a","start_time":"10"}]}"#,
            r#"{"inputs":[{"url":"mux://assets/a","start_time":-1}]}"#,
            r#"{"inputs":[{"url":"mux://assets/a","start":1}]}"#,
            r#"{"inputs":[{"url":"mux://assets/a","start_time":1,"start_time":1}]}"#,
            r#"{"inputs":[{"url":"mux://assets/a"}],"input":[{"url":"mux://assets/a"}]}"#,
            r#"{"inputs":[{"url":"mux://assets/a"}],"playback_policies":["drm"]}"#,
            r#"{"inputs":[{"url":"mux://assets/a"}],"visibility":"public"}"#,
            &format!(r#"{{"inputs":[{{"url":"mux://assets/a"}}],"passthrough":"{long}"}}"#),
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
