//! The log of what arrived.

use crate::{http::Request, lock::lock};
use bytes::Bytes;
use hyper::header::HeaderName;
use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard},
};
use time::OffsetDateTime;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// To stop a stream, with or without a cut.
    Stop,
    /// To stop a stream and throw its recording away.
    Discard,
    /// To read a stream's state.
    Status,
    /// To read a recording: what providers call a video, or an asset.
    Recording,
    /// To make a cut, apart from the stop. It names the recording, or the stream.
    Cut,
    /// To close the recording of a stream that goes on.
    CloseRecording,
    /// To list a stream's clips.
    Clips,
    /// To list recordings. It names nothing.
    List,
    /// To read the file of a recording, which isn't at the API.
    File,
}

impl Action {
    /// The action's name in the control API, such as `stop`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Discard => "discard",
            Self::Status => "status",
            Self::Recording => "recording",
            Self::Cut => "cut",
            Self::CloseRecording => "close_recording",
            Self::Clips => "clips",
            Self::List => "list",
            Self::File => "file",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [
            Self::Stop,
            Self::Discard,
            Self::Status,
            Self::Recording,
            Self::Cut,
            Self::CloseRecording,
            Self::Clips,
            Self::List,
            Self::File,
        ]
        .into_iter()
        .find(|action| action.as_str() == name)
    }
}

/// What a request changed: the truth that a client's claim can be compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Applied {
    /// It stopped the stream (or discarded it). `false` for a stream that was over already.
    pub stop: bool,
    /// It made the provider keep the part that it named.
    pub cut: bool,
}

impl Applied {
    /// Nothing.
    pub const NOTHING: Self = Self {
        stop: false,
        cut: false,
    };

    pub(crate) const fn new(stop: bool, cut: bool) -> Self {
        Self { stop, cut }
    }

    /// Whether it changed anything.
    pub const fn anything(self) -> bool {
        self.stop || self.cut
    }
}

/// A request that arrived, as it arrived, and what became of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The request's place in the order of arrival, from 1, over all providers.
    pub number: u64,
    /// When it arrived, on the simulator's clock.
    pub at: OffsetDateTime,
    /// The provider whose path prefix it had.
    pub provider: Option<&'static str>,
    /// What it asks for, where it could be told.
    pub action: Option<Action>,
    /// The id of the stream, or of the recording, that it names, decoded.
    pub id: Option<String>,
    /// The method.
    pub method: String,
    /// The request target: path and query, nothing decoded. (A fragment, which no client may send,
    /// doesn't show.)
    pub target: String,
    /// The headers in order, names in lower case.
    pub headers: Vec<(String, Bytes)>,
    /// The body's bytes, as many as arrived.
    pub body: Bytes,
    /// Whether all of the body arrived. If not, nothing was applied, and nothing answered.
    pub complete: bool,
    /// The status of the answer that was decided on.
    pub status: Option<u16>,
    /// What the request changed.
    pub applied: Applied,
    /// Why it was refused, or what of it was left undone, in the simulator's words, which may say
    /// more than the provider's answer does.
    pub refusal: Option<String>,
    /// Whether the answer was one that the test [scripted](crate::NextAnswer).
    pub scripted: bool,
}

impl RequestRecord {
    pub(crate) fn arrived(request: &Request, at: OffsetDateTime, complete: bool) -> Self {
        let text = |(name, value): (&HeaderName, &hyper::header::HeaderValue)| {
            (
                name.as_str().to_owned(),
                Bytes::copy_from_slice(value.as_bytes()),
            )
        };
        Self {
            number: 0,
            at,
            provider: None,
            action: None,
            id: None,
            method: request.method.to_string(),
            target: request.uri.to_string(),
            headers: request.headers.iter().map(text).collect(),
            body: request.body.clone(),
            complete,
            status: None,
            applied: Applied::NOTHING,
            refusal: None,
            scripted: false,
        }
    }

    /// The value of a header, by its name in any case; `None` too where it isn't UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }
}

/// The request line, what was decided, and the reason: no header and no body, which hold
/// credentials.
impl fmt::Debug for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestRecord")
            .field("number", &self.number)
            .field("method", &self.method)
            .field("target", &self.target)
            .field("complete", &self.complete)
            .field("status", &self.status)
            .field("applied", &self.applied)
            .field("refusal", &self.refusal)
            .field("scripted", &self.scripted)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Log {
    kept: Mutex<Records>,
    limit: usize,
}

#[derive(Debug)]
struct Records {
    arrived: u64,
    latest: VecDeque<RequestRecord>,
}

impl Log {
    /// A log that keeps the latest `limit` records.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            kept: Mutex::new(Records {
                arrived: 0,
                latest: VecDeque::new(),
            }),
            limit,
        }
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.kept)
    }

    /// Appends `record`, and gives it its number.
    pub(crate) fn push(&self, mut record: RequestRecord) {
        let mut records = self.records();
        records.arrived = records.arrived.saturating_add(1);
        record.number = records.arrived;
        records.latest.push_back(record);
        if records.latest.len() > self.limit {
            records.latest.pop_front();
        }
    }

    pub(crate) fn matching(&self, wanted: impl Fn(&RequestRecord) -> bool) -> Vec<RequestRecord> {
        self.records()
            .latest
            .iter()
            .filter(|record| wanted(record))
            .cloned()
            .collect()
    }
}
