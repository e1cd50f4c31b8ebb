//! One attempt to deliver a webhook, and what became of it.

use bytes::Bytes;
use std::{fmt, sync::Arc, time::Duration};
use time::OffsetDateTime;

/// One attempt to deliver a webhook: the `POST` that a receiver gets.
///
/// `Debug` shows neither headers nor body nor the URL's path: they hold secrets.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The delivery's own number, from 1, over all webhooks of a simulator. A retry has another.
    pub number: u64,
    /// The [`Webhook`](crate::Webhook) that it is for.
    pub webhook: u64,
    /// The provider that sends it.
    pub provider: &'static str,
    /// The number of the event that it tells of, from 1: copies and retries have the same.
    pub event: u64,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// When it arrives, on the simulator's clock.
    pub due: OffsetDateTime,
    /// The URL, as it was registered.
    pub url: Arc<str>,
    /// The headers, names in lower case. Without `host` and `content-length`, which belong to the
    /// connection.
    pub headers: Vec<(&'static str, String)>,
    /// The body, which is JSON.
    pub body: Bytes,
    pub(crate) in_process: bool,
    pub(crate) copy: u64,
    /// What decides on its disorder.
    pub(crate) key: [u64; 3],
    pub(crate) lost: bool,
    pub(crate) retries: Arc<[Duration]>,
}

impl Delivery {
    /// The method of every webhook.
    pub const METHOD: &'static str = "POST";

    /// The value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The request target: the URL's path and query.
    pub fn target(&self) -> &str {
        let after = self.url.split_once("://").map_or("", |(_, rest)| rest);
        after
            .find('/')
            .and_then(|at| after.get(at..))
            .unwrap_or("/")
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("number", &self.number)
            .field("webhook", &self.webhook)
            .field("provider", &self.provider)
            .field("event", &self.event)
            .field("attempt", &self.attempt)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}

/// What became of an attempt to deliver a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The receiver answered with this status.
    Answered(u16),
    /// The receiver didn't answer, and why not.
    Unanswered(String),
    /// It never arrived: [`Disorder::with_losses`](crate::Disorder::with_losses).
    Lost,
}

impl Outcome {
    /// Whether the provider takes it for delivered: it was answered with 200 to 299.
    pub const fn is_delivered(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

/// An attempt that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryRecord {
    /// The attempt.
    pub delivery: Delivery,
    /// When it was over, on the simulator's clock.
    pub at: OffsetDateTime,
    /// What became of it.
    pub outcome: Outcome,
}
