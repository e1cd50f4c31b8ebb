//! How often livecut allocates, exactly: so that a call doesn't become dearer unseen.
//!
//! The numbers are this lock file's: where one changes, with a dependency or with our code, look at what came or went
//! (`cargo bench -p livecut-tests` shows the rest of the cost), and write down the new number.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what tests share panics as the tests do"
)]

#[path = "../speed/contestants.rs"]
mod contestants;
#[path = "../speed/endurance.rs"]
mod endurance;
#[path = "../speed/memory.rs"]
mod memory;
#[path = "../speed/server.rs"]
#[expect(dead_code, reason = "here the server is a thread, and no process")]
mod server;
#[path = "../speed/slot.rs"]
#[expect(dead_code, reason = "here no time is taken")]
mod slot;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::thread::JoinHandle;

use livecut_core::CutRange;
use livecut_http::{HttpOptions, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use contestants::{ByHand, Hyper, Livecut, OneCallProvider, Reqwest, Stops, request};
use memory::InMemory;
use server::{Counters, serve};
use slot::runtime;

/// What was counted at a provider.
struct Noted {
    /// A plan.
    plan: u64,
    /// A stop that is answered in memory, with the two that the server in memory makes, and five that make its answer one of
    /// the HTTP client: all but the client's own.
    in_memory: u64,
    /// One that is refused in memory.
    refused: u64,
    /// A stop over a connection.
    stop: u64,
    /// The same, written by hand.
    by_hand: u64,
}

fn noted(provider: OneCallProvider) -> Noted {
    match provider {
        OneCallProvider::Bare => Noted {
            plan: 3,
            in_memory: 19,
            refused: 23,
            stop: 53,
            by_hand: 54,
        },
        OneCallProvider::Enveloped => Noted {
            plan: 3,
            in_memory: 19,
            refused: 23,
            stop: 53,
            by_hand: 54,
        },
    }
}

/// By how many allocations a stop may be above one that is written by hand.
const MOST_MORE: u64 = 0;

#[track_caller]
fn assert_allocates(what: &str, counted: u64, noted: u64) {
    assert_eq!(
        counted, noted,
        "{what} allocates {counted} times, and {noted} are noted here. Look at what came or went before you note \
         the new number in tests/allocations/main.rs"
    );
}

/// How often this thread allocates in it.
fn count(part: impl FnOnce()) -> u64 {
    allocation_counter::measure(part).count_total
}

/// How often a stop allocates once the connection is there. Every so often a call brings the connection's next buffer too,
/// so it is the least of many.
fn least(call: impl AsyncFn()) -> u64 {
    let runtime = runtime();
    (0..200)
        .map(|_| {
            // Made beforehand, so that it isn't counted that a runtime boxes large futures.
            let mut stop = Box::pin(call());
            count(|| runtime.block_on(stop.as_mut()))
        })
        .min()
        .unwrap()
}

/// The server of the bench, in a thread of its own, where its allocations aren't counted.
struct Server {
    base: String,
    counters: Arc<Counters>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(provider: OneCallProvider) -> Self {
        let runtime = runtime();
        let address = (Ipv4Addr::LOCALHOST, 0);
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = oneshot::channel();
        let serving = serve(listener, provider, Arc::clone(&counters));
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    never = serving => match never.unwrap() {},
                    _ = stopped => {}
                }
            });
        });
        Self {
            base,
            counters,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The largest that glibc's allocator takes from a thread's own store (its default): the rest goes a slower way.
const MOST_BYTES: usize = 1032;

#[test]
fn the_future_of_a_stop_is_small_enough_for_the_allocators_fast_way() {
    for provider in OneCallProvider::ALL {
        let stopper = provider.stopper("http://localhost", HttpOptions::new());
        let request = request();
        let bytes = size_of_val(&*stopper.stop(&request));
        assert!(bytes <= MOST_BYTES, "{}: {bytes} bytes", provider.name());
    }
}

#[test]
fn a_stop_allocates_as_often_as_is_noted_here() {
    for provider in OneCallProvider::ALL {
        let http = HttpOptions::new().with_transport(InMemory::done(provider));
        let livecut = Livecut::with(provider, "http://localhost", http);
        let what = format!("a stop at {} in memory", provider.name());
        assert_allocates(
            &what,
            least(async || livecut.stop().await),
            noted(provider).in_memory,
        );
    }
}

/// A refusal costs the error and what it keeps: the answer's body, the sentence, the ticket.
#[test]
fn a_refused_stop_allocates_as_often_as_is_noted_here() {
    for provider in OneCallProvider::ALL {
        let http = HttpOptions::new()
            .with_retry(RetryPolicy::none())
            .with_transport(InMemory::busy());
        let stopper = provider.stopper("http://localhost", http);
        let request = request();
        let what = format!("a refused stop at {}", provider.name());
        let refused = least(async || assert!(stopper.stop(&request).await.is_err()));
        assert_allocates(&what, refused, noted(provider).refused);
    }
}

#[test]
fn a_stop_over_a_connection_allocates_no_more_than_one_that_is_written_by_hand() {
    for provider in OneCallProvider::ALL {
        let server = Server::start(provider);
        let livecut = Livecut::new(provider, &server.base);
        let livecut = least(async || livecut.stop().await);
        let by_hand = ByHand::new(provider, &server.base);
        let by_hand = least(async || by_hand.stop().await);
        let (name, noted) = (provider.name(), noted(provider));
        assert_allocates(&format!("a stop at {name}"), livecut, noted.stop);
        assert_allocates(&format!("one by hand at {name}"), by_hand, noted.by_hand);
        assert!(
            livecut <= by_hand + MOST_MORE,
            "{livecut}, by hand {by_hand}"
        );
    }
}

#[test]
fn the_pure_parts_allocate_as_often_as_is_noted_here() {
    let request = request();
    for provider in OneCallProvider::ALL {
        let stopper = provider.stopper("https://api.example.com", HttpOptions::new());
        let plan = count(|| drop(stopper.plan(&request).unwrap()));
        let what = format!("a plan at {}", provider.name());
        assert_allocates(&what, plan, noted(provider).plan);
    }
    for (cut, noted) in [
        ("30s..2m", 0),
        ("@1736754600..@1736754900", 0),
        ("2025-01-13T07:50:00Z..2025-01-13T07:55:00.5Z", 2),
    ] {
        let read = count(|| assert!(cut.parse::<CutRange>().is_ok()));
        assert_allocates(&format!("reading the cut {cut}"), read, noted);
    }
}

#[test]
fn nothing_is_left_of_many_stops_and_their_number_costs_no_memory() {
    let [few, many] = [1_000, 10_000].map(|calls| {
        let server = Server::start(OneCallProvider::Bare);
        let trace = endurance::stops(&server.base, calls, || server.counters.seen());
        endurance::assert_nothing_is_left(&trace);
        trace
    });
    endurance::assert_no_growth(&few, &many);
}

#[test]
fn all_that_a_stopper_asks_goes_over_one_connection() {
    for provider in OneCallProvider::ALL {
        let server = Server::start(provider);
        let stopper = provider.stopper(&server.base, HttpOptions::new());
        let request = request();
        runtime().block_on(async {
            let outcome = stopper.stop(&request).await.unwrap();
            // They don't find in the answer to a stop what they look for.
            let _ = stopper.status(request.stream()).await;
            let _ = stopper.follow(outcome.ticket()).await;
        });
        let seen = server.counters.seen();
        assert_eq!((seen.requests, seen.accepted), (3, 1), "{provider:?}");
    }
}

#[test]
fn all_ways_to_stop_send_the_same_lines_and_the_same_body() {
    for provider in OneCallProvider::ALL {
        let sent = [
            sent(provider, |base| Livecut::new(provider, base)),
            sent(provider, |base| ByHand::new(provider, base)),
            sent(provider, |base| Reqwest::new(provider, base)),
            sent(provider, |base| Hyper::new(provider, base)),
        ];
        for other in &sent {
            assert_eq!(other, &sent[0]);
        }
    }
}

/// What a server gets of a stop: the request line, the headers in the order of the alphabet, the body.
fn sent<S: Stops>(provider: OneCallProvider, contestant: impl FnOnce(&str) -> S) -> Vec<String> {
    let runtime = runtime();
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let contestant = contestant(&format!("http://{address}"));
        let answered = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            while !text.ends_with('}') {
                let mut buffer = [0; 4096];
                let read = socket.read(&mut buffer).await.unwrap();
                text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            }
            let body = provider.answer();
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
            socket.write_all(answer.as_bytes()).await.unwrap();
            text
        };
        let ((), text) = tokio::join!(contestant.stop(), answered);
        let mut lines: Vec<_> = text
            .replace(&address, "(the server)")
            .split("\r\n")
            .map(str::to_owned)
            .collect();
        let headers = 1..lines.len() - 2;
        lines[headers].sort();
        lines
    })
}
