//! A scripted stopper in memory, for your own unit tests: no sockets, no provider.
//!
//! Code that takes a `&dyn LiveStreamStopper` (or an `Arc` of one) can be tested against a
//! [`ScriptedStopper`]: it refuses what the provider of your choice would refuse, answers
//! as scripted, success or failure, and records what it was asked.
//!
//! A complete test of code that must not stop a stream twice:
//!
//! ```
//! use livecut::testing::{ScriptedStopper, StopReply};
//! use livecut::{
//!     Certainty, CutRange, Effect, ErrorKind, LiveStreamStopper, Standing, StopRequest, StreamId,
//! };
//!
//! /// The code under test: repeats a stop only where it is known to have done nothing.
//! async fn end_class(stopper: &dyn LiveStreamStopper, stream: StreamId) -> livecut::Result<String> {
//!     let request = StopRequest::new(stream).with_cut(CutRange::seconds(30, 120)?);
//!     let outcome = match stopper.stop(&request).await {
//!         Err(error) if error.standing() == Standing::NothingDone => stopper.stop(&request).await?,
//!         result => result?,
//!     };
//!     Ok(outcome.ticket().to_string())
//! }
//!
//! # /*
//! #[tokio::test]
//! # */
//! # #[tokio::main(flavor = "current_thread")] async fn main() { repeats_only_what_did_nothing().await }
//! async fn repeats_only_what_did_nothing() {
//!     let busy = StreamId::new("busy").unwrap();
//!     let broken = StreamId::new("broken").unwrap();
//!     let closed = StreamId::new("closed").unwrap();
//!     let unknown = Effect::new(Certainty::Unknown, Certainty::Unknown);
//!     let other = Effect::NONE.with_other(Certainty::Yes);
//!     let stopper = ScriptedStopper::new()
//!         .on_stop(StopReply::error(ErrorKind::RateLimited, Effect::NONE).for_stream(&busy))
//!         .on_stop(StopReply::accepted().for_stream(&busy))
//!         .on_stop(StopReply::error(ErrorKind::Interrupted, unknown).for_stream(&broken))
//!         // Neither stopped nor cut, and yet not as it was: its recording is closed.
//!         .on_stop(StopReply::error(ErrorKind::RateLimited, other).for_stream(&closed));
//!
//!     assert!(end_class(&stopper, busy).await.is_ok());
//!     let error = end_class(&stopper, broken).await.unwrap_err();
//!     assert!(error.is_unknown());
//!     let error = end_class(&stopper, closed).await.unwrap_err();
//!     assert_eq!(error.standing(), Standing::DoneInPart);
//!
//!     let stopped: Vec<_> = stopper.stops().iter().map(|r| r.stream().to_string()).collect();
//!     assert_eq!(stopped, ["busy", "busy", "broken", "closed"]);
//!     assert_eq!(stopper.unused(), 0);
//! }
//! ```

mod reply;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

pub use reply::{FollowReply, Reply, StatusReply, StopReply};

use crate::{
    Capabilities, DurationTolerance, Error, ErrorKind, LiveStreamStopper, Method, Progress,
    Purpose, Result, Step, StopOutcome, StopPlan, StopRequest, StreamId, StreamStatus, TenantId,
    Ticket, Timeline, TimelineSupport, Visibility,
};

/// As long as adapters take by default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A [`LiveStreamStopper`] that answers from a script and records what it was asked.
///
/// A call takes the first reply of its method that is for its stream or for any. A call
/// for which none is left gets an error of kind
/// [`Configuration`](ErrorKind::Configuration) that says so, never a panic.
///
/// See the [module](self) for a complete test.
#[derive(Debug)]
#[must_use]
pub struct ScriptedStopper {
    provider: &'static str,
    tenant: Option<TenantId>,
    capabilities: Capabilities,
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    stop: Vec<StopReply>,
    status: Vec<StatusReply>,
    follow: Vec<FollowReply>,
    stops: Vec<StopRequest>,
    statuses: Vec<StreamId>,
    follows: Vec<Ticket>,
}

impl Default for ScriptedStopper {
    fn default() -> Self {
        Self::new()
    }
}

impl ScriptedStopper {
    /// An empty script, for a provider named `scripted` that can do everything, in one
    /// call, to the nanosecond.
    pub fn new() -> Self {
        let capabilities = Capabilities::new(Duration::from_nanos(1))
            .with_timeline(Timeline::Offset, TimelineSupport::Native)
            .with_timeline(Timeline::WallClock, TimelineSupport::Native)
            .with_visibility(Visibility::Public)
            .with_visibility(Visibility::Private)
            .with_visibility(Visibility::PasswordProtected)
            .with_visibility(Visibility::Other(String::new()))
            .with_single_call()
            .with_duration_tolerance(DurationTolerance::default());
        Self {
            provider: "scripted",
            tenant: None,
            capabilities,
            script: Mutex::default(),
        }
    }

    /// Sets the provider's name: lower-case ASCII letters, digits, `-` and `_`.
    pub const fn with_provider(mut self, name: &'static str) -> Self {
        self.provider = name;
        self
    }

    /// Sets the tenant, which tickets then hold and are checked for.
    pub fn with_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Sets what the provider can do; a request that asks for more is refused as every
    /// adapter refuses it.
    ///
    /// [`providers`](crate::providers) has the capabilities of the real ones.
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Adds a reply to `stop`.
    pub fn on_stop(mut self, reply: StopReply) -> Self {
        self.script_mut().stop.push(reply);
        self
    }

    /// Adds a reply to `status`.
    pub fn on_status(mut self, reply: StatusReply) -> Self {
        self.script_mut().status.push(reply);
        self
    }

    /// Adds a reply to `follow`.
    pub fn on_follow(mut self, reply: FollowReply) -> Self {
        self.script_mut().follow.push(reply);
        self
    }

    /// The stops that would have reached the provider, in order: all but those that
    /// [`plan`](LiveStreamStopper::plan) refuses.
    pub fn stops(&self) -> Vec<StopRequest> {
        self.script().stops.clone()
    }

    /// The streams that were looked at, in order.
    pub fn statuses(&self) -> Vec<StreamId> {
        self.script().statuses.clone()
    }

    /// The tickets that were followed, in order: all but those of another provider or tenant.
    pub fn follows(&self) -> Vec<Ticket> {
        self.script().follows.clone()
    }

    /// How many replies are left, those that are [always](Reply::always) given aside.
    pub fn unused(&self) -> usize {
        let script = self.script();
        let [stop, status, follow] = [
            reply::left(&script.stop),
            reply::left(&script.status),
            reply::left(&script.follow),
        ];
        stop.saturating_add(status).saturating_add(follow)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        // A test that panicked elsewhere leaves a script that is still whole.
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script_mut(&mut self) -> &mut Script {
        self.script
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn ticket(&self, stream: &StreamId) -> Ticket {
        Ticket::new(self.provider, stream.clone()).with_tenant(self.tenant.clone())
    }

    /// Gives the scripted answer, in its own time.
    async fn answer<T>(&self, reply: Option<Reply<T>>, method: &str, ticket: Ticket) -> Result<T> {
        let Some(reply) = reply else {
            let message = format!(
                "the script has no reply left to `{method}` of `{}`: add one with `on_{method}`",
                ticket.stream()
            );
            return Err(Error::new(ErrorKind::Configuration, message).with_provider(self.provider));
        };
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        reply.answer(&ticket).map_err(|error| {
            let error = error.with_provider(self.provider);
            match error.ticket() {
                Some(_) => error,
                None => error.with_ticket(ticket),
            }
        })
    }
}

#[async_trait]
impl LiveStreamStopper for ScriptedStopper {
    fn provider(&self) -> &'static str {
        self.provider
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    /// The steps' URLs are no places: `scripted:stop` and `scripted:cut`.
    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let cut = self
            .capabilities
            .admit(request)
            .map_err(|error| error.with_provider(self.provider))?;
        let step = |purpose, url| Step::new(purpose, Method::Post, url);
        let mut steps = vec![step(Purpose::Stop, "scripted:stop")];
        let single_call = self.capabilities.single_call();
        if cut.is_some() && !single_call {
            steps.push(step(Purpose::Cut, "scripted:cut"));
        }
        let plan = StopPlan::new(self.provider, steps).with_cut(cut);
        Ok(if single_call {
            plan.with_ticket(self.ticket(request.stream()).with_cut(cut))
        } else {
            plan
        })
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        let plan = self.plan(request)?;
        let cut = plan.cut().copied();
        let ticket = self.ticket(request.stream()).with_cut(cut);
        let reply = {
            let mut script = self.script();
            script.stops.push(request.clone());
            reply::next(&mut script.stop, request.stream())
        };
        let timeout = request.timeout().unwrap_or(DEFAULT_TIMEOUT);
        if reply.as_ref().is_some_and(|reply| reply.delay > timeout) {
            tokio::time::sleep(timeout).await;
            let message = "the timeout ran out before the provider answered";
            return Err(Error::new(ErrorKind::Timeout, message)
                .with_effect(plan.possible_effect(request))
                .with_provider(self.provider)
                .with_ticket(ticket));
        }
        self.answer(reply, "stop", ticket).await
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let reply = {
            let mut script = self.script();
            script.statuses.push(stream.clone());
            reply::next(&mut script.status, stream)
        };
        self.answer(reply, "status", self.ticket(stream)).await
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        ticket.check_owner(self.provider, self.tenant.as_ref())?;
        let reply = {
            let mut script = self.script();
            script.follows.push(ticket.clone());
            reply::next(&mut script.follow, ticket.stream())
        };
        self.answer(reply, "follow", ticket.clone()).await
    }
}
