use std::borrow::Cow;
use std::fmt;

use livecut_core::adapter::mask_secrets;

use crate::{Delivery, WebhookSecret};

/// A delivery's body in which the receiver's own secret is masked: an event that holds it, by whoever's mistake, must not
/// get it printed. `Debug` shows nothing of the body.
///
/// ```
/// use livecut_webhook::{Delivery, MaskedBody, WebhookSecret, json_object};
///
/// let secret = WebhookSecret::new("correct horse battery")?;
/// let delivery = Delivery::new([], br#"{"status":"correct horse battery"}"#);
/// let body = MaskedBody::new(&delivery, Some(&secret));
/// let event: serde_json::Value = json_object(&body)?;
/// assert_eq!(event["status"], "*********************");
/// # Ok::<(), livecut_webhook::WebhookError>(())
/// ```
pub struct MaskedBody<'a>(pub(crate) Cow<'a, [u8]>);

impl<'a> MaskedBody<'a> {
    /// The body of a delivery, without this secret; `None`: the receiver has none.
    pub fn new(delivery: &Delivery<'a>, secret: Option<&WebhookSecret>) -> Self {
        Self(mask_secrets(
            delivery.body(),
            secret.map(WebhookSecret::as_str).as_slice(),
        ))
    }
}

impl fmt::Debug for MaskedBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MaskedBody(<{} bytes>)", self.0.len())
    }
}
