//! `stop_all` with a journal: going on where another run ended, however it ended.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicU64;

use super::*;
use livecut::journal::{Account, BoxError, History, Journal, Record};
use livecut::testing::{FollowReply, ScriptedStopper, StatusReply, StopReply};
use livecut::{
    Cut, CutRange, InProgress, RecordingId, Standing, StopAllOptions, StopResult, stop_all,
};

const MILLI: Duration = Duration::from_millis(1);

/// A table in memory, which takes its time, and fails when a test says so.
#[derive(Debug, Default)]
struct Table {
    rows: Mutex<BTreeMap<(String, StreamId), Vec<Record>>>,
    is_slow: bool,
    /// What it takes before it fails, if it does.
    room: Option<AtomicU64>,
    is_unreadable: bool,
    reads: AtomicUsize,
}

impl Table {
    async fn take_time(&self) {
        if self.is_slow {
            tokio::time::sleep(MILLI * fastrand::u32(0..4)).await;
        }
    }

    /// How many records there are of each step.
    fn counts(&self) -> [usize; 3] {
        let mut counts = [0; 3];
        for record in self.rows.lock().unwrap().values().flatten() {
            counts[match record {
                Record::Begun(_) => 0,
                Record::Following(_) => 1,
                _ => 2,
            }] += 1;
        }
        counts
    }
}

#[async_trait]
impl Journal for Table {
    async fn history(&self, account: &Account, stream: &StreamId) -> Result<History, BoxError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.take_time().await;
        if self.is_unreadable {
            return Err("the database is away".into());
        }
        let key = (account.to_string(), stream.clone());
        let records = self.rows.lock().unwrap().get(&key).cloned();
        Ok(History::of(records.unwrap_or_default())?)
    }

    async fn append(
        &self,
        account: &Account,
        place: u64,
        record: &Record,
    ) -> Result<bool, BoxError> {
        self.take_time().await;
        if let Some(room) = &self.room
            && room
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| {
                    room.checked_sub(1)
                })
                .is_err()
        {
            return Err("the disk is full".into());
        }
        let is_taken = {
            let mut rows = self.rows.lock().unwrap();
            let key = (account.to_string(), record.stream().clone());
            let records = rows.entry(key).or_default();
            let is_free = u64::try_from(records.len()).unwrap() == place;
            if is_free {
                records.push(record.clone());
            }
            !is_free
        };
        // Here it is there already, and nobody has been told.
        self.take_time().await;
        Ok(!is_taken)
    }
}

async fn all<R>(mut stops: livecut::StopAll<'_, R>) -> Vec<StopResult<R>> {
    let mut results = Vec::new();
    while let Some(stop) = stops.next().await {
        results.push(stop);
    }
    results
}

async fn one(stopper: &ScriptedStopper, journal: &Table, options: StopAllOptions) -> StopResult {
    let stops = stop_all(stopper, [crate::request()], options).with_journal(journal);
    all(stops).await.remove(0)
}

fn unknown() -> Effect {
    Effect::new(Certainty::Unknown, Certainty::Unknown)
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_given_again_and_not_sent_again() {
    let (provider, journal) = (FakeProvider::new(), Table::default());
    for run in 0..2 {
        let stops = stop_all(&provider, requests(50), StopAllOptions::new());
        let results = all(stops.with_journal(&journal)).await;
        assert_eq!(results.len(), 50);
        for stop in &results {
            assert!(stop.result().is_ok());
            assert_eq!(stop.is_earlier(), run == 1);
            assert_eq!(stop.attempts(), u32::from(run == 0));
            assert!(
                stop.history()
                    .is_some_and(|history| history.standing().is_none())
            );
        }
        assert_eq!(provider.book().arrived.len(), 50);
        assert_eq!(journal.counts(), [50, 0, 50]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_did_nothing_is_stopped_again_and_what_is_unknown_never() {
    for (effect, again) in [(Effect::NONE, true), (unknown(), false)] {
        let stopper = ScriptedStopper::new()
            .on_stop(StopReply::error(ErrorKind::Interrupted, effect))
            .on_stop(StopReply::accepted());
        let journal = Table::default();
        let first = one(&stopper, &journal, StopAllOptions::new()).await;
        let first = first.into_result().unwrap_err();
        assert_eq!(first.effect(), effect);
        let second = one(&stopper, &journal, StopAllOptions::new()).await;
        assert_eq!(stopper.stops().len(), 1 + usize::from(again));
        assert_eq!(second.is_earlier(), !again);
        let error = match second.into_result() {
            Ok(_) => {
                assert!(again);
                continue;
            }
            Err(error) => error,
        };
        // It says what the earlier run was told, and where that leaves things.
        assert_eq!(error.standing(), Standing::Unknown);
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert_eq!(error.ticket(), first.ticket());
        assert!(error.to_string().contains(&first.to_string()), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_owed_cut_is_followed_a_step_each_run_until_it_is_made() {
    let recording = RecordingId::new("clip").unwrap();
    let stopper = ScriptedStopper::new()
        .with_capabilities(ScriptedStopper::new().capabilities())
        .on_stop(StopReply::cut_owed())
        .on_follow(FollowReply::in_progress("preparing", MILLI))
        .on_follow(FollowReply::error(ErrorKind::Connect, Effect::NONE))
        .on_follow(FollowReply::ready(livecut::Recording::new(recording)));
    let journal = Table::default();
    for follows in 0..3 {
        let stop = one(&stopper, &journal, StopAllOptions::new()).await;
        let error = stop.result().unwrap_err();
        assert_eq!(error.standing(), Standing::CutOwed, "{error}");
        assert_eq!(stopper.follows().len(), follows);
    }
    for _ in 0..2 {
        let stop = one(&stopper, &journal, StopAllOptions::new()).await;
        let outcome = stop.result().unwrap();
        assert!(outcome.cut().is_some() && !outcome.ticket().owes_cut());
    }
    assert_eq!((stopper.stops().len(), stopper.follows().len()), (1, 3));
    assert_eq!(journal.counts(), [1, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_look_proves_what_a_killed_run_has_left_if_it_had_looked_too() {
    for looked in [false, true] {
        let reply = StopReply::accepted().after(10 * MILLI);
        let status = |state| StatusReply::state(state, "x");
        let stopper = ScriptedStopper::new()
            .on_stop(reply)
            .on_status(status(StreamState::Live));
        let journal = Table::default();
        let options = |reconciles| match reconciles {
            true => StopAllOptions::new().with_reconcile(),
            false => StopAllOptions::new(),
        };
        let request = [StopRequest::new(stream("room"))];
        let mut killed =
            stop_all(&stopper, request.clone(), options(looked)).with_journal(&journal);
        let ended = tokio::time::timeout(MILLI, killed.next()).await;
        assert!(ended.is_err());
        drop(killed);

        let over = ScriptedStopper::new().on_status(status(StreamState::Ended).always());
        for reconciles in [false, true] {
            let stops = stop_all(&over, request.clone(), options(reconciles));
            let stop = all(stops.with_journal(&journal)).await.remove(0);
            let proved = reconciles && looked;
            assert_eq!(stop.result().is_ok(), proved, "{stop:?}");
            assert_eq!(stop.is_earlier(), !proved);
        }
        assert_eq!(over.statuses().len(), usize::from(looked));
        let stops = stop_all(&over, request, options(false)).with_journal(&journal);
        assert_eq!(
            all(stops).await[0].result().is_ok(),
            looked,
            "it is written down"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn another_request_is_refused_and_nothing_is_sent_or_written() {
    let stopper = ScriptedStopper::new().on_stop(StopReply::accepted().always());
    let journal = Table::default();
    one(&stopper, &journal, StopAllOptions::new()).await;
    let other = crate::request().with_cut(CutRange::seconds(30, 60).unwrap());
    let stops = stop_all(&stopper, [other], StopAllOptions::new()).with_journal(&journal);
    let error = all(stops).await.remove(0).into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::Yes));
    assert!(
        error.to_string().contains("cut 30s..120s, now 30s..60s"),
        "{error}"
    );
    assert_eq!((stopper.stops().len(), journal.counts()), (1, [1, 0, 1]));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_begun_and_no_more_is() {
    let provider = FakeProvider::new();
    let journal = Table {
        room: Some(AtomicU64::new(9)),
        ..Table::default()
    };
    let options = StopAllOptions::new().with_concurrency(4);
    let results = all(stop_all(&provider, requests(40), options).with_journal(&journal)).await;
    assert_eq!(results.len(), 40);
    let sent = provider.book().stopped.clone();
    assert!(!sent.is_empty() && sent.len() < 10, "{sent:?}");
    let (mut unnoted, mut unbegun) = (0, 0);
    for stop in &results {
        let is_sent = sent.contains(stop.request().stream());
        match stop.result() {
            // Its result is known here, if nowhere else.
            Ok(_) => assert!(is_sent),
            Err(error) => {
                assert!(!is_sent && error.effect().is_none(), "{error}");
                unbegun += usize::from(error.kind() == ErrorKind::Journal);
            }
        }
        if let Some(error) = stop.unnoted() {
            assert!(is_sent && error.to_string().contains("the disk is full"));
            unnoted += 1;
        }
    }
    let [begun, _, ended] = journal.counts();
    assert_eq!((begun, begun - ended), (sent.len(), unnoted));
    // The four that were under way at most, and no other was tried.
    assert!(
        unnoted + unbegun > 0 && unbegun <= 4,
        "{unnoted}, {unbegun}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_fails_takes_nothing_back_that_was_done() {
    let stopper = ScriptedStopper::new().on_stop(StopReply::cut_owed());
    let mut journal = Table::default();
    one(&stopper, &journal, StopAllOptions::new()).await;
    journal.room = Some(AtomicU64::new(0));
    let stop = one(&stopper, &journal, StopAllOptions::new()).await;
    let error = stop.result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert_eq!(error.standing(), Standing::CutOwed, "{error}");
    journal.is_unreadable = true;
    let stop = one(&stopper, &journal, StopAllOptions::new()).await;
    let error = stop.result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert_eq!(error.effect(), unknown(), "{error}");
    assert_eq!((stopper.stops().len(), stopper.follows().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_says_of_what_it_did_not_begin_what_is_known() {
    let fails = |kind, effect, room| StopReply::error(kind, effect).for_stream(&stream(room));
    let stopper = ScriptedStopper::new()
        .on_stop(StopReply::accepted().for_stream(&stream("0")))
        .on_stop(fails(ErrorKind::Interrupted, unknown(), "1"))
        .on_stop(fails(ErrorKind::Rejected, Effect::NONE, "2"))
        .on_stop(StopReply::cut_owed().for_stream(&stream("3")));
    let journal = Table::default();
    let run = |count| {
        let cut = CutRange::seconds(30, 120).unwrap();
        let requests = requests(count).map(move |request| request.with_cut(cut));
        stop_all(&stopper, requests, StopAllOptions::new()).with_journal(&journal)
    };
    all(run(4)).await;

    let stops = run(5);
    stops.cancel();
    let mut results = all(stops).await;
    results.sort_by_key(StopResult::index);
    let said: Vec<_> = results
        .iter()
        .map(|stop| (stop.is_earlier(), stop.standing()))
        .collect();
    let nothing = (false, Some(Standing::NothingDone));
    let unknown = (true, Some(Standing::Unknown));
    let owed = (true, Some(Standing::CutOwed));
    assert_eq!(said, [(true, None), unknown, nothing, owed, nothing]);
    for stop in results {
        let standing = stop.standing();
        let error = stop.into_result().err();
        assert_eq!(error.map(|error| error.standing()), standing);
    }
    assert_eq!((stopper.stops().len(), stopper.follows().len()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn what_another_run_has_seen_meanwhile_takes_no_result_s_place() {
    let stopper = |seconds| {
        let reply = StopReply::accepted().after(Duration::from_secs(seconds));
        let on_air = StatusReply::state(StreamState::Live, "x");
        let over = StatusReply::state(StreamState::Ended, "x");
        let stopper = ScriptedStopper::new().on_stop(reply);
        stopper.on_status(on_air).on_status(over.always())
    };
    let (slow, other, journal) = (stopper(20), stopper(0), Table::default());
    let run = |stopper, at| {
        let options = StopAllOptions::new().with_reconcile();
        let journal = &journal;
        async move {
            tokio::time::sleep(at).await;
            let request = [StopRequest::new(stream("room"))];
            all(stop_all(stopper, request, options).with_journal(journal)).await
        }
    };
    // The first look of the other one is spent by the time that it looks at this stream.
    other.status(&stream("room")).await.unwrap();
    let (first, second) = tokio::join!(
        run(&slow, Duration::ZERO),
        run(&other, Duration::from_secs(10))
    );
    for results in [&first, &second] {
        assert!(results[0].result().is_ok() && !results[0].is_earlier());
        assert!(results[0].unnoted().is_none());
    }
    assert_eq!((slow.stops().len(), other.stops().len()), (1, 0));
    assert_eq!(
        journal.counts(),
        [1, 0, 2],
        "both have written what they know"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_on_is_written_down_as_that() {
    let provider = FakeProvider {
        latency: Duration::from_secs(60),
        ..FakeProvider::new()
    };
    let journal = Table::default();
    let mut stops = stop_all(&provider, requests(3), StopAllOptions::new()).with_journal(&journal);
    assert!(tokio::time::timeout(MILLI, stops.next()).await.is_err());
    stops.abort();
    let results = all(stops).await;
    assert_eq!(results.len(), 3);
    for stop in &results {
        let error = stop.result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(error.is_unknown() && error.ticket().is_some());
        let ended = stop.history().and_then(History::ended);
        assert_eq!(
            ended.and_then(|ended| ended.as_ref().err()),
            Some(&Box::new(error.report()))
        );
    }
    assert_eq!(journal.counts(), [3, 0, 3]);
}

/// A provider to whose streams something is done at each of these calls, at most once.
#[derive(Debug, Default)]
struct World {
    streams: Mutex<HashMap<StreamId, Done>>,
}

/// What became of a stream, and of the calls for it.
#[derive(Debug, Default, Clone, Copy)]
struct Done {
    stopped: usize,
    cut: usize,
    /// Calls of which no caller was told that they did nothing.
    unproved_stops: usize,
    unproved_follows: usize,
    refused: usize,
    calls: usize,
}

impl World {
    fn of<T>(&self, stream: &StreamId, change: impl FnOnce(&mut Done) -> T) -> T {
        change(
            self.streams
                .lock()
                .unwrap()
                .entry(stream.clone())
                .or_default(),
        )
    }

    async fn take_time(&self) {
        tokio::time::sleep(MILLI * fastrand::u32(1..10)).await;
    }

    fn owing(stream: &StreamId) -> Ticket {
        let range = CutRange::seconds(30, 120).unwrap();
        Ticket::new("world", stream.clone())
            .with_cut(Some(Cut::new(range, range)))
            .with_source(RecordingId::new("whole").unwrap())
    }
}

#[async_trait]
impl LiveStreamStopper for World {
    fn provider(&self) -> &'static str {
        "world"
    }

    fn capabilities(&self) -> Capabilities {
        FakeProvider::new().capabilities()
    }

    fn plan(&self, request: &StopRequest) -> Result<StopPlan> {
        let cut = self.capabilities().admit(request)?;
        let steps = vec![Step::new(Purpose::Stop, Method::Post, "world:stop")];
        Ok(StopPlan::new("world", steps)
            .with_cut(cut)
            .with_account("a"))
    }

    async fn stop(&self, request: &StopRequest) -> Result<StopOutcome> {
        let stream = request.stream();
        let fate = stream.as_str().parse::<usize>().unwrap() % 5;
        let refused = self.of(stream, |done| {
            done.calls += 1;
            done.unproved_stops += 1;
            done.refused
        });
        self.take_time().await;
        let error = |kind, effect| Err(Error::new(kind, "as it has it").with_effect(effect));
        let nothing = fate == 1 && refused < 2 || fate == 3;
        if !nothing {
            self.of(stream, |done| done.stopped += 1);
        }
        self.take_time().await;
        match fate {
            1 if refused < 2 => {
                self.of(stream, |done| {
                    done.unproved_stops -= 1;
                    done.refused += 1;
                });
                error(
                    if refused == 0 {
                        ErrorKind::RateLimited
                    } else {
                        ErrorKind::Rejected
                    },
                    Effect::NONE,
                )
            }
            2 | 3 => error(ErrorKind::Interrupted, unknown()),
            4 => error(
                ErrorKind::CutOwed,
                Effect::new(Certainty::Yes, Certainty::No),
            )
            .map_err(|error| error.with_ticket(Self::owing(stream))),
            _ => {
                let ticket = Ticket::new("world", stream.clone());
                Ok(StopOutcome::new(ticket))
            }
        }
    }

    async fn status(&self, stream: &StreamId) -> Result<StreamStatus> {
        let state = match self.of(stream, |done| done.stopped) {
            0 => StreamState::Live,
            _ => StreamState::Ended,
        };
        Ok(StreamStatus::new("world", stream.clone(), state, "x"))
    }

    async fn follow(&self, ticket: &Ticket) -> Result<Progress> {
        let stream = ticket.stream();
        let refused = self.of(stream, |done| {
            done.calls += 1;
            done.unproved_follows += 1;
            done.refused
        });
        self.take_time().await;
        let in_progress = |ticket| Ok(Progress::InProgress(InProgress::new(ticket, "x", MILLI)));
        if refused < 2 {
            self.of(stream, |done| {
                done.unproved_follows -= 1;
                done.refused += 1;
            });
            return in_progress(ticket.clone());
        }
        self.of(stream, |done| done.cut += 1);
        self.take_time().await;
        in_progress(
            ticket
                .clone()
                .with_recording(RecordingId::new("clip").unwrap()),
        )
    }
}

/// Runs are killed, cancelled, aborted or overtaken at any moment, and their journals fail.
#[tokio::test(start_paused = true)]
async fn however_runs_end_nothing_is_ever_done_twice_and_no_claim_is_false() {
    let (mut killed, mut unknown) = (0, 0);
    for round in 0_u64..300 {
        fastrand::seed(round);
        let (world, count) = (World::default(), fastrand::usize(1..25));
        let mut journal = Table {
            is_slow: true,
            ..Table::default()
        };
        for _ in 0..fastrand::usize(1..5) {
            journal.room = fastrand::bool().then(|| AtomicU64::new(fastrand::u64(0..60)));
            let run = || {
                let options = StopAllOptions::new().with_concurrency(fastrand::usize(1..10));
                stop_all(&world, requests(count), options).with_journal(&journal)
            };
            let (mut first, other) = (run(), run());
            let handle = first.handle();
            let at = MILLI * fastrand::u32(0..200);
            match fastrand::u8(0..4) {
                0 => killed += usize::from(tokio::time::timeout(at, all(first)).await.is_err()),
                1 => drop(tokio::join!(all(first), all(other))),
                how => {
                    drop(
                        tokio::time::timeout(at, async { while first.next().await.is_some() {} })
                            .await,
                    );
                    if how == 2 {
                        handle.abort();
                    } else {
                        handle.cancel();
                    }
                    all(first).await;
                }
            }
        }
        journal.room = None;

        // Undisturbed, it ends: and then there is nothing left to send.
        let run =
            || stop_all(&world, requests(count), StopAllOptions::new()).with_journal(&journal);
        for _ in 0..8 {
            all(run()).await;
        }
        let calls = |world: &World| -> usize {
            world
                .streams
                .lock()
                .unwrap()
                .values()
                .map(|done| done.calls)
                .sum()
        };
        let before = calls(&world);
        for stop in all(run()).await {
            assert!(stop.is_earlier(), "round {round}: {stop:?}");
            let done = world.of(stop.request().stream(), |done| *done);
            let effect = stop
                .result()
                .map_or_else(Error::effect, StopOutcome::effect);
            for (claimed, times) in [(effect.stopped, done.stopped), (effect.cut, done.cut)] {
                match claimed {
                    Certainty::No => assert_eq!(times, 0, "round {round}: {stop:?}"),
                    Certainty::Yes => assert_eq!(times, 1, "round {round}: {stop:?}"),
                    Certainty::Unknown => unknown += 1,
                }
            }
        }
        assert_eq!(calls(&world), before, "round {round}");
        for (stream, done) in &*world.streams.lock().unwrap() {
            assert!(
                done.stopped <= 1
                    && done.cut <= 1
                    && done.unproved_stops <= 1
                    && done.unproved_follows <= 1,
                "round {round}, {stream}: {done:?}"
            );
        }
    }
    assert!(
        killed > 50 && unknown > 500,
        "{killed}, {unknown}: too few to say much"
    );
}
