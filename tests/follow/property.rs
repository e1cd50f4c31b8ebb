//! For any seed, following by polls and following by webhooks end in the same state, and neither says ready before the
//! simulator made it so.

use std::time::Duration;

use livecut_core::{CutRange, ErrorKind, StopRequest, StreamId};
use livecut_sim::{Disorder, FailingStage, Stage, StreamSpec};
use livecut_tests::kits::Kit;
use proptest::prelude::*;

use crate::adapters::{World, adapters};
use crate::followers::{End, Follower};

/// A stream's life, the way its webhooks have, and who follows it.
#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    cut: bool,
    transcodes: bool,
    fails_in: Option<FailingStage>,
    stopped_for: Duration,
    transcoding: Duration,
    trimming: Duration,
    duplicated: u8,
    lost: u8,
    late: Duration,
    /// Percent of the deliveries that the receiver fails before it has acted on them, and after.
    fails_before: u8,
    fails_after: u8,
    poll_every: Duration,
    /// Which of the kit's variants the provider is: a bit each.
    variants: u8,
}

impl Case {
    /// Whether each event gets through to the receiver, whatever the provider's retries.
    const fn lossless(&self) -> bool {
        self.lost == 0 && self.fails_before == 0
    }

    /// Whether the recording never has a video, and isn't waited for.
    const fn ends_untold(&self, kit: &Kit) -> bool {
        kit.untranscoded_fails && !self.transcodes
    }

    fn stream(&self) -> StreamSpec {
        let spec = StreamSpec::live("live")
            .with_transcoding(self.transcodes)
            .with_stopped_time(self.stopped_for)
            .with_transcoding_time(self.transcoding)
            .with_trimming_time(self.trimming);
        match self.fails_in {
            Some(stage) => spec.with_failure(stage),
            None => spec,
        }
    }

    async fn world(&self, kit: &Kit) -> World {
        let disorder = Disorder::seeded(self.seed)
            .with_duplicates(self.duplicated)
            .with_losses(self.lost)
            .with_delays(self.late);
        World::new(kit, self.variants, disorder).await
    }

    /// Follows by both, on the one clock, until nothing comes any more.
    async fn run(&self, kit: &Kit) {
        let world = self.world(kit).await;
        let (clock, stopper) = (world.sim.clock(), &*world.stopper);
        let created = world.provider.create_stream(self.stream());
        created.expect("it can be created");
        let id = StreamId::new("live").expect("it is an id");
        let mut request = StopRequest::new(id);
        if self.cut {
            request = request.with_cut(CutRange::seconds(30, 120).expect("it is a range"));
        }
        let (ticket, owed) = match stopper.stop(&request).await {
            Ok(stopped) => (stopped.ticket().clone(), false),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::CutOwed, "{error}");
                (error.ticket().expect("it is followed").clone(), true)
            }
        };
        let mut asks = Follower::new(ticket.clone());
        let mut told = Follower::new(ticket);
        let mut dice = fastrand::Rng::with_seed(self.seed);
        let mut next_poll = clock.now();
        loop {
            let mut events = Vec::new();
            world.webhook.deliver_due(|delivery| {
                if dice.u8(0..100) < self.fails_before {
                    return 503;
                }
                match world.receive(delivery) {
                    Ok(event) => events.push(event),
                    Err(error) => panic!("{error}"),
                }
                if dice.u8(0..100) < self.fails_after {
                    return 500;
                }
                204
            });
            for event in events {
                // What is owed is made by asking: there an event is the moment to do so.
                if owed && told.is_about(&event) {
                    told.ask(stopper).await;
                } else {
                    told.was_told(&event);
                }
            }
            if clock.now() >= next_poll {
                asks.ask(stopper).await;
                next_poll = clock.now() + self.poll_every;
            }
            self.check_truth(kit, &world, [&asks, &told]);
            if world.webhook.nothing_before().is_none() {
                // Asking can be what makes something come.
                asks.ask(stopper).await;
            }
            let Some(news) = world.webhook.nothing_before() else {
                break;
            };
            // Nobody asks for a recording for the hours in which its last webhooks are late.
            let at = if asks.is_at_its_end() {
                news
            } else {
                news.min(next_poll)
            };
            clock.set(at.max(clock.now()));
        }
        // All has been said, and the recording is as it will be.
        if self.lossless() {
            assert_eq!(told.end(), asks.end(), "{}, told alone", kit.name);
        }
        // What `check_again_in` is for: an event may never come.
        told.ask(stopper).await;
        assert_eq!(told.end(), asks.end(), "{}", kit.name);
        self.check_end(kit, &world, &asks.end());
    }

    fn check_truth(&self, kit: &Kit, world: &World, followers: [&Follower; 2]) {
        let stage = world.provider.stage("live");
        for (who, follower) in ["asks", "told"].iter().zip(followers) {
            match follower.end() {
                End::Unfinished => {}
                End::Ready(found, _) => {
                    assert_eq!(stage, Some(Stage::Ready), "who {who}: {self:?}");
                    let recording = world.provider.recording("live").expect("it exists");
                    assert_eq!(found.id().as_str(), recording.id, "who {who}: {self:?}");
                }
                // No more is told of it.
                End::Failed if self.ends_untold(kit) && stage == Some(Stage::Ready) => {}
                End::Failed => assert_eq!(stage, Some(Stage::Failed), "who {who}: {self:?}"),
            }
        }
    }

    fn check_end(&self, kit: &Kit, world: &World, end: &End) {
        let recording = world.provider.recording("live").expect("it exists");
        match (recording.stage, end) {
            (Stage::Ready, End::Ready(_, verdict)) => {
                assert_eq!(verdict.is_some(), self.cut);
            }
            (Stage::Failed, End::Failed) => {}
            (Stage::Ready, End::Failed) if self.ends_untold(kit) => {}
            (stage, end) => panic!("{}: {stage:?} ends as {end:?}", kit.name),
        }
    }
}

fn seconds(most: u64) -> impl Strategy<Value = Duration> {
    // Zero is a length like any other, and the likeliest to be got wrong.
    prop_oneof![
        1 => Just(Duration::ZERO),
        4 => (0..=most.saturating_mul(1000)).prop_map(Duration::from_millis),
    ]
}

fn percent(most: u8) -> impl Strategy<Value = u8> {
    prop_oneof![Just(0), 0..=most]
}

fn cases() -> impl Strategy<Value = Case> {
    let life = (
        any::<bool>(),
        prop::bool::weighted(0.9),
        prop_oneof![
            3 => Just(None),
            1 => Just(Some(FailingStage::Transcoding)),
            1 => Just(Some(FailingStage::Trimming)),
        ],
        seconds(30),
        seconds(600),
        seconds(60),
    );
    let way = (
        any::<u64>(),
        percent(100),
        percent(100),
        seconds(7200),
        percent(100),
        percent(100),
    );
    let who = (10_u64..=120, any::<u8>());
    (life, way, who).prop_map(|(life, way, who)| {
        let (cut, transcodes, fails_in, stopped_for, transcoding, trimming) = life;
        let (seed, duplicated, lost, late, fails_before, fails_after) = way;
        let (poll_every, variants) = who;
        Case {
            seed,
            // Not scheduled without transcoding, so refused.
            cut: cut && transcodes,
            transcodes,
            fails_in,
            stopped_for,
            transcoding,
            trimming,
            duplicated,
            lost,
            late,
            fails_before,
            fails_after,
            poll_every: Duration::from_secs(poll_every),
            variants,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn who_asks_and_who_is_told_end_alike_and_never_ahead_of_the_provider(case in cases()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be had");
        for kit in adapters() {
            runtime.block_on(case.run(kit));
        }
    }
}
