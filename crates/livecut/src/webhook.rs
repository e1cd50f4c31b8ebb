//! Receives providers' webhooks, in any web framework, and without an HTTP client.
//!
//! A [`WebhookReceiver`] verifies a [`Delivery`] as the provider documents it and reads it as
//! a [`RecordingEvent`](crate::RecordingEvent). [`Ticket::matches`](crate::Ticket::matches)
//! says which of your tickets it is about; then
//! [follow](crate::LiveStreamStopper::follow) that ticket, which asks the provider itself.
//!
#![cfg_attr(feature = "tpstreams-webhook", doc = "```")]
#![cfg_attr(not(feature = "tpstreams-webhook"), doc = "```ignore")]
//! use livecut::{StreamId, Ticket, webhook};
//! use livecut::webhook::{Delivery, WebhookReceiver};
//!
//! /// What to answer a POST with; `due` gets the tickets to follow now.
//! fn receive(
//!     receiver: &dyn WebhookReceiver,
//!     delivery: &Delivery<'_>,
//!     open: &[Ticket],
//!     due: &mut Vec<Ticket>,
//! ) -> u16 {
//!     match receiver.verify_and_parse(delivery) {
//!         // Also for an event that matches nothing: it would only be sent again.
//!         Ok(event) => {
//!             due.extend(open.iter().filter(|ticket| ticket.matches(&event)).cloned());
//!             204
//!         }
//!         Err(error) => error.http_status(),
//!     }
//! }
//!
//! let settings = [("LIVECUT_TPSTREAMS_WEBHOOK_SECRET", "a-long-random-secret")];
//! let receiver = webhook::receiver_from_lookup(|name| {
//!     settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
//! })?;
//!
//! let ticket = Ticket::new("tpstreams", StreamId::new("4PtERT9d9uK")?);
//! let body = br#"{"id":"4PtERT9d9uK","live_stream":{"status":"Completed"}}"#;
//! let headers = [("x-streams-token", b"a-long-random-secret".as_slice())];
//! let mut due = Vec::new();
//! let status = receive(&*receiver, &Delivery::new(headers, body), &[ticket.clone()], &mut due);
//! assert_eq!((status, due), (204, vec![ticket]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Environment
//! Read by [`receiver_from_env`]: for a provider, exactly one of these groups, whole.
//!
//! <!-- <variables> -->
//!
//! | for | to set |  |
//! | --- | --- | --- |
//! | `tpstreams` | `LIVECUT_TPSTREAMS_WEBHOOK_SECRET` | secret: the secret_token that the webhook was registered with |
//! | `gjirafa` | `LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET` | secret: the secret in the URL that was registered with Gjirafa VP |
//! | `gjirafa` | `LIVECUT_GJIRAFA_WEBHOOK_HEADER`, `LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET` | the header by which your reverse proxy vouches for a delivery; secret: that header's value |
//! | `gjirafa` | `LIVECUT_GJIRAFA_WEBHOOK_ACCEPT_FORGED_EVENTS=1` | 1 takes every delivery for true: anyone who knows the URL can forge events |
//! | `mux` | `LIVECUT_MUX_WEBHOOK_SECRET` | secret: the signing secret of the webhook |
//!
//! <!-- </variables> -->
//!
//! Several groups are a choice: such a provider documents no way to verify its webhooks. A secret in the URL is handed on
//! with [`Delivery::with_url_secret`]. Each secret can come from a file, as [everywhere](crate#environment), and `LIVECUT_PROVIDER` names the
//! provider where several are configured.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

#[doc(inline)]
pub use livecut_webhook::{Delivery, WebhookError, WebhookReceiver, WebhookSecret};

use livecut_webhook::Clock;

use crate::Result;
use crate::providers::Provider;
use crate::select::{Role, process_variable};
use crate::settings::Environment;

/// A receiver of the webhooks of the provider that the process's environment names or
/// configures.
///
/// The [module](self#environment) lists the variables. A secret's file is read here, with
/// blocking I/O: call it as the program starts.
///
/// # Errors
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration), which names every missing
/// variable, or the feature that would compile the provider in, and never quotes a value of a
/// provider's variable.
pub fn receiver_from_env() -> Result<Arc<dyn WebhookReceiver>> {
    ReceiverBuilder::new().build_from_env()
}

/// As [`receiver_from_env`], with variables from elsewhere: a settings file, a map, a test.
///
/// # Errors
/// As [`receiver_from_env`].
pub fn receiver_from_lookup(
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Arc<dyn WebhookReceiver>> {
    ReceiverBuilder::new().build_from_lookup(lookup)
}

/// Makes a receiver from the environment, with what the program itself decides.
///
/// A program that receives from several providers makes one for each.
///
/// ```
/// use livecut::webhook::ReceiverBuilder;
///
/// let provider = livecut::providers()[0].name();
/// let error = ReceiverBuilder::new()
///     .with_provider(provider)
///     .build_from_lookup(|_| None)
///     .unwrap_err();
/// // Names the variables to choose from, or the missing feature.
/// assert!(error.to_string().contains(provider));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ReceiverBuilder {
    provider: Option<String>,
    clock: Option<Clock>,
}

impl ReceiverBuilder {
    /// A builder that leaves everything to the environment.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the provider, whatever `LIVECUT_PROVIDER` says.
    pub fn with_provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// Sets what "now" is to a verification that depends on the time, for tests and
    /// simulations (default: the system's clock).
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(now));
        self
    }

    /// Builds the receiver from the process's environment.
    ///
    /// # Errors
    /// As [`receiver_from_env`].
    pub fn build_from_env(self) -> Result<Arc<dyn WebhookReceiver>> {
        self.build(&process_variable)
    }

    /// Builds the receiver from these variables.
    ///
    /// # Errors
    /// As [`receiver_from_env`].
    pub fn build_from_lookup(
        self,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Arc<dyn WebhookReceiver>> {
        self.build(&|name| Ok(lookup(name)))
    }

    fn build(
        self,
        lookup: &dyn Fn(&str) -> Result<Option<String>>,
    ) -> Result<Arc<dyn WebhookReceiver>> {
        let environment = Environment::new(lookup);
        let chosen = RECEIVER.choose(&environment, self.provider.as_deref())?;
        let receiver = chosen
            .provider
            .receiver()
            .ok_or_else(|| RECEIVER.not_compiled_in(chosen.provider))?;
        let settings = chosen.settings(&environment)?;
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemTime::now));
        receiver.build(settings, clock)
    }
}

impl fmt::Debug for ReceiverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverBuilder")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

const RECEIVER: Role = Role {
    no_provider: "no provider's webhooks are",
    several_providers: "several providers' webhooks are",
    this_provider: "this provider's webhooks aren't",
    is_compiled_in: Provider::is_webhook_compiled_in,
    feature: Provider::webhook_feature,
    groups: Provider::webhook_variables,
};
