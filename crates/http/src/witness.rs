//! A request body that knows whether anything of its request can have left.
//!
//! An error from an HTTP client doesn't tell "the connection was never made" from
//! "the server has it all": a total timeout looks the same in both cases. The
//! body can tell. hyper has to ask a body [`is_end_stream`](Body::is_end_stream) before it
//! writes a request's head, on HTTP/1.1 (`proto/h1/dispatch.rs`, `poll_write`) and
//! on HTTP/2 (`proto/h2/client.rs`, `ClientTask::poll`) alike, with a body or with
//! an empty one. So:
//!
//! - dropped without ever having been asked: not one byte was written;
//! - asked: the request may have left;
//! - neither (the request lies in a queue to the connection's task): it may leave.
//!
//! `size_hint` is no witness: tower-http's redirect layer asks for it up front. And
//! the first `poll_frame` would be none for an empty body, which HTTP/1.1 never polls.
//! This is hyper's behaviour, not its promise; the tests over real sockets pin it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const ASKED: u8 = 1;
const POLLED: u8 = 2;
const DISCARDED: u8 = 3;

/// How far a request may have got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// Not one byte of it was written, nor will be.
    Never,
    /// Its head may have been written.
    Possible,
    /// Its head was handed on, and its body was taken after that.
    Taken,
}

/// The view from outside on a [`RequestBody`].
#[derive(Debug)]
pub(crate) struct Witness(Arc<AtomicU8>);

impl Witness {
    /// How far the request may have got. To be asked when the future that sends
    /// it is gone: a future that is alive may still send.
    pub(crate) fn departure(&self) -> Departure {
        match self.0.load(Ordering::SeqCst) {
            DISCARDED => Departure::Never,
            POLLED => Departure::Taken,
            _ => Departure::Possible,
        }
    }
}

/// The body of a request, as a [`Transport`](crate::Transport) gets it.
///
/// It notes when a transport asks [`is_end_stream`](Body::is_end_stream) or polls
/// it, since that is when something of the request may leave. A transport that
/// drops it untouched never sent the request.
#[derive(Debug)]
pub struct RequestBody {
    data: Bytes,
    state: Arc<AtomicU8>,
}

impl RequestBody {
    pub(crate) fn new(data: Bytes) -> (Self, Witness) {
        let state = Arc::new(AtomicU8::new(WAITING));
        let witness = Witness(Arc::clone(&state));
        (Self { data, state }, witness)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.state.store(POLLED, Ordering::SeqCst);
        let data = std::mem::take(&mut self.data);
        Poll::Ready((!data.is_empty()).then(|| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        let asked = self.state.fetch_max(ASKED, Ordering::SeqCst).max(ASKED);
        // An empty body ends too only once it was polled: so HTTP/2 polls it, and
        // the witness sees that its head went first.
        asked == POLLED && self.data.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.data.len()).unwrap_or(u64::MAX))
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        // Only where nobody asked: then nothing can have been written.
        let _asked =
            self.state
                .compare_exchange(WAITING, DISCARDED, Ordering::SeqCst, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_dropped_untouched_never_left() {
        let (body, witness) = RequestBody::new(Bytes::from_static(b"{}"));
        assert_eq!(witness.departure(), Departure::Possible, "it still may");
        let _ = body.size_hint();
        drop(body);
        assert_eq!(witness.departure(), Departure::Never);
    }

    #[test]
    fn a_body_that_was_asked_may_have_left_also_once_it_is_dropped() {
        for data in [Bytes::new(), Bytes::from_static(b"{}")] {
            let (body, witness) = RequestBody::new(data);
            assert!(!body.is_end_stream());
            assert_eq!(witness.departure(), Departure::Possible);
            drop(body);
            assert_eq!(witness.departure(), Departure::Possible);
        }
    }

    #[test]
    fn a_body_that_was_polled_was_taken() {
        for (data, frames) in [(Bytes::new(), 0), (Bytes::from_static(b"{}"), 1)] {
            let (mut body, witness) = RequestBody::new(data);
            let mut context = Context::from_waker(std::task::Waker::noop());
            let mut seen = 0;
            while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut context) {
                assert_eq!(frame.unwrap().into_data().unwrap(), "{}");
                seen += 1;
            }
            assert_eq!(seen, frames);
            assert!(body.is_end_stream());
            drop(body);
            assert_eq!(witness.departure(), Departure::Taken);
        }
    }
}
