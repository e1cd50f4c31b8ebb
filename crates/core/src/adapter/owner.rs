use crate::{Error, ErrorKind, Result, TenantId, Ticket};

impl Ticket {
    /// Refuses a ticket of another provider or tenant: the first thing that an
    /// adapter's `follow` does.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidTicket`], which names the two providers, never the tenants.
    pub fn check_owner(&self, provider: &'static str, tenant: Option<&TenantId>) -> Result<()> {
        let problem = if self.provider() != provider {
            format!(
                "the ticket is for `{}`: follow it with that provider",
                self.provider()
            )
        } else if self.tenant() != tenant {
            "the ticket is for another tenant: follow it with the configuration \
             that stopped the stream"
                .to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidTicket, problem).with_provider(provider))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StreamId;

    #[test]
    fn a_ticket_is_refused_under_another_provider_or_tenant() {
        let tenant = TenantId::new("4xu8ay").unwrap();
        let stream = StreamId::new("x").unwrap();
        let ticket = Ticket::new("example", stream).with_tenant(tenant.clone());
        let other = TenantId::new("other").unwrap();
        assert!(ticket.check_owner("example", Some(&tenant)).is_ok());
        for error in [
            ticket.check_owner("another", Some(&tenant)).unwrap_err(),
            ticket.check_owner("example", Some(&other)).unwrap_err(),
            ticket.check_owner("example", None).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidTicket);
            assert!(error.effect().is_none());
            assert!(!error.to_string().contains("4xu8ay"), "{error}");
        }
    }
}
