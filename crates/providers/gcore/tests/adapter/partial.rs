//! What only a provider that cuts before it ends can come to, held against what the simulator then has.

use std::time::Duration;

use livecut_core::{
    Certainty, CutRange, CutVerdict, Effect, LiveStreamStopper as _, Progress, Ready, StopRequest,
    Stopped, StreamId, Ticket,
};
use livecut_gcore::{Gcore, GcoreConfig};
use livecut_http::{HttpOptions, RetryPolicy};
use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};

async fn live(spec: StreamSpec) -> (Simulator, Gcore) {
    let simulator = Simulator::start().await.expect("loopback has a free port");
    let gcore = simulator.gcore();
    gcore.create_stream(spec).expect("the stream is new");
    let config = GcoreConfig::new(gcore.token())
        .expect("a token")
        .with_base_url(gcore.base_url())
        .with_http(HttpOptions::new().with_retry(RetryPolicy::none()));
    (simulator, Gcore::new(config).expect("a configuration"))
}

fn whole() -> StopRequest {
    StopRequest::new(StreamId::new("7").expect("an id"))
}

/// From so many seconds before the simulator's now to so many.
fn cut(simulator: &Simulator, from: i64, to: i64) -> StopRequest {
    let now = simulator.clock().now().unix_timestamp();
    let range = CutRange::epoch_seconds(now.saturating_sub(from), now.saturating_sub(to));
    whole().with_cut(range.expect("a range"))
}

fn refuse(simulator: &Simulator, action: Action) {
    let refusal = NextAnswer::status(403).on(action);
    simulator.gcore().next_answer(refusal).expect("an answer");
}

async fn ready(simulator: &Simulator, stopper: &Gcore, ticket: &Ticket) -> Ready {
    simulator.clock().advance(Duration::from_secs(120));
    match stopper.follow(ticket).await {
        Ok(Progress::Ready(ready)) => ready,
        other => panic!("it is ready, and follow says {other:?}"),
    }
}

#[tokio::test]
async fn a_clip_whose_stream_goes_on_is_followed_to_its_end_and_the_stream_stopped_alone() {
    for records in [true, false] {
        let (simulator, stopper) = live(StreamSpec::live("7").with_recording(records)).await;
        refuse(&simulator, Action::Stop);
        let error = stopper.stop(&cut(&simulator, 600, 300)).await;
        let error = error.expect_err("the end is refused");
        assert_eq!(error.effect(), Effect::new(Certainty::No, Certainty::Yes));
        assert_eq!(simulator.gcore().clips("7").len(), 1);
        assert_eq!(simulator.gcore().is_active("7"), Some(true));

        let ticket = error.ticket().expect("there is a clip to follow").clone();
        let ready = ready(&simulator, &stopper, &ticket).await;
        assert_eq!(ready.verdict(), Some(CutVerdict::Confirmed), "{ready:?}");

        // As the error says: without a cut; and where that would keep nothing, with the clip's video.
        let rest = match (records, ticket.recording()) {
            (false, Some(id)) => whole().with_recording(id.clone()),
            _ => whole(),
        };
        let outcome = stopper
            .stop(&rest)
            .await
            .expect("the stream can be stopped");
        assert_eq!(outcome.stopped(), Stopped::Stopped);
        assert_eq!(simulator.gcore().is_active("7"), Some(false));
        assert_eq!(simulator.gcore().clips("7").len(), 1);
        // Its name is still its own.
        let name = simulator.gcore().stream_name("7");
        assert_eq!(name.as_deref(), Some("Simulated stream"));
    }
}

#[tokio::test]
async fn a_recording_that_was_closed_alone_is_named_to_stop_the_stream() {
    let (simulator, stopper) = live(StreamSpec::live("7")).await;
    refuse(&simulator, Action::Stop);
    let error = stopper
        .stop(&whole())
        .await
        .expect_err("the end is refused");
    assert_eq!(error.effect(), Effect::NONE.with_other(Certainty::Yes));
    assert!(!error.is_safe_to_repeat(), "{error}");
    assert!(simulator.gcore().recording_closed("7").is_some());
    let again = stopper
        .stop(&whole())
        .await
        .expect_err("nothing would be kept");
    assert!(
        again.effect().is_none() && again.ticket().is_none(),
        "{again}"
    );

    let ticket = error.ticket().expect("there is a recording");
    let id = ticket.recording().expect("its id was told").clone();
    let outcome = stopper.stop(&whole().with_recording(id.clone())).await;
    let outcome = outcome.expect("the stream can be stopped");
    assert_eq!(simulator.gcore().is_active("7"), Some(false));
    let ready = ready(&simulator, &stopper, outcome.ticket()).await;
    assert_eq!(ready.recording().id(), &id);
}

#[tokio::test]
async fn what_gcore_shortens_or_lengthens_in_silence_is_reported() {
    // The stream began in the middle of the cut, which its DVR window reaches back beyond.
    let young = StreamSpec::live("7").with_age(Duration::from_secs(500));
    let (simulator, stopper) = live(young).await;
    let outcome = stopper.stop(&cut(&simulator, 600, 400)).await;
    let outcome = outcome.expect("Gcore says nothing of it");
    let ready_now = ready(&simulator, &stopper, outcome.ticket()).await;
    let actual = Duration::from_secs(100);
    assert_eq!(ready_now.verdict(), Some(CutVerdict::Differs { actual }));

    for (chunk, verdict) in [(4, "confirmed"), (45, "differs")] {
        let (simulator, stopper) = live(StreamSpec::live("7")).await;
        let chunk = Duration::from_secs(chunk);
        simulator
            .gcore()
            .configure(|settings| settings.with_chunk(chunk));
        let outcome = stopper.stop(&cut(&simulator, 599, 510)).await;
        let outcome = outcome.expect("Gcore says nothing of it");
        let ready = ready(&simulator, &stopper, outcome.ticket()).await;
        assert_eq!(ready.verdict().unwrap().as_str(), verdict, "{ready:?}");
    }
}

#[tokio::test]
async fn a_clip_whose_answer_was_lost_is_found_by_its_ticket() {
    let (simulator, stopper) = live(StreamSpec::live("7")).await;
    let lost = NextAnswer::status(502).with_applied(true).on(Action::Cut);
    simulator.gcore().next_answer(lost).expect("an answer");
    let error = stopper.stop(&cut(&simulator, 600, 300)).await;
    let error = error.expect_err("the answer is lost");
    assert_eq!(
        error.effect(),
        Effect::new(Certainty::No, Certainty::Unknown)
    );
    let ticket = error.ticket().expect("there may be a clip");
    assert_eq!(ticket.recording(), None);
    let ready = ready(&simulator, &stopper, ticket).await;
    let clip = simulator.gcore().clips("7").pop().expect("it was made");
    assert_eq!(
        Some(ready.recording().id().as_str()),
        clip.video_id.as_deref()
    );

    // Nor is one that wasn't made waited for.
    let not_made = NextAnswer::status(502).on(Action::Cut);
    simulator.gcore().next_answer(not_made).expect("an answer");
    let error = stopper.stop(&cut(&simulator, 60, 30)).await;
    let ticket = error.expect_err("so it seems").ticket().cloned();
    let progress = stopper.follow(&ticket.expect("nobody knows")).await;
    assert!(matches!(progress, Ok(Progress::Failed(_))), "{progress:?}");
}
