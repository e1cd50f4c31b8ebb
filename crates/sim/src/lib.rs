#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod control;
#[cfg(feature = "faults")]
pub mod faults;
mod gjirafa;
mod http;
mod instant;
mod life;
mod log;
mod provider;
mod providers;
mod recording;
mod script;
mod server;
mod simulator;
mod stream;
mod tpstreams;
mod undocumented;

pub use self::{
    clock::SimClock,
    gjirafa::{CutWithoutDvr, Gjirafa, GjirafaSettings, VideoShape},
    life::{FailingStage, Stage, Transition},
    log::{Action, Applied, RequestRecord},
    provider::Handle,
    recording::{Kept, Recording},
    script::{NextAnswer, ScriptError},
    simulator::{Builder, Simulator},
    stream::{CreateError, StreamSpec},
    tpstreams::{StatusSpelling, TpStreams, TpStreamsSettings, UntranscodedTrim},
    undocumented::{RefuseWith, WhenCutIsBad, WhenNotStarted, WhenOver},
};
