#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod app;
mod clock;
mod control;
mod courier;
#[cfg(feature = "faults")]
pub mod faults;
mod http;
mod instant;
mod life;
mod limit;
mod lock;
mod log;
mod media;
mod provider;
mod providers;
mod receiver;
mod recording;
mod script;
mod server;
mod service;
mod simulator;
mod state;
mod stream;
mod undocumented;
mod webhook;

pub use self::{
    clock::SimClock,
    life::{FailingStage, Stage, Transition},
    limit::RateLimit,
    log::{Action, Applied, RequestRecord},
    provider::{Handle, SimulatedProvider, UnknownCredential},
    providers::*,
    receiver::Webhook,
    recording::{Kept, Recording},
    script::{NextAnswer, ScriptError},
    simulator::{Simulator, SimulatorBuilder},
    stream::{CreateError, StreamSpec},
    undocumented::{RefuseWith, WhenCutIsBad, WhenNotStarted, WhenOver},
    webhook::{Delivery, DeliveryRecord, Disorder, Outcome, RegisterError, WebhookSpec},
};
