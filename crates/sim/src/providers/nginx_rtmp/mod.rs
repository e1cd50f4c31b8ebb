//! nginx with the RTMP module and its own mp4 module, on a server of one's own: as `arut/nginx-rtmp-module` v1.2.2 and
//! nginx 1.22 answer (`rtmp_control`, `rtmp_stat`, `autoindex_format json`, `mp4`), one worker, one application.

mod file;
mod stat;

use crate::{
    Action, Handle, Kept,
    http::{Answer, Body, Refusal, Request, Segments},
    log::Applied,
    recording::Media,
    service::{Done, Route, Wire},
    stream::{RecordingIds, Stream, Streams},
    webhook::Webhooks,
};
use file::Part;
use hyper::{HeaderMap, Method, StatusCode};
use time::OffsetDateTime;

/// Simulated nginx-rtmp.
pub type NginxRtmp = Handle<NginxRtmpSettings>;

/// By the name that this has in each provider's module.
pub(crate) use NginxRtmpSettings as Settings;

/// What of simulated nginx-rtmp can be chosen.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until they are given to a builder or to `configure`"]
pub struct NginxRtmpSettings {
    application: String,
    credential_header: String,
    authorization: String,
}

impl Default for NginxRtmpSettings {
    fn default() -> Self {
        Self {
            application: "live".to_owned(),
            credential_header: "authorization".to_owned(),
            // Of `sim` and `nginx-rtmp`.
            authorization: "Basic c2ltOm5naW54LXJ0bXA=".to_owned(),
        }
    }
}

impl NginxRtmpSettings {
    /// The application that all streams are published to; `live` by default.
    pub fn with_application(mut self, name: impl Into<String>) -> Self {
        self.application = name.into();
        self
    }

    /// The header that has the credential, in lower case; `authorization` by default. It is what an operator puts in front, for
    /// the module asks for none.
    pub fn with_credential_header(mut self, name: impl Into<String>) -> Self {
        self.credential_header = name.into();
        self
    }

    /// The header's whole value; that of Basic, of `sim` and `nginx-rtmp`, by default.
    pub fn with_authorization(mut self, value: impl Into<String>) -> Self {
        self.authorization = value.into();
        self
    }
}

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Operation {
    Stat,
    Files,
    /// To drop who publishes the stream, if it is this application's and this client.
    Drop {
        is_here: bool,
        client: Option<u64>,
    },
    File {
        part: Part,
        headers: HeaderMap,
    },
}

impl Wire for NginxRtmpSettings {
    const NAME: &'static str = "nginx-rtmp";
    // `record_unique`: the second of the Unix epoch in which it began.
    const RECORDING_IDS: RecordingIds = RecordingIds::Own(|stream, _, start| {
        let second = start.map_or(0, OffsetDateTime::unix_timestamp);
        format!("{stream}-{second}")
    });
    // There are callbacks of the operator's, and none for anybody else.
    const WEBHOOKS: Webhooks = Webhooks::None;
    type Operation = Operation;
    type OfStream = ();

    fn credentials(&mut self) -> Vec<(&'static str, &mut String)> {
        vec![("authorization", &mut self.authorization)]
    }

    fn credential_header(&self) -> &str {
        &self.credential_header
    }

    fn authorization(&self) -> String {
        self.authorization.clone()
    }

    fn at_address(_: &str, target: &str, streams: &Streams, now: OffsetDateTime) -> Option<Kept> {
        let target = target.strip_prefix("/rec/")?;
        let (file, query) = target.split_once('?').unwrap_or((target, ""));
        let id = file.strip_suffix(".mp4")?;
        let stream = streams.values().find(|stream| stream.recording_id == id)?;
        file::served(stream, Part::parse(query).ok()?, now)
    }

    fn route(&self, _host: &str, path: &[&str], method: &Method) -> Result<Route, Refusal> {
        let (action, query, id) = match path {
            ["stat"] => (Action::Status, false, None),
            ["rec", ""] => (Action::List, false, None),
            ["rec", file] => {
                let file = Segments::decode(file)?;
                let name = file
                    .strip_suffix(".mp4")
                    .ok_or_else(|| Refusal::not_found("there is no such file"))?;
                (Action::Recording, true, Some(name.to_owned()))
            }
            ["control", "drop", "publisher"] => (Action::Stop, true, None),
            _ => return Err(Refusal::not_found("there is no such location")),
        };
        // The module looks at no method.
        let method = match (action, method) {
            (Action::Stop, &Method::POST) => &Method::POST,
            _ => &Method::GET,
        };
        Ok(Route {
            action,
            method,
            body: Body::None,
            query,
            tenant: None,
            id,
        })
    }

    fn read(&self, route: &mut Route, request: &Request) -> Result<Operation, Refusal> {
        let query = request.uri.query().unwrap_or_default();
        Ok(match route.action {
            Action::Stop => {
                // Nothing is decoded: a name is compared as it stands here.
                let name = argument(query, "name").filter(|name| !name.is_empty());
                let name = name.ok_or_else(|| {
                    Refusal::bad_request(
                        "without `name` it would drop everybody, which no client should ask for",
                    )
                })?;
                route.id = Some(name.to_owned());
                Operation::Drop {
                    is_here: argument(query, "app") == Some(&self.application),
                    client: match argument(query, "clientid") {
                        None => None,
                        Some(client) => Some(
                            client
                                .parse()
                                .map_err(|_| Refusal::bad_request("`clientid` isn't a number"))?,
                        ),
                    },
                }
            }
            Action::Recording => Operation::File {
                part: Part::parse(query)?,
                headers: request.headers.clone(),
            },
            Action::List => Operation::Files,
            _ => Operation::Stat,
        })
    }

    fn list(
        &self,
        operation: &Operation,
        streams: &Streams,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        let answer = match operation {
            Operation::Stat => stat::answer(&self.application, streams, now),
            _ => file::list(streams, now),
        };
        Ok(Done::read(answer))
    }

    fn absent(&self, operation: &Operation, id: &str) -> Result<Done, Refusal> {
        match operation {
            Operation::Drop { .. } => Ok(Done::read(count(false))),
            _ => Err(Refusal::not_found(format!("there is no {id:?}"))),
        }
    }

    fn carry_out(
        &self,
        operation: &Operation,
        stream: &mut Stream,
        now: OffsetDateTime,
    ) -> Result<Done, Refusal> {
        match operation {
            Operation::Drop { is_here, client } => {
                let is_it = client.is_none_or(|client| client == stream.number);
                let drops = *is_here && is_it && is_live(stream, now);
                if drops {
                    stream.stop(now, None);
                }
                Ok(Done::new(count(drops), Applied::new(drops, false)))
            }
            Operation::File { part, headers } => {
                let answer = file::answer(stream, *part, headers, now)?;
                Ok(Done::read(answer))
            }
            Operation::Stat | Operation::Files => Err(Refusal::not_found("it names no stream")),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        page(refusal.kind.status())
    }
}

/// How many were dropped.
fn count(drops: bool) -> Answer {
    Answer::text(StatusCode::OK, if drops { "1" } else { "0" })
}

/// nginx's own page for an error.
fn page(status: StatusCode) -> Answer {
    let html = format!("<html>\r\n<head><title>{status}</title></head>\r\n</html>\r\n");
    Answer::of(status, "text/html", html)
}

/// The value of an argument as it stands in the query.
fn argument<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut arguments = query
        .split('&')
        .filter_map(|argument| argument.split_once('='));
    arguments
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn is_live(stream: &Stream, now: OffsetDateTime) -> bool {
    stream.has_started(now) && stream.ended(now).is_none()
}

/// What is recorded by now, if anything is.
fn recorded(stream: &Stream, now: OffsetDateTime) -> Option<Media> {
    stream
        .media(now)
        .filter(|_| stream.records && stream.has_started(now))
}
