//! What only who has the credential can make: the seals of tickets. And what it can be told apart by: its fingerprint.

use hmac::{Hmac, KeyInit as _, Mac as _};
use livecut_core::{Error, ErrorKind, Result, Ticket};
use sha2::Sha256;

use crate::Secret;

type HmacSha256 = Hmac<Sha256>;

/// Derived from a credential, which can't be found from any of it.
pub(crate) struct Keys {
    /// Keyed to make seals with.
    seal: Option<HmacSha256>,
    account: String,
}

impl Keys {
    /// Without a credential there is nothing that only some can make, and no account to tell from another.
    pub(crate) fn new(provider: &str, credential: Option<&Secret>) -> Self {
        let derived = |purpose: &str| {
            let mut mac = keyed(credential?.expose().as_bytes())?;
            mac.update(purpose.as_bytes());
            mac.update(b"\n");
            mac.update(provider.as_bytes());
            Some(mac.finalize().into_bytes())
        };
        // A change of either would make nothing of all tickets and results that are kept.
        let key = derived("livecut ticket 2");
        let account = derived("livecut account 1");
        Self {
            seal: key.and_then(|key| keyed(&key)),
            // 64 bits tell a company's accounts apart.
            account: account
                .iter()
                .flatten()
                .take(8)
                .map(|b| format!("{b:02x}"))
                .collect(),
        }
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    fn over(&self, ticket: &Ticket) -> Option<HmacSha256> {
        let mut mac = self.seal.clone()?;
        mac.update(&ticket.signed_part());
        Some(mac)
    }

    pub(crate) fn seal(&self, ticket: Ticket) -> Ticket {
        match self.over(&ticket) {
            Some(mac) if ticket.owes_cut() => {
                ticket.with_seal(mac.finalize().into_bytes().as_slice())
            }
            _ => ticket,
        }
    }

    pub(crate) fn is_sealed(&self, ticket: &Ticket) -> Result<bool> {
        let Some(seal) = ticket.seal() else {
            return Ok(false);
        };
        // In constant time.
        let verified = self.over(ticket).map(|mac| mac.verify_slice(seal));
        if let Some(Ok(())) = verified {
            return Ok(true);
        }
        Err(Error::new(
            ErrorKind::InvalidTicket,
            "the ticket's seal wasn't made with this credential, so nothing is made on its word: it is forged or \
             damaged, or the credential was renewed since. To go on, stop the stream again, naming the \
             recording and the same cut, which finds the cut recording if it was made",
        ))
    }
}

/// Nothing that is keyed is shown.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(<redacted>)")
    }
}

/// A key of any length will do.
fn keyed(key: &[u8]) -> Option<HmacSha256> {
    HmacSha256::new_from_slice(key).ok()
}

#[cfg(test)]
mod tests {
    use livecut_core::{Cut, CutRange, RecordingId, StreamId, TenantId, Visibility};

    use super::*;

    fn keys(provider: &str, credential: &str) -> Keys {
        Keys::new(provider, Some(&Secret::new(credential).unwrap()))
    }

    fn owed() -> Ticket {
        let range = CutRange::seconds(30, 120).unwrap();
        Ticket::new("example", StreamId::new("abc").unwrap())
            .with_cut(Some(Cut::new(range, range)))
            .with_source(RecordingId::new("asset").unwrap())
            .with_visibility(Some(Visibility::Public))
    }

    /// Or else tickets that are kept would be refused by a later version.
    #[test]
    fn seals_and_fingerprints_never_change() {
        // By Python's hmac and hashlib: hmac(hmac(b"Basic Og==", b"livecut ticket 2\nexample"), signed part).
        let keys = keys("example", "Basic Og==");
        let sealed = keys.seal(owed());
        assert_eq!(
            String::from_utf8(sealed.signed_part()).unwrap(),
            r#"{"p":"example","s":"abc","c":"30s..120s","a":"asset","v":"public"}"#
        );
        assert_eq!(sealed.to_string(), SEALED);
        assert_eq!(keys.account(), ACCOUNT);
        assert!(keys.is_sealed(&SEALED.parse().unwrap()).unwrap());
    }

    const SEALED: &str = "lct2_eyJwIjoiZXhhbXBsZSIsInMiOiJhYmMiLCJjIjoiMzBzLi4xMjBzIiwiYSI6ImFzc2V0IiwidiI6InB1YmxpYyIsIm0iOiJrbktRR2pVYS1IV1F6eG9RSjFfTDdlTlpBcExGTGhpWV9vdHNocHJyZUwwIn0";
    const ACCOUNT: &str = "daf0a142e443a369";

    #[test]
    fn only_what_was_sealed_with_this_credential_for_this_provider_is_sealed() {
        let ours = keys("example", "Basic Og==");
        let sealed = ours.seal(owed());
        assert!(ours.is_sealed(&sealed).unwrap());
        assert!(!ours.is_sealed(&owed()).unwrap());
        let seal = sealed.seal().unwrap().to_vec();
        let again = |ticket: Ticket| ticket.with_seal(seal.clone());
        let id = || RecordingId::new("other").unwrap();
        let asked = CutRange::seconds(31, 120).unwrap();
        let other = Cut::new(owed().cut().unwrap().requested(), asked);
        let forged = [
            again(owed().with_tenant(TenantId::new("t").unwrap())),
            again(owed().with_cut(None)),
            again(owed().with_cut(Some(other))),
            again(owed().with_source(id())),
            again(owed().with_visibility(None)),
            again(owed().with_recording(id())),
            owed().with_seal([]),
            owed().with_seal(&seal[1..]),
            owed().with_seal([0; 32]),
        ];
        for ticket in &forged {
            let error = ours.is_sealed(ticket).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidTicket, "{ticket:?}");
            assert!(
                error.to_string().contains("stop the stream again"),
                "{error}"
            );
        }
        for others in [keys("example", "Basic Oh=="), keys("another", "Basic Og==")] {
            assert!(others.is_sealed(&sealed).is_err());
            assert_ne!(others.account(), ours.account());
        }
    }

    #[test]
    fn who_has_no_credential_can_neither_seal_nor_take_a_seal() {
        let nobody = Keys::new("mux", None);
        assert_eq!(nobody.seal(owed()), owed());
        assert!(!nobody.is_sealed(&owed()).unwrap());
        assert!(nobody.is_sealed(&SEALED.parse().unwrap()).is_err());
        assert_eq!(nobody.account(), "");
    }

    #[test]
    fn what_only_looks_gets_no_seal() {
        let keys = keys("example", "Basic Og==");
        let whole = owed().with_recording(RecordingId::new("clip").unwrap());
        assert_eq!(keys.seal(whole.clone()), whole);
        assert_eq!(format!("{keys:?}"), "Keys(<redacted>)");
    }
}
