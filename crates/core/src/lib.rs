//! The contract of livecut: one call ends a live stream and keeps just the part
//! that is wanted, and tells truthfully what happened.
//!
//! - [`LiveStreamStopper`] is what an adapter implements and a program calls.
//! - [`CutRange`] is the part to keep, as offsets or as wall clock, exact to the
//!   nanosecond.
//! - [`Error`] says in its [`Effect`] what a failed call did or may have done.
//! - [`Ticket`] is what a stop leaves to follow the recording with.
//!
//! Users depend on the crate `livecut`, which re-exports what is at this crate's root, by name. This
//! crate is for those who write an adapter, and [`adapter`] has what only they need. It has no I/O, no
//! async runtime, no HTTP, and knows no provider.
//!
//! A method `with_x` that takes `impl Into<Option<X>>` takes what may be missing as it is: `None` changes nothing.
#![forbid(unsafe_code)]

pub mod adapter;
mod capabilities;
mod cut;
mod document;
mod effect;
mod error;
mod event;
mod id;
mod method;
mod outcome;
mod pace;
mod plan;
mod progress;
mod rate;
mod recording;
mod report;
mod request;
mod seconds;
mod standing;
mod status;
mod stopper;
mod ticket;
mod tolerance;
mod visibility;
mod watch;
mod words;

pub use capabilities::{Capabilities, TimelineSupport};
pub use cut::{Bounds, Cut, CutRange, CutRangeError, CutRangeErrorKind, Rounding, Timeline};
pub use effect::{Certainty, Effect};
pub use error::{Error, ErrorKind, ErrorResponse, Result};
pub use event::{EventState, RecordingEvent};
pub use id::{InvalidId, RecordingId, StreamId, TenantId};
pub use method::Method;
pub use outcome::{CutState, StopOutcome, Stopped};
pub use plan::{Purpose, Step, StopPlan};
pub use progress::{CutVerdict, Failed, InProgress, Progress, Ready, RecordingState};
pub use rate::{Rate, RateLimits};
pub use recording::{Playback, PlaybackFormat, Recording};
pub use report::ErrorReport;
pub use request::StopRequest;
pub use standing::Standing;
pub use status::{StreamState, StreamStatus};
pub use stopper::LiveStreamStopper;
pub use ticket::{InvalidTicket, Ticket};
pub use tolerance::DurationTolerance;
pub use visibility::Visibility;
pub use watch::StopWatch;
