//! What is answered to a stop, and what a test can make of it.

use super::{ID, TRIM, live, stop};
use crate::{
    client::{Answer, Request},
    kept_seconds,
};
use livecut_sim::NextAnswer;
use serde_json::{Value, json};

#[tokio::test]
async fn the_scheme_of_the_credential_is_needed_and_in_its_case() {
    let sim = live().await;
    for wrong in ["sim-tpstreams-token", "token sim-tpstreams-token"] {
        let stop = stop(&sim, ID, TRIM).set("Authorization", wrong);
        assert_eq!(stop.send().await.status, 401);
    }
}

#[tokio::test]
async fn a_path_ends_in_a_slash() {
    let sim = live().await;
    let without = stop(&sim, ID, "").map_target(|t| t.trim_end_matches('/').to_owned());
    assert_eq!(without.send().await.status, 404);
}

#[tokio::test]
async fn refusals_look_as_the_documents_have_them() {
    let sim = live().await;
    let stop_and_trim = stop(&sim, ID, TRIM);
    let refused = async |request: Request| {
        let Answer { status, body, .. } = request.send().await;
        (status, body)
    };
    let (status, body) = refused(stop_and_trim.clone().set("Authorization", "Token wrong")).await;
    assert_eq!((status, &*body), (401, r#"{"detail":"Invalid token."}"#));
    let (status, body) = refused(stop(&sim, "unknown", "")).await;
    assert_eq!((status, &*body), (404, r#"{"detail":"Not found."}"#));
    let other = stop_and_trim.map_target(|t| t.replace("simorg", "other"));
    let answer = other.send().await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let answer = stop(&sim, ID, r#"{"start_time":30}"#).send().await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({"end_time": ["`end_time` is required with `start_time`"]})
    );
}

#[tokio::test]
async fn the_own_answer_can_be_silent_or_wrong_about_the_trim() {
    for patch in [Value::Null, json!(false), json!("yes")] {
        let sim = live().await;
        let answer = NextAnswer::patch(json!({"trim_scheduled": patch}));
        sim.tpstreams().next_answer(answer).unwrap();
        let answer = stop(&sim, ID, TRIM).send().await.json();
        assert_eq!(answer["message"], "Live stream stopped successfully");
        assert_eq!(
            answer.get("trim_scheduled"),
            Some(&patch).filter(|p| !p.is_null())
        );
        assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (30, 120));
    }
}
