//! Requests and answers, as far as they have to be understood.

use std::{io, str};

/// An answer, without what frames it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) status: u16,
    /// Without `Content-Length` and `Transfer-Encoding`.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Message {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(super) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Whether an answer with this status has a body.
    pub(super) const fn has_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304)
    }

    /// The status line, with its line's end.
    pub(super) fn status_line(&self) -> String {
        let reason = hyper::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Whatever");
        format!("HTTP/1.1 {} {reason}\r\n", self.status)
    }

    /// The header lines, without the empty one that ends them.
    pub(super) fn header_lines(&self) -> String {
        self.headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect()
    }

    /// The head with these lines of framing in it, and the empty line after it.
    pub(super) fn head(&self, framing: &str) -> Vec<u8> {
        format!("{}{}{framing}\r\n", self.status_line(), self.header_lines()).into_bytes()
    }

    /// The whole of it, as it should go over HTTP/1.1.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        if !self.has_body() {
            return self.head("");
        }
        let mut bytes = self.head(&format!("content-length: {}\r\n", self.body.len()));
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads an answer's head; `None`: there is more to come. The second value is the length of the head.
    pub(super) fn parse_head(bytes: &[u8]) -> io::Result<Option<(Self, usize, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = response
            .parse(bytes)
            .map_err(|_| io::ErrorKind::InvalidData)?
        else {
            return Ok(None);
        };
        let fields = Fields::read(response.headers)?;
        Ok(Some((
            Self {
                status: response.code.ok_or(io::ErrorKind::InvalidData)?,
                headers: fields.others,
                body: Vec::new(),
            },
            length,
            fields.content_length,
        )))
    }
}

/// More headers than any request or true answer here has.
const MAX_HEADERS: usize = 64;

/// A request, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Its bytes, to be forwarded as they are.
    pub(super) bytes: Vec<u8>,
    /// Where its body begins.
    pub(super) body_at: usize,
}

impl Request {
    /// The length of a request's head and of its body, if the whole head is there.
    pub(super) fn lengths(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request
            .parse(bytes)
            .map_err(|_| io::ErrorKind::InvalidData)?
        {
            httparse::Status::Partial => Ok(None),
            httparse::Status::Complete(length) => Ok(Some((
                length,
                Fields::read(request.headers)?.content_length,
            ))),
        }
    }

    /// The same request without its credential, in whichever header that is: what a provider refuses, in its own words.
    pub(super) fn without_credential(&self) -> Vec<u8> {
        let (head, body) = self
            .bytes
            .split_at_checked(self.body_at)
            .unwrap_or((&self.bytes, &[]));
        let mut bytes: Vec<u8> = head
            .split_inclusive(|byte| *byte == b'\n')
            .enumerate()
            .filter(|(at, line)| {
                let mut parts = line.splitn(2, |byte| *byte == b':');
                // The request's own line comes first, and the empty one that ends the head has no colon.
                match (parts.next(), parts.next()) {
                    (Some(name), Some(_)) if *at > 0 => is_of_any_request(name),
                    _ => true,
                }
            })
            .flat_map(|(_, line)| line)
            .copied()
            .collect();
        bytes.extend_from_slice(body);
        bytes
    }
}

/// Whether a client sends a header of this name to any provider.
fn is_of_any_request(name: &[u8]) -> bool {
    let mut names = [
        "accept",
        "content-length",
        "content-type",
        "host",
        "range",
        "user-agent",
    ]
    .iter();
    names.any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

struct Fields {
    content_length: usize,
    others: Vec<(String, String)>,
}

impl Fields {
    fn read(headers: &[httparse::Header<'_>]) -> io::Result<Self> {
        let mut fields = Self {
            content_length: 0,
            others: Vec::new(),
        };
        for header in headers {
            let value = str::from_utf8(header.value).map_err(|_| io::ErrorKind::InvalidData)?;
            if header.name.eq_ignore_ascii_case("content-length") {
                fields.content_length = value.parse().map_err(|_| io::ErrorKind::InvalidData)?;
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                // Neither the simulator nor any client that it takes requests from sends it.
                return Err(io::ErrorKind::Unsupported.into());
            } else {
                fields
                    .others
                    .push((header.name.to_owned(), value.to_owned()));
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_loses_only_its_credential() {
        for credential in ["authorization: Token t", "X-Key: t"] {
            let head = format!(
                "POST /a:b HTTP/1.1\r\nHost: x\r\n{credential}\r\ncontent-length: 2\r\n\r\n"
            );
            let request = Request {
                bytes: format!("{head}{{}}").into_bytes(),
                body_at: head.len(),
            };
            assert_eq!(
                Request::lengths(&request.bytes).unwrap(),
                Some((head.len(), 2))
            );
            assert_eq!(
                request.without_credential(),
                b"POST /a:b HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\n{}"
            );
        }
        assert_eq!(Request::lengths(b"POST /a HTT").unwrap(), None);
    }

    #[test]
    fn an_answer_is_read_as_it_is_written() {
        let answer = Message::new(200, "application/json", "{}");
        let bytes = answer.to_bytes();
        let (read, head, body) = Message::parse_head(&bytes).unwrap().unwrap();
        assert_eq!((read.status, head + body), (200, bytes.len()));
        assert_eq!(read.headers, answer.headers);
        assert!(
            !Message::new(204, "text/plain", "x")
                .to_bytes()
                .ends_with(b"x")
        );
    }
}
