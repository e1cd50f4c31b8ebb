#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod control;
#[cfg(feature = "faults")]
pub mod faults;
mod gcore;
mod gjirafa;
mod http;
mod instant;
mod life;
mod limit;
mod log;
mod mux;
mod provider;
mod providers;
mod recording;
mod script;
mod server;
mod service;
mod simulator;
mod stream;
mod tpstreams;
mod undocumented;
mod webhook;

pub use self::{
    clock::SimClock,
    gcore::{Gcore, GcoreClip, GcoreSettings},
    gjirafa::{CutWithoutDvr, EventTime, Gjirafa, GjirafaSettings, VideoShape},
    life::{FailingStage, Stage, Transition},
    limit::RateLimit,
    log::{Action, Applied, RequestRecord},
    mux::{ClipSource, Mux, MuxClip, MuxSettings, Paging, RecordingTimes},
    provider::{Handle, Provider},
    recording::{Kept, Recording},
    script::{NextAnswer, ScriptError},
    simulator::{Builder, Simulator},
    stream::{CreateError, StreamSpec},
    tpstreams::{
        StatusSpelling, TokenHeader, TpStreams, TpStreamsSettings, UntranscodedTrim, VideoAppears,
    },
    undocumented::{RefuseWith, WhenCutIsBad, WhenNotStarted, WhenOver},
    webhook::{Delivery, DeliveryRecord, Disorder, Outcome, RegisterError, Webhook, WebhookSpec},
};
