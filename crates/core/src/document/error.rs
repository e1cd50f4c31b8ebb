use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{read, write};
use crate::{Effect, ErrorReport, Standing, Ticket, seconds};

#[derive(Serialize, Deserialize)]
struct Members<'a> {
    kind: Cow<'a, str>,
    message: Cow<'a, str>,
    #[serde(default)]
    provider: Option<Cow<'a, str>>,
    effect: Effect,
    #[serde(default)]
    standing: Option<Standing>,
    #[serde(default)]
    http_status: Option<u16>,
    #[serde(default)]
    request_id: Option<Cow<'a, str>>,
    #[serde(rename = "retry_after_seconds", with = "seconds::if_known", default)]
    retry_after: Option<Duration>,
    #[serde(default)]
    ticket: Option<Cow<'a, Ticket>>,
}

impl Serialize for ErrorReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            kind: self.kind_name().into(),
            message: self.message().into(),
            provider: self.provider().map(Cow::Borrowed),
            effect: self.effect(),
            standing: Some(self.standing()),
            http_status: self.http_status(),
            request_id: self.request_id().map(Cow::Borrowed),
            retry_after: self.retry_after(),
            ticket: self.ticket().map(Cow::Borrowed),
        };
        write(members, serializer)
    }
}

impl<'de> Deserialize<'de> for ErrorReport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read: Members<'_> = read(deserializer)?;
        let mut report = Self::new(read.kind.into_owned(), read.message)
            .with_effect(read.effect)
            .with_answer(
                read.http_status,
                read.request_id.map(Cow::into_owned),
                read.retry_after,
            )
            .with_ticket(read.ticket.map(Cow::into_owned));
        if let Some(provider) = read.provider {
            report = report.with_provider(provider.into_owned());
        }
        Ok(match read.standing {
            Some(standing) => report.with_standing(standing),
            None => report,
        })
    }
}
