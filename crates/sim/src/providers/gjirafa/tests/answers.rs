//! What is answered to a stop, and what a test can make of it.

use super::{CUT, ID, live, stop};
use crate::kept_seconds;
use livecut_sim::NextAnswer;
use serde_json::json;

#[tokio::test]
async fn a_path_does_not_end_in_a_slash() {
    let sim = live().await;
    let with = stop(&sim, ID, "{}").map_target(|t| format!("{t}/"));
    assert_eq!(with.send().await.status, 404);
}

#[tokio::test]
async fn refusals_look_as_the_documents_have_them() {
    let sim = live().await;
    let stop_and_cut = stop(&sim, ID, CUT);
    for (status, request) in [
        (401, stop_and_cut.clone().set("Authorization", "wrong")),
        (404, stop(&sim, "unknown", "{}")),
        (
            404,
            stop_and_cut.map_target(|t| t.replace("simproject", "other")),
        ),
        (400, stop(&sim, ID, r#"{"fromMilisecond":30}"#)),
        (400, stop(&sim, ID, "")),
    ] {
        let answer = request.send().await;
        assert_eq!(answer.status, status);
        let envelope = answer.json();
        assert_eq!(envelope["success"], false);
        assert_eq!(envelope["statusCode"], status);
        assert_eq!(envelope["result"], json!(null));
        assert_eq!(envelope["errors"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_own_answer_can_take_every_form_that_the_documents_hint_at() {
    let forms = [
        (NextAnswer::unchanged().with_status(201), 201),
        (
            NextAnswer::patch(json!({"success": false, "errors": ["no"]})),
            200,
        ),
        (
            NextAnswer::patch(json!({"result": [{"videoPublicId": "vjsm7abc-vod"}]})),
            200,
        ),
        (
            NextAnswer::patch(json!({"result": {"videoPublicId": null}})),
            200,
        ),
        (NextAnswer::patch(json!({"messages": ["done"]})), 200),
    ];
    let mut bodies = Vec::new();
    for (form, status) in forms {
        let sim = live().await;
        sim.gjirafa().next_answer(form).unwrap();
        let answer = stop(&sim, ID, "{}").send().await;
        assert_eq!(answer.status, status);
        assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (0, 3600));
        bodies.push(answer.json());
    }
    assert_eq!(bodies[0]["statusCode"], 200);
    assert_eq!(bodies[1]["success"], false);
    assert_eq!(bodies[2]["result"][0]["videoPublicId"], "vjsm7abc-vod");
    assert_eq!(bodies[3]["result"], json!({}));
    assert_eq!(bodies[4]["messages"], json!(["done"]));
}
