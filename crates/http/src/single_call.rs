use livecut_core::{Cut, Effect, Result, Step, StopOutcome, StopRequest, TenantId, Ticket};

use crate::{Response, Sequence};

/// A stop at a provider that takes the stop and the cut in one request: the shortest [`Sequence`].
#[derive(Debug, Clone)]
#[must_use]
pub struct SingleCall<'a> {
    step: Option<Step>,
    outcome: Outcome,
    // What the ticket is made of, which takes less room than the ticket in a future.
    provider: &'static str,
    tenant: Option<&'a TenantId>,
    request: &'a StopRequest,
    cut: Option<Cut>,
}

type Outcome = fn(&Response, Ticket) -> Result<StopOutcome>;

impl<'a> SingleCall<'a> {
    /// The one step, without a cut. `outcome` makes the outcome out of a 2xx answer and of the ticket.
    pub fn new(
        provider: &'static str,
        request: &'a StopRequest,
        step: Step,
        outcome: Outcome,
    ) -> Self {
        Self {
            step: Some(step),
            outcome,
            provider,
            tenant: None,
            request,
            cut: None,
        }
    }

    /// Sets the ticket's tenant.
    pub fn with_tenant(mut self, tenant: &'a TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Sets the cut that the step carries.
    pub fn with_cut(mut self, cut: Option<Cut>) -> Self {
        self.cut = cut;
        self
    }

    fn to_ticket(&self) -> Ticket {
        Ticket::new(self.provider, self.request.stream().clone())
            .with_cut(self.cut)
            .with_tenant(self.tenant.cloned())
    }
}

impl Sequence for SingleCall<'_> {
    type Output = StopOutcome;

    fn next_call(&mut self) -> Result<Option<Step>> {
        Ok(self.step.take())
    }

    fn take(&mut self, answer: Result<Response>) -> Result<Option<StopOutcome>> {
        (self.outcome)(&answer?, self.to_ticket()).map(Some)
    }

    fn ticket(&self) -> Option<Ticket> {
        Some(self.to_ticket())
    }

    fn effect_of(&self, _: &Step) -> Effect {
        self.request.effect_if_applied()
    }
}
