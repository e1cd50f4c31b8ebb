use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use livecut_core::adapter::Setting;
use livecut_core::adapter::lenient;
use livecut_core::{EventState, RecordingEvent, RecordingId, StreamId, StreamState};
use livecut_webhook::{
    Clock, Delivery, MaskedBody, ReceiverPlug, WebhookError, WebhookReceiver, WebhookSecret,
    json_object,
};
use sha2::Sha256;

use crate::wire::{Asset, Event, EventStream};
use crate::{PROVIDER, states};

const HEADER: &str = "mux-signature";

/// Mux's own libraries take no older signature.
const TOLERANCE: Duration = Duration::from_secs(300);

const SECRET: Setting = Setting::secret("webhook_secret", "the signing secret of the webhook");

/// The receiver of its webhooks, for a program that chooses its provider by name.
pub static RECEIVER: ReceiverPlug =
    ReceiverPlug::new(PROVIDER, &[&[SECRET]], |mut settings, clock| {
        let mut receiver = MuxWebhook::new(WebhookSecret::from_setting(&mut settings, &SECRET)?);
        receiver.clock = clock;
        Ok(Arc::new(receiver))
    });

/// Receives Mux's webhooks, signed with the secret that Mux's dashboard shows for each.
///
/// The header `Mux-Signature` is `t=<unix seconds>,v1=<hexadecimal>`: HMAC-SHA256 of
/// `<t>.<raw body>`. A signature is taken for five minutes, so that one that is overheard
/// can't be played again later; a clock that is off by more refuses all.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use livecut_mux::MuxWebhook;
/// use livecut_webhook::{Delivery, MaskedBody, WebhookReceiver, WebhookSecret};
///
/// // In a test: a clock that stands still.
/// let receiver = MuxWebhook::new(WebhookSecret::new("a-signing-secret")?)
///     .with_clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
/// let body = br#"{"type":"video.live_stream.idle","data":{"id":"abc","status":"idle"}}"#;
/// let signature = b"t=1700000000,v1=c375db571032d5899b2f0c2b4a3ab6edd34c8075076cffd182035f8ef42ad046";
/// let delivery = Delivery::new([("Mux-Signature", signature.as_slice())], body);
/// let event = receiver.verify_and_parse(&delivery)?;
/// assert_eq!(event.state().as_str(), "stream_offline");
/// # Ok::<(), livecut_webhook::WebhookError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct MuxWebhook {
    secret: WebhookSecret,
    tolerance: Duration,
    clock: Clock,
}

impl MuxWebhook {
    /// A receiver for webhooks that are signed with this secret.
    pub fn new(secret: WebhookSecret) -> Self {
        Self {
            secret,
            tolerance: TOLERANCE,
            clock: Arc::new(SystemTime::now),
        }
    }

    /// How far a signature's time may be from now, either way (default: 5 minutes).
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets what "now" is, for tests.
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(now);
        self
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<(), WebhookError> {
        let header = delivery
            .header(HEADER)
            .ok_or(WebhookError::Unauthenticated(
                "it has no header `Mux-Signature`, or more than one",
            ))?;
        let signature = Signature::parse(header).ok_or(WebhookError::Unauthenticated(
            "its `Mux-Signature` isn't of the documented form",
        ))?;
        // A key of any length will do.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose())
            .map_err(|_| WebhookError::Secret("it can't key a signature"))?;
        mac.update(signature.time.as_bytes());
        mac.update(b".");
        mac.update(delivery.body());
        // While a secret is exchanged there can be a signature for each.
        let signed = signature
            .v1
            .iter()
            .any(|signature| mac.clone().verify_slice(signature).is_ok());
        if !signed {
            return Err(WebhookError::Unauthenticated(
                "its signature isn't one with this secret",
            ));
        }
        let now = (self.clock)()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        if now.abs_diff(signature.at) > self.tolerance {
            return Err(WebhookError::Unauthenticated(
                "its signature is too old, or this machine's clock is wrong",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for MuxWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MuxWebhook")
            .field("secret", &self.secret)
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

impl WebhookReceiver for MuxWebhook {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn verify_and_parse(&self, delivery: &Delivery<'_>) -> Result<RecordingEvent, WebhookError> {
        self.verify(delivery)?;
        let body = MaskedBody::new(delivery, Some(&self.secret));
        let event: Event<'_> = json_object(&body)?;
        Ok(read(&event))
    }
}

/// What stands in `Mux-Signature`.
struct Signature<'a> {
    /// As it is signed.
    time: &'a str,
    at: Duration,
    v1: Vec<[u8; 32]>,
}

impl<'a> Signature<'a> {
    fn parse(header: &'a [u8]) -> Option<Self> {
        let header = std::str::from_utf8(header).ok()?;
        let mut time = None;
        let mut v1 = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=')? {
                ("t", _) if time.is_some() => return None,
                ("t", text) => time = Some(text),
                ("v1", text) => v1.push(digest(text)?),
                // A scheme to come.
                _ => {}
            }
        }
        let time = time?;
        // `parse` alone would take a sign.
        let seconds = time
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(time)?;
        Some(Self {
            time,
            at: Duration::from_secs(seconds.parse().ok()?),
            v1,
        })
    }
}

/// 64 hexadecimal digits.
fn digest(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    rest.is_empty().then_some(bytes)?.try_into().ok()
}

fn read(event: &Event<'_>) -> RecordingEvent {
    let name = event.kind.as_deref().unwrap_or_default();
    let event_of = |state| RecordingEvent::new(PROVIDER, state, name);
    let other = || event_of(EventState::Other);
    match name {
        "video.live_stream.active" => of_stream(event, name, StreamState::Live),
        "video.live_stream.idle" => of_stream(event, name, states::stream_state("idle")),
        // Of other events about assets the data may be something else, a track say.
        "video.asset.ready" | "video.asset.errored" | "video.asset.live_stream_completed" => {
            let asset: Asset = match event.data.and_then(lenient::as_object) {
                Some(asset) => asset,
                None => return other(),
            };
            let Some(id) = asset.id.as_deref().and_then(|id| RecordingId::new(id).ok()) else {
                return other();
            };
            let state = states::recording_state(&asset, &id);
            let read = event_of(EventState::Recording(state)).with_recording(id);
            match asset.live_stream_id.and_then(|id| StreamId::new(id).ok()) {
                // It is used for the next broadcast, too: the asset alone tells whose event it is.
                Some(stream) => read.with_stream(stream).with_reused_stream(),
                None => read,
            }
        }
        _ => other(),
    }
}

fn of_stream(event: &Event<'_>, name: &str, state: StreamState) -> RecordingEvent {
    let stream = event
        .data
        .and_then(lenient::as_object::<EventStream>)
        .and_then(|stream| StreamId::new(stream.id?).ok());
    match stream {
        Some(stream) => {
            RecordingEvent::new(PROVIDER, EventState::Stream(state), name).with_stream(stream)
        }
        None => RecordingEvent::new(PROVIDER, EventState::Other, name),
    }
}
