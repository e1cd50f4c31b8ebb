//! A request as it arrived.

use super::Refusal;
use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;

/// A request with all of its body, nothing decoded yet.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The path's raw segments, after the slash it begins with. A path that ends in a slash ends in
    /// an empty segment.
    pub(crate) fn segments(&self) -> Segments<'_> {
        let path = self.uri.path();
        Segments(path.strip_prefix('/').unwrap_or(path).split('/').collect())
    }
}

/// The segments of a path, raw: percent-encoded as they arrived.
#[derive(Debug)]
pub(crate) struct Segments<'a>(Vec<&'a str>);

impl<'a> Segments<'a> {
    /// The first segment, and the others.
    pub(crate) fn split_first(&self) -> Option<(&'a str, &[&'a str])> {
        self.0.split_first().map(|(first, rest)| (*first, rest))
    }

    /// Decodes a segment that stands for a value. It is decoded exactly once: an escape that it
    /// holds after that belongs to the value.
    pub(crate) fn decode(raw: &str) -> Result<String, Refusal> {
        let refuse = |why: &str| Refusal::bad_request(format!("the path segment {raw:?} {why}"));
        if let Some(odd) = raw.chars().find(|c| !is_pchar(*c)) {
            return Err(refuse(&format!(
                "holds {odd:?}, which must be percent-encoded"
            )));
        }
        let mut escapes = raw.split('%');
        escapes.next();
        let well_formed = |escape: &str| {
            let mut digits = escape.chars();
            let mut hex = || digits.next().is_some_and(|c| c.is_ascii_hexdigit());
            hex() && hex()
        };
        if !escapes.all(well_formed) {
            return Err(refuse("holds a malformed escape"));
        }
        let decoded = percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| refuse("isn't UTF-8"))?;
        match &*decoded {
            "" => Err(refuse("is empty")),
            "." | ".." => Err(refuse("is a dot segment")),
            decoded => Ok(decoded.to_owned()),
        }
    }
}

/// RFC 3986, section 3.3, and `%`.
const fn is_pchar(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '-' | '.'
                | '_'
                | '~'
                | '!'
                | '$'
                | '&'
                | '\''
                | '('
                | ')'
                | '*'
                | '+'
                | ','
                | ';'
                | '='
                | ':'
                | '@'
                | '%'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_decoded_exactly_once() {
        assert_eq!(Segments::decode("a%2Fb").unwrap(), "a/b");
        assert_eq!(Segments::decode("a%252fb").unwrap(), "a%2fb");
        assert_eq!(Segments::decode("%C3%A9").unwrap(), "é");
    }

    #[test]
    fn a_segment_that_no_client_should_send_is_refused() {
        for raw in [
            "", ".", "..", "%2e%2E", "%", "%4", "%zz", "%c3", "a\"b", "a|b", "a^b", "é",
        ] {
            assert!(Segments::decode(raw).is_err(), "{raw:?}");
        }
    }
}
