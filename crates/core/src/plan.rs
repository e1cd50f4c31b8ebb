use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Certainty, Cut, Effect, Method, StopRequest, Ticket};

/// What a step of a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Changes nothing.
    Read,
    /// Ends the live stream; at a provider of one call it also carries the cut.
    Stop,
    /// Makes the cut.
    Cut,
    /// Changes something beside the stop and the cut ([`Effect::other`]).
    Other,
}

words!(Purpose {
    Read = "read",
    Stop = "stop",
    Cut = "cut",
    Other = "other",
});

impl Purpose {
    /// What a call of this purpose does if it is applied. Of a provider of one call, which is for both, it is the stop.
    ///
    /// ```
    /// use livecut_core::{Effect, Purpose};
    ///
    /// assert_eq!(Purpose::Read.effect(), Effect::NONE);
    /// assert_eq!(Purpose::Cut.effect().to_string(), "stopped: no, cut: yes");
    /// ```
    pub const fn effect(self) -> Effect {
        match self {
            Self::Read => Effect::NONE,
            Self::Stop => Effect::new(Certainty::Yes, Certainty::No),
            Self::Cut => Effect::new(Certainty::No, Certainty::Yes),
            Self::Other => Effect::NONE.with_other(Certainty::Yes),
        }
    }
}

/// One call that `stop` would make. It holds no credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    purpose: Purpose,
    method: Method,
    url: String,
    body: Option<String>,
    when: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_bytes: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    repeatable: bool,
}

impl Step {
    /// A step without a body that is always taken.
    pub fn new(purpose: Purpose, method: Method, url: impl Into<String>) -> Self {
        Self {
            purpose,
            method,
            url: url.into(),
            body: None,
            when: None,
            first_bytes: None,
            repeatable: false,
        }
    }

    /// The provider documents that this very request does once what it does, however often it comes: it names one session, say, or
    /// has an idempotency key. So it may be sent again although it may have been carried out.
    ///
    /// ```
    /// use livecut_core::{Method, Purpose, Step};
    ///
    /// let step = Step::new(Purpose::Stop, Method::Post, "https://example.com/sessions/8d72057e/end");
    /// assert!(!step.is_repeatable());
    /// assert!(step.with_repeat().is_repeatable());
    /// ```
    #[must_use]
    pub fn with_repeat(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Asks for the first so many bytes of what is there alone (`Range`): of a file that is as large as a broadcast, say. A
    /// server may answer with all of it.
    ///
    /// ```
    /// use livecut_core::{Method, Purpose, Step};
    ///
    /// let step = Step::new(Purpose::Read, Method::Get, "https://example.com/a.mp4").with_first_bytes(1024);
    /// assert_eq!(step.first_bytes(), Some(1024));
    /// ```
    #[must_use]
    pub fn with_first_bytes(mut self, count: u32) -> Self {
        self.first_bytes = Some(count);
        self
    }

    /// Sets the body, exactly as it is sent.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sets the condition under which the step is taken.
    #[must_use]
    pub fn with_condition(mut self, when: impl Into<String>) -> Self {
        self.when = Some(when.into());
        self
    }

    /// What the step is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The whole URL. A value learned from an earlier step is a placeholder in
    /// braces (`{active_asset_id}`).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The body, exactly as it is sent; `None`: no body. A value learned from an earlier step is
    /// a placeholder in braces: within a JSON string a part of that string, and outside of
    /// one a whole value (`{start_time}`).
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// How many bytes it asks for, from the first on; `None`: all.
    pub fn first_bytes(&self) -> Option<u32> {
        self.first_bytes
    }

    /// Whether it may be sent again although it may have been carried out.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// The condition under which the step is taken; `None`: always.
    pub fn when(&self) -> Option<&str> {
        self.when.as_deref()
    }
}

/// What [`stop`](crate::LiveStreamStopper::stop) would do, told without doing it.
///
/// `stop` runs this very plan.
///
/// With serde it is a JSON document with a version, which the repository's `docs/json.md` describes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopPlan {
    provider: Cow<'static, str>,
    steps: Vec<Step>,
    cut: Option<Cut>,
    ticket: Option<Ticket>,
    account: Option<Arc<str>>,
    cut_by_address: bool,
}

impl StopPlan {
    /// A plan of these steps, in order, without a cut.
    pub fn new(provider: impl Into<Cow<'static, str>>, steps: Vec<Step>) -> Self {
        Self {
            provider: provider.into(),
            steps,
            cut: None,
            ticket: None,
            account: None,
            cut_by_address: false,
        }
    }

    /// No step makes the cut: it is [an address](crate::Capabilities::cuts_by_address).
    ///
    /// ```
    /// use livecut_core::{Certainty, CutRange, Effect, StopPlan, StopRequest, StreamId};
    ///
    /// let request = StopRequest::new(StreamId::new("x")?).with_cut(CutRange::seconds(30, 120)?);
    /// let plan = StopPlan::new("example", Vec::new()).with_cut_by_address();
    /// assert_eq!(plan.possible_effect(&request), Effect::new(Certainty::Unknown, Certainty::No));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_cut_by_address(mut self) -> Self {
        self.cut_by_address = true;
        self
    }

    /// Whether the cut is an address, which no step makes.
    pub fn cuts_by_address(&self) -> bool {
        self.cut_by_address
    }

    /// Sets the cut as the provider will make it.
    #[must_use]
    pub fn with_cut(mut self, cut: Option<Cut>) -> Self {
        self.cut = cut;
        self
    }

    /// Sets the ticket that is good once the plan has run.
    #[must_use]
    pub fn with_ticket(mut self, ticket: impl Into<Option<Ticket>>) -> Self {
        self.ticket = ticket.into().or(self.ticket);
        self
    }

    /// Sets the [account](Self::account).
    ///
    /// ```
    /// use livecut_core::StopPlan;
    ///
    /// let plan = StopPlan::new("example", Vec::new()).with_account("4xu8ay");
    /// assert_eq!(plan.account(), Some("4xu8ay"));
    /// ```
    #[must_use]
    pub fn with_account(mut self, account: impl Into<Arc<str>>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Which of the provider's accounts the stop would be at: what results are kept under, so that those of one account
    /// are never taken for another's. It is the tenant, or, at a provider without one, a fingerprint of the credential,
    /// which doesn't tell the credential and changes with it. `None`: the adapter doesn't say.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The calls, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The cut as the provider will make it. `None` where none was asked for, or
    /// where it depends on what an earlier step reads.
    pub fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// The ticket, where it is known before anything is sent: store it first, and
    /// a crash in the middle of `stop` loses nothing.
    pub fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// What a stop of this plan may have caused, if nothing is known but that it was begun: a
    /// caller gave up on it, or the program ended.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, StopPlan, StopRequest, StreamId};
    ///
    /// let request = StopRequest::new(StreamId::new("x")?);
    /// let plan = StopPlan::new("example", Vec::new());
    /// let effect = plan.possible_effect(&request);
    /// assert_eq!(effect, Effect::new(Certainty::Unknown, Certainty::No));
    /// # Ok::<(), livecut_core::InvalidId>(())
    /// ```
    pub fn possible_effect(&self, request: &StopRequest) -> Effect {
        let has_other = self.steps.iter().any(|step| step.purpose == Purpose::Other);
        let other = if has_other {
            Certainty::Yes
        } else {
            Certainty::No
        };
        let mut applied = request.effect_if_applied();
        if self.cut_by_address {
            applied.cut = Certainty::No;
        }
        Effect::NONE.or(applied.with_other(other))
    }

    /// Takes the plan apart into its steps and its ticket.
    pub fn into_parts(self) -> (Vec<Step>, Option<Ticket>) {
        (self.steps, self.ticket)
    }
}
