//! A server in memory, for tests of an adapter: answers from a list, and keeps
//! what it was asked.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::{BoxError, RequestBody, ResponseBody, Sending, Transport, TransportError};

/// A [`Transport`] that gives the answers it was given, one a request, in order.
///
/// A clone is another handle on the same one: keep one and give the other to
/// [`HttpOptions::with_transport`](crate::HttpOptions::with_transport). A request for
/// which no answer is left finds a connection that breaks, after it was sent whole.
///
/// ```
/// use livecut_core::{Effect, Method, Purpose, Step, StreamId};
/// use livecut_http::testing::MemoryServer;
/// use livecut_http::{Call, HttpClient, HttpOptions, Secret};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MemoryServer::new();
/// server.answer(200, r#"{"state":"live"}"#);
///
/// let options = HttpOptions::new().with_transport(server.clone());
/// let client = HttpClient::new("example", &[], Secret::new("hunter2")?, options)?;
/// let stream = StreamId::new("room-7")?;
/// let step = Step::new(Purpose::Read, Method::Get, "https://api.example.com/streams/room-7");
/// let answer = client.call(Call::read(&stream, &step), &client.deadline(None)).await?;
///
/// assert_eq!(answer.body(), br#"{"state":"live"}"#);
/// assert_eq!(server.requests()[0].uri().path(), "/streams/room-7");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryServer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: VecDeque<http::Response<ResponseBody>>,
    requests: Vec<http::Request<Bytes>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("answers", &self.answers.len())
            .field("requests", &self.requests.len())
            .finish()
    }
}

impl MemoryServer {
    /// A server without answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers a request with this status and body, without headers.
    ///
    /// # Panics
    /// Where the status isn't from 100 to 999.
    pub fn answer(&self, status: u16, body: impl Into<Bytes>) {
        let mut response = http::Response::new(body);
        #[expect(clippy::expect_used, reason = "a mistake in a test has to show")]
        let status = http::StatusCode::from_u16(status).expect("a status is from 100 to 999");
        *response.status_mut() = status;
        self.answer_with(response);
    }

    /// Answers a request with this, headers and all.
    pub fn answer_with(&self, response: http::Response<impl Into<Bytes>>) {
        self.answer_in_pieces(
            response.map(|body| -> ResponseBody { Box::pin(Whole(Some(body.into()))) }),
        );
    }

    /// Answers a request with a body that comes in pieces, late, or not to its end.
    pub fn answer_in_pieces(&self, response: http::Response<ResponseBody>) {
        self.state().answers.push_back(response);
    }

    /// The requests that came, in order, each with its whole body.
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for MemoryServer {
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        let server = self.clone();
        Box::pin(async move {
            let (head, mut body) = request.into_parts();
            let mut received = Vec::new();
            // As hyper does: first asked, then polled to its end.
            while !body.is_end_stream() {
                match poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
                    Some(Ok(frame)) => {
                        received.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
                    }
                    None => break,
                    Some(Err(never)) => match never {},
                }
            }
            let mut state = server.state();
            state
                .requests
                .push(http::Request::from_parts(head, received.into()));
            state.answers.pop_front().ok_or_else(|| {
                TransportError::interrupted("the server in memory has no answer left")
            })
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A body in one piece.
struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.0.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}
