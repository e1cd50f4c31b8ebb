use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{read, write};
use crate::{Cut, Step, StopPlan, Ticket};

#[derive(Serialize, Deserialize)]
struct Members<'a> {
    provider: Cow<'a, str>,
    steps: Cow<'a, [Step]>,
    #[serde(default)]
    cut: Option<PlannedCut>,
    #[serde(default)]
    ticket: Option<Cow<'a, Ticket>>,
    #[serde(default)]
    account: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cut_by_address: bool,
}

#[derive(Serialize, Deserialize)]
struct PlannedCut {
    #[serde(flatten)]
    cut: Cut,
    /// The effective range as H:MM:SS, in which milliseconds given for seconds show.
    #[serde(default, skip_deserializing)]
    effective_hms: String,
}

impl Serialize for StopPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            provider: self.provider().into(),
            steps: self.steps().into(),
            cut: self.cut().map(|cut| PlannedCut {
                cut: *cut,
                effective_hms: cut.effective().hms().to_string(),
            }),
            ticket: self.ticket().map(Cow::Borrowed),
            account: self.account().map(Cow::Borrowed),
            cut_by_address: self.cuts_by_address(),
        };
        write(members, serializer)
    }
}

impl<'de> Deserialize<'de> for StopPlan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members: Members<'_> = read(deserializer)?;
        let mut plan = Self::new(members.provider.into_owned(), members.steps.into_owned())
            .with_cut(members.cut.map(|planned| planned.cut))
            .with_ticket(members.ticket.map(Cow::into_owned));
        if let Some(account) = members.account {
            plan = plan.with_account(account);
        }
        if members.cut_by_address {
            plan = plan.with_cut_by_address();
        }
        Ok(plan)
    }
}
