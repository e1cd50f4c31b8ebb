use livecut_core::{Effect, Result, Step, StopOutcome, StopPlan, StopRequest, Ticket};

use crate::{Call, HttpClient, Response};

/// A stop at a provider that takes the stop and the cut in one request.
///
/// An adapter makes it from a [`StopRequest`] without I/O; its `plan` is
/// [`into_plan`](Self::into_plan), its `stop` is [`run`](Self::run): so what is
/// planned is what is sent.
#[derive(Debug, Clone)]
pub struct SingleCall {
    step: Step,
    ticket: Ticket,
}

impl SingleCall {
    /// The one step, which carries the ticket's cut, if there is one.
    #[must_use]
    pub fn new(step: Step, ticket: Ticket) -> Self {
        Self { step, ticket }
    }

    /// The plan of this stop, with its ticket, at the account that is the ticket's tenant.
    #[must_use]
    pub fn into_plan(self, provider: &'static str) -> StopPlan {
        let plan = StopPlan::new(provider, vec![self.step]).with_cut(self.ticket.cut().copied());
        let plan = match self.ticket.tenant() {
            Some(tenant) => plan.with_account(tenant.clone()),
            None => plan,
        };
        plan.with_ticket(self.ticket)
    }

    /// Sends the request and has `read` make the outcome out of a 2xx answer.
    ///
    /// # Errors
    /// Those of [`HttpClient::call`] and of `read`; each carries the ticket.
    pub async fn run(
        &self,
        http: &HttpClient,
        request: &StopRequest,
        read: impl FnOnce(&Response, Ticket) -> Result<StopOutcome>,
    ) -> Result<StopOutcome> {
        let applied = request.effect_if_applied();
        let deadline = http.stop_deadline(request);
        let call = Call::new(request.stream(), &self.step, Effect::NONE, applied);
        let answer = http.call(call, &deadline).await;
        answer
            .and_then(|response| read(&response, self.ticket.clone()))
            .map_err(|error| {
                let error = error.with_ticket(self.ticket.clone());
                match self.ticket.cut() {
                    Some(cut) => error.with_cut(cut),
                    None => error,
                }
            })
    }
}
