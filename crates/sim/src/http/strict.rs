//! The rules that a request must keep, whichever provider it is for. Real servers forgive much of
//! this; a client that keeps all of it is understood by any of them.

use super::{Refusal, RefusalKind, Request};
use hyper::{
    HeaderMap, Method, Version,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING},
};

/// What a resource asks of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) method: &'static Method,
    /// The header that has the credential.
    pub(crate) credential_header: &'a str,
    /// Its whole value.
    pub(crate) authorization: &'a str,
    /// Whether its first word may be in another case.
    pub(crate) scheme_in_any_case: bool,
    pub(crate) body: Body,
    /// Whether there may be a query.
    pub(crate) query: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// The request has none.
    None,
    /// JSON, or nothing.
    OptionalJson,
    /// JSON.
    Json,
}

/// Checks all that doesn't depend on what the body says.
pub(crate) fn check(request: &Request, version: Version, rules: Rules<'_>) -> Result<(), Refusal> {
    if version != Version::HTTP_11 {
        return Err(Refusal::bad_request(format!("{version:?} isn't HTTP/1.1")));
    }
    if request.method != rules.method {
        return Err(Refusal::new(
            RefusalKind::MethodNotAllowed(allow(rules.method)),
            format!("the method is {}, not {}", request.method, rules.method),
        ));
    }
    check_target(request, rules.query)?;
    check_headers(&request.headers)?;
    match request.headers.get(rules.credential_header) {
        None => Err(Refusal::new(
            RefusalKind::Unauthorized,
            format!("there is no `{}`", rules.credential_header),
        )),
        Some(value) if !is_credential(value.as_bytes(), rules) => Err(Refusal::new(
            RefusalKind::Unauthorized,
            format!("`{}` isn't the credential", rules.credential_header),
        )),
        Some(_) => Ok(()),
    }?;
    check_framing(request)?;
    check_body(request, rules.body)
}

fn is_credential(value: &[u8], rules: Rules<'_>) -> bool {
    let expected = rules.authorization.as_bytes();
    let scheme = match rules.authorization.find(' ') {
        Some(end) if rules.scheme_in_any_case => end,
        _ => 0,
    };
    value
        .split_at_checked(scheme)
        .zip(expected.split_at_checked(scheme))
        .is_some_and(|(value, expected)| {
            value.0.eq_ignore_ascii_case(expected.0) && value.1 == expected.1
        })
}

/// The value of `Allow` for a resource that has one method.
const fn allow(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        _ => "POST",
    }
}

fn check_target(request: &Request, query: bool) -> Result<(), Refusal> {
    if request.uri.scheme().is_some() || request.uri.authority().is_some() {
        return Err(Refusal::bad_request("the request target isn't a path"));
    }
    match request.uri.query() {
        Some(_) if !query => Err(Refusal::bad_request("there is a query")),
        _ => Ok(()),
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    let repeated = |name: &&HeaderName| headers.get_all(*name).iter().nth(1).is_some();
    if let Some(name) = headers.keys().find(repeated) {
        return Err(Refusal::bad_request(format!("`{name}` occurs twice")));
    }
    match headers.get(HOST) {
        None => Err(Refusal::bad_request("there is no `Host`")),
        Some(host) if host.is_empty() => Err(Refusal::bad_request("`Host` is empty")),
        Some(_) => Ok(()),
    }
}

fn check_framing(request: &Request) -> Result<(), Refusal> {
    let needs_length = request.method != Method::GET;
    if request.headers.contains_key(TRANSFER_ENCODING) {
        Err(Refusal::new(
            RefusalKind::LengthRequired,
            "the body is chunked",
        ))
    } else if needs_length && !request.headers.contains_key(CONTENT_LENGTH) {
        Err(Refusal::new(
            RefusalKind::LengthRequired,
            "there is no `Content-Length`",
        ))
    } else {
        Ok(())
    }
}

/// Checks that there is a body or none, as `rule` has it, and that it is JSON by its content type.
pub(crate) fn check_body(request: &Request, rule: Body) -> Result<(), Refusal> {
    match (rule, request.body.is_empty()) {
        (Body::None, false) => Err(Refusal::bad_request("the request has a body")),
        (Body::None | Body::OptionalJson, true) => Ok(()),
        (Body::Json, true) => Err(Refusal::bad_request("the request has no body")),
        (Body::OptionalJson | Body::Json, false) => {
            let content_type = request.headers.get(CONTENT_TYPE);
            match content_type.map(|value| value.to_str().unwrap_or_default()) {
                Some(value) if is_json(value) => Ok(()),
                Some(value) => Err(Refusal::new(
                    RefusalKind::UnsupportedMediaType,
                    format!("`Content-Type` is {value:?}, not application/json"),
                )),
                None => Err(Refusal::new(
                    RefusalKind::UnsupportedMediaType,
                    "there is no `Content-Type`",
                )),
            }
        }
    }
}

/// `application/json`, with or without `charset=utf-8`.
fn is_json(content_type: &str) -> bool {
    let (media_type, parameter) = match content_type.split_once(';') {
        Some((media_type, parameter)) => (media_type, Some(parameter)),
        None => (content_type, None),
    };
    media_type.trim().eq_ignore_ascii_case("application/json")
        && parameter.is_none_or(|p| p.trim().eq_ignore_ascii_case("charset=utf-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_scheme_counts_unless_the_provider_has_both() {
        let takes = |value: &str, scheme_in_any_case| {
            let rules = Rules {
                method: &Method::GET,
                credential_header: "authorization",
                authorization: "apikey 1$aB",
                scheme_in_any_case,
                body: Body::None,
                query: false,
            };
            is_credential(value.as_bytes(), rules)
        };
        assert!(takes("apikey 1$aB", false));
        assert!(!takes("APIKey 1$aB", false));
        assert!(takes("APIKey 1$aB", true));
        for wrong in ["apikey 1$ab", "APIKey", "apikey  1$aB", "bearer 1$aB", ""] {
            assert!(!takes(wrong, true), "{wrong}");
        }
    }

    #[test]
    fn json_is_json_in_utf_8_only() {
        for json in [
            "application/json",
            "Application/JSON",
            "application/json; charset=UTF-8",
        ] {
            assert!(is_json(json), "{json}");
        }
        for other in [
            "",
            "text/json",
            "application/json; charset=latin1",
            "application/jsonp",
            "application/json;",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }
}
