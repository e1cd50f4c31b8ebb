//! One stop, made in each of the ways that are compared: through livecut, by hand as a user would write it, with reqwest alone and
//! with hyper alone. All send the same lines to the same server, and none follows redirects or sends again.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use livecut_core::{CutRange, LiveStreamStopper, StopRequest, StreamId};
use livecut_gjirafa::{Gjirafa, GjirafaConfig};
use livecut_http::HttpOptions;
use livecut_tpstreams::{TpStreams, TpStreamsConfig};
use serde::{Deserialize, Serialize};

pub(crate) const TENANT: &str = "4xu8ay";
const STREAM: &str = "4PtERT9d9uK";
const CREDENTIAL: &str = "Token b7ae4d16ad0a4d8eb0b2c3a1a2f3c4d5";
const CUT: (u64, u64) = (30, 120);
const AGENT: &str = concat!("livecut/", env!("CARGO_PKG_VERSION"));

/// A provider that takes the stop and the cut in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OneCallProvider {
    /// Its answer is a bare object.
    Bare,
    /// Its answer is in an envelope.
    Enveloped,
}

impl OneCallProvider {
    pub(crate) const ALL: [Self; 2] = [Self::Bare, Self::Enveloped];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => livecut_tpstreams::PROVIDER,
            Self::Enveloped => livecut_gjirafa::PROVIDER,
        }
    }

    /// The provider's own sample of its answer.
    pub(crate) fn answer(self) -> &'static str {
        match self {
            Self::Bare => {
                include_str!("../../crates/providers/tpstreams/fixtures/stop_trim.response.json")
            }
            Self::Enveloped => {
                include_str!("../../crates/providers/gjirafa/fixtures/stop_and_cut.response.json")
            }
        }
        .trim()
    }

    fn url(self, base: &str, stream: &str) -> String {
        match self {
            Self::Bare => {
                format!("{base}/api/v1/{TENANT}/assets/{stream}/stop_live_stream/")
            }
            Self::Enveloped => {
                format!("{base}/api/v2/{TENANT}/live-videos/{stream}/stop-and-cut")
            }
        }
    }

    fn body(self) -> &'static str {
        match self {
            Self::Bare => r#"{"start_time":30,"end_time":120}"#,
            Self::Enveloped => r#"{"fromMilisecond":30000,"toMilisecond":120000}"#,
        }
    }

    /// The adapter, as a program holds it.
    pub(crate) fn stopper(self, base: &str, http: HttpOptions) -> Arc<dyn LiveStreamStopper> {
        match self {
            Self::Bare => {
                // The adapter makes the header out of the token.
                let token = CREDENTIAL.trim_start_matches("Token ");
                let config = TpStreamsConfig::new(TENANT, token).unwrap();
                let config = config.with_base_url(base).with_http(http);
                Arc::new(TpStreams::new(config).unwrap())
            }
            Self::Enveloped => {
                let config = GjirafaConfig::new(TENANT, CREDENTIAL).unwrap();
                let config = config.with_base_url(base).with_http(http);
                Arc::new(Gjirafa::new(config).unwrap())
            }
        }
    }
}

/// What all are asked.
pub(crate) fn request() -> StopRequest {
    let (start, end) = CUT;
    StopRequest::new(StreamId::new(STREAM).unwrap())
        .with_cut(CutRange::seconds(start, end).unwrap())
}

/// One way to stop a stream. It panics where that fails.
pub(crate) trait Stops: Send + Sync + 'static {
    fn stop(&self) -> impl Future<Output = ()> + Send;
}

/// HTTP/1.1, no redirects, nothing sent again: what livecut sets, for those that don't have it set.
fn settings() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .http1_only()
        // A test of another crate has them compiled in.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(Duration::from_secs(5))
        .no_proxy()
}

/// Through `Arc<dyn LiveStreamStopper>`.
pub(crate) struct Livecut {
    stopper: Arc<dyn LiveStreamStopper>,
    request: StopRequest,
}

impl Livecut {
    pub(crate) fn new(provider: OneCallProvider, base: &str) -> Self {
        Self::with(
            provider,
            base,
            HttpOptions::new().with_client_builder(settings()),
        )
    }

    pub(crate) fn with(provider: OneCallProvider, base: &str, http: HttpOptions) -> Self {
        Self {
            stopper: provider.stopper(base, http),
            request: request(),
        }
    }
}

impl Stops for Livecut {
    async fn stop(&self) {
        let outcome = self.stopper.stop(&self.request).await.unwrap();
        assert!(outcome.cut().is_some());
    }
}

/// What a user would write without livecut: typed JSON both ways, a timeout, the status looked at, and nothing else.
pub(crate) struct ByHand {
    provider: OneCallProvider,
    http: reqwest::Client,
    base: String,
}

#[derive(Serialize)]
struct Trim {
    start_time: u64,
    end_time: u64,
}

#[derive(Deserialize)]
struct Trimmed {
    #[expect(dead_code, reason = "a user would show it")]
    message: String,
    trim_scheduled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StopAndCut {
    from_milisecond: u64,
    to_milisecond: u64,
}

#[derive(Deserialize)]
struct Envelope {
    success: bool,
    #[expect(dead_code, reason = "a user would show them")]
    errors: Vec<String>,
    #[expect(dead_code, reason = "a user would show them")]
    messages: Vec<String>,
    result: Video,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Video {
    video_public_id: String,
}

impl ByHand {
    pub(crate) fn new(provider: OneCallProvider, base: &str) -> Self {
        let mut headers = headers();
        headers.remove(CONTENT_TYPE); // `json` sets it.
        Self {
            provider,
            http: settings()
                .default_headers(headers)
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
            base: base.to_owned(),
        }
    }

    async fn post<T: for<'a> Deserialize<'a>>(
        &self,
        stream: &str,
        body: &impl Serialize,
    ) -> reqwest::Result<T> {
        self.http
            .post(self.provider.url(&self.base, stream))
            .json(body)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}

impl Stops for ByHand {
    async fn stop(&self) {
        let (start, end) = CUT;
        match self.provider {
            OneCallProvider::Bare => {
                let trim = Trim {
                    start_time: start,
                    end_time: end,
                };
                let answer: Trimmed = self.post(STREAM, &trim).await.unwrap();
                assert!(answer.trim_scheduled);
            }
            OneCallProvider::Enveloped => {
                let cut = StopAndCut {
                    from_milisecond: start * 1000,
                    to_milisecond: end * 1000,
                };
                let answer: Envelope = self.post(STREAM, &cut).await.unwrap();
                assert!(answer.success && !answer.result.video_public_id.is_empty());
            }
        }
    }
}

/// reqwest and nothing else: the request made beforehand, no JSON, no timeout.
pub(crate) struct Reqwest {
    http: reqwest::Client,
    url: reqwest::Url,
    headers: HeaderMap,
    body: Bytes,
}

impl Reqwest {
    pub(crate) fn new(provider: OneCallProvider, base: &str) -> Self {
        Self {
            http: settings().build().unwrap(),
            url: provider.url(base, STREAM).parse().unwrap(),
            headers: headers(),
            body: Bytes::from_static(provider.body().as_bytes()),
        }
    }
}

impl Stops for Reqwest {
    async fn stop(&self) {
        let mut request = reqwest::Request::new(reqwest::Method::POST, self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.body_mut() = Some(self.body.clone().into());
        let response = self.http.execute(request).await.unwrap();
        assert!(response.status().is_success());
        assert!(!response.bytes().await.unwrap().is_empty());
    }
}

/// hyper and its pool of connections, and nothing else.
pub(crate) struct Hyper {
    http: Client<HttpConnector, Full<Bytes>>,
    uri: http::Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Hyper {
    pub(crate) fn new(provider: OneCallProvider, base: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true); // As reqwest has it.
        Self {
            http: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .build(connector),
            uri: provider.url(base, STREAM).parse().unwrap(),
            headers: headers(),
            body: Bytes::from_static(provider.body().as_bytes()),
        }
    }
}

impl Stops for Hyper {
    async fn stop(&self) {
        let mut request = http::Request::post(self.uri.clone())
            .body(Full::new(self.body.clone()))
            .unwrap();
        *request.headers_mut() = self.headers.clone();
        let response = self.http.request(request).await.unwrap();
        assert!(response.status().is_success());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(!body.is_empty());
    }
}

fn headers() -> HeaderMap {
    let mut authorization = HeaderValue::from_static(CREDENTIAL);
    authorization.set_sensitive(true);
    HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (ACCEPT, HeaderValue::from_static("application/json")),
        (USER_AGENT, HeaderValue::from_static(AGENT)),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ])
}
