//! A server in memory that answers at once and always the same.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use http_body::{Body, Frame, SizeHint};
use livecut_http::{BoxError, RequestBody, Sending, Transport};

use crate::contestants::Provider;

#[derive(Debug, Clone, Copy)]
pub(crate) struct InMemory {
    status: StatusCode,
    body: &'static str,
}

impl InMemory {
    /// The stop is done and the cut is scheduled.
    pub(crate) fn done(provider: Provider) -> Self {
        Self {
            status: StatusCode::OK,
            body: provider.answer(),
        }
    }

    /// The provider has too much to do.
    pub(crate) fn busy() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            body: r#"{"detail":"Request was throttled."}"#,
        }
    }
}

impl Transport for InMemory {
    /// Two allocations: the future, and the answer's body.
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        let Self { status, body } = *self;
        Box::pin(async move {
            // As far as a witness sees it, the request is on its way.
            let _asked = request.body().is_end_stream();
            let body: Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>> =
                Box::pin(Once(Some(Bytes::from_static(body.as_bytes()))));
            let mut response = http::Response::new(body);
            *response.status_mut() = status;
            if status == StatusCode::TOO_MANY_REQUESTS {
                let headers = response.headers_mut();
                headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
            }
            Ok(response)
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

struct Once(Option<Bytes>);

impl Body for Once {
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
        SizeHint::with_exact(u64::try_from(length).unwrap())
    }
}
