//! What every livecut adapter needs to receive webhooks, made once.
//!
//! It knows no web framework, no HTTP client and no runtime: a [`Delivery`] is made
//! of what any of them has in hand.
//!
//! ```
//! use livecut_webhook::{Delivery, WebhookError, WebhookReceiver};
//!
//! /// Answers one POST of the provider's, in any framework.
//! fn answer(receiver: &dyn WebhookReceiver, delivery: &Delivery<'_>) -> u16 {
//!     match receiver.verify_and_parse(delivery) {
//!         Ok(event) => {
//!             println!("{}: {}", event.provider(), event.state().as_str());
//!             204
//!         }
//!         Err(error) => error.http_status(),
//!     }
//! }
//! ```
#![forbid(unsafe_code)]

mod delivery;
mod masked;
mod plug;
mod secret;

use std::fmt::Debug;

use livecut_core::RecordingEvent;
use livecut_core::adapter::lenient;

pub use delivery::Delivery;
pub use masked::MaskedBody;
pub use plug::{Clock, ReceiverPlug};
pub use secret::WebhookSecret;

/// Verifies a provider's webhooks and reads them.
pub trait WebhookReceiver: Debug + Send + Sync + 'static {
    /// The provider's name.
    fn provider(&self) -> &'static str;

    /// Verifies a delivery as the provider documents it, then reads it.
    ///
    /// Pure: it remembers nothing, so the same event read twice is the same value.
    /// Providers send events more than once and out of order; what is merely
    /// new is [`EventState::Other`](livecut_core::EventState::Other), no error.
    ///
    /// # Errors
    /// [`WebhookError::Unauthenticated`] before anything of the body is read;
    /// [`WebhookError::Malformed`] for what isn't a JSON object.
    fn verify_and_parse(&self, delivery: &Delivery<'_>) -> Result<RecordingEvent, WebhookError>;
}

/// Why a delivery was refused. It quotes nothing of the delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// It isn't proven to come from the provider. Answer 401 and do nothing else.
    #[error("the webhook isn't authentic: {0}")]
    Unauthenticated(&'static str),
    /// It comes from the provider and can't be read.
    #[error("the webhook can't be read: {0}")]
    Malformed(&'static str),
    /// The receiver's secret can't be used. The message doesn't quote it.
    #[error("the webhook's secret can't be used: {0}")]
    Secret(&'static str),
}

impl WebhookError {
    /// The status to answer with: 401, 400, or 500.
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Unauthenticated(_) => 401,
            Self::Malformed(_) => 400,
            Self::Secret(_) => 500,
        }
    }
}

/// Reads a webhook's body as a JSON object; an array of an object's values isn't one. `T` can borrow
/// from it.
///
/// # Errors
/// [`WebhookError::Malformed`] for anything else.
pub fn json_object<'a, T: serde::Deserialize<'a>>(
    body: &'a MaskedBody<'_>,
) -> Result<T, WebhookError> {
    lenient::from_slice(&body.0).map_err(|error| {
        WebhookError::Malformed(match error.classify() {
            serde_json::error::Category::Data => "the body isn't of the documented shape",
            _ => "the body isn't JSON",
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Delivery, MaskedBody, WebhookError};

    #[derive(Debug, serde::Deserialize)]
    struct Event {
        id: String,
    }

    fn read(body: &str) -> Result<Event, WebhookError> {
        let delivery = Delivery::new([], body.as_bytes());
        super::json_object(&MaskedBody::new(&delivery, None))
    }

    #[test]
    fn an_array_is_never_read_as_an_object_by_position() {
        let event = read(" {\"id\":\"x\"}\n").unwrap();
        assert_eq!(event.id, "x");
        for body in [
            r#"["x"]"#,
            r#" ["x"]"#,
            r#"[{"id":"x"}]"#,
            r#""x""#,
            "null",
            "[]",
        ] {
            let error = read(body).unwrap_err();
            let expected = WebhookError::Malformed("the body isn't of the documented shape");
            assert_eq!(error, expected, "{body}");
        }
        for body in ["", "<html>", "{", "[", "\u{feff}{}"] {
            let error = read(body).unwrap_err();
            assert_eq!(
                error,
                WebhookError::Malformed("the body isn't JSON"),
                "{body}"
            );
        }
    }
}
