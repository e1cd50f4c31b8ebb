use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Certainty, Cut, CutRange, Effect, RecordingId, StreamId, TenantId, Visibility};

/// What a ticket without a seal begins with: following it only looks.
const PREFIX_V1: &str = "lct1_";
/// What a ticket with a seal begins with.
const PREFIX_V2: &str = "lct2_";
/// What tickets of all versions begin with.
const PREFIX: &str = "lct";
/// Far more than the largest ids need.
const MAX_BYTES: usize = 16 * 1024;

/// What a stop leaves in hand to follow the recording with, also in another
/// process, months later.
///
/// It holds the provider's name, the tenant, the stream, the cut and what is needed to
/// make it, and, once known, the recording's id: no URL, no credential. As text (`Display`, `FromStr`, serde)
/// it is one URL-safe word that begins with its version. Every id in it is checked again when it is
/// read, and it is refused under another tenant.
///
/// Most tickets let [`follow`](crate::LiveStreamStopper::follow) only look, so that nobody gains anything by making one up:
/// these have version 1, and no seal. A ticket whose [cut is owed](Self::owes_cut) lets `follow` make something. Such a ticket
/// carries a [seal](Self::seal), which only who has the provider's credential can make, and has version 2. Without a valid
/// seal its cut is looked for, and never made.
///
/// ```
/// use livecut_core::{CutRange, Cut, StreamId, TenantId, Ticket};
///
/// let range = CutRange::seconds(30, 120)?;
/// let ticket = Ticket::new("example", StreamId::new("4PtERT9d9uK")?)
///     .with_tenant(TenantId::new("4xu8ay")?)
///     .with_cut(Some(Cut::new(range, range)));
/// let stored = ticket.to_string();
/// assert!(stored.starts_with("lct1_"));
/// assert_eq!(stored.parse::<Ticket>()?, ticket);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Ticket {
    provider: Cow<'static, str>,
    tenant: Option<TenantId>,
    stream: StreamId,
    cut: Option<Cut>,
    source: Option<RecordingId>,
    visibility: Option<Visibility>,
    recording: Option<RecordingId>,
    seal: Option<Box<[u8]>>,
}

impl Ticket {
    /// A ticket for a stream that is kept whole.
    pub fn new(provider: &'static str, stream: StreamId) -> Self {
        Self {
            provider: Cow::Borrowed(provider),
            tenant: None,
            stream,
            cut: None,
            source: None,
            visibility: None,
            recording: None,
            seal: None,
        }
    }

    /// Sets the tenant under which alone the ticket is good. As every change but
    /// [`with_seal`](Self::with_seal), it takes the seal off.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<Option<TenantId>>) -> Self {
        self.seal = None;
        self.tenant = tenant.into().or(self.tenant);
        self
    }

    /// Sets the cut.
    #[must_use]
    pub fn with_cut(mut self, cut: Option<Cut>) -> Self {
        self.seal = None;
        self.cut = cut;
        self
    }

    /// Sets the recording out of which the cut is made, at a provider that makes it in a call of
    /// its own: mostly as another recording. As long as the ticket has no
    /// [recording](Self::with_recording), the cut is owed.
    #[must_use]
    pub fn with_source(mut self, source: RecordingId) -> Self {
        self.seal = None;
        self.source = Some(source);
        self
    }

    /// Sets the visibility that a cut which is still to be made shall have.
    #[must_use]
    pub fn with_visibility(mut self, visibility: Option<Visibility>) -> Self {
        self.seal = None;
        self.visibility = visibility;
        self
    }

    /// Sets the recording, once it is known.
    #[must_use]
    pub fn with_recording(mut self, recording: impl Into<Option<RecordingId>>) -> Self {
        self.seal = None;
        self.recording = recording.into().or(self.recording);
        self
    }

    /// Sets the seal: opaque here, for the adapter to make and to check (`livecut_http::HttpClient::seal`). It must
    /// prove that [`signed_part`](Self::signed_part) was written by somebody who has the credential.
    ///
    /// ```
    /// use livecut_core::{Cut, CutRange, RecordingId, StreamId, Ticket};
    ///
    /// let range = CutRange::seconds(30, 120)?;
    /// let owed = Ticket::new("example", StreamId::new("abc")?)
    ///     .with_cut(Some(Cut::new(range, range)))
    ///     .with_source(RecordingId::new("asset")?);
    /// assert!(owed.owes_cut());
    ///
    /// let sealed = owed.clone().with_seal([1, 2, 3]);
    /// assert!(sealed.to_string().starts_with("lct2_"));
    /// assert_eq!(sealed.to_string().parse::<Ticket>()?.seal(), Some(&[1, 2, 3][..]));
    /// assert_eq!(sealed.signed_part(), owed.signed_part());
    /// // The clip is made: there is nothing left to authorise.
    /// assert_eq!(sealed.with_recording(RecordingId::new("clip")?).seal(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_seal(mut self, seal: impl Into<Box<[u8]>>) -> Self {
        self.seal = Some(seal.into());
        self
    }

    /// The seal, where the ticket has one.
    pub fn seal(&self) -> Option<&[u8]> {
        self.seal.as_deref()
    }

    /// What a [seal](Self::with_seal) is to be made over: everything that the ticket says but the seal, in one form only.
    /// Two tickets have the same bytes only if they say the same.
    pub fn signed_part(&self) -> Vec<u8> {
        // Strings, and nothing that could fail to be JSON; and what is empty is sealed in no ticket.
        serde_json::to_vec(&self.wire(None)).unwrap_or_default()
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The tenant, where the provider has such a thing.
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// The stream.
    pub const fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// The cut; `None`: the recording is kept whole.
    pub const fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// The recording out of which the cut is made, where a call of its own makes it. Without a
    /// [recording](Self::recording) beside it, the cut is owed.
    pub const fn source(&self) -> Option<&RecordingId> {
        self.source.as_ref()
    }

    /// The visibility that a cut which is still to be made shall have.
    pub const fn visibility(&self) -> Option<&Visibility> {
        self.visibility.as_ref()
    }

    /// The recording, where it is known.
    pub const fn recording(&self) -> Option<&RecordingId> {
        self.recording.as_ref()
    }

    /// Whether the cut is still to be made, which following the ticket does: it has a
    /// [cut](Self::cut), the recording to make it of ([source](Self::source)), and no
    /// [recording](Self::recording) yet. Such a ticket authorises a change, and needs a [seal](Self::seal).
    ///
    /// ```
    /// use livecut_core::{Cut, CutRange, RecordingId, StreamId, Ticket};
    ///
    /// let range = CutRange::seconds(30, 120)?;
    /// let ticket = Ticket::new("example", StreamId::new("x")?)
    ///     .with_cut(Some(Cut::new(range, range)))
    ///     .with_source(RecordingId::new("whole")?);
    /// assert!(ticket.owes_cut());
    /// assert!(!ticket.with_recording(RecordingId::new("clip")?).owes_cut());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn owes_cut(&self) -> bool {
        self.cut.is_some() && self.source.is_some() && self.recording.is_none()
    }

    /// What following the ticket once may have caused, if nothing is known but that it was begun: a caller gave up on
    /// it, or the program ended. The cut, if it is [owed](Self::owes_cut); else nothing, for then following only looks.
    ///
    /// ```
    /// use livecut_core::{Certainty, Cut, CutRange, Effect, RecordingId, StreamId, Ticket};
    ///
    /// let range = CutRange::seconds(30, 120)?;
    /// let owed = Ticket::new("example", StreamId::new("x")?)
    ///     .with_cut(Some(Cut::new(range, range)))
    ///     .with_source(RecordingId::new("whole")?);
    /// assert_eq!(owed.possible_effect(), Effect::new(Certainty::No, Certainty::Unknown));
    /// assert!(owed.with_recording(RecordingId::new("clip")?).possible_effect().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn possible_effect(&self) -> Effect {
        match self.owes_cut() {
            true => Effect::new(Certainty::No, Certainty::Unknown),
            false => Effect::NONE,
        }
    }
}

/// Why a text is no ticket. It never quotes the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTicket {
    /// It doesn't begin as tickets do.
    #[error("this isn't a ticket: tickets begin with `lct1_` or `lct2_`")]
    NotATicket,
    /// It was made by another version of livecut.
    #[error("this ticket is of a version that this livecut doesn't know: use the one that made it")]
    UnsupportedVersion,
    /// It is longer than any ticket.
    #[error("this ticket is too long to be one")]
    TooLong,
    /// It was cut off or changed.
    #[error("this ticket is damaged: copy it again, whole")]
    Damaged,
}

/// The wire form. Unknown fields are refused: ignoring one would follow something
/// else than what the ticket says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(rename = "p", borrow)]
    provider: Cow<'a, str>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    tenant: Option<Cow<'a, TenantId>>,
    #[serde(rename = "s")]
    stream: Cow<'a, StreamId>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    requested: Option<CutRange>,
    /// Left out where it is `c`.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    effective: Option<CutRange>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, RecordingId>>,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    visibility: Option<Cow<'a, Visibility>>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    recording: Option<Cow<'a, RecordingId>>,
    /// Base64, in version 2 alone.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
}

impl Ticket {
    fn wire(&self, seal: Option<&[u8]>) -> Wire<'_> {
        Wire {
            provider: Cow::Borrowed(&self.provider),
            tenant: self.tenant.as_ref().map(Cow::Borrowed),
            stream: Cow::Borrowed(&self.stream),
            requested: self.cut.map(|cut| cut.requested()),
            effective: self
                .cut
                .filter(|cut| cut.effective() != cut.requested())
                .map(|cut| cut.effective()),
            source: self.source.as_ref().map(Cow::Borrowed),
            visibility: self.visibility.as_ref().map(Cow::Borrowed),
            recording: self.recording.as_ref().map(Cow::Borrowed),
            seal: seal.map(|seal| URL_SAFE_NO_PAD.encode(seal)),
        }
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seal = self.seal();
        let json = serde_json::to_vec(&self.wire(seal)).map_err(|_| fmt::Error)?;
        f.write_str(seal.map_or(PREFIX_V1, |_| PREFIX_V2))?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for Ticket {
    type Err = InvalidTicket;

    fn from_str(text: &str) -> Result<Self, InvalidTicket> {
        if text.len() > MAX_BYTES {
            return Err(InvalidTicket::TooLong);
        }
        let (payload, is_sealed) = match text.strip_prefix(PREFIX_V2) {
            Some(payload) => (payload, true),
            None => match text.strip_prefix(PREFIX_V1) {
                Some(payload) => (payload, false),
                None if is_other_version(text) => return Err(InvalidTicket::UnsupportedVersion),
                None => return Err(InvalidTicket::NotATicket),
            },
        };
        let json = URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| InvalidTicket::Damaged)?;
        // An array would be read into a struct too, by the position of its elements.
        if !json.starts_with(b"{") {
            return Err(InvalidTicket::Damaged);
        }
        let wire: Wire<'_> = serde_json::from_slice(&json).map_err(|_| InvalidTicket::Damaged)?;
        let cut = match (wire.requested, wire.effective) {
            (Some(requested), effective) => {
                Some(Cut::new(requested, effective.unwrap_or(requested)))
            }
            (None, None) => None,
            (None, Some(_)) => return Err(InvalidTicket::Damaged),
        };
        if !is_provider_name(&wire.provider) || wire.seal.is_some() != is_sealed {
            return Err(InvalidTicket::Damaged);
        }
        let seal = wire.seal.map(|seal| URL_SAFE_NO_PAD.decode(seal));
        let seal = seal.transpose().map_err(|_| InvalidTicket::Damaged)?;
        Ok(Self {
            provider: Cow::Owned(wire.provider.into_owned()),
            tenant: wire.tenant.map(Cow::into_owned),
            stream: wire.stream.into_owned(),
            cut,
            source: wire.source.map(Cow::into_owned),
            visibility: wire.visibility.map(Cow::into_owned),
            recording: wire.recording.map(Cow::into_owned),
            seal: seal.map(Vec::into_boxed_slice),
        })
    }
}

/// `lct` and a number and `_`.
fn is_other_version(text: &str) -> bool {
    text.strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('_'))
        .is_some_and(|(version, _)| {
            !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit())
        })
}

fn is_provider_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

impl Serialize for Ticket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ticket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        let asked = CutRange::offsets(
            std::time::Duration::from_millis(30_500),
            std::time::Duration::from_secs(120),
        )
        .unwrap();
        let sent = CutRange::seconds(30, 120).unwrap();
        Ticket::new("example", StreamId::new("a/b?c").unwrap())
            .with_tenant(TenantId::new("4xu8ay").unwrap())
            .with_cut(Some(Cut::new(asked, sent)))
            .with_recording(RecordingId::new("rec").unwrap())
    }

    fn sealed() -> Ticket {
        ticket().with_seal([0xfb, 0xff, 0])
    }

    fn encode(json: &str) -> String {
        encode_as(PREFIX_V1, json)
    }

    fn encode_as(prefix: &str, json: &str) -> String {
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn a_ticket_survives_text_and_serde() {
        let ticket = ticket();
        let text = ticket.to_string();
        assert_eq!(text.parse::<Ticket>().unwrap(), ticket);
        let json = serde_json::to_string(&ticket).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Ticket>(&json).unwrap(), ticket);
        let whole = Ticket::new("another", StreamId::new("x").unwrap());
        assert_eq!(whole.to_string().parse::<Ticket>().unwrap(), whole);
    }

    #[test]
    fn the_text_is_one_url_safe_word() {
        let text = ticket().to_string();
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{text}"
        );
    }

    #[test]
    fn a_cut_that_is_still_to_be_made_survives_with_all_it_needs() {
        for visibility in [Visibility::Public, Visibility::Other("drm".into())] {
            let ticket = ticket()
                .with_source(RecordingId::new("asset").unwrap())
                .with_visibility(Some(visibility));
            assert_eq!(ticket.to_string().parse::<Ticket>().unwrap(), ticket);
        }
    }

    /// A ticket stored by this version must be readable forever.
    #[test]
    fn the_form_of_version_1_is_fixed() {
        let stored = encode(
            r#"{"p":"example","t":"4xu8ay","s":"a/b?c","c":"30.5s..120s","e":"30s..120s","r":"rec"}"#,
        );
        assert_eq!(stored.parse::<Ticket>().unwrap(), ticket());
        assert_eq!(ticket().to_string(), stored);
    }

    #[test]
    fn the_form_of_version_2_is_fixed() {
        let stored = encode_as(
            PREFIX_V2,
            r#"{"p":"example","t":"4xu8ay","s":"a/b?c","c":"30.5s..120s","e":"30s..120s","r":"rec","m":"-_8A"}"#,
        );
        assert_eq!(stored.parse::<Ticket>().unwrap(), sealed());
        assert_eq!(sealed().to_string(), stored);
        let without = r#"{"p":"example","t":"4xu8ay","s":"a/b?c","c":"30.5s..120s","e":"30s..120s","r":"rec"}"#;
        assert_eq!(sealed().signed_part(), without.as_bytes());
    }

    #[test]
    fn what_is_changed_has_no_seal_any_more_and_another_signed_part() {
        let cut = CutRange::seconds(30, 121).unwrap();
        let id = || RecordingId::new("other").unwrap();
        for changed in [
            sealed().with_tenant(TenantId::new("other").unwrap()),
            sealed().with_cut(None),
            sealed().with_cut(Some(Cut::new(cut, cut))),
            sealed().with_source(id()),
            sealed().with_visibility(Some(Visibility::Public)),
            sealed().with_recording(id()),
        ] {
            assert_eq!(changed.seal(), None, "{changed:?}");
            assert_ne!(changed.signed_part(), sealed().signed_part());
        }
    }

    #[test]
    fn a_cut_is_owed_until_its_recording_is_known() {
        let id = || RecordingId::new("asset").unwrap();
        let owed = Ticket::new("example", StreamId::new("x").unwrap())
            .with_cut(ticket().cut().copied())
            .with_source(id());
        assert!(owed.owes_cut());
        assert!(!owed.clone().with_recording(id()).owes_cut());
        assert!(!owed.with_cut(None).owes_cut());
        assert!(!ticket().owes_cut());
    }

    #[test]
    fn what_is_no_ticket_of_this_version_says_so() {
        use InvalidTicket::{Damaged, NotATicket, TooLong, UnsupportedVersion};
        let text = ticket().to_string();
        for (bad, why) in [
            (String::new(), NotATicket),
            ("hello".into(), NotATicket),
            ("lct3_e30".into(), UnsupportedVersion),
            ("lct2_e30".into(), Damaged),
            // A seal in version 1, and version 2 without one.
            (text.replacen("lct1_", "lct2_", 1), Damaged),
            (sealed().to_string().replacen("lct2_", "lct1_", 1), Damaged),
            ("lct_e30".into(), NotATicket),
            ("lct1_".into(), Damaged),
            ("lct1_!!!".into(), Damaged),
            (text.chars().take(text.len() - 4).collect(), Damaged),
            ("x".repeat(MAX_BYTES + 1), TooLong),
        ] {
            assert_eq!(bad.parse::<Ticket>(), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_forged_ticket_is_checked_like_any_input() {
        for json in [
            r#"{"p":"example","s":".."}"#,
            r#"{"p":"example","s":""}"#,
            r#"{"p":"example","s":"a\nb"}"#,
            r#"{"p":"example","t":"..","s":"x"}"#,
            r#"{"p":"example","s":"x","r":".."}"#,
            r#"{"p":"TP Streams","s":"x"}"#,
            r#"{"p":"","s":"x"}"#,
            r#"{"p":"example","s":"x","c":"120s..30s"}"#,
            r#"{"p":"example","s":"x","e":"30s..120s"}"#,
            r#"{"p":"example","s":"x","url":"https://elsewhere.example"}"#,
            r#"{"p":"example","s":"x","s":"y"}"#,
            r#"{"p":"example","s":"x","m":"AAAA"}"#,
            r#"{"p":"example","s":"x"} "x""#,
            "[]",
        ] {
            assert_eq!(
                encode(json).parse::<Ticket>(),
                Err(InvalidTicket::Damaged),
                "{json}"
            );
        }
    }

    #[test]
    fn an_array_is_never_read_as_a_ticket_by_position() {
        for json in [
            r#"["example","t","s"]"#,
            r#"["example",null,"s",null,null]"#,
            "[]",
        ] {
            let text = format!("{PREFIX_V1}{}", URL_SAFE_NO_PAD.encode(json));
            assert_eq!(
                text.parse::<Ticket>(),
                Err(InvalidTicket::Damaged),
                "{json}"
            );
        }
    }
}
