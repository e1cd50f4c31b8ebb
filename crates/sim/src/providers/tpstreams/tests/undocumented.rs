//! What the documents leave open, as each choice has it.

use super::{ID, TRIM, stop};
use crate::{kept_seconds, last_applied, seconds};
use livecut_sim::{
    RefuseWith, Simulator, Stage, StreamSpec, TpStreamsSettings, UntranscodedTrim, WhenCutIsBad,
    WhenOver,
};

async fn chosen(
    spec: StreamSpec,
    choose: impl FnOnce(TpStreamsSettings) -> TpStreamsSettings,
) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams().configure(choose);
    sim.tpstreams().create_stream(spec).unwrap();
    sim
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
        let sim = chosen(StreamSpec::live(ID), |s| s.with_second_stop(choice)).await;
        assert_eq!(stop(&sim, ID, "").send().await.status, 200);
        assert_eq!(stop(&sim, ID, TRIM).send().await.status, status);
        assert_eq!(last_applied(&sim), (false, false));
        assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 3600));
    }
}

#[tokio::test]
async fn a_stop_after_the_broadcaster_s_end_is_refused() {
    let sim = chosen(StreamSpec::ended(ID), |s| s).await;
    assert_eq!(stop(&sim, ID, TRIM).send().await.status, 400);
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 3600));
}

#[tokio::test]
async fn a_stop_before_the_start_is_refused() {
    let sim = chosen(StreamSpec::not_started(ID), |s| s).await;
    assert_eq!(stop(&sim, ID, "").send().await.status, 400);
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::NotStarted));
}

#[tokio::test]
async fn a_second_stop_that_changes_nothing_tells_of_the_first_one_s_trim() {
    let choose = |s: TpStreamsSettings| s.with_second_stop(WhenOver::Unchanged);
    let sim = chosen(StreamSpec::live(ID), choose).await;
    stop(&sim, ID, TRIM).send().await;
    let answer = stop(&sim, ID, "").send().await;
    assert_eq!(answer.json()["trim_scheduled"], true);
    assert_eq!(last_applied(&sim), (false, false));
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (30, 120));
}

#[tokio::test]
async fn a_bad_trim_can_stop_the_stream_and_schedule_nothing() {
    for body in [
        TRIM,
        r#"{"start_time":5}"#,
        r#"{"start_time":9,"end_time":3}"#,
    ] {
        let spec = StreamSpec::live(ID).with_age(seconds(60));
        let sim = chosen(spec, |s| s.with_bad_cut(WhenCutIsBad::StopUncut)).await;
        let answer = stop(&sim, ID, body).send().await;
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(answer.json()["trim_scheduled"], false);
        assert_eq!(last_applied(&sim), (true, false));
        assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 60));
    }
}

#[tokio::test]
async fn malformed_fields_are_refused_whatever_is_chosen() {
    let sim = chosen(StreamSpec::live(ID), |s| {
        s.with_bad_cut(WhenCutIsBad::StopUncut)
    })
    .await;
    for body in [
        r#"{"start_time":"30","end_time":120}"#,
        r#"{"start_time":30.0}"#,
        r#"{"from":1}"#,
    ] {
        assert_eq!(stop(&sim, ID, body).send().await.status, 400);
    }
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));
}

#[tokio::test]
async fn a_trim_of_a_recording_that_is_not_transcoded_runs_only_where_chosen() {
    let raw = || StreamSpec::live(ID).with_transcoding(false);
    let sim = chosen(raw(), |s| s).await;
    let answer = stop(&sim, ID, TRIM).send().await;
    assert_eq!(answer.json()["trim_scheduled"], false);
    assert_eq!(last_applied(&sim), (true, false));
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (0, 3600));

    let sim = chosen(raw(), |s| s.with_untranscoded_trim(UntranscodedTrim::Runs)).await;
    let answer = stop(&sim, ID, TRIM).send().await;
    assert_eq!(answer.json()["trim_scheduled"], true);
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (30, 120));
}
