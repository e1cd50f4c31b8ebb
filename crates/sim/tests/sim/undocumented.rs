//! What the documents leave open, as each choice has it.

use crate::{gjirafa_stop, kept_seconds, seconds, tpstreams_stop};
use livecut_sim::{
    Action, CutWithoutDvr, GjirafaSettings, RefuseWith, Simulator, Stage, StreamSpec,
    TpStreamsSettings, UntranscodedTrim, WhenCutIsBad, WhenNotStarted, WhenOver,
};
use serde_json::json;

const ID: &str = "abc";
const TRIM: &str = r#"{"start_time":30,"end_time":120}"#;
const CUT: &str = r#"{"fromMilisecond":30000,"toMilisecond":120000}"#;

async fn tpstreams(
    spec: StreamSpec,
    choose: impl FnOnce(TpStreamsSettings) -> TpStreamsSettings,
) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams().configure(choose);
    sim.tpstreams().create_stream(spec).unwrap();
    sim
}

async fn gjirafa(
    spec: StreamSpec,
    choose: impl FnOnce(GjirafaSettings) -> GjirafaSettings,
) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.gjirafa().configure(choose);
    sim.gjirafa().create_stream(spec).unwrap();
    sim
}

/// What the last request changed: the stop, the cut.
fn last_applied(sim: &Simulator) -> (bool, bool) {
    let requests = sim.requests();
    let applied = requests.last().unwrap().applied;
    (applied.stop, applied.cut)
}

#[tokio::test]
async fn a_second_stop_is_refused_as_chosen() {
    for (with, status) in [
        (RefuseWith::BadRequest, 400),
        (RefuseWith::NotFound, 404),
        (RefuseWith::Conflict, 409),
        (RefuseWith::Unprocessable, 422),
    ] {
        let choice = WhenOver::Refuse(with);
        let sim = tpstreams(StreamSpec::live(ID), |s| s.second_stop(choice)).await;
        assert_eq!(tpstreams_stop(&sim, ID, "").send().await.status, 200);
        assert_eq!(tpstreams_stop(&sim, ID, TRIM).send().await.status, status);
        assert_eq!(last_applied(&sim), (false, false));
        assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 3600));

        let sim = gjirafa(StreamSpec::live(ID), |s| s.second_stop(choice)).await;
        assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 200);
        assert_eq!(gjirafa_stop(&sim, ID, "{}").send().await.status, status);
        assert_eq!(last_applied(&sim), (false, false));
        assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 120));
    }
}

#[tokio::test]
async fn a_second_stop_that_changes_nothing_tells_of_the_first_one_s_trim() {
    let choose = |s: TpStreamsSettings| s.second_stop(WhenOver::Unchanged);
    let sim = tpstreams(StreamSpec::live(ID), choose).await;
    tpstreams_stop(&sim, ID, TRIM).send().await;
    let answer = tpstreams_stop(&sim, ID, "").send().await;
    assert_eq!(answer.json()["trim_scheduled"], true);
    assert_eq!(last_applied(&sim), (false, false));
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (30, 120));
}

#[tokio::test]
async fn a_second_stop_can_cut_again_out_of_what_was_recorded() {
    let sim = gjirafa(StreamSpec::live(ID), |s| s.second_stop(WhenOver::Recut)).await;
    gjirafa_stop(&sim, ID, "{}").send().await;
    sim.clock().advance(seconds(600));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Ready));
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (false, true));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Stopped));
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 120));
    // Nothing was recorded after the first stop.
    let late = r#"{"fromMilisecond":0,"toMilisecond":3600001}"#;
    assert_eq!(gjirafa_stop(&sim, ID, late).send().await.status, 400);
}

#[tokio::test]
async fn a_stop_after_the_broadcaster_s_end_cuts_at_gjirafa_and_is_refused_at_tpstreams() {
    let sim = gjirafa(StreamSpec::ended(ID), |s| s).await;
    sim.clock().advance(seconds(60));
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (false, true));
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 120));

    let sim = tpstreams(StreamSpec::ended(ID), |s| s).await;
    assert_eq!(tpstreams_stop(&sim, ID, TRIM).send().await.status, 400);
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 3600));
}

#[tokio::test]
async fn a_stop_before_the_start_is_refused_or_cancels_the_stream() {
    let sim = tpstreams(StreamSpec::not_started(ID), |s| s).await;
    assert_eq!(tpstreams_stop(&sim, ID, "").send().await.status, 400);
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::NotStarted));

    let choose = |s: GjirafaSettings| s.stop_before_start(WhenNotStarted::Cancel);
    let sim = gjirafa(StreamSpec::not_started(ID), choose).await;
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (true, false));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Discarded));
    assert_eq!(sim.gjirafa().kept(ID), None);
}

#[tokio::test]
async fn a_cut_that_ends_after_the_recording_is_refused_and_the_stream_goes_on() {
    let sim = Simulator::start().await.unwrap();
    let spec = || StreamSpec::live(ID).live_for(seconds(119));
    sim.tpstreams().create_stream(spec()).unwrap();
    sim.gjirafa().create_stream(spec()).unwrap();
    assert_eq!(tpstreams_stop(&sim, ID, TRIM).send().await.status, 400);
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 400);
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Live));
    sim.clock().advance(seconds(1));
    assert_eq!(tpstreams_stop(&sim, ID, TRIM).send().await.status, 200);
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 200);
}

#[tokio::test]
async fn a_bad_trim_can_stop_the_stream_and_schedule_nothing() {
    for body in [
        TRIM,
        r#"{"start_time":5}"#,
        r#"{"start_time":9,"end_time":3}"#,
    ] {
        let spec = StreamSpec::live(ID).live_for(seconds(60));
        let sim = tpstreams(spec, |s| s.bad_cut(WhenCutIsBad::StopUncut)).await;
        let answer = tpstreams_stop(&sim, ID, body).send().await;
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(answer.json()["trim_scheduled"], false);
        assert_eq!(last_applied(&sim), (true, false));
        assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 60));
    }
}

#[tokio::test]
async fn a_cut_beyond_the_recording_can_be_shortened_in_silence() {
    let spec = StreamSpec::live(ID).live_for(seconds(60));
    let sim = gjirafa(spec, |s| s.bad_cut(WhenCutIsBad::Shorten)).await;
    let backwards = r#"{"fromMilisecond":2,"toMilisecond":1}"#;
    assert_eq!(gjirafa_stop(&sim, ID, backwards).send().await.status, 400);
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(last_applied(&sim), (true, true));
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 60));
}

#[tokio::test]
async fn malformed_fields_are_refused_whatever_is_chosen() {
    let sim = tpstreams(StreamSpec::live(ID), |s| s.bad_cut(WhenCutIsBad::StopUncut)).await;
    for body in [
        r#"{"start_time":"30","end_time":120}"#,
        r#"{"start_time":30.0}"#,
        r#"{"from":1}"#,
    ] {
        assert_eq!(tpstreams_stop(&sim, ID, body).send().await.status, 400);
    }
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));
}

#[tokio::test]
async fn a_trim_of_a_recording_that_is_not_transcoded_runs_only_where_chosen() {
    let raw = || StreamSpec::live(ID).transcodes(false);
    let sim = tpstreams(raw(), |s| s).await;
    let answer = tpstreams_stop(&sim, ID, TRIM).send().await;
    assert_eq!(answer.json()["trim_scheduled"], false);
    assert_eq!(last_applied(&sim), (true, false));
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 3600));

    let sim = tpstreams(raw(), |s| s.untranscoded_trim(UntranscodedTrim::Runs)).await;
    let answer = tpstreams_stop(&sim, ID, TRIM).send().await;
    assert_eq!(answer.json()["trim_scheduled"], true);
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (30, 120));
}

#[tokio::test]
async fn a_stream_without_dvr_is_cut_only_where_chosen_and_kept_whole_anyway() {
    let fixed = || StreamSpec::live(ID).dvr(false);
    let sim = gjirafa(fixed(), |s| s).await;
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 400);
    assert_eq!(gjirafa_stop(&sim, ID, "{}").send().await.status, 200);
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (0, 3600));

    let sim = gjirafa(fixed(), |s| s.cut_without_dvr(CutWithoutDvr::Allow)).await;
    assert_eq!(gjirafa_stop(&sim, ID, CUT).send().await.status, 200);
    assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (30, 120));
}

#[tokio::test]
async fn gjirafa_s_stop_discards_the_recording_and_shows_in_the_log() {
    let sim = gjirafa(StreamSpec::live(ID), |s| s).await;
    let stop = gjirafa_stop(&sim, ID, "").map_target(|t| t.replace("/stop-and-cut", "/stop"));
    let answer = stop.send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["result"], json!(true));
    assert_eq!(sim.gjirafa().kept(ID), None);
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Discarded));
    assert_eq!(sim.gjirafa().requests_for(Action::Discard, ID).len(), 1);

    // Gone is gone.
    sim.gjirafa().configure(|s| s.second_stop(WhenOver::Recut));
    assert_eq!(gjirafa_stop(&sim, ID, "{}").send().await.status, 404);
}

#[tokio::test]
async fn a_second_stop_that_changes_nothing_leaves_the_visibility_too() {
    let sim = gjirafa(StreamSpec::live(ID), |s| s.second_stop(WhenOver::Unchanged)).await;
    for visibility in [2, 1] {
        let body = format!(r#"{{"videoVisibilityOptionId":{visibility}}}"#);
        let answer = gjirafa_stop(&sim, ID, &body).send().await;
        assert_eq!(answer.json()["success"], true);
    }
    assert_eq!(sim.gjirafa().recording(ID).unwrap().visibility, Some(2));
}
