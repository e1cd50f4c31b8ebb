use std::fmt;

use livecut_core::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

/// All but the unreserved characters of RFC 3986, section 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where a provider is: scheme, host, port and an optional path prefix.
///
/// It holds no user info, query or fragment, so it shows no secret in `Debug`
/// and `Display`.
///
/// ```
/// use livecut_http::BaseUrl;
///
/// let base = BaseUrl::parse("http://127.0.0.1:8080/mock/", false)?;
/// assert_eq!(base.to_string(), "http://127.0.0.1:8080/mock");
/// assert_eq!(
///     base.endpoint(&["api", "v1", "a/b", "stop", ""]),
///     "http://127.0.0.1:8080/mock/api/v1/a%2Fb/stop/",
/// );
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads a base URL, and normalises it: no trailing slash, a lower-case
    /// host, no default port.
    ///
    /// `allow_http` allows `http` to any host; without it, `http` is only for a
    /// loopback host (127.0.0.0/8, `::1`, `localhost`), since the credential goes
    /// over the wire with every request.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for anything else than such a URL, and for
    /// `https` where the crate was built without TLS. The text isn't quoted,
    /// since it may hold a password.
    pub fn parse(text: &str, allow_http: bool) -> Result<Self> {
        let refuse = |fault: &'static str| Err(Error::new(ErrorKind::Configuration, fault));
        // The url crate drops some of these and reads others as slashes, in silence.
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return refuse("the base URL holds a space, a control character or a backslash");
        }
        let Ok(url) = Url::parse(text) else {
            return refuse("the base URL isn't a URL: it looks like https://host[:port][/prefix]");
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("the base URL's scheme must be https (or http to a loopback host)");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("the base URL must not hold a user name or password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("the base URL must not hold a query or a fragment");
        }
        if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
            return refuse(
                "the base URL must use https: http would send the credential in the clear \
                 (allow http explicitly if that is meant)",
            );
        }
        if url.scheme() == "https" && !crate::HAS_TLS {
            return refuse(
                "https needs TLS, which isn't compiled in: enable the feature `rustls` \
                 (or `rustls-no-provider`)",
            );
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// Refuses a base URL that ends in one of `paths` already: those that the adapter's calls begin with, so that they
    /// would be in the URL twice.
    ///
    /// ```
    /// use livecut_http::BaseUrl;
    ///
    /// let base = BaseUrl::parse("http://localhost/api/v1/", false)?;
    /// let error = base.without_path_of_calls(&["/api/v1"]).unwrap_err();
    /// assert!(error.to_string().contains("leave `/api/v1` out"));
    /// # Ok::<(), livecut_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], which names the path and nothing else of the URL.
    pub fn without_path_of_calls(self, paths: &[&str]) -> Result<Self> {
        // Not of the whole text, whose host may be called `api`.
        let url = Url::parse(&self.0);
        let own = url.as_ref().map_or("", |url| url.path());
        match paths.iter().find(|path| own.ends_with(*path)) {
            None => Ok(self),
            Some(path) => Err(Error::new(
                ErrorKind::Configuration,
                format!(
                    "the base URL ends in `{path}`, which every call adds to it: leave `{path}` out"
                ),
            )),
        }
    }

    /// Whether the host is loopback, which no proxy may come before.
    pub(crate) fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback(&url))
    }

    /// The URL of a path under this base, one path segment for each of
    /// `segments`, whatever they hold: all but `A-Z a-z 0-9 - . _ ~` is
    /// percent-encoded. An empty last segment gives a trailing slash.
    ///
    /// No encoding can make `.` or `..` a segment of a URL's path, so ids refuse
    /// them ([`StreamId`](livecut_core::StreamId)); should one come here all the
    /// same, [`HttpClient::call`](crate::HttpClient::call) refuses the URL, as it
    /// does with any that would go over the wire as another.
    pub fn endpoint(&self, segments: &[&str]) -> String {
        let length = segments
            .iter()
            .map(|segment| segment.len().saturating_add(1))
            .fold(self.0.len(), usize::saturating_add);
        let mut url = String::with_capacity(length);
        url.push_str(&self.0);
        for segment in segments {
            url.push('/');
            url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        url
    }

    /// As [`endpoint`](Self::endpoint), with a query of these names and values, encoded as the segments are.
    ///
    /// ```
    /// use livecut_http::BaseUrl;
    ///
    /// let base = BaseUrl::parse("http://localhost", false)?;
    /// assert_eq!(
    ///     base.endpoint_with_query(&["list"], &[("path", "a/b"), ("at", "10:30+01")]),
    ///     "http://localhost/list?path=a%2Fb&at=10%3A30%2B01",
    /// );
    /// # Ok::<(), livecut_core::Error>(())
    /// ```
    #[must_use]
    pub fn endpoint_with_query(&self, segments: &[&str], query: &[(&str, &str)]) -> String {
        let mut url = self.endpoint(segments);
        for (at, (name, value)) in query.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.extend(utf8_percent_encode(name, SEGMENT));
            url.push('=');
            url.extend(utf8_percent_encode(value, SEGMENT));
        }
        url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.0)
    }
}

/// Whether the URL's host is this machine: 127.0.0.0/8, also as an IPv6 address, `::1`, and `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => matches!(name, "localhost" | "localhost."),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use livecut_core::StreamId;
    use proptest::prelude::*;

    /// What a server reads off the request line: the path's segments, decoded.
    fn segments(url: &str) -> Vec<String> {
        Url::parse(url)
            .unwrap()
            .path_segments()
            .unwrap()
            .map(|segment| {
                percent_encoding::percent_decode_str(segment)
                    .decode_utf8()
                    .unwrap()
                    .into_owned()
            })
            .collect()
    }

    #[test]
    fn a_base_url_is_normalised() {
        for (given, normal) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("HTTP://LocalHost:80/a//", "http://localhost/a"),
            ("http://[::1]:9/a/b", "http://[::1]:9/a/b"),
            ("http://127.9.9.9/a/./b/../c", "http://127.9.9.9/a/c"),
        ] {
            let base = BaseUrl::parse(given, false).unwrap();
            assert_eq!(base.to_string(), normal);
            assert_eq!(BaseUrl::parse(normal, false).unwrap(), base);
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_quoting_it() {
        for (bad, why) in [
            ("", "isn't a URL"),
            ("hunter2", "isn't a URL"),
            ("https://", "isn't a URL"),
            ("https://hunter2:99999", "isn't a URL"),
            ("ftp://hunter2", "scheme"),
            ("file:///hunter2", "scheme"),
            ("data:hunter2", "scheme"),
            ("https://hunter2@host", "user name or password"),
            ("https://user:hunter2@host", "user name or password"),
            ("https://:hunter2@host", "user name or password"),
            ("https://host?token=hunter2", "query"),
            ("https://host/?", "query"),
            ("https://host#hunter2", "fragment"),
            ("https://host/a b", "space"),
            ("https://host\n", "space"),
            ("https://ho\tst", "space"),
            ("https:\\\\host", "backslash"),
        ] {
            let error = BaseUrl::parse(bad, true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains(why), "{bad:?}: {error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{bad:?}");
        }
    }

    #[test]
    fn a_base_url_that_ends_in_the_path_of_the_calls_is_refused() {
        let check = |text: &str| {
            BaseUrl::parse(text, true)
                .and_then(|base| base.without_path_of_calls(&["/api/v2", "/api/v1"]))
        };
        for bad in [
            "http://host/api/v1",
            "http://host/api/v1/",
            "http://host/hunter2/api/v1//",
        ] {
            let error = check(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{bad}");
            assert!(error.to_string().contains("leave `/api/v1` out"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        for good in [
            "http://host",
            "http://api/v1",
            "http://host/api",
            "http://host/api/v1/gateway",
            "http://host/my-api/v1",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn http_is_for_loopback_unless_it_is_allowed() {
        for loopback in [
            "http://localhost",
            "http://127.0.0.1",
            "http://127.255.0.3",
            "http://[::1]",
            "http://[::ffff:127.0.0.1]",
            "http://localhost.",
        ] {
            assert!(BaseUrl::parse(loopback, false).is_ok(), "{loopback}");
        }
        for elsewhere in [
            "http://example.com",
            "http://localhost.example.com",
            "http://128.0.0.1",
            "http://0.0.0.0",
            "http://[::2]",
            "http://[::ffff:128.0.0.1]",
            "http://192.168.0.1",
        ] {
            let error = BaseUrl::parse(elsewhere, false).unwrap_err();
            assert!(error.to_string().contains("must use https"), "{elsewhere}");
            assert!(BaseUrl::parse(elsewhere, true).is_ok(), "{elsewhere}");
        }
    }

    #[test]
    fn https_needs_tls_compiled_in() {
        let parsed = BaseUrl::parse("https://example.com", false).map_err(|e| e.to_string());
        if cfg!(any(feature = "rustls", feature = "rustls-no-provider")) {
            assert_eq!(parsed.unwrap().to_string(), "https://example.com");
        } else {
            assert!(parsed.unwrap_err().contains("feature `rustls`"));
        }
    }

    #[test]
    fn an_empty_last_segment_is_a_trailing_slash() {
        let base = BaseUrl::parse("http://localhost/p/", false).unwrap();
        assert_eq!(base.endpoint(&["a", "b"]), "http://localhost/p/a/b");
        assert_eq!(base.endpoint(&["a", "b", ""]), "http://localhost/p/a/b/");
    }

    #[test]
    fn no_id_can_leave_its_segment() {
        let base = BaseUrl::parse("http://localhost", false).unwrap();
        for id in [
            "a/b",
            "a\\b",
            "%2f",
            "%2e%2e",
            "%",
            "?x=1",
            "#x",
            "a b",
            ";a=b",
            "@evil.com",
            ":80",
            "...",
            ". ",
            "\u{202e}txt",
            "é",
            "\u{1f600}",
            "&",
            "=",
            "+",
            "~",
            "'",
            "\"",
            "<>",
            "{x}",
            "|",
            "^",
            "`",
            "[::1]",
        ] {
            let url = base.endpoint(&["v1", id, "stop", ""]);
            assert_eq!(segments(&url), ["v1", id, "stop", ""], "{id:?}");
        }
        let long = "\u{1f600}".repeat(256);
        assert_eq!(segments(&base.endpoint(&[&long])), [long]);
    }

    proptest! {
        #[test]
        fn every_id_is_exactly_one_segment_of_what_is_sent(id in any::<String>(), prefix in "(/[a-z]{1,3}){0,2}") {
            prop_assume!(StreamId::new(id.as_str()).is_ok());
            let base = BaseUrl::parse(&format!("http://localhost{prefix}"), false).unwrap();
            let url = base.endpoint(&["v1", &id, "stop", ""]);
            // Nothing is left for the url crate to change.
            let parsed = Url::parse(&url).unwrap();
            prop_assert_eq!(parsed.as_str(), &url);
            let mut wanted: Vec<_> = prefix.split('/').skip(1).map(str::to_owned).collect();
            wanted.extend(["v1".to_owned(), id, "stop".to_owned(), String::new()]);
            prop_assert_eq!(segments(&url), wanted);
        }

        #[test]
        fn no_text_makes_parse_panic_or_yield_a_base_that_parses_differently(text in ".{0,60}", tail in ".{0,20}") {
            for text in [text, format!("http://localhost{tail}")] {
                if let Ok(base) = BaseUrl::parse(&text, true) {
                    prop_assert_eq!(BaseUrl::parse(&base.to_string(), true).unwrap(), base);
                }
            }
        }
    }
}
