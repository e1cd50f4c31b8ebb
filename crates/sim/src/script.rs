//! Answers that a test puts into a provider's mouth.

use crate::{Action, http::Answer};
use bytes::Bytes;
use hyper::{
    HeaderMap, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::Value;
use std::time::Duration;

/// An answer for the next request that matches, in place of the provider's own or as a change to
/// it.
///
/// Only a request that keeps all of the simulator's rules (path, headers, credential, framing, a
/// well-formed body) uses it up; any other is refused as ever. Whether the request is carried out
/// is said apart from how it is answered: by default an answer of one's own means that it is
/// [not](Self::with_applied).
///
/// ```
/// use livecut_sim::{Action, NextAnswer};
/// use serde_json::json;
///
/// // "Nothing happened", and nothing did.
/// let busy = NextAnswer::status(503).with_header("retry-after", "1").with_text("busy");
/// // "Nothing happened", although it did: what a gateway says when it lost the backend's answer.
/// let lost = NextAnswer::status(502).with_applied(true);
/// // The provider's own answer to a stop, without one of its fields.
/// let silent = NextAnswer::patch(json!({"trim_scheduled": null})).on(Action::Stop);
/// ```
#[derive(Clone, Debug)]
#[must_use = "an answer does nothing until it is given to `next_answer`"]
pub struct NextAnswer {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    patch: Option<Value>,
    applied: bool,
    action: Option<Action>,
    id: Option<String>,
    delay: Duration,
    times: u32,
}

impl NextAnswer {
    fn new(applied: bool) -> Self {
        Self {
            status: None,
            headers: Vec::new(),
            body: None,
            patch: None,
            applied,
            action: None,
            id: None,
            delay: Duration::ZERO,
            times: 1,
        }
    }

    /// An answer of one's own, with an empty body. The request isn't carried out, unless
    /// [`with_applied`](Self::with_applied) says so.
    pub fn status(status: u16) -> Self {
        let mut answer = Self::new(false);
        answer.status = Some(status);
        answer.body = Some(Bytes::new());
        answer
    }

    /// The provider's own answer, changed by a JSON merge patch (RFC 7396): a field of `patch`
    /// replaces the answer's, objects are merged, and `null` removes a field. The request is
    /// carried out.
    pub fn patch(patch: Value) -> Self {
        let mut answer = Self::new(true);
        answer.patch = Some(patch);
        answer
    }

    /// The provider's own answer, later: see [`with_delay`](Self::with_delay). The request is carried out.
    pub fn unchanged() -> Self {
        Self::new(true)
    }

    /// Replaces the status of the provider's own answer.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds a header, or replaces the provider's of that name.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A JSON body, with its content type.
    pub fn with_json(self, body: &Value) -> Self {
        self.with_header("content-type", "application/json")
            .with_body(body.to_string())
    }

    /// A plain-text body, with its content type.
    pub fn with_text(self, body: impl Into<String>) -> Self {
        self.with_header("content-type", "text/plain; charset=utf-8")
            .with_body(body.into())
    }

    /// An HTML body, with its content type.
    pub fn with_html(self, body: impl Into<String>) -> Self {
        self.with_header("content-type", "text/html; charset=utf-8")
            .with_body(body.into())
    }

    /// A body of any bytes, without a content type.
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Whether the request is carried out before it is answered.
    pub fn with_applied(mut self, applied: bool) -> Self {
        self.applied = applied;
        self
    }

    /// Only for requests that ask for `action`.
    pub fn on(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    /// Only for requests that name the stream (for [`Action::Recording`], the recording) `id`.
    pub fn for_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The answer leaves when the simulator's clock has moved on by `delay` since the request
    /// arrived. The request is carried out, if at all, on arrival.
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// For this many matching requests: 1 by default.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Checks what can't be sent, so that a mistake shows where it was made.
    pub(crate) fn checked(self) -> Result<Script, ScriptError> {
        let status = self
            .status
            .map(|status| match StatusCode::from_u16(status) {
                Ok(valid) if valid.as_u16() >= 200 => Ok(valid),
                _ => Err(ScriptError::Status(status)),
            })
            .transpose()?;
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            let bad = || ScriptError::Header(name.clone());
            let known: HeaderName = name.parse().map_err(|_| bad())?;
            headers.insert(known, HeaderValue::from_str(&value).map_err(|_| bad())?);
        }
        Ok(Script {
            status,
            headers,
            body: self.body,
            patch: self.patch,
            applied: self.applied,
            action: self.action,
            id: self.id,
            delay: self.delay,
            times: self.times,
        })
    }
}

/// Why a scripted answer can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The status isn't a final one, 200 to 999.
    #[error("{0} isn't a final HTTP status")]
    Status(u16),
    /// The header's name or value isn't one that HTTP allows.
    #[error("the header {0:?} can't be sent")]
    Header(String),
}

/// A [`NextAnswer`] that can be sent.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Option<Bytes>,
    patch: Option<Value>,
    pub(crate) applied: bool,
    action: Option<Action>,
    id: Option<String>,
    pub(crate) delay: Duration,
    times: u32,
}

impl Script {
    fn matches(&self, action: Action, id: &str) -> bool {
        self.action.is_none_or(|wanted| wanted == action)
            && self.id.as_deref().is_none_or(|wanted| wanted == id)
    }

    /// Takes the first of `scripts` that is for such a request, or one of its times.
    pub(crate) fn take(scripts: &mut Vec<Self>, action: Action, id: &str) -> Option<Self> {
        let index = scripts.iter().position(|s| s.matches(action, id))?;
        let script = scripts.get_mut(index)?;
        script.times = script.times.saturating_sub(1);
        if script.times == 0 {
            Some(scripts.remove(index))
        } else {
            Some(script.clone())
        }
    }

    /// The answer to send, given the provider's own.
    pub(crate) fn change(&self, mut answer: Answer) -> Answer {
        if let Some(status) = self.status {
            answer.status = status;
        }
        if let Some(body) = &self.body {
            answer.headers.remove(CONTENT_TYPE);
            answer.body = body.clone();
        }
        if let Some(patch) = &self.patch
            && let Ok(mut body @ (Value::Object(_) | Value::Array(_))) =
                serde_json::from_slice(&answer.body)
        {
            merge(&mut body, patch);
            answer.body = Bytes::from(body.to_string());
        }
        for (name, value) in &self.headers {
            answer.headers.insert(name, value.clone());
        }
        answer
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_replaces_merges_and_removes() {
        let mut body = json!({"a": 1, "b": {"c": 2, "d": 3}});
        merge(&mut body, &json!({"a": null, "b": {"c": [4]}, "e": 5}));
        assert_eq!(body, json!({"b": {"c": [4], "d": 3}, "e": 5}));
    }

    #[test]
    fn an_answer_is_used_as_often_as_it_says_by_requests_that_match() {
        let mut scripts = vec![
            NextAnswer::status(503)
                .on(Action::Stop)
                .for_id("a")
                .times(2)
                .checked()
                .unwrap(),
        ];
        assert!(Script::take(&mut scripts, Action::Status, "a").is_none());
        assert!(Script::take(&mut scripts, Action::Stop, "b").is_none());
        assert!(Script::take(&mut scripts, Action::Stop, "a").is_some());
        assert!(Script::take(&mut scripts, Action::Stop, "a").is_some());
        assert!(Script::take(&mut scripts, Action::Stop, "a").is_none());
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        assert_eq!(
            NextAnswer::status(100).checked().unwrap_err(),
            ScriptError::Status(100)
        );
        assert!(
            NextAnswer::status(200)
                .with_header("a b", "")
                .checked()
                .is_err()
        );
        assert!(
            NextAnswer::status(200)
                .with_header("a", "\n")
                .checked()
                .is_err()
        );
    }
}
