use std::borrow::Cow;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};
#[cfg(feature = "seal")]
use livecut_core::Ticket;
use livecut_core::adapter::{Turn, mask_secrets};
use livecut_core::{Certainty, Error, ErrorKind, ErrorResponse, Result, Step, StopRequest};
use tracing::Instrument as _;

use crate::base_url;
use crate::classify::{self, Fault, Verdict};
use crate::fault::BoxError;
use crate::name_locks::NameLocks;
use crate::response::{self, Response};
use crate::retry::FailedAttempt;
use crate::retry_after::retry_after;
#[cfg(feature = "seal")]
use crate::seal::Keys;
use crate::transport::{Outgoing, Wire};
use crate::witness::{Departure, Witness};
use crate::{BaseUrl, Call, Deadline, HttpOptions, RequestBody, RetryPolicy, Secret};

/// One connection pool, one TLS configuration and one credential, for one stopper.
///
/// Cloning is cheap and shares them. It runs on tokio, with its time and I/O
/// drivers enabled.
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

struct Inner {
    provider: &'static str,
    wire: Wire,
    headers: Headers,
    /// What is masked in every answer.
    secrets: Vec<String>,
    /// Whether a request to a loopback host may pass: no proxy comes before it.
    is_direct: bool,
    #[cfg(feature = "seal")]
    keys: Keys,
    timeout: Duration,
    retry: RetryPolicy,
    body_limit: usize,
    locks: NameLocks,
}

impl HttpClient {
    /// A client of the provider at `bases`, all the base URLs that its calls are under, that sends `credential` in
    /// [its header](Secret::in_header), `Authorization` if nothing else was said; `None`: it sends none.
    ///
    /// If one of the base URLs is of a loopback host, the client uses [no proxy](HttpOptions#proxies).
    ///
    /// Whatever a provider sends of the credential, in a header or a body, is masked where the answer is read.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where an option can't work, where the client
    /// builder that the options hold is refused, or where no cryptography is
    /// installed (feature `rustls-no-provider`).
    pub fn new(
        provider: &'static str,
        bases: &[&BaseUrl],
        credential: impl Into<Option<Secret>>,
        mut options: HttpOptions,
    ) -> Result<Self> {
        options.check().map_err(|e| e.with_provider(provider))?;
        // By value: a credential that was handed over isn't left lying around.
        let credential = credential.into();
        let headers =
            Headers::new(credential.as_ref(), &options).map_err(|e| e.with_provider(provider))?;
        let is_loopback = bases.iter().any(|base| base.is_loopback());
        let (wire, is_direct) = match options.take_transport() {
            Some(transport) => (Wire::Memory(transport), true),
            None => {
                let mut builder = options.take_client_builder().unwrap_or_default();
                if is_loopback {
                    builder = builder.no_proxy();
                }
                let client = network(builder, &options).map_err(|e| e.with_provider(provider))?;
                (Wire::Network(client), is_loopback)
            }
        };
        Ok(Self(Arc::new(Inner {
            provider,
            wire,
            headers,
            secrets: credential.as_ref().map_or(Vec::new(), Secret::parts),
            is_direct,
            #[cfg(feature = "seal")]
            keys: Keys::new(provider, credential.as_ref()),
            timeout: options.timeout(),
            retry: options.retry().clone(),
            body_limit: options.body_limit(),
            locks: NameLocks::default(),
        })))
    }

    /// The provider's name, as given to [`new`](Self::new).
    pub fn provider(&self) -> &'static str {
        self.0.provider
    }

    pub(crate) fn locks(&self) -> &NameLocks {
        &self.0.locks
    }

    /// A short fingerprint of the credential, which tells nothing of it: what an adapter gives to
    /// [`StopPlan::with_account`](livecut_core::StopPlan::with_account), at a provider that has no tenants. Empty without a credential.
    #[cfg(feature = "seal")]
    pub fn account(&self) -> &str {
        self.0.keys.account()
    }

    /// Seals a ticket if [its cut is owed](Ticket::owes_cut): proves to everybody with the same credential that
    /// whoever wrote the ticket had it too. Any other ticket needs no seal and gets none.
    ///
    /// The seal is HMAC-SHA-256 over the [signed part](Ticket::signed_part), by a key derived from the credential and the
    /// provider's name. It tells nothing of the credential.
    #[cfg(feature = "seal")]
    pub fn seal(&self, ticket: Ticket) -> Ticket {
        self.0.keys.seal(ticket)
    }

    /// Whether a ticket has a seal of this credential, without which no change may be made on its word.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidTicket`] for a ticket with a seal that isn't: it is forged or damaged, or it was made with
    /// another credential.
    #[cfg(feature = "seal")]
    pub fn is_sealed(&self, ticket: &Ticket) -> Result<bool> {
        self.0
            .keys
            .is_sealed(ticket)
            .map_err(|e| e.with_provider(self.0.provider))
    }

    /// The deadline of an operation that begins now: `requested` from now, or the
    /// [options' default](HttpOptions::with_timeout).
    pub fn deadline(&self, requested: Option<Duration>) -> Deadline {
        Deadline::after(requested.unwrap_or(self.0.timeout))
    }

    /// The deadline of a stop that begins now, as the request wants it: its
    /// [timeout](StopRequest::timeout), and its [pace](StopRequest::pace).
    pub fn stop_deadline(&self, request: &StopRequest) -> Deadline {
        self.deadline(request.timeout())
            .with_pace(request.pace().cloned())
    }

    /// Makes one call: sends the step's request, again where that is safe and
    /// makes sense, and reads the whole answer, all before the deadline.
    ///
    /// The step's body goes over the wire as it stands, as `application/json`.
    /// `POST`, `PUT` and `PATCH` always carry a `Content-Length`.
    ///
    /// Dropping the future closes the connection if the request was on its way;
    /// the request may then have been applied all the same.
    ///
    /// # Errors
    /// For everything but a whole answer with a status from 200 to 299. The
    /// error's [`effect`](Error::effect) is the call's `before` where the request provably wasn't
    /// applied, and else what `before` and `after` agree on, the rest unknown.
    pub async fn call(&self, call: Call<'_>, deadline: &Deadline) -> Result<Response> {
        self.calling(call, deadline).run().await
    }

    pub(crate) fn calling<'a>(&'a self, call: Call<'a>, deadline: &'a Deadline) -> Calling<'a> {
        Calling {
            client: &self.0,
            call,
            deadline,
        }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("provider", &self.0.provider)
            .field("timeout", &self.0.timeout)
            .field("retry", &self.0.retry)
            .field("body_limit", &self.0.body_limit)
            .finish_non_exhaustive()
    }
}

/// One call that is being made.
pub(crate) struct Calling<'a> {
    client: &'a Inner,
    pub(crate) call: Call<'a>,
    deadline: &'a Deadline,
}

impl Calling<'_> {
    /// As [`HttpClient::call`].
    pub(crate) async fn run(&self) -> Result<Response> {
        let span = tracing::info_span!(
            "livecut.call",
            provider = self.client.provider,
            stream = self.call.stream.as_str(),
            purpose = self.call.step.purpose().as_str(),
            method = self.call.step.method().as_str(),
            attempt = tracing::field::Empty,
            status = tracing::field::Empty,
            effect = tracing::field::Empty,
        );
        let mut calling = pin!(self.attempts().instrument(span));
        let (attempts, result) = calling.as_mut().await;
        let span = calling.span();
        span.record("attempt", attempts);
        match &result {
            Ok(response) => {
                span.record("status", response.status());
            }
            Err(error) => {
                if let Some(response) = error.response() {
                    span.record("status", response.status());
                }
                span.record("effect", tracing::field::display(error.effect()));
            }
        }
        result
    }

    /// Makes the call, and says with how many attempts.
    async fn attempts(&self) -> (u32, Result<Response>) {
        let (mut attempt, mut refusals) = (0_u32, 0_u32);
        // An earlier attempt may have been applied.
        let mut is_in_doubt = false;
        // Boxed, for nearly no call has a pace.
        let mut paced: Option<Box<Paced>> = None;
        loop {
            match self.turn().await {
                Ok(None) => {}
                Ok(Some(turn)) => {
                    let refused = paced.take().and_then(|paced| paced.refused);
                    paced = Some(Box::new(Paced { turn, refused }));
                }
                // What the provider said is worth more than that no turn came after it.
                Err(late) => {
                    let refused = paced.and_then(|paced| paced.refused);
                    let mut late = refused.unwrap_or(late);
                    if is_in_doubt {
                        late.verdict.applied = Certainty::Unknown;
                    }
                    return (attempt, Err(self.error(*late)));
                }
            }
            attempt = attempt.saturating_add(1);
            let mut failure = match self.attempt(is_in_doubt).await {
                Ok(response) => {
                    self.answered(paced.as_deref(), None);
                    return (attempt, Ok(response));
                }
                Err(failure) => failure,
            };
            self.answered(paced.as_deref(), Some(&failure));
            is_in_doubt |= failure.verdict.applied == Certainty::Unknown;
            if is_in_doubt {
                failure.verdict.applied = Certainty::Unknown;
            } else {
                self.call.tell(self.call.before);
            }
            let rate_limited = failure.is_rate_limited();
            refusals = refusals.saturating_add(rate_limited.into());
            if rate_limited && let Some(paced) = &mut paced {
                paced.refused = Some(failure);
                continue;
            }
            let failed = FailedAttempt {
                attempt: match rate_limited {
                    true => refusals,
                    false => attempt.saturating_sub(refusals),
                },
                rate_limited,
                repeatable: self.call.is_repeatable(),
                applied: failure.verdict.applied,
                passing: failure.verdict.passing,
                retry_after: failure.retry_after,
            };
            let wait = self
                .client
                .retry
                .wait(&failed, self.deadline.remaining(), |most| {
                    fastrand::u64(0..=most)
                });
            let Some(wait) = wait else {
                return (attempt, Err(self.error(*failure)));
            };
            tracing::info!(
                attempt,
                kind = failure.verdict.kind.as_str(),
                status = failure.status(),
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "trying again",
            );
            tokio::time::sleep(wait).await;
        }
    }

    fn error(&self, failure: AttemptError) -> Error {
        failure.into_error(self.client.provider, &self.call)
    }

    /// Waits until the request may be sent, if anybody has a say in that.
    async fn turn(&self) -> Result<Option<Turn>, Box<AttemptError>> {
        let Some(pace) = self.deadline.pace() else {
            return Ok(None);
        };
        let turn = pace.admit(self.call.step.method(), self.deadline.remaining());
        match turn.await {
            Some(turn) => Ok(Some(turn)),
            None => Err(AttemptError::new(classify::no_turn())),
        }
    }

    /// Says what the provider made of the request. A request without an answer says nothing of the rate.
    fn answered(&self, paced: Option<&Paced>, failure: Option<&AttemptError>) {
        let (Some(pace), Some(&Paced { turn, .. })) = (self.deadline.pace(), paced) else {
            return;
        };
        match failure {
            Some(failure) if failure.is_rate_limited() => pace.refused(turn, failure.retry_after),
            Some(failure) if failure.response.is_none() => {}
            _ => pace.taken(turn),
        }
    }

    /// Sends the request once, and reads its answer.
    async fn attempt(&self, is_in_doubt: bool) -> Result<Response, Box<AttemptError>> {
        let client = self.client;
        let mut incoming = self.send(is_in_doubt).await?;
        let received = client.wire.now();
        let (body, fault) =
            response::read_body(&mut incoming, client.body_limit, self.deadline).await;
        let status = incoming.status();
        let response = Response {
            provider: client.provider,
            status,
            headers: masked_headers(std::mem::take(incoming.headers_mut()), &client.secrets),
            received,
            body: masked_body(body, &client.secrets),
            effect: self.call.before.or(self.call.after),
        };
        let (verdict, source) = match fault {
            None if status.is_success() => return Ok(response),
            Some((fault, source)) if status.is_success() => (classify::success_body(fault), source),
            // The status of a refusal says it all, however its body ended.
            _ => (classify::status(status.as_u16()), None),
        };
        Err(Box::new(AttemptError {
            retry_after: (!status.is_success())
                .then(|| retry_after(&response.headers, received))
                .flatten(),
            response: Some(response.answer()),
            ..*AttemptError::new(verdict).with_source(source)
        }))
    }

    /// Sends the request, up to the head of its answer.
    async fn send(&self, is_in_doubt: bool) -> Result<reqwest::Response, Box<AttemptError>> {
        let Self {
            client,
            call,
            deadline,
        } = self;
        // Anew for each attempt: nearly all calls are one, which needs no copy kept for a next.
        let (request, witness) = client.prepare(call.step).map_err(AttemptError::new)?;
        let flight = Flight {
            call,
            witness,
            is_in_doubt,
        };
        // A timeout polls before it looks at the clock, which is enough to send.
        if deadline.remaining().is_zero() {
            let verdict = classify::fault(Fault::TimedOut, Departure::Never);
            return Err(AttemptError::new(verdict));
        }
        call.tell(call.before.or(call.after));
        let sent = tokio::time::timeout_at(deadline.instant(), client.wire.send(request)).await;
        // From here on the future that sends is gone, and the witness can be asked.
        let (fault, source) = match sent {
            Ok(Ok(incoming)) => return Ok(incoming),
            Ok(Err(error)) => (error.fault, Some(error.source)),
            Err(_) => (Fault::TimedOut, None),
        };
        let fault = classify::fault(fault, flight.departure());
        Err(AttemptError::new(fault).with_source(source))
    }
}

/// A request that is being sent.
struct Flight<'a> {
    call: &'a Call<'a>,
    witness: Option<Witness>,
    /// The same request was sent before, and may have been applied.
    is_in_doubt: bool,
}

impl Flight<'_> {
    fn departure(&self) -> Departure {
        self.witness
            .as_ref()
            .map_or(Departure::Possible, Witness::departure)
    }
}

/// What was being sent is dropped before this, whoever drops it.
impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let never = self.call.watch.is_some() && self.departure() == Departure::Never;
        if never && !self.is_in_doubt {
            self.call.tell(self.call.before);
        }
    }
}

impl Inner {
    /// The request of a step, and what tells afterwards whether it left.
    fn prepare(&self, step: &Step) -> Result<(Outgoing<'_>, Option<Witness>), Verdict> {
        let url = url::Url::parse(step.url()).map_err(|_| {
            classify::internal("a step's URL isn't a URL: a placeholder was left in it?")
        })?;
        // What the plan shows is what is sent: nothing that the url crate would drop,
        // resolve or encode by itself, a dot segment above all.
        if url.as_str() != step.url() {
            return Err(classify::internal(
                "a step's URL would go over the wire as another one",
            ));
        }
        if !self.is_direct && base_url::is_loopback(&url) {
            return Err(classify::internal(
                "a step goes to a loopback host of which the client wasn't told, and might pass a proxy",
            ));
        }
        let method = Method::from_bytes(step.method().as_str().as_bytes())
            .map_err(|_| classify::internal("a step's method can't be sent"))?;
        let takes_body = method != Method::GET;
        let (headers, body) = match step.body() {
            Some(_) if !takes_body => return Err(classify::internal("a GET has no body")),
            Some(body) => (
                &self.headers.json,
                Some(Bytes::copy_from_slice(body.as_bytes())),
            ),
            None if takes_body => (&self.headers.empty, Some(Bytes::new())),
            None => (&self.headers.read, None),
        };
        let (body, witness) = body.map(RequestBody::new).unzip();
        let request = Outgoing {
            method,
            url,
            headers,
            first_bytes: step.first_bytes(),
            body,
        };
        Ok((request, witness))
    }
}

fn masked_headers(mut headers: HeaderMap, secrets: &[String]) -> HeaderMap {
    for value in headers.values_mut() {
        if let Cow::Owned(masked) = mask_secrets(value.as_bytes(), secrets) {
            // Stars are visible ASCII, so it is a value still.
            *value = HeaderValue::from_bytes(&masked).unwrap_or(HeaderValue::from_static("***"));
        }
    }
    headers
}

fn masked_body(body: Bytes, secrets: &[String]) -> Bytes {
    match mask_secrets(&body, secrets) {
        Cow::Borrowed(_) => body,
        Cow::Owned(masked) => masked.into(),
    }
}

/// A call that has a pace.
struct Paced {
    turn: Turn,
    /// What the provider last said of its rate.
    refused: Option<Box<AttemptError>>,
}

/// One attempt that came to nothing.
struct AttemptError {
    verdict: Verdict,
    retry_after: Option<Duration>,
    response: Option<ErrorResponse>,
    source: Option<BoxError>,
}

impl AttemptError {
    fn new(verdict: Verdict) -> Box<Self> {
        Box::new(Self {
            verdict,
            retry_after: None,
            response: None,
            source: None,
        })
    }

    fn with_source(mut self: Box<Self>, source: Option<BoxError>) -> Box<Self> {
        self.source = source;
        self
    }

    fn is_rate_limited(&self) -> bool {
        self.verdict.kind == ErrorKind::RateLimited
    }

    fn status(&self) -> Option<u16> {
        self.response.as_ref().map(ErrorResponse::status)
    }

    fn into_error(self, provider: &'static str, call: &Call<'_>) -> Error {
        let effect = match self.verdict.applied {
            Certainty::No => call.before,
            Certainty::Yes => call.after,
            Certainty::Unknown => call.before.or(call.after),
        };
        let error = Error::new(self.verdict.kind, self.verdict.message)
            .with_provider(provider)
            .with_effect(effect)
            .with_retry_after(self.retry_after)
            .with_response(self.response);
        match self.source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

/// The headers of each shape of request, made once.
struct Headers {
    /// Without a body, and without a length of it.
    read: HeaderMap,
    /// With a body of length zero.
    empty: HeaderMap,
    /// With a JSON body; the client adds its length.
    json: HeaderMap,
}

impl Headers {
    fn new(credential: Option<&Secret>, options: &HttpOptions) -> Result<Self> {
        let mut read = HeaderMap::with_capacity(4);
        if let Some(credential) = credential {
            let mut value = HeaderValue::from_str(credential.expose()).map_err(|_| {
                Error::new(ErrorKind::Configuration, "the credential can't be a header")
            })?;
            value.set_sensitive(true);
            read.insert(credential.name(), value);
        }
        read.insert(ACCEPT, HeaderValue::from_static("application/json"));
        read.insert(USER_AGENT, user_agent(options)?);
        let mut empty = read.clone();
        empty.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        let mut json = read.clone();
        json.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { read, empty, json })
    }
}

pub(crate) fn user_agent(options: &HttpOptions) -> Result<HeaderValue> {
    let product = concat!("livecut/", env!("CARGO_PKG_VERSION"));
    let Some(suffix) = options.user_agent_suffix() else {
        return Ok(HeaderValue::from_static(product));
    };
    HeaderValue::from_str(&format!("{product} {suffix}")).map_err(|_| {
        Error::new(
            ErrorKind::Configuration,
            "the User-Agent's suffix can't be a header: printable ASCII only",
        )
    })
}

/// The real client: the caller's builder, and our rules on top of it.
pub(crate) fn network(
    builder: reqwest::ClientBuilder,
    options: &HttpOptions,
) -> Result<reqwest::Client> {
    require_cryptography()?;
    let builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connection_verbose(false)
        .connect_timeout(options.connect_timeout())
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    #[cfg(not(feature = "http2"))]
    let builder = builder.http1_only();
    builder.build().map_err(|error| {
        Error::new(
            ErrorKind::Configuration,
            "the HTTP client can't be built as configured",
        )
        .with_source(error.without_url())
    })
}

/// reqwest panics where rustls has no cryptography to work with.
fn require_cryptography() -> Result<()> {
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(Error::new(
            ErrorKind::Configuration,
            "no cryptography is installed for TLS: install a provider first \
             (rustls::crypto::CryptoProvider::install_default), or enable the feature `rustls`",
        ));
    }
    Ok(())
}

#[cfg(all(test, feature = "rustls-no-provider", not(feature = "rustls")))]
mod tests {
    use super::*;

    #[test]
    fn without_cryptography_a_client_is_refused_instead_of_a_panic() {
        let secret = Secret::new("hunter2").unwrap();
        let error = HttpClient::new("test", &[], secret, HttpOptions::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("install_default"), "{error}");
    }
}
