//! A registered receiver of a provider's webhooks.

use crate::{
    Delivery, DeliveryRecord, Outcome, RegisterError, SimulatedProvider, WebhookSpec,
    webhook::Outbox,
};
use time::OffsetDateTime;

impl SimulatedProvider {
    /// Sends the provider's webhooks to a receiver, from now on: of what changes at this instant or
    /// later. (Neither provider's pages show how a webhook is registered with it: this is the
    /// simulator's own way.)
    ///
    /// # Errors
    /// [`RegisterError`] says what of the spec can't be.
    pub fn register_webhook(&self, spec: WebhookSpec) -> Result<Webhook, RegisterError> {
        let now = self.clock().now();
        let mut state = self.core.state();
        self.service.settle(&mut state);
        for stream in state.streams.values_mut() {
            drop(stream.news(now));
        }
        let outbox = &self.core.shared.outbox;
        let id = outbox.register(self.name(), self.core.webhooks, spec)?;
        drop(state);
        self.clock().nudge();
        Ok(Webhook::new(self.clone(), id))
    }
}

/// A registered receiver. A clone is another handle on the same.
///
/// Deliveries are due by the simulator's clock: none comes before the change that it tells of, and
/// advancing the clock makes more of them due. They stay due until they are delivered.
#[derive(Clone, Debug)]
pub struct Webhook {
    provider: SimulatedProvider,
    id: u64,
}

impl Webhook {
    pub(crate) const fn new(provider: SimulatedProvider, id: u64) -> Self {
        Self { provider, id }
    }

    fn outbox(&self) -> &Outbox {
        &self.provider.core.shared.outbox
    }

    fn is_for(&self, delivery: &Delivery) -> bool {
        delivery.webhook == self.id
    }

    /// The webhook's number, from 1, over all providers of a simulator: [`Delivery::webhook`].
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Hands all deliveries that are due by now to `receiver`, which answers each with a status,
    /// and says how many there were. A status other than 200 to 299 makes the provider send again,
    /// if it does at all; a retry that is due at once is among them.
    ///
    /// Only for a webhook that is received [in process](WebhookSpec::in_process).
    pub fn deliver_due(&self, mut receiver: impl FnMut(&Delivery) -> u16) -> usize {
        let mut deliveries: usize = 0;
        while let Some(delivery) = self.next_due() {
            let status = receiver(&delivery);
            self.answer(delivery, status);
            deliveries = deliveries.saturating_add(1);
        }
        deliveries
    }

    /// Takes the first delivery that is due by now, for a receiver that
    /// [`deliver_due`](Self::deliver_due) doesn't suit; [`answer`](Self::answer) it. One that is
    /// dropped unanswered isn't sent again.
    ///
    /// Only for a webhook that is received [in process](WebhookSpec::in_process).
    #[must_use = "the delivery is taken"]
    pub fn next_due(&self) -> Option<Delivery> {
        loop {
            self.provider.announce();
            let now = self.provider.clock().now();
            let outbox = self.outbox();
            let delivery = outbox.due(now, |d| d.in_process && self.is_for(d))?;
            if !delivery.lost {
                outbox.take(&delivery);
                return Some(delivery);
            }
            outbox.over(delivery, now, Outcome::Lost);
        }
    }

    /// Answers a delivery that was [taken](Self::next_due).
    pub fn answer(&self, delivery: Delivery, status: u16) {
        let now = self.provider.clock().now();
        self.outbox().over(delivery, now, Outcome::Answered(status));
    }

    /// Before which instant nothing comes, as far as can be told now: when a delivery is due that
    /// is on its way, or when a stream of the provider changes next. `None`: nothing comes until
    /// something else happens.
    pub fn nothing_before(&self) -> Option<OffsetDateTime> {
        self.provider.announce();
        let due = self.outbox().next_due(|delivery| self.is_for(delivery));
        due.into_iter().chain(self.provider.next_change()).min()
    }

    /// Every attempt that is over, in order.
    pub fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.outbox().log(|record| self.is_for(&record.delivery))
    }

    /// Ends it: nothing is sent to it any more.
    pub fn unregister(self) {
        self.outbox().unregister(self.id);
    }
}
