//! End a live stream and keep just the part you want, at whichever provider you use, and be
//! told truthfully what happened, also when the network lies; then follow the recording until
//! it can be played.
//!
//! ```
//! use livecut::{
//!     CutRange, LiveStreamStopper, LiveStreamStopperExt, StopRequest, StreamId, WaitPolicy,
//! };
//!
//! /// Ends a class, keeps the part after the greetings, and waits for its recording.
//! async fn end_class(stopper: &dyn LiveStreamStopper) -> Result<(), Box<dyn std::error::Error>> {
//!     let class: CutRange = "30s..1h30m".parse()?; // or "2025-01-13T07:50:00Z..now"
//!     let request = StopRequest::new(StreamId::new("4PtERT9d9uK")?).with_cut(class);
//!
//!     // Ok: the stream is ended, and its cut is made, accepted or owed. Anything less is an error.
//!     let ticket = stopper.begin(&request).await?;
//!     println!("to go on with, also tomorrow: {ticket}");
//!
//!     // Where the provider makes the cut later, this has it made.
//!     let ready = stopper.wait(&ticket, WaitPolicy::new()).await?;
//!     for playback in ready.recording().playback() {
//!         println!("{}: {}", playback.format.as_str(), playback.url);
//!     }
//!     Ok(())
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     use livecut::testing::{FollowReply, ScriptedStopper, StopReply};
//! #     use livecut::{Playback, PlaybackFormat, Recording, RecordingId};
//! #     let recording = Recording::new(RecordingId::new("vod-1")?)
//! #         .with_playback(Playback::new(PlaybackFormat::Hls, "https://cdn.example/vod-1.m3u8"));
//! #     let stopper = ScriptedStopper::new()
//! #         .on_stop(StopReply::accepted())
//! #         .on_follow(FollowReply::ready(recording));
//! #     end_class(&stopper).await?;
//! #     assert_eq!((stopper.stops().len(), stopper.unused()), (1, 0));
//! #     Ok(())
//! # }
//! ```
//!
//! The stopper comes from [`from_env`], where the provider is the environment's choice and
//! the code names none; or from a typed configuration, in the module of the provider's name;
//! or, in a unit test, from [`testing`].
//!
//! # Features
//! They add up; none excludes another. No provider is on by default.
//!
//! <!-- <features> -->
//!
//! | feature | provider | its webhooks alone |
//! | --- | --- | --- |
//! | `tpstreams` | TPStreams | `tpstreams-webhook` |
//! | `gjirafa` | Gjirafa VP | `gjirafa-webhook` |
//! | `mux` | Mux | `mux-webhook` |
//! | `gcore` | Gcore Streaming | it documents none |
//! | `nginx-rtmp` | nginx-rtmp | it documents none |
//! | `mediamtx` | MediaMTX | it documents none |
//!
//! <!-- </features> -->
//!
//! A provider's feature has its webhooks too; the feature of the webhooks alone brings no HTTP client along.
//!
//! | feature | turns on |
//! | --- | --- |
//! | `all-providers` | every provider |
//! | `rustls` (default) | TLS by rustls, with its default cryptography |
//! | `rustls-no-provider` | TLS by rustls, with the cryptography that the program installs |
//! | `http2` | HTTP/2 where the server offers it |
//! | `file-journal` | the [`journal`] in a file; one in a database of your own needs no feature |
//! | `fetch` | a recording that is a file, fetched into one: the module `fetch` |
//! | `http` | the HTTP client's options, in the module `http`; every provider turns it on |
//!
//! # Environment
//! Read by [`from_env`], and under the same names by [`from_lookup`]. A variable that is set
//! to nothing counts as not set. [`providers`] has the list by program.
//!
//! | variable | |
//! | --- | --- |
//! | `LIVECUT_PROVIDER` | the provider's name: needed where several are compiled in and configured |
//! | `LIVECUT_ALLOW_HTTP` | `1` allows base URLs with `http` for hosts that aren't loopback |
//!
//! <!-- <variables> -->
//!
//! | variable | for |  |
//! | --- | --- | --- |
//! | `LIVECUT_TPSTREAMS_ORGANIZATION_ID` | `tpstreams` | required: the organization's id, as it stands in TPStreams' URLs |
//! | `LIVECUT_TPSTREAMS_TOKEN` | `tpstreams` | required, secret: an API token |
//! | `LIVECUT_TPSTREAMS_BASE_URL` | `tpstreams` | another server: scheme, host, port and an optional path prefix |
//! | `LIVECUT_GJIRAFA_PROJECT_ID` | `gjirafa` | required: the project's id, as it stands in Gjirafa VP's URLs |
//! | `LIVECUT_GJIRAFA_AUTHORIZATION` | `gjirafa` | required, secret: the whole value of the Authorization header, its scheme included where there is one |
//! | `LIVECUT_GJIRAFA_BASE_URL` | `gjirafa` | another server: scheme, host, port and an optional path prefix |
//! | `LIVECUT_GJIRAFA_VIDEO_BASE_URL` | `gjirafa` | another server for the recordings; where only the base URL is set, that one serves both |
//! | `LIVECUT_MUX_TOKEN_ID` | `mux` | required: the id of an access token |
//! | `LIVECUT_MUX_TOKEN_SECRET` | `mux` | required, secret: the secret of that access token |
//! | `LIVECUT_MUX_BASE_URL` | `mux` | another server: scheme, host, port and an optional path prefix |
//! | `LIVECUT_GCORE_TOKEN` | `gcore` | required, secret: a permanent API token |
//! | `LIVECUT_GCORE_BASE_URL` | `gcore` | another server: scheme, host, port and an optional path prefix |
//! | `LIVECUT_NGINX_RTMP_BASE_URL` | `nginx-rtmp` | required: the server: scheme, host, port and an optional path prefix, under which `/control`, `/stat` and `/rec` are |
//! | `LIVECUT_NGINX_RTMP_CONTROL_URL` | `nginx-rtmp` | the location with `rtmp_control`, if it is elsewhere |
//! | `LIVECUT_NGINX_RTMP_STAT_URL` | `nginx-rtmp` | the location with `rtmp_stat`, if it is elsewhere |
//! | `LIVECUT_NGINX_RTMP_RECORDINGS_URL` | `nginx-rtmp` | the location with the recordings, if it is elsewhere |
//! | `LIVECUT_NGINX_RTMP_APPLICATION` | `nginx-rtmp` | the application in `nginx.conf`, `live` if not set |
//! | `LIVECUT_NGINX_RTMP_AUTHORIZATION` | `nginx-rtmp` | secret: the whole value of the header with the credential, if the server asks for one |
//! | `LIVECUT_NGINX_RTMP_AUTHORIZATION_HEADER` | `nginx-rtmp` | that header's name, `Authorization` if not set |
//! | `LIVECUT_MEDIAMTX_BASE_URL` | `mediamtx` | required: the control API: scheme, host, port and an optional path prefix, without `/v3` |
//! | `LIVECUT_MEDIAMTX_PLAYBACK_BASE_URL` | `mediamtx` | the playback server, if it isn't at the same address |
//! | `LIVECUT_MEDIAMTX_AUTHORIZATION` | `mediamtx` | secret: the whole value of the header `Authorization`, if the server asks for one |
//!
//! <!-- </variables> -->
//!
//! A secret can come from a file instead: set `..._FILE` to its path, and the secret is what
//! the file holds, without one line break at its end. Setting both is an error.
//!
//! How webhooks are verified has variables of its own, in [`webhook`].
//!
//! A base URL is scheme, host, port and an optional path prefix, without the API's path.
//!
//! # When a call fails
//! `Ok` of [`stop`](LiveStreamStopper::stop) means that everything asked for was done, or accepted by the provider;
//! [`begin`](LiveStreamStopperExt::begin) is also `Ok` if the cut is owed, and its ticket has it made. An [`Error`]
//! says in its [`effect`](Error::effect) what the call did or may have done: the stop, the
//! cut and anything beside them, each [`No`](Certainty::No), [`Yes`](Certainty::Yes) or [`Unknown`](Certainty::Unknown).
//!
//! | what happened | stopped | cut |
//! | --- | --- | --- |
//! | refused before anything was sent; never connected | no | no |
//! | the provider refused (401, 404, 429, most other 4xx) | no | no |
//! | the connection broke, or time ran out, once the request may have left | unknown | unknown |
//! | 408, 409, a 5xx, most redirects; an answer that isn't what the provider documents | unknown | unknown |
//! | the answer confirms the stop and denies the cut | yes | no |
//! | the answer confirms the stop and is silent about the cut | yes | unknown |
//!
//! A call can do something beside them ([`other`](Effect::other)): one provider closes the recording before it
//! ends the stream. [`standing`](Error::standing) takes all of it together, and the ticket: decide by it alone, and not
//! by an error's kind.
//!
//! Where no cut was asked for, `cut` is no. The library repeats only what can't have been
//! applied, or what does nothing more if it is repeated ([`Capabilities::repeats_stop`]), so nothing is
//! ever stopped or cut twice by its doing.
//!
//! ```
//! use livecut::{Error, Standing};
//!
//! /// What to do next. The error's `Display` tells a person the same.
//! fn next(error: &Error) -> &'static str {
//!     match error.standing() {
//!         Standing::NothingDone => "mend the cause, and call again",
//!         // Of `stop` alone: `begin` and `stop_and_wait` go on by themselves.
//!         Standing::CutOwed => "follow the ticket: the cut is made in the course of it",
//!         Standing::DoneInPart => "part of it is done: see the effect, and go on from the ticket",
//!         _ => "ask `status` before anything else",
//!     }
//! }
//! # use livecut::{Certainty, Effect, ErrorKind};
//! # let error = Error::new(ErrorKind::NotFound, "no such stream");
//! # assert!(next(&error).starts_with("mend"));
//! # assert!(next(&error.with_effect(Effect::NONE.with_other(Certainty::Yes))).starts_with("part"));
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bulk;
mod ext;
#[cfg(feature = "fetch")]
pub mod fetch;
#[cfg(any(feature = "fetch", feature = "file-journal"))]
mod in_place;
pub mod journal;
mod providers;
mod reconcile;
mod select;
mod settings;
pub mod testing;
mod variable;
mod wait;
pub mod webhook;

#[doc(inline)]
pub use livecut_core::{
    Bounds, Capabilities, Certainty, Cut, CutRange, CutRangeError, CutRangeErrorKind, CutState,
    CutVerdict, DurationTolerance, Effect, Error, ErrorKind, ErrorReport, ErrorResponse,
    EventState, Failed, InProgress, InvalidId, InvalidTicket, LiveStreamStopper, Method, Playback,
    PlaybackFormat, Progress, Purpose, Rate, RateLimits, Ready, Recording, RecordingEvent,
    RecordingId, RecordingState, Result, Rounding, Standing, Step, StopOutcome, StopPlan,
    StopRequest, StopWatch, Stopped, StreamId, StreamState, StreamStatus, TenantId, Ticket,
    Timeline, TimelineSupport, Visibility,
};

pub use bulk::{StopAll, StopAllHandle, StopAllOptions, StopResult, stop_all};
pub use ext::LiveStreamStopperExt;
#[allow(
    unused_imports,
    unreachable_pub,
    reason = "in a build without a provider there is none"
)]
pub use providers::modules::*;
pub use providers::{Provider, providers};
pub use select::{StopperBuilder, from_env, from_lookup};
pub use variable::EnvVar;
pub use wait::{WaitError, WaitErrorKind, WaitEvent, WaitPolicy};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The options of the HTTP client, the same for every provider.
#[cfg(feature = "http")]
pub mod http {
    pub(crate) use livecut_http::Plug;
    #[doc(inline)]
    pub use livecut_http::{HttpOptions, RetryPolicy, Secret};
}
#[cfg(not(feature = "http"))]
mod no_http;
#[cfg(not(feature = "http"))]
use no_http as http;
