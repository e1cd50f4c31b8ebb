//! Webhooks on their way: who receives them, which are due when, and what became of each.

use super::{Delivery, DeliveryRecord, Outcome, RegisterError, WebhookSpec, Webhooks};
use crate::{instant, lock::lock};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};
use time::OffsetDateTime;

/// An event that a provider tells its receivers of.
pub(crate) struct Event<'a> {
    pub(crate) provider: &'static str,
    pub(crate) at: OffsetDateTime,
    /// The number of the stream that it is about, and its own among that stream's.
    pub(crate) stream: u64,
    pub(crate) number: u64,
    pub(crate) body: Bytes,
    /// The header that proves it, given the secret of the registration.
    pub(crate) proof: &'a dyn Fn(&str) -> Option<(&'static str, String)>,
    pub(crate) retries: Arc<[Duration]>,
}

#[derive(Debug)]
pub(crate) struct Outbox {
    post: Mutex<Post>,
    /// Held while deliveries are made over HTTP, so that they are made one by one.
    pub(crate) courier: tokio::sync::Mutex<()>,
    pub(crate) any_receiver: bool,
    limit: usize,
}

#[derive(Debug, Default)]
struct Post {
    receivers: BTreeMap<u64, Receiver>,
    /// By the instant at which they are due, then by number.
    queue: BTreeMap<(OffsetDateTime, u64), Delivery>,
    log: VecDeque<DeliveryRecord>,
    registered: u64,
    events: u64,
    deliveries: u64,
}

#[derive(Debug)]
struct Receiver {
    provider: &'static str,
    spec: WebhookSpec,
}

impl Post {
    /// Puts an attempt into the queue, for `at` or somewhat later.
    fn enqueue(&mut self, mut delivery: Delivery, at: OffsetDateTime) {
        let Some(receiver) = self.receivers.get(&delivery.webhook) else {
            return;
        };
        let disorder = receiver.spec.disorder;
        let fate = disorder.fate(delivery.key, delivery.copy, delivery.attempt);
        // Beyond the last instant there is, it never arrives.
        let Some(due) = instant::later(at, fate.late) else {
            return;
        };
        self.deliveries = self.deliveries.saturating_add(1);
        delivery.number = self.deliveries;
        delivery.due = due;
        delivery.lost = fate.lost;
        self.queue.insert((due, delivery.number), delivery);
    }
}

impl Outbox {
    /// An outbox whose log keeps the latest `limit` records.
    pub(crate) fn new(any_receiver: bool, limit: usize) -> Self {
        Self {
            post: Mutex::default(),
            courier: tokio::sync::Mutex::default(),
            any_receiver,
            limit,
        }
    }

    pub(crate) fn register(
        &self,
        provider: &'static str,
        webhooks: Webhooks,
        spec: WebhookSpec,
    ) -> Result<u64, RegisterError> {
        spec.check(webhooks, self.any_receiver)?;
        let mut post = lock(&self.post);
        post.registered = post.registered.saturating_add(1);
        let id = post.registered;
        post.receivers.insert(id, Receiver { provider, spec });
        Ok(id)
    }

    pub(crate) fn unregister(&self, id: u64) {
        let mut post = lock(&self.post);
        post.receivers.remove(&id);
        post.queue.retain(|_, delivery| delivery.webhook != id);
    }

    pub(crate) fn has_receivers(&self, provider: &str) -> bool {
        let post = lock(&self.post);
        post.receivers.values().any(|r| r.provider == provider)
    }

    /// Sends an event to all of its provider's receivers.
    pub(crate) fn post(&self, event: &Event<'_>) {
        let mut post = lock(&self.post);
        post.events = post.events.saturating_add(1);
        let number = post.events;
        let mut deliveries = Vec::new();
        for (id, receiver) in &post.receivers {
            if receiver.provider != event.provider {
                continue;
            }
            let key = [*id, event.stream, event.number];
            let mut headers = vec![("content-type", "application/json".to_owned())];
            headers.extend(receiver.spec.secret.as_deref().and_then(event.proof));
            for copy in 1..=receiver.spec.disorder.copies(key) {
                deliveries.push(Delivery {
                    number: 0,
                    webhook: *id,
                    provider: event.provider,
                    event: number,
                    attempt: 1,
                    due: event.at,
                    url: Arc::clone(&receiver.spec.url),
                    headers: headers.clone(),
                    body: event.body.clone(),
                    in_process: receiver.spec.in_process,
                    copy,
                    key,
                    lost: false,
                    retries: Arc::clone(&event.retries),
                });
            }
        }
        for delivery in deliveries {
            post.enqueue(delivery, event.at);
        }
    }

    /// The first wanted delivery that is due by `now`. It stays in the queue until it is
    /// [over](Self::over), so that a delivery that is given up is made again.
    pub(crate) fn due(
        &self,
        now: OffsetDateTime,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Option<Delivery> {
        let post = lock(&self.post);
        let mut due = post.queue.range(..=(now, u64::MAX));
        let found = due.find(|(_, delivery)| wanted(delivery));
        found.map(|(_, delivery)| delivery.clone())
    }

    /// Takes a delivery out of the queue.
    pub(crate) fn take(&self, delivery: &Delivery) {
        lock(&self.post)
            .queue
            .remove(&(delivery.due, delivery.number));
    }

    /// When the next wanted delivery is due.
    pub(crate) fn next_due(&self, wanted: impl Fn(&Delivery) -> bool) -> Option<OffsetDateTime> {
        let post = lock(&self.post);
        let mut queue = post.queue.values();
        queue
            .find(|delivery| wanted(delivery))
            .map(|delivery| delivery.due)
    }

    /// Logs what became of a delivery by `now`, and sends it again if the provider does.
    pub(crate) fn over(&self, delivery: Delivery, now: OffsetDateTime, outcome: Outcome) {
        let mut post = lock(&self.post);
        post.queue.remove(&(delivery.due, delivery.number));
        let tried = usize::try_from(delivery.attempt).unwrap_or(usize::MAX);
        let wait = delivery.retries.get(tried.saturating_sub(1)).copied();
        if let Some(wait) = wait.filter(|_| !outcome.is_delivered())
            && let Some(at) = instant::later(now, wait)
        {
            let mut retry = delivery.clone();
            retry.attempt = retry.attempt.saturating_add(1);
            post.enqueue(retry, at);
        }
        post.log.push_back(DeliveryRecord {
            delivery,
            at: now,
            outcome,
        });
        if post.log.len() > self.limit {
            post.log.pop_front();
        }
    }

    pub(crate) fn log(&self, wanted: impl Fn(&DeliveryRecord) -> bool) -> Vec<DeliveryRecord> {
        let post = lock(&self.post);
        let log = post.log.iter().filter(|record| wanted(record));
        log.cloned().collect()
    }
}
