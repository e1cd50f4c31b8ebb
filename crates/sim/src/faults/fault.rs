//! What a fault is.

use super::{act::Act, end::End, framing::Part, message::Message};
use fastrand::Rng;
use std::fmt;

/// One way in which a server, or the way to it, breaks. The [catalogue](super::catalogue()) has them all.
pub struct Fault {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) strike: Strike,
    pub(super) truth: Truth,
    pub(super) claim: Claim,
}

impl Fault {
    /// Its name, such as `applied-reset`: unique, and stable.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What happens, in words.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Whether the provider gets to carry out the request that is struck.
    pub const fn truth(&self) -> Truth {
        self.truth
    }

    /// What a client can know of the request that was struck, and so should say. It depends on the transport: what breaks a
    /// connection before its TLS handshake breaks it before the request.
    pub const fn claim(&self, transport: Transport) -> Claim {
        match (&self.strike, transport) {
            (Strike::Accept(_), Transport::Tls | Transport::Http2) => Claim::No,
            _ => self.claim,
        }
    }

    /// The transports over which it can happen.
    pub const fn transports(&self) -> &'static [Transport] {
        use Transport::{Http2, Plain, Tls};
        match self.strike {
            Strike::Refuse
            | Strike::Accept(_)
            | Strike::Request(Point::Whole, _)
            | Strike::Answer(
                Answer::None(_) | Answer::Status(_) | Answer::Redirect(_) | Answer::Message(_),
            ) => &[Plain, Tls, Http2],
            Strike::Handshake(_) => &[Tls, Http2],
            Strike::Http2(_) => &[Http2],
            Strike::Request(..)
            | Strike::Answer(Answer::Wire(_) | Answer::Cut(..))
            | Strike::Early(_)
            | Strike::Idle(_) => &[Plain, Tls],
        }
    }

    /// Whether it is a refusal for the rate (429), after which a client may well wait and send the request again.
    pub const fn is_rate_limit(&self) -> bool {
        matches!(
            self.strike,
            Strike::Answer(Answer::Status(429)) | Strike::Early(Early::Status(429))
        )
    }

    /// Whether it can strike the first request of a connection.
    pub const fn strikes_fresh(&self) -> bool {
        !matches!(self.strike, Strike::Idle(_))
    }

    /// Whether it can strike a later request of a connection.
    pub const fn strikes_reused(&self) -> bool {
        !matches!(
            self.strike,
            Strike::Refuse | Strike::Accept(_) | Strike::Handshake(_)
        )
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("name", &self.name)
            .field("truth", &self.truth)
            .finish_non_exhaustive()
    }
}

/// How a client reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// HTTP/1.1 over TCP.
    Plain,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2 over TLS, by ALPN.
    Http2,
}

/// Whether the provider gets to carry out a request that a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It never sees it.
    Never,
    /// It carries it out.
    Always,
    /// The seed decides.
    Either,
}

/// What a client can know of a request that was struck, if it is told nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// That it wasn't carried out.
    No,
    /// Nothing.
    Unknown,
    /// That it was carried out: the answer says so.
    Yes,
    /// It depends on which of two things comes first, and the client may be able to tell or not. What it claims must be true all
    /// the same.
    Race,
}

/// Where the fault strikes, and what it does there.
pub(super) enum Strike {
    /// Nobody listens.
    Refuse,
    /// The connection ends as soon as it is accepted.
    Accept(End),
    /// TLS isn't agreed on.
    Handshake(Handshake),
    /// The connection ends while it is idle, just about when the next request comes.
    Idle(Idle),
    /// The connection ends while a request is read. It isn't forwarded.
    Request(Point, End),
    /// The answer begins before the request was read.
    Early(Early),
    /// The request is read, and carried out if [`Truth`] says so; then the answer breaks.
    Answer(Answer),
    /// As `Answer`, in a way that only HTTP/2 has.
    Http2(Http2),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Handshake {
    /// It ends in this way after some of the server's bytes, or of the client's.
    Ends(End),
    /// The certificate is of a CA that nobody trusts.
    Untrusted,
    /// The certificate is for another name.
    OtherName,
    /// The certificate is of the past.
    Expired,
    /// What answers isn't TLS.
    Plaintext,
    /// The server refuses by an alert.
    Alert,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Idle {
    Ends(End),
    /// An answer that nobody asked for comes first: 408, as some proxies send it.
    RequestTimeout,
}

/// How much of a request has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    /// Nothing, though it is there to be read.
    Unread,
    /// Some bytes of its head.
    Head,
    /// Its head, and not all of its body (where it has none, all but the end of its head).
    Body,
    /// All.
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Early {
    /// A whole answer with this status comes before anything was read, and the request isn't forwarded.
    Status(u16),
    /// The head of a success comes before anything was read; then the request is carried out, and the rest comes.
    Head,
}

pub(super) enum Answer {
    /// There is none.
    None(End),
    /// This status, with a body of the seed's choice.
    Status(u16),
    /// A redirect to a place of the seed's choice: the same server, another, or one that speaks plain HTTP.
    Redirect(u16),
    /// The true answer, changed.
    Message(fn(&mut Message, &mut Rng)),
    /// The true answer, as bytes that no client should meet.
    Wire(fn(&Message, &mut Rng) -> Vec<Act>),
    /// The true answer, up to some place in this part of it.
    Cut(Part, End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Http2 {
    /// RST_STREAM with this code.
    Reset(u32),
    /// GOAWAY with this code, whose last stream is below the request's: it wasn't looked at.
    GoAwayBelow(u32),
    /// GOAWAY with this code, whose last stream is the request's, or the largest there is; then the connection ends.
    GoAwayAbove(u32, End),
    /// The answer's head and a part of its body, then RST_STREAM with this code.
    BodyReset(u32),
    /// The answer's head and a part of its body, then the connection ends.
    BodyEnds(End),
}
