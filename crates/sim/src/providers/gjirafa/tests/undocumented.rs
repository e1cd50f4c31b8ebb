//! What the documents leave open, as each choice has it.

use super::{CUT, ID, stop};
use crate::{kept_seconds, last_applied, seconds};
use livecut_sim::{
    Action, CutWithoutDvr, GjirafaSettings, Simulator, Stage, StreamSpec, WhenCutIsBad,
    WhenNotStarted, WhenOver,
};
use serde_json::json;

async fn chosen(
    spec: StreamSpec,
    choose: impl FnOnce(GjirafaSettings) -> GjirafaSettings,
) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().configure(choose);
    sim.gjirafa().create_stream(spec).unwrap();
    sim
}

#[tokio::test]
async fn a_stop_after_the_broadcaster_s_end_cuts() {
    let sim = chosen(StreamSpec::ended(ID), |s| s).await;
    sim.clock().advance(seconds(60));
    assert_eq!(stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (false, true));
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 120));
}

#[tokio::test]
async fn a_stop_before_the_start_can_cancel_the_stream() {
    let choose = |s: GjirafaSettings| s.with_stop_before_start(WhenNotStarted::Cancel);
    let sim = chosen(StreamSpec::not_started(ID), choose).await;
    assert_eq!(stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (true, false));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Discarded));
    assert_eq!(sim.gjirafa().kept(ID), None);
}

#[tokio::test]
async fn a_second_stop_can_cut_again_out_of_what_was_recorded() {
    let sim = chosen(StreamSpec::live(ID), |s| {
        s.with_second_stop(WhenOver::Recut)
    })
    .await;
    stop(&sim, ID, "{}").send().await;
    sim.clock().advance(seconds(600));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Ready));
    assert_eq!(stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (false, true));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Stopped));
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 120));
    // Nothing was recorded after the first stop.
    let late = r#"{"fromMilisecond":0,"toMilisecond":3600001}"#;
    assert_eq!(stop(&sim, ID, late).send().await.status, 400);
}

#[tokio::test]
async fn a_cut_beyond_the_recording_can_be_shortened_in_silence() {
    let spec = StreamSpec::live(ID).with_age(seconds(60));
    let sim = chosen(spec, |s| s.with_bad_cut(WhenCutIsBad::Shorten)).await;
    let backwards = r#"{"fromMilisecond":2,"toMilisecond":1}"#;
    assert_eq!(stop(&sim, ID, backwards).send().await.status, 400);
    assert_eq!(stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (true, true));
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 60));
}

#[tokio::test]
async fn a_stream_without_dvr_is_cut_only_where_chosen_and_kept_whole_anyway() {
    let fixed = || StreamSpec::live(ID).with_dvr(false);
    let sim = chosen(fixed(), |s| s).await;
    assert_eq!(stop(&sim, ID, CUT).send().await.status, 400);
    assert_eq!(stop(&sim, ID, "{}").send().await.status, 200);
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (0, 3600));

    let sim = chosen(fixed(), |s| s.with_cut_without_dvr(CutWithoutDvr::Allow)).await;
    assert_eq!(stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 120));
}

#[tokio::test]
async fn stop_discards_the_recording_and_shows_in_the_log() {
    let sim = chosen(StreamSpec::live(ID), |s| s).await;
    let discard = stop(&sim, ID, "").map_target(|t| t.replace("/stop-and-cut", "/stop"));
    let answer = discard.send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["result"], json!(true));
    assert_eq!(sim.gjirafa().kept(ID), None);
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Discarded));
    assert_eq!(sim.gjirafa().requests_for(Action::Discard, ID).len(), 1);

    // Gone is gone.
    sim.gjirafa()
        .configure(|s| s.with_second_stop(WhenOver::Recut));
    assert_eq!(stop(&sim, ID, "{}").send().await.status, 404);
}

#[tokio::test]
async fn a_second_stop_that_changes_nothing_leaves_the_visibility_too() {
    let sim = chosen(StreamSpec::live(ID), |s| {
        s.with_second_stop(WhenOver::Unchanged)
    })
    .await;
    for visibility in [2, 1] {
        let body = format!(r#"{{"videoVisibilityOptionId":{visibility}}}"#);
        let answer = stop(&sim, ID, &body).send().await;
        assert_eq!(answer.json()["success"], true);
    }
    assert_eq!(sim.gjirafa().recording(ID).unwrap().visibility, Some(2));
}
