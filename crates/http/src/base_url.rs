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

    /// The URL of a path under this base, one path segment for each of
    /// `segments`, whatever they hold: all but `A-Z a-z 0-9 - . _ ~` is
    /// percent-encoded. An empty last segment gives a trailing slash.
    ///
    /// No encoding can make `.` or `..` a segment of a URL's path, so ids refuse
    /// them ([`StreamId`](livecut_core::StreamId)); should one come here all the
    /// same, [`HttpClient::call`](crate::HttpClient::call) refuses the URL, as it
    /// does with any that would go over the wire as another.
    #[must_use]
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

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
