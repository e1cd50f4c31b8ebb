//! What must not get out, and what must not get in: secrets in anything that is shown or sent
//! elsewhere, and ids and tickets from outside in anything but their own place in a URL.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

mod adapters;
mod answers;
mod credentials;
mod echo;
mod elsewhere;
mod faults;
mod marks;
mod segments;
mod tickets;
mod witness;
