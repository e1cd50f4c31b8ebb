//! Two that go on with one ticket at the same time, and are killed: in every order in which their requests can be carried out
//! and answered.

use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use livecut_core::{LiveStreamStopper as _, Progress, RecordingId, Ticket};
use livecut_http::testing::MemoryServer;
use livecut_http::{HttpOptions, RequestBody, RetryPolicy, Sending, Transport};
use livecut_mux::{Mux, MuxConfig};
use serde_json::{Value, json};

use crate::{cut, recording};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    List,
    Create,
}

#[derive(Debug)]
struct Request {
    by: usize,
    kind: Kind,
    target: String,
    answer: Option<Value>,
}

/// A Mux with one live stream, which is idle, its recording, and the clips that were made of that.
#[derive(Debug, Default)]
struct Account {
    clips: usize,
    requests: Vec<Request>,
    /// What was carried out for whom, in order.
    order: Vec<(usize, Kind)>,
    /// Who sends just now.
    acting: usize,
}

impl Account {
    fn carry_out(&mut self, n: usize) {
        let (by, kind, target) = {
            let request = &self.requests[n];
            (request.by, request.kind, request.target.clone())
        };
        self.order.push((by, kind));
        let clip = |n: usize| json!({"id": format!("clip{n}"), "status": "preparing", "source_asset_id": "abc", "passthrough": *MARK});
        let answer = match kind {
            Kind::Read if target.contains("live-streams") => {
                json!({"data": {"id": crate::stream().as_str(), "status": "idle", "recent_asset_ids": ["abc"]}})
            }
            Kind::Read => {
                json!({"data": {"id": "abc", "status": "ready", "live_stream_id": crate::stream().as_str()}})
            }
            Kind::List => {
                let clips: Vec<_> = (0..self.clips).map(clip).collect();
                json!({"data": clips, "next_cursor": null})
            }
            Kind::Create => {
                self.clips += 1;
                json!({"data": clip(self.clips - 1)})
            }
        };
        self.requests[n].answer = Some(answer);
    }

    /// The requests of `by` that aren't answered.
    fn open(&self, by: usize) -> Vec<usize> {
        let requests = self.requests.iter().enumerate();
        let open = requests.filter(|(_, request)| request.by == by && request.answer.is_none());
        open.map(|(n, _)| n).collect()
    }
}

static MARK: LazyLock<String> = LazyLock::new(|| {
    let plan = crate::connected().0.plan(&named()).unwrap();
    let body = plan.steps().last().unwrap().body().unwrap().to_owned();
    let (_, mark) = body.split_once(r#""passthrough":""#).unwrap();
    mark.trim_end_matches(r#""}"#).to_owned()
});

fn named() -> livecut_core::StopRequest {
    cut("30..120").with_recording(recording("abc"))
}

/// The way to the account, on which each request waits until it is its turn.
#[derive(Clone, Debug, Default)]
struct Wire(Arc<Mutex<Account>>);

impl Wire {
    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap()
    }

    fn stopper(&self) -> Mux {
        let http = HttpOptions::new()
            .with_retry(RetryPolicy::none())
            .with_transport(self.clone());
        let config = MuxConfig::new("id", "secret").unwrap().with_http(http);
        Mux::new(config).unwrap()
    }
}

impl Transport for Wire {
    fn send(&self, request: http::Request<RequestBody>) -> Sending {
        let wire = self.clone();
        Box::pin(async move {
            let target = request.uri().to_string();
            let kind = match request.method().as_str() {
                "POST" => Kind::Create,
                _ if target.contains("assets?") => Kind::List,
                _ => Kind::Read,
            };
            let n = {
                let mut account = wire.account();
                let by = account.acting;
                account.requests.push(Request {
                    by,
                    kind,
                    target,
                    answer: None,
                });
                account.requests.len() - 1
            };
            let answer = std::future::poll_fn(|_| match &wire.account().requests[n].answer {
                Some(answer) => Poll::Ready(answer.to_string()),
                None => Poll::Pending,
            })
            .await;
            let server = MemoryServer::new();
            server.answer(if kind == Kind::Create { 201 } else { 200 }, answer);
            server.send(request).await
        })
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

type Actor<'a> = Pin<Box<dyn Future<Output = Option<RecordingId>> + 'a>>;

/// What can happen next.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A request is carried out and answered.
    Answer(usize),
    /// An actor is killed. What it has sent, and has no answer to, never arrives; or it is carried out all the same.
    Kill(usize, bool),
}

/// Two stoppers, which may be the same one, and that of who comes later; does the second stop, or does it follow?
struct Scene<'a> {
    stoppers: [&'a Mux; 2],
    later: &'a Mux,
    second_stops: bool,
    wire: &'a Wire,
    ticket: &'a Ticket,
}

impl<'a> Scene<'a> {
    fn actor(&self, n: usize) -> Actor<'a> {
        let (stopper, ticket) = (self.stoppers[n], self.ticket);
        if n == 1 && self.second_stops {
            return Box::pin(async {
                let outcome = stopper.stop(&named()).await.unwrap();
                outcome.ticket().recording().cloned()
            });
        }
        Box::pin(async {
            let progress = stopper.follow(ticket).await.unwrap();
            progress.ticket().recording().cloned()
        })
    }

    /// Lets happen what these choices say, and then always the first thing that can; how many things could have
    /// happened each time.
    fn play(&self, choices: &[usize]) -> Vec<usize> {
        *self.wire.account() = Account::default();
        let mut actors = [Some(self.actor(0)), Some(self.actor(1))];
        let mut context = Context::from_waker(Waker::noop());
        let mut widths = Vec::new();
        let mut kills = 0;
        loop {
            // The second time round, what the first one gave way to goes on.
            for n in [0, 1, 0, 1] {
                self.wire.account().acting = n;
                if let Some(actor) = &mut actors[n]
                    && let Poll::Ready(recording) = actor.as_mut().poll(&mut context)
                {
                    assert!(recording.is_some(), "{choices:?}");
                    actors[n] = None;
                }
            }
            let alive: Vec<_> = (0..2).filter(|n| actors[*n].is_some()).collect();
            if alive.is_empty() {
                return widths;
            }
            let mut events = Vec::new();
            for n in &alive {
                events.extend(self.wire.account().open(*n).into_iter().map(Event::Answer));
            }
            assert!(!events.is_empty(), "they wait for each other: {choices:?}");
            if kills == 0 {
                events.extend(alive.iter().map(|n| Event::Kill(*n, false)));
                events.extend(alive.iter().map(|n| Event::Kill(*n, true)));
            }
            let choice = choices.get(widths.len()).copied().unwrap_or(0);
            widths.push(events.len());
            match events[choice] {
                Event::Answer(request) => self.wire.account().carry_out(request),
                Event::Kill(n, arrives) => {
                    kills += 1;
                    actors[n] = None;
                    let mut account = self.wire.account();
                    for request in account.open(n) {
                        if arrives {
                            account.carry_out(request);
                        }
                    }
                }
            }
        }
    }

    /// Every way in which it can go, one after the other.
    fn play_all(&self, mut after: impl FnMut(&[usize])) -> usize {
        let mut choices = Vec::new();
        let mut played = 0;
        loop {
            played += 1;
            let widths = self.play(&choices);
            choices.resize(widths.len(), 0);
            after(&choices);
            // The next one: the last choice that has another to come.
            loop {
                let Some(last) = choices.pop() else {
                    return played;
                };
                if last + 1 < widths[choices.len()] {
                    choices.push(last + 1);
                    break;
                }
            }
        }
    }

    /// Whoever follows the first ticket later, in another process, finds a clip; which one.
    fn follow_later(&self) -> RecordingId {
        let mut follow = self.later.follow(self.ticket);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            self.wire.account().acting = 2;
            if let Poll::Ready(progress) = follow.as_mut().poll(&mut context) {
                let progress = progress.unwrap();
                assert!(matches!(progress, Progress::InProgress(_)), "{progress:?}");
                return progress.ticket().recording().unwrap().clone();
            }
            let mut account = self.wire.account();
            for request in account.open(2) {
                account.carry_out(request);
            }
        }
    }
}

fn ticket() -> Ticket {
    let plan = crate::connected().0.plan(&named()).unwrap();
    plan.ticket().unwrap().clone()
}

#[tokio::test]
async fn two_that_share_a_stopper_make_one_clip_in_every_order_and_wherever_one_is_killed() {
    tokio::task::unconstrained(async {
        for second_stops in [false, true] {
            let (wire, ticket) = (Wire::default(), ticket());
            let stopper = wire.stopper();
            let scene = Scene {
                stoppers: [&stopper, &stopper],
                later: &wire.stopper(),
                second_stops,
                wire: &wire,
                ticket: &ticket,
            };
            let played = scene.play_all(|choices| {
                assert_eq!(scene.follow_later(), recording("clip0"), "{choices:?}");
                assert_eq!(wire.account().clips, 1, "{choices:?}");
            });
            println!("{played} ways");
            assert!(played >= 20, "{played}");
        }
    })
    .await;
}

/// The race that the README names, and no other.
#[tokio::test]
async fn two_processes_make_two_clips_only_where_each_looked_before_the_other_made_its() {
    tokio::task::unconstrained(async {
        for second_stops in [false, true] {
            let (wire, ticket) = (Wire::default(), ticket());
            let stoppers = [wire.stopper(), wire.stopper()];
            let scene = Scene {
                stoppers: [&stoppers[0], &stoppers[1]],
                later: &wire.stopper(),
                second_stops,
                wire: &wire,
                ticket: &ticket,
            };
            let mut races = 0;
            let played = scene.play_all(|choices| {
                assert_eq!(scene.follow_later(), recording("clip0"), "{choices:?}");
                let account = wire.account();
                let made = account
                    .order
                    .iter()
                    .position(|(_, kind)| *kind == Kind::Create);
                let looked = |by| {
                    account
                        .order
                        .iter()
                        .position(|event| *event == (by, Kind::List))
                };
                let raced = (0..2).all(|by| looked(by).is_some_and(|at| Some(at) < made));
                races += usize::from(account.clips == 2);
                assert!(
                    account.clips == 1 || account.clips == 2 && raced,
                    "{choices:?}"
                );
            });
            println!("{played} ways, {races} races");
            assert!(races > 0 && races < played, "{races} of {played}");
        }
    })
    .await;
}
