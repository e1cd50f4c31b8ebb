//! What only an adapter needs, beside the contract that this crate's root is.
//!
//! - [`Setting`] and [`Settings`]: what an adapter is built from. It lists each setting once.
//! - [`lenient`] reads a provider's answers.
//! - [`mp4_duration`]: how long a file is that a provider keeps.
//! - [`mask_secrets`] hides a credential that a provider sends back.
//! - [`Pace`] and [`Turn`]: when a call may be sent. An adapter over the crate `livecut-http` heeds it by itself.

pub mod lenient;
mod mask;
mod mp4;
mod owner;
mod setting;

pub use self::mask::mask_secrets;
pub use self::mp4::mp4_duration;
pub use self::setting::{Setting, Settings};
pub use crate::pace::{Pace, Turn};
