use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderName};
use livecut_core::{Error, ErrorKind, Result};

/// What a client sends of its own, or what frames a request.
const TAKEN: [HeaderName; 11] = [
    header::ACCEPT,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
];

/// What a pasted credential may begin with, and a credential without its scheme never does.
const SCHEMES: [&str; 5] = ["apikey", "api-key", "basic", "bearer", "token"];

/// A credential: never shown by `Debug`, without `Display`.
///
/// It is checked to be usable as a header's value, so a mistake shows when a
/// stopper is configured and not in the middle of an event.
///
/// ```
/// use livecut_http::Secret;
///
/// let token = Secret::new("hunter2")?;
/// assert_eq!(format!("{token:?}"), "Secret(<redacted>)");
/// let authorization = token.with_scheme("Token")?;
/// assert_eq!(authorization.expose(), "Token hunter2");
/// assert!(Secret::new("hunter2\n").is_err());
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Secret {
    value: String,
    header: HeaderName,
}

impl Secret {
    /// Takes a credential, exactly as it is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for what can't be a header's value as it
    /// stands: empty, not ASCII, a line break or another control character, a
    /// space at an end; and for what was copied with too much around it: quotes, or the
    /// header's name. The message says which and never quotes the value.
    pub fn new(secret: impl Into<String>) -> Result<Self> {
        let secret = secret.into();
        let fault = if secret.is_empty() {
            "the credential is empty"
        } else if secret.contains(['\r', '\n']) {
            "the credential holds a line break: was it read from a file that ends with one?"
        } else if !secret.is_ascii() {
            "the credential holds a character outside ASCII, which no header can carry"
        } else if secret.contains(|c: char| c.is_ascii_control()) {
            "the credential holds a control character, which no header can carry"
        } else if secret.starts_with(' ') || secret.ends_with(' ') {
            "the credential begins or ends with a space, which is lost on the way"
        } else if is_quoted(&secret) {
            "the credential stands in quotes: leave them out"
        } else if begins_with(&secret, "authorization:") {
            "the credential begins with `Authorization:`: leave the header's name out"
        } else {
            return Ok(Self {
                value: secret,
                header: header::AUTHORIZATION,
            });
        };
        Err(Error::new(ErrorKind::Configuration, fault))
    }

    /// Sends it in the header of this name, and not in `Authorization`. The name is in any case.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for what isn't a header's name, for a header that the client sends of its own
    /// (`Host` or `Content-Length`, say), and if the credential begins with the name and a colon.
    ///
    /// ```
    /// use livecut_http::Secret;
    ///
    /// let key = Secret::new("hunter2")?.in_header("X-Api-Key")?;
    /// assert_eq!((key.header(), key.expose()), ("x-api-key", "hunter2"));
    /// assert!(Secret::new("hunter2")?.in_header("Host").is_err());
    /// # Ok::<(), livecut_core::Error>(())
    /// ```
    pub fn in_header(mut self, name: &str) -> Result<Self> {
        let problem = match HeaderName::from_bytes(name.as_bytes()) {
            Err(_) => "the credential's header has a name that none can have",
            Ok(header) if TAKEN.contains(&header) => {
                "the credential's header is one that each request has for something else"
            }
            Ok(_) if begins_with(&self.value, &format!("{name}:")) => {
                "the credential begins with its header's name: leave it out"
            }
            Ok(header) => {
                self.header = header;
                return Ok(self);
            }
        };
        Err(Error::new(ErrorKind::Configuration, problem))
    }

    /// The name of the header that it is sent in, in lower case: `authorization`, if nothing else was said.
    pub fn header(&self) -> &str {
        self.header.as_str()
    }

    /// The header's value that has `scheme` before this credential, with a space between them.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the credential begins with a scheme already.
    ///
    /// ```
    /// use livecut_http::Secret;
    ///
    /// let error = Secret::new("Bearer hunter2")?.with_scheme("Token").unwrap_err();
    /// assert!(error.to_string().contains("leave it out"));
    /// # Ok::<(), livecut_core::Error>(())
    /// ```
    pub fn with_scheme(&self, scheme: &str) -> Result<Self> {
        self.check_bare()?;
        Ok(Self {
            header: self.header.clone(),
            ..Self::new(format!("{scheme} {}", self.value))?
        })
    }

    /// The header's value of HTTP Basic (RFC 7617). Each half is checked first: base64 would hide a line break
    /// that came along with it from a file.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] as [`new`](Self::new), where a half begins with a scheme, and for an id with a
    /// colon, which HTTP Basic can't carry.
    ///
    /// ```
    /// use livecut_http::Secret;
    ///
    /// let secret = Secret::basic("Aladdin", "open sesame")?;
    /// assert_eq!(secret.expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// # Ok::<(), livecut_core::Error>(())
    /// ```
    pub fn basic(id: impl Into<String>, secret: impl Into<String>) -> Result<Self> {
        let (id, secret) = (Self::new(id)?, Self::new(secret)?);
        id.check_bare()?;
        secret.check_bare()?;
        if id.value.contains(':') {
            return Err(Error::new(
                ErrorKind::Configuration,
                "the credential's id holds a colon: is it the id and the secret in one?",
            ));
        }
        let pair = STANDARD.encode(format!("{}:{}", id.value, secret.value));
        Self::new(format!("Basic {pair}"))
    }

    fn check_bare(&self) -> Result<()> {
        let scheme = SCHEMES.iter().find(|scheme| {
            let rest = self.value.get(scheme.len()..).unwrap_or_default();
            begins_with(&self.value, scheme) && rest.starts_with([' ', ':'])
        });
        match scheme {
            None => Ok(()),
            Some(scheme) => Err(Error::new(
                ErrorKind::Configuration,
                format!(
                    "the credential begins with the scheme of a header (`{scheme}`), which is \
                     added to it: leave it out"
                ),
            )),
        }
    }

    pub(crate) const fn name(&self) -> &HeaderName {
        &self.header
    }

    /// What nobody may see: the whole value, what follows its scheme, and, of HTTP Basic, what that encodes.
    /// The longer ones come first.
    pub(crate) fn parts(&self) -> Vec<String> {
        let mut parts = vec![self.value.clone()];
        if let Some((scheme, rest)) = self.value.split_once(' ') {
            parts.push(rest.to_owned());
            let pair = STANDARD.decode(rest).ok().map(String::from_utf8);
            if let Some(Ok(pair)) = pair
                && scheme.eq_ignore_ascii_case("basic")
            {
                parts.extend(pair.split_once(':').map(|(_, secret)| secret.to_owned()));
            }
        }
        parts
    }

    /// The credential itself, for the one header it belongs in.
    pub fn expose(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(<redacted>)")
    }
}

fn is_quoted(text: &str) -> bool {
    ['"', '\'', '`']
        .iter()
        .any(|&quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote))
}

/// Whether it begins with this word, in any case.
fn begins_with(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_header_can_carry_is_refused_and_never_quoted() {
        for (bad, why) in [
            ("", "empty"),
            ("hunter2\r\nX-Evil: 1", "line break"),
            ("hunter2\n", "line break"),
            ("hünter2", "outside ASCII"),
            ("hunter2\0", "control character"),
            ("hunter\t2", "control character"),
            ("hunter2\x7f", "control character"),
            ("hunter2 ", "space"),
            (" hunter2", "space"),
            ("\"hunter2\"", "in quotes"),
            ("'hunter2'", "in quotes"),
            (
                "Authorization: Token hunter2",
                "leave the header's name out",
            ),
        ] {
            let error = Secret::new(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{bad:?}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(why), "{bad:?}: {shown}");
            assert!(!shown.contains("hunter"), "{bad:?}: {shown}");
        }
    }

    #[test]
    fn a_header_that_is_none_or_taken_or_in_the_credential_too_is_refused() {
        let secret = || Secret::new("hunter2").unwrap();
        for (name, why) in [
            ("", "none can have"),
            ("X Key", "none can have"),
            ("X-Key:", "none can have"),
            ("X-Key\r\nX", "none can have"),
            ("Content-Length", "something else"),
            ("user-agent", "something else"),
        ] {
            let error = secret().in_header(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{name:?}");
            assert!(error.to_string().contains(why), "{name:?}: {error}");
        }
        let pasted = Secret::new("x-key: hunter2").unwrap();
        let error = pasted.in_header("X-Key").unwrap_err();
        assert!(error.to_string().contains("leave it out"), "{error}");
        assert_eq!(secret().header(), "authorization");
        let key = secret().in_header("X-KEY").unwrap();
        assert_eq!(key.with_scheme("Key").unwrap().header(), "x-key");
    }

    #[test]
    fn a_scheme_is_not_put_before_another() {
        for bad in [
            "Token hunter2",
            "bearer hunter2",
            "BASIC hunter2",
            "ApiKey hunter2",
            "Bearer: hunter2",
        ] {
            let secret = || Secret::new(bad).unwrap();
            for error in [
                secret().with_scheme("Token").unwrap_err(),
                Secret::basic("id", bad).unwrap_err(),
                Secret::basic(bad, "secret").unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Configuration, "{bad}");
                let shown = format!("{error} {error:?}");
                assert!(shown.contains("leave it out"), "{shown}");
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
        for good in ["tokenhunter2", "token-hunter2", "\"", "a \"b\" c"] {
            assert!(
                Secret::new(good).unwrap().with_scheme("Token").is_ok(),
                "{good}"
            );
        }
    }

    #[test]
    fn what_nobody_may_see_of_it_is_each_form_that_it_has_on_the_wire() {
        let basic = Secret::basic("an-id", "hunter2").unwrap();
        assert_eq!(
            basic.parts(),
            [
                "Basic YW4taWQ6aHVudGVyMg==",
                "YW4taWQ6aHVudGVyMg==",
                "hunter2"
            ]
        );
        let token = Secret::new("Token a b").unwrap();
        assert_eq!(token.parts(), ["Token a b", "a b"]);
        assert_eq!(Secret::new("whole").unwrap().parts(), ["whole"]);
    }

    #[test]
    fn every_secret_that_is_accepted_is_a_header_value() {
        let all: String = (' '..='~').collect();
        let secret = Secret::new(format!("x{all}x")).unwrap();
        assert!(http::HeaderValue::from_str(secret.expose()).is_ok());
        assert!(!format!("{secret:?}").contains("abc"));
    }
}
