//! What many stops at once cost: by how many are under way, not by how many there are.

use std::task::Poll;
use std::time::SystemTime;

use livecut::{StopAllOptions, stop_all};
use livecut_core::{CutRange, Error, StopRequest, StreamId};
use livecut_http::{HttpOptions, RequestBody, ResponseBody, Sending, Transport};

use crate::contestants::OneCallProvider;
use crate::{Bytes, KIB, Lazy, alone, peak, runtime};

/// Confirms every stop, and holds nothing of it.
#[derive(Debug)]
struct Confirms;

impl Transport for Confirms {
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        Box::pin(async move {
            // Others are under way meanwhile.
            let mut turns = 0..3;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                turns.next().map_or(Poll::Ready(()), |_| Poll::Pending)
            })
            .await;
            drop(request);
            let answer = OneCallProvider::Bare.answer();
            let body: ResponseBody = Box::pin(Lazy::whole(Bytes::from_static(answer.as_bytes())));
            Ok(http::Response::new(body))
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// Stops so many streams, and counts those that were stopped.
async fn stop_many(stops: usize, concurrency: usize) -> Result<usize, Error> {
    let options = HttpOptions::new().with_transport(Confirms);
    let stopper = OneCallProvider::Bare.stopper("http://localhost", options);
    let requests = (0..stops).map(|number| {
        let stream = StreamId::new(format!("stream-{number:06}")).unwrap();
        StopRequest::new(stream).with_cut(CutRange::seconds(30, 120).unwrap())
    });
    let options = StopAllOptions::new().with_concurrency(concurrency);
    let mut results = stop_all(&stopper, requests, options);
    let mut done = 0;
    while let Some(stop) = results.next().await {
        stop.into_result()?;
        done += 1;
    }
    Ok(done)
}

#[test]
fn twenty_thousand_stops_cost_what_a_thousand_cost() {
    let _alone = alone();
    let runtime = runtime();
    let cost = |stops, concurrency| {
        let (cost, done) = peak(|| runtime.block_on(stop_many(stops, concurrency)));
        assert_eq!(done.unwrap(), stops);
        cost
    };
    // With one pointer kept of each stop, these would cost 148 KiB more.
    let (few, many) = (cost(1_000, 64), cost(20_000, 64));
    println!("at most {few} bytes for 1,000 stops, {many} for 20,000");
    assert!(many <= few + 64 * KIB, "{many} bytes, {few} for 1,000");
    let more_at_once = cost(1_000, 512);
    assert!(more_at_once > few, "{more_at_once} bytes with 512 at once");
}
