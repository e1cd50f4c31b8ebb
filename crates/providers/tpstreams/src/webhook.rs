use std::sync::Arc;

use livecut_core::adapter::Setting;
use livecut_core::{EventState, RecordingEvent, RecordingState, StreamId};
use livecut_webhook::{
    Delivery, MaskedBody, ReceiverPlug, WebhookError, WebhookReceiver, WebhookSecret, json_object,
};

use crate::wire::Asset;
use crate::{PROVIDER, states};

/// Where TPStreams sends the secret back; one old copy of its page has the second name.
const TOKEN_HEADERS: [&str; 2] = ["x-streams-token", "x-tpstreams-token"];

const SECRET: Setting = Setting::secret(
    "webhook_secret",
    "the secret_token that the webhook was registered with",
);

/// The receiver of its webhooks, for a program that chooses its provider by name.
pub static RECEIVER: ReceiverPlug = ReceiverPlug::new(PROVIDER, &[&[SECRET]], |mut settings, _| {
    let secret = WebhookSecret::from_setting(&mut settings, &SECRET)?;
    Ok(Arc::new(TpStreamsWebhook::new(secret)))
});

/// Receives TPStreams' webhooks.
///
/// TPStreams signs nothing: it sends the `secret_token` with which the webhook was
/// registered back word for word, in the header `x-streams-token` (documented:
/// developer.tpstreams.com, docs/server-api/webhooks). So the callback must be
/// `https`, and the secret long and used for nothing else.
///
/// TPStreams sends the asset at each change of status, without an event's name;
/// [`RecordingEvent::provider_event`] is `live_stream.status`. No trim event is documented, so a
/// ready recording's cut is unconfirmed.
///
/// ```
/// use livecut_tpstreams::TpStreamsWebhook;
/// use livecut_webhook::{Delivery, MaskedBody, WebhookReceiver, WebhookSecret};
///
/// let receiver = TpStreamsWebhook::new(WebhookSecret::new("a-long-random-secret")?);
/// let body = br#"{"id":"4PtERT9d9uK","live_stream":{"status":"Completed"},"video":null}"#;
/// let headers = [("x-streams-token", b"a-long-random-secret".as_slice())];
/// let event = receiver.verify_and_parse(&Delivery::new(headers, body))?;
/// assert_eq!(event.state().as_str(), "stream_ended");
///
/// let forged = Delivery::new([("x-streams-token", b"guess".as_slice())], body);
/// assert!(receiver.verify_and_parse(&forged).is_err());
/// # Ok::<(), livecut_webhook::WebhookError>(())
/// ```
#[derive(Debug, Clone)]
pub struct TpStreamsWebhook {
    secret: WebhookSecret,
}

impl TpStreamsWebhook {
    /// A receiver for webhooks registered with this `secret_token`.
    pub fn new(secret: WebhookSecret) -> Self {
        Self { secret }
    }
}

impl WebhookReceiver for TpStreamsWebhook {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn verify_and_parse(&self, delivery: &Delivery<'_>) -> Result<RecordingEvent, WebhookError> {
        let token = TOKEN_HEADERS
            .iter()
            .find_map(|name| delivery.header(name))
            .ok_or(WebhookError::Unauthenticated(
                "it has no header `x-streams-token`, or more than one",
            ))?;
        if !self.secret.is(token) {
            return Err(WebhookError::Unauthenticated(
                "its `x-streams-token` isn't the secret",
            ));
        }
        let body = MaskedBody::new(delivery, Some(&self.secret));
        let asset: Asset = json_object(&body)?;
        Ok(event(&asset))
    }
}

fn event(asset: &Asset) -> RecordingEvent {
    let word = states::live_word(asset).unwrap_or_default();
    let stream = asset.id.as_deref().and_then(|id| StreamId::new(id).ok());
    let recording = stream
        .as_ref()
        .map(|stream| states::recording_state(asset, stream));
    let state = match recording {
        // Without a video the webhook is about the live side.
        Some(RecordingState::InProgress(_)) if asset.video.is_none() => {
            EventState::Stream(states::stream_state(word))
        }
        Some(state) => EventState::Recording(state),
        None => EventState::Other,
    };
    RecordingEvent::new(PROVIDER, state, word).with_stream(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use livecut_core::adapter::Settings;

    fn received(body: &str) -> Result<RecordingEvent, WebhookError> {
        let receiver = TpStreamsWebhook::new(WebhookSecret::new("a-long-random-secret")?);
        let headers = [("x-streams-token", b"a-long-random-secret".as_slice())];
        receiver.verify_and_parse(&Delivery::new(headers, body.as_bytes()))
    }

    #[test]
    fn an_array_is_never_read_as_an_asset_by_position() {
        for body in [
            r#"["4PtERT9d9uK", {"status": "Completed"}, null]"#,
            r#" ["4PtERT9d9uK"]"#,
            r#"[{"id": "4PtERT9d9uK", "live_stream": {"status": "Completed"}}]"#,
            "[]",
            "null",
        ] {
            let error = received(body).unwrap_err();
            assert!(matches!(error, WebhookError::Malformed(_)), "{body}");
        }
        // Nor is a part of one.
        let parts = r#"{"id": "4PtERT9d9uK", "live_stream": ["Completed"],
            "video": ["Completed", "https://x/v.m3u8", "https://x/v.mpd"]}"#;
        let event = received(parts).unwrap();
        assert_eq!(event.provider_event(), "");
        assert_eq!(event.state().as_str(), "stream_unknown");
    }

    #[test]
    fn the_secret_of_its_registration_is_all_that_proves_a_delivery() {
        let secret = "the-secret-token".to_owned();
        let settings = Settings::new(PROVIDER).with(&SECRET, secret);
        let clock = Arc::new(std::time::SystemTime::now);
        let receiver = RECEIVER.build(settings, clock).unwrap();
        let taken = |headers: &[(&'static str, &'static [u8])]| {
            let delivery = Delivery::new(headers.iter().copied(), b"{}");
            receiver.verify_and_parse(&delivery).is_ok()
        };
        assert!(taken(&[("x-streams-token", b"the-secret-token")]));
        assert!(!taken(&[("x-streams-token", b"another")]));
        assert!(!taken(&[("x-another", b"the-secret-token")]));
        assert!(!taken(&[]));
    }
}
