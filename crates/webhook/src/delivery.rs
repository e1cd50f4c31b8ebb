use std::fmt;

/// One POST of a provider's, as the web framework at hand has it.
///
/// The body must be the raw bytes: reading and writing the JSON again breaks
/// signatures. `Debug` shows no values: they hold secrets.
///
/// ```
/// use livecut_webhook::Delivery;
///
/// // With the `http` crate (axum, hyper, actix's conversion):
/// // `headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))`
/// let headers = [("X-Streams-Token", b"secret".as_slice())];
/// let delivery = Delivery::new(headers, br#"{"id":"x"}"#);
/// assert_eq!(delivery.header("x-streams-token"), Some(&b"secret"[..]));
/// ```
#[derive(Clone)]
#[must_use]
pub struct Delivery<'a> {
    headers: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
    url_secret: Option<&'a str>,
}

impl<'a> Delivery<'a> {
    /// A delivery from its headers and its raw body.
    pub fn new(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>, body: &'a [u8]) -> Self {
        Self {
            headers: headers.into_iter().collect(),
            body,
            url_secret: None,
        }
    }

    /// Adds the secret that the request's path or query held, percent-decoded, for a
    /// receiver that is authenticated that way.
    pub fn with_url_secret(mut self, received: &'a str) -> Self {
        self.url_secret = Some(received);
        self
    }

    /// The value of the header with this name, in any case.
    ///
    /// `None` also where it comes twice: the two could be read differently by
    /// whatever stands before the receiver.
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        let mut values = self
            .headers
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// The raw body.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The secret that the request's URL held.
    pub fn url_secret(&self) -> Option<&'a str> {
        self.url_secret
    }
}

impl fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("headers", &format_args!("<{}>", self.headers.len()))
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_in_any_case_and_only_where_it_comes_once() {
        let headers = [
            ("X-Token", b"a".as_slice()),
            ("twice", b"b"),
            ("Twice", b"c"),
        ];
        let delivery = Delivery::new(headers, b"");
        assert_eq!(delivery.header("x-token"), Some(&b"a"[..]));
        assert_eq!(delivery.header("twice"), None);
        assert_eq!(delivery.header("absent"), None);
    }

    #[test]
    fn debug_shows_neither_headers_nor_body() {
        let delivery =
            Delivery::new([("x", b"hunter2".as_slice())], b"hunter2").with_url_secret("hunter2");
        assert!(!format!("{delivery:?}").contains("hunter2"));
    }
}
