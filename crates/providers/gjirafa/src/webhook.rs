use std::sync::Arc;

use livecut_core::adapter::{Setting, Settings};
use livecut_core::{EventState, RecordingEvent, RecordingId, StreamId, StreamState, TenantId};
use livecut_webhook::{
    Delivery, MaskedBody, ReceiverPlug, WebhookError, WebhookReceiver, WebhookSecret, json_object,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::wire::{Event, Id};
use crate::{PROVIDER, states};

const URL_SECRET: Setting = Setting::secret(
    "webhook_url_secret",
    "the secret in the URL that was registered with Gjirafa VP",
);
const HEADER: Setting = Setting::required(
    "webhook_header",
    "the header by which your reverse proxy vouches for a delivery",
);
const HEADER_SECRET: Setting = Setting::secret("webhook_header_secret", "that header's value");
const ACCEPT_FORGED_EVENTS: Setting = Setting::switch(
    "webhook_accept_forged_events",
    "1 takes every delivery for true: anyone who knows the URL can forge events",
);

/// The receiver of its webhooks, for a program that chooses its provider by name. Gjirafa documents
/// no proof, so each is a choice.
pub static RECEIVER: ReceiverPlug = ReceiverPlug::new(
    PROVIDER,
    &[
        &[URL_SECRET],
        &[HEADER, HEADER_SECRET],
        &[ACCEPT_FORGED_EVENTS],
    ],
    |settings, _| Ok(Arc::new(GjirafaWebhook::from_settings(settings)?)),
);

/// Receives Gjirafa VP's webhooks.
///
/// **Gjirafa documents no way to verify them.** Whoever knows the callback's URL can forge an
/// event, so each constructor is a choice of how *you* authenticate them: a secret
/// in the URL that you register, a header that your reverse proxy adds, or not at all.
/// Whichever it is, treat an event as a hint, and [follow] the ticket before acting on it.
///
/// Events come again after 0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h until they are
/// answered, so more than once and out of order (documented: vp.gjirafa.tech/documentation,
/// api/webhooks).
///
/// [follow]: livecut_core::LiveStreamStopper::follow
///
/// ```
/// use livecut_gjirafa::GjirafaWebhook;
/// use livecut_webhook::{Delivery, MaskedBody, WebhookReceiver, WebhookSecret};
///
/// // Registered as https://example.com/hooks/a-long-random-secret
/// let receiver = GjirafaWebhook::with_secret_in_url(WebhookSecret::new("a-long-random-secret")?);
/// let body = br#"{"eventTime":"2024-01-01T12:20:00Z","eventType":"video.publish.status.changed",
///     "data":{"Id":"v1","PublishStatusId":2,"PublishStatusName":"Ready"},"projectId":"p"}"#;
/// let delivery = Delivery::new([], body).with_url_secret("a-long-random-secret");
/// let event = receiver.verify_and_parse(&delivery)?;
/// assert_eq!(event.state().as_str(), "recording_ready");
/// assert!(receiver.verify_and_parse(&Delivery::new([], body)).is_err());
/// # Ok::<(), livecut_webhook::WebhookError>(())
/// ```
#[derive(Debug, Clone)]
pub struct GjirafaWebhook {
    proof: Proof,
}

#[derive(Debug, Clone)]
enum Proof {
    Url(WebhookSecret),
    Header(String, WebhookSecret),
    None,
}

impl GjirafaWebhook {
    fn from_settings(mut settings: Settings) -> livecut_core::Result<Self> {
        if settings.has(&URL_SECRET) {
            let secret = WebhookSecret::from_setting(&mut settings, &URL_SECRET)?;
            return Ok(Self::with_secret_in_url(secret));
        }
        if settings.has(&HEADER) {
            let secret = WebhookSecret::from_setting(&mut settings, &HEADER_SECRET)?;
            let header = settings.require(&HEADER)?;
            return Ok(Self::with_secret_header_of_your_proxy(header, secret));
        }
        // Only its switch leads here, and says so.
        settings.require(&ACCEPT_FORGED_EVENTS)?;
        Ok(Self::accepting_forged_events())
    }

    /// The callback's URL, as registered with Gjirafa, holds this secret in its path or
    /// query; the receiver hands it on with [`Delivery::with_url_secret`]. URLs end up in
    /// access logs: keep the secret out of yours.
    pub fn with_secret_in_url(secret: WebhookSecret) -> Self {
        Self {
            proof: Proof::Url(secret),
        }
    }

    /// Your reverse proxy authenticates Gjirafa by its own means (its addresses, say),
    /// removes this header from what comes in, and adds it with this secret.
    pub fn with_secret_header_of_your_proxy(
        header: impl Into<String>,
        secret: WebhookSecret,
    ) -> Self {
        Self {
            proof: Proof::Header(header.into(), secret),
        }
    }

    /// Takes every delivery for true: **anyone who knows the URL can forge events.** Only for
    /// trying out, or where nothing but a poll follows an event.
    pub fn accepting_forged_events() -> Self {
        Self { proof: Proof::None }
    }
}

impl WebhookReceiver for GjirafaWebhook {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn verify_and_parse(&self, delivery: &Delivery<'_>) -> Result<RecordingEvent, WebhookError> {
        let (secret, received, missing) = match &self.proof {
            Proof::Url(secret) => (
                secret,
                delivery.url_secret().map(str::as_bytes),
                "its URL held no secret (Delivery::with_url_secret hands it on)",
            ),
            Proof::Header(name, secret) => (
                secret,
                delivery.header(name),
                "it has no header of the proxy, or more than one",
            ),
            Proof::None => return parse(&MaskedBody::new(delivery, None)),
        };
        let received = received.ok_or(WebhookError::Unauthenticated(missing))?;
        if !secret.is(received) {
            return Err(WebhookError::Unauthenticated("its secret isn't the one"));
        }
        parse(&MaskedBody::new(delivery, Some(secret)))
    }
}

fn parse(body: &MaskedBody<'_>) -> Result<RecordingEvent, WebhookError> {
    let event: Event = json_object(body)?;
    let name = event.event_type.unwrap_or_default();
    let data = event.data.unwrap_or_default();
    let id = data.id.map(Id::into_text);
    let stream = || id.clone().and_then(|id| StreamId::new(id).ok());
    let recording = || id.clone().and_then(|id| RecordingId::new(id).ok());

    let event_of = |state| RecordingEvent::new(PROVIDER, state, name.as_str());
    let of_stream = |state| match stream() {
        Some(stream) => event_of(EventState::Stream(state)).with_stream(stream),
        None => event_of(EventState::Other),
    };
    let of_recording = |state: &dyn Fn(&RecordingId) -> EventState| match recording() {
        Some(id) => event_of(state(&id)).with_recording(id),
        None => event_of(EventState::Other),
    };
    let read = match name.as_str() {
        "live.video.status.changed" => of_stream(states::stream_state(
            data.status.as_deref().unwrap_or_default(),
        )),
        "live.video.started" => of_stream(StreamState::Live),
        "live.video.stopped" => of_stream(StreamState::Ended),
        "video.publish.status.changed" => of_recording(&|id| {
            EventState::Recording(states::recording_state(data.publish_status_id, id))
        }),
        "video.created" => of_recording(&|_| EventState::Other),
        // Encoded isn't published: the publish status says when it can be played.
        "video.encode.completed" => of_recording(&|_| EventState::Other),
        "video.encode.errored" => of_recording(&|_| {
            EventState::Recording(states::failed("the provider's encoder failed"))
        }),
        _ => event_of(EventState::Other),
    };
    let tenant = event
        .project_id
        .and_then(|id| TenantId::new(id.into_text()).ok());
    // The zone isn't documented: a time without one is no instant.
    let at = event
        .event_time
        .and_then(|time| OffsetDateTime::parse(&time, &Rfc3339).ok());
    Ok(read.with_tenant(tenant).with_time(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(body: &str) -> Result<RecordingEvent, WebhookError> {
        let receiver = GjirafaWebhook::accepting_forged_events();
        receiver.verify_and_parse(&Delivery::new([], body.as_bytes()))
    }

    #[test]
    fn an_array_is_never_read_as_an_event_by_position() {
        for body in [
            r#"["2024-01-01T12:20:00Z", "live.video.stopped", {"Id": "a"}, "p"]"#,
            r#" [null, "live.video.stopped"]"#,
            r#"[{"eventType": "live.video.stopped", "data": {"Id": "a"}}]"#,
            "[]",
            "null",
        ] {
            let error = received(body).unwrap_err();
            assert!(matches!(error, WebhookError::Malformed(_)), "{body}");
        }
        // Nor is its `data`.
        let event = received(r#"{"eventType": "live.video.stopped", "data": ["a"]}"#).unwrap();
        assert_eq!((event.stream(), event.state().as_str()), (None, "other"));
    }

    #[test]
    fn each_setting_is_held_against_what_it_is_the_proof_by() {
        let taken = |settings: &[(&Setting, &str)], delivery: Delivery<'_>| {
            let none = Settings::new(PROVIDER);
            let settings = settings.iter().fold(none, |all, (setting, value)| {
                all.with(setting, (*value).to_owned())
            });
            let clock = Arc::new(std::time::SystemTime::now);
            let receiver = RECEIVER.build(settings, clock).unwrap();
            receiver.verify_and_parse(&delivery).is_ok()
        };
        let bare = || Delivery::new([], b"{}");
        let url = [(&URL_SECRET, "in-the-url")];
        assert!(taken(&url, bare().with_url_secret("in-the-url")));
        assert!(!taken(&url, bare().with_url_secret("elsewhere")));
        assert!(!taken(&url, bare()));
        let proxy = [(&HEADER, "x-our-proxy"), (&HEADER_SECRET, "from-the-proxy")];
        let header = |name, value: &'static str| Delivery::new([(name, value.as_bytes())], b"{}");
        assert!(taken(&proxy, header("X-Our-Proxy", "from-the-proxy")));
        assert!(!taken(&proxy, header("X-Our-Proxy", "from-elsewhere")));
        assert!(!taken(&proxy, header("X-Another", "from-the-proxy")));
        assert!(!taken(&proxy, bare()));
        assert!(taken(&[(&ACCEPT_FORGED_EVENTS, "1")], bare()));
    }
}
