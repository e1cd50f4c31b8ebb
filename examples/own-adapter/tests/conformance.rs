//! The adapter against livecut's conformance suite, with the recorder played in memory: no sockets,
//! and a clock that jumps over the waits between retries.
//!
//! The recorder is written from its own documents (the table in `lib.rs`), and shares nothing with the
//! adapter.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use livecut::{LiveStreamStopperExt as _, StopRequest, WaitEvent, WaitPolicy};
use livecut_conformance::{
    Fault, LiveStream, Misconfiguration, ReceivedRequest, World, WorldError, WorldResult,
};
use livecut_core::{CutRange, CutVerdict, LiveStreamStopper, StreamId};
use livecut_http::{
    BoxError, HttpOptions, RequestBody, ResponseBody, Sending, Transport, TransportError,
};
use livecut_own_adapter::Recorder;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use time::OffsetDateTime;

const BASE: &str = "https://recorder.example/eu";
const KEY: &str = "recorder-key-51f0";

#[tokio::test(start_paused = true)]
async fn the_adapter_keeps_livecut_s_contract() {
    let report = livecut_conformance::run(&Played::default()).await.unwrap();
    report.assert_passed();
    // Whatever is skipped is named here, so that no check vanishes unnoticed.
    report.assert_skipped(&["a_visibility_reaches_the_server"]);
}

/// The recorder documents a recording's duration, so what the facade waits for is a cut that is
/// confirmed.
#[tokio::test(start_paused = true)]
async fn livecut_waits_for_its_recording_and_has_the_cut_confirmed() {
    let recorder = Played::default();
    let channel = recorder.begin(Duration::from_secs(3600)).await.unwrap();
    let request = StopRequest::new(channel.id).with_cut("30s..2m".parse().unwrap());
    let policy = WaitPolicy::new().with_observer(|event| {
        if let WaitEvent::InProgress { next_look_in, .. } = event {
            recorder.state().now += next_look_in;
        }
    });
    let stopper = recorder.stopper().unwrap();
    let ready = stopper.stop_and_wait(&request, policy).await.unwrap();
    assert_eq!(ready.verdict(), Some(CutVerdict::Confirmed));
}

// ---- The recorder. ----

#[derive(Debug, Clone, Default)]
struct Played(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    now: Duration,
    channels: BTreeMap<String, Channel>,
    faults: BTreeMap<String, Fault>,
    /// After how many requests one is refused for its rate, and how long it is told to wait.
    refusal: Option<(usize, Option<Duration>)>,
    /// After how many requests one meets a fault.
    strike: Option<(usize, Fault)>,
    requests: Vec<ReceivedRequest>,
}

#[derive(Debug)]
struct Channel {
    /// In milliseconds, from the recording's start.
    recorded: u64,
    kept: Option<[u64; 2]>,
    stopped: Option<Duration>,
}

impl Channel {
    fn is_ready(&self, now: Duration) -> bool {
        let written = Duration::from_secs(60);
        self.stopped
            .is_some_and(|at| now >= at.saturating_add(written))
    }

    fn describe(&self, now: Duration) -> Value {
        match (self.stopped, self.kept) {
            (Some(_), Some([from, to])) if self.is_ready(now) => json!({
                "state": "ready",
                "recording": {
                    "url": "https://cdn.recorder.example/v.m3u8",
                    "duration_ms": to.saturating_sub(from),
                },
            }),
            (Some(_), _) => json!({"state": "processing"}),
            (None, _) => json!({"state": "live"}),
        }
    }
}

impl Played {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Puts the request down. Whether it is refused for its rate, and how long it is then told to wait.
    fn refusal(&self, request: &Request<Bytes>) -> Option<Option<Duration>> {
        let mut state = self.state();
        state.requests.push(ReceivedRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            request.body().to_vec(),
        ));
        match state.refusal.take()? {
            (0, wait) => Some(wait),
            (after, wait) => {
                state.refusal = Some((after.saturating_sub(1), wait));
                None
            }
        }
    }

    /// `None`: the connection breaks.
    fn answer(&self, request: &Request<Bytes>) -> Option<(u16, Value)> {
        let mut state = self.state();
        let State {
            now,
            channels,
            faults,
            strike,
            ..
        } = &mut *state;
        let struck = strike.take_if(|(after, _)| *after == 0);
        if let Some((after, _)) = strike {
            *after = after.saturating_sub(1);
        }
        let url = request.uri().to_string();
        let key = request.headers().get("authorization").unwrap();
        if key != format!("Bearer {KEY}").as_str() {
            return Some((401, Value::Null));
        }
        let path = url.strip_prefix(BASE).unwrap_or_else(|| panic!("{url}"));
        let segments: Vec<&str> = path.split('/').collect();
        let (id, stops) = match (request.method().as_str(), segments.as_slice()) {
            ("GET", ["", "v1", "channels", id]) => (id, false),
            ("POST", ["", "v1", "channels", id, "stop"]) => (id, true),
            _ => return Some((404, Value::Null)),
        };
        let id = percent_decode_str(id).decode_utf8().unwrap().into_owned();
        let Some(channel) = channels.get_mut(&id) else {
            return Some((404, Value::Null));
        };
        let struck = struck.map(|(_, fault)| fault);
        if !stops {
            return Some(match struck {
                None => (200, channel.describe(*now)),
                Some(Fault::Refused) => (422, Value::Null),
                Some(Fault::GarbledApplied) => (200, json!("live")),
                Some(_) => (503, Value::Null),
            });
        }
        let fault = struck.or(faults.remove(&id));
        match fault {
            Some(Fault::Refused) => return Some((422, Value::Null)),
            Some(Fault::RateLimited) => return Some((429, Value::Null)),
            Some(Fault::Unavailable) => return Some((503, Value::Null)),
            _ => {}
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let keep = body.get("keep");
        let kept = match keep {
            None => [0, channel.recorded],
            Some(keep) => {
                ["from_ms", "to_ms"].map(|bound| keep.get(bound).and_then(Value::as_u64).unwrap())
            }
        };
        let [from, to] = kept;
        if channel.stopped.is_some() || from >= to || to > channel.recorded {
            return Some((422, Value::Null));
        }
        channel.stopped = Some(*now);
        channel.kept = Some(kept);
        match fault {
            Some(Fault::UnavailableApplied) => Some((503, Value::Null)),
            Some(Fault::GarbledApplied) => Some((200, json!("stopped"))),
            Some(Fault::BrokenApplied) => None,
            _ => Some((200, json!({"stopped": true, "keep": keep}))),
        }
    }
}

impl Transport for Played {
    fn send(&self, request: Request<RequestBody>) -> Sending {
        let recorder = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            // It can't fail: its error has no value.
            let body = body.collect().await.unwrap().to_bytes();
            let request = Request::from_parts(head, body);
            let refusal = recorder.refusal(&request);
            let (status, body) = match refusal {
                Some(_) => (429, Value::Null),
                None => recorder
                    .answer(&request)
                    .ok_or_else(|| TransportError::interrupted("as the test has it"))?,
            };
            let body: ResponseBody = Box::pin(Full::from(body.to_string()).map_err(BoxError::from));
            let mut response = Response::new(body);
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            if let Some(wait) = refusal.flatten() {
                let headers = response.headers_mut();
                headers.insert("retry-after", wait.as_secs().into());
            }
            Ok(response)
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// Nobody listens.
#[derive(Debug)]
struct Nobody;

impl Transport for Nobody {
    fn send(&self, _: Request<RequestBody>) -> Sending {
        Box::pin(async { Err(TransportError::connect("nobody listens")) })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

// ---- The recorder as the suite sees it. ----

/// Between two milliseconds, so that an instant on the grid isn't an offset on the grid.
fn epoch() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(1_736_754_600_000_300_000).unwrap()
}

impl Played {
    fn begin_channel(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        let mut state = self.state();
        let channel = Channel {
            recorded: length.as_millis().try_into()?,
            kept: None,
            stopped: None,
        };
        state.channels.insert(id.to_string(), channel);
        Ok(epoch()
            .saturating_add(state.now.try_into()?)
            .saturating_sub(length.try_into()?))
    }

    fn channel<T>(
        &self,
        id: &StreamId,
        look: impl FnOnce(&Channel, Duration) -> T,
    ) -> WorldResult<T> {
        let state = self.state();
        let channel = state.channels.get(id.as_str());
        let channel = channel.ok_or_else(|| WorldError::failed("there is no such channel"))?;
        Ok(look(channel, state.now))
    }

    fn recorder(key: &str, transport: impl Transport) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        let options = HttpOptions::new().with_transport(transport);
        Ok(Arc::new(Recorder::new(BASE, key, options)?))
    }
}

#[async_trait]
impl World for Played {
    fn stopper(&self) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        Self::recorder(KEY, self.clone())
    }

    fn misconfigured(&self, wrong: Misconfiguration) -> WorldResult<Arc<dyn LiveStreamStopper>> {
        match wrong {
            Misconfiguration::WrongCredential => Self::recorder("another", self.clone()),
            Misconfiguration::Unreachable => Self::recorder(KEY, Nobody),
            // What a later version of the suite adds.
            _ => Err(WorldError::not_simulated(format!("{wrong:?}"))),
        }
    }

    fn base_urls(&self) -> Vec<String> {
        vec![BASE.to_owned()]
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }

    async fn begin(&self, length: Duration) -> WorldResult<LiveStream> {
        let id = StreamId::new(format!("studio-{}", self.state().channels.len()))?;
        let start = self.begin_channel(&id, length)?;
        Ok(LiveStream::new(id, start))
    }

    async fn begin_named(&self, id: &StreamId, length: Duration) -> WorldResult<OffsetDateTime> {
        self.begin_channel(id, length)
    }

    async fn kept(&self, id: &StreamId) -> WorldResult<Option<CutRange>> {
        let kept = self.channel(id, |channel, _| channel.kept)?;
        let range = |kept: [u64; 2]| {
            let [start, end] = kept.map(Duration::from_millis);
            CutRange::offsets(start, end)
        };
        Ok(kept.map(range).transpose()?)
    }

    async fn requests(&self) -> WorldResult<Vec<ReceivedRequest>> {
        Ok(self.state().requests.clone())
    }

    async fn fault(&self, id: &StreamId, fault: Fault) -> WorldResult<()> {
        self.state().faults.insert(id.to_string(), fault);
        Ok(())
    }

    async fn refuse_for_rate(
        &self,
        after: usize,
        retry_after: Option<Duration>,
    ) -> WorldResult<()> {
        self.state().refusal = Some((after, retry_after));
        Ok(())
    }

    async fn fault_after(&self, after: usize, fault: Fault) -> WorldResult<()> {
        self.state().strike = Some((after, fault));
        Ok(())
    }

    async fn advance(&self, length: Duration) -> WorldResult<()> {
        let mut state = self.state();
        state.now = state.now.saturating_add(length);
        Ok(())
    }

    async fn is_ready(&self, id: &StreamId) -> WorldResult<bool> {
        self.channel(id, Channel::is_ready)
    }
}
