//! Webhooks: what a provider sends by itself when a stream or its recording changes.

mod delivery;
mod disorder;
mod outbox;

pub(crate) use self::outbox::{Event, Outbox};
pub use self::{
    delivery::{Delivery, DeliveryRecord, Outcome},
    disorder::Disorder,
};

use hyper::{Uri, header::HeaderValue, http::uri::Scheme};
use std::{fmt, net::IpAddr, sync::Arc};

/// Whether a provider sends webhooks, and what they prove themselves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Webhooks {
    /// It sends none.
    None,
    /// They prove nothing.
    Unproved,
    /// The secret that they were registered with.
    Proved,
}

/// A receiver to register, with [`SimulatedProvider::register_webhook`](crate::SimulatedProvider::register_webhook).
///
/// ```
/// use livecut_sim::WebhookSpec;
///
/// // A server of yours on loopback.
/// let served = WebhookSpec::over_http("http://127.0.0.1:8091/hooks/example").with_secret("s3cret");
/// // No server: the test takes each delivery as a value.
/// let taken = WebhookSpec::in_process("https://example.com/hooks/a-secret");
/// ```
#[derive(Clone)]
#[must_use = "a spec does nothing until it is given to `register_webhook`"]
pub struct WebhookSpec {
    url: Arc<str>,
    secret: Option<String>,
    in_process: bool,
    disorder: Disorder,
}

impl WebhookSpec {
    fn new(url: impl Into<Arc<str>>, in_process: bool) -> Self {
        Self {
            url: url.into(),
            secret: None,
            in_process,
            disorder: Disorder::default(),
        }
    }

    /// A server: deliveries are made over HTTP, by
    /// [`Simulator::deliver_due`](crate::Simulator::deliver_due) or, where the simulator's clock
    /// [runs](crate::SimClock::system), by themselves.
    ///
    /// `http` only, and only loopback hosts, unless
    /// [`Builder::allow_any_receiver`](crate::SimulatorBuilder::with_any_receiver) says otherwise.
    pub fn over_http(url: impl Into<Arc<str>>) -> Self {
        Self::new(url, false)
    }

    /// No server: whoever registers it takes each delivery as a value, with
    /// [`Webhook::deliver_due`](crate::Webhook::deliver_due) or
    /// [`Webhook::next_due`](crate::Webhook::next_due). Nothing connects to the URL, whose path
    /// and query come with the deliveries.
    pub fn in_process(url: impl Into<Arc<str>>) -> Self {
        Self::new(url, true)
    }

    /// The secret that the provider proves itself with; without one it proves nothing. For a provider that documents
    /// no proof, put one into the URL.
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// The secret as a last segment of the URL.
    pub(crate) fn with_secret_in_url(mut self, secret: &str) -> Self {
        self.url = format!("{}/{secret}", self.url.trim_end_matches('/')).into();
        self
    }

    /// What goes wrong on the way; nothing by default.
    pub fn with_disorder(mut self, disorder: Disorder) -> Self {
        self.disorder = disorder;
        self
    }

    /// Checks what can't be, so that a mistake shows where it was made.
    fn check(&self, webhooks: Webhooks, any_receiver: bool) -> Result<(), RegisterError> {
        match &self.secret {
            Some(_) if webhooks != Webhooks::Proved => return Err(RegisterError::NoSecrets),
            Some(secret) if secret.is_empty() || HeaderValue::from_str(secret).is_err() => {
                return Err(RegisterError::Secret);
            }
            _ => {}
        }
        let url: Uri = self.url.parse().map_err(|_| RegisterError::Url)?;
        let (Some(scheme), Some(host)) = (url.scheme(), url.host()) else {
            return Err(RegisterError::Url);
        };
        if self.in_process {
            return Ok(());
        }
        if *scheme != Scheme::HTTP {
            return Err(RegisterError::NotHttp);
        }
        let ip = host.trim_start_matches('[').trim_end_matches(']');
        let loopback = host.eq_ignore_ascii_case("localhost")
            || ip.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if loopback || any_receiver {
            Ok(())
        } else {
            Err(RegisterError::NotLoopback)
        }
    }
}

/// Neither the secret nor the URL, which may hold one.
impl fmt::Debug for WebhookSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSpec")
            .field("in_process", &self.in_process)
            .field("disorder", &self.disorder)
            .finish_non_exhaustive()
    }
}

/// Why a webhook can't be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The URL isn't an absolute one.
    #[error("the URL isn't absolute, such as http://127.0.0.1:8091/hooks")]
    Url,
    /// The scheme isn't `http`.
    #[error("deliveries are made over `http` only")]
    NotHttp,
    /// The host is another machine, or may be.
    #[error("the host isn't loopback, which the simulator's builder must allow")]
    NotLoopback,
    /// The secret is empty, or can't be a header's value.
    #[error("the secret is empty or can't be sent in a header")]
    Secret,
    /// The provider documents no secret.
    #[error("this provider documents no secret for webhooks: put one into the URL")]
    NoSecrets,
}
