//! Answers that a test puts into a provider's mouth.

use crate::{gjirafa_stop, kept_seconds, seconds, tpstreams_stop};
use livecut_sim::{Action, NextAnswer, RateLimit, ScriptError, Simulator, Stage, StreamSpec};
use serde_json::{Value, json};
use std::time::Duration;

const ID: &str = "abc";
const TRIM: &str = r#"{"start_time":30,"end_time":120}"#;

async fn live() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    sim.tpstreams().create_stream(StreamSpec::live(ID)).unwrap();
    sim.gjirafa().create_stream(StreamSpec::live(ID)).unwrap();
    sim
}

#[tokio::test]
async fn an_answer_of_one_s_own_leaves_the_stream_as_it_is_unless_told() {
    let sim = live().await;
    let busy = NextAnswer::status(429)
        .header("Retry-After", "7")
        .text("slow down");
    sim.tpstreams().next_answer(busy).unwrap();
    let answer = tpstreams_stop(&sim, ID, "").send().await;
    assert_eq!((answer.status, &*answer.body), (429, "slow down"));
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));

    let lost = NextAnswer::status(502).applied(true);
    sim.tpstreams().next_answer(lost).unwrap();
    let answer = tpstreams_stop(&sim, ID, TRIM).send().await;
    assert_eq!((answer.status, &*answer.body), (502, ""));
    assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (30, 120));

    let records = sim.tpstreams().requests();
    assert!(records.iter().all(|record| record.scripted));
    assert!(!records[0].applied.anything());
    assert!(records[1].applied.stop && records[1].applied.cut);
    assert_eq!(records[1].status, Some(502));
}

#[tokio::test]
async fn a_request_that_is_one_too_many_is_refused_and_not_carried_out() {
    let sim = live().await;
    let limit = RateLimit::new(1, Duration::from_secs(60));
    sim.tpstreams().limit_rate(limit);
    // What doesn't keep the rules isn't counted.
    let unknown = tpstreams_stop(&sim, "nobody", "{").send().await;
    assert_eq!((unknown.status, unknown.header("retry-after")), (400, None));
    assert_eq!(tpstreams_stop(&sim, "nobody", "").send().await.status, 404);
    for seconds in ["60", "31"] {
        let answer = tpstreams_stop(&sim, ID, TRIM).send().await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (429, Some(seconds))
        );
        sim.clock().advance(Duration::from_millis(29_500));
    }
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Live));
    sim.tpstreams().limit_rate(None);
    assert_eq!(tpstreams_stop(&sim, ID, TRIM).send().await.status, 200);

    // The others have limits of their own.
    let records = sim.tpstreams().requests();
    let refused = records.iter().filter(|record| record.status == Some(429));
    assert_eq!(refused.clone().count(), 2);
    assert!(refused.clone().all(|record| !record.applied.anything()));
    assert!(
        refused
            .clone()
            .all(|record| record.action == Some(Action::Stop))
    );
    assert_eq!(gjirafa_stop(&sim, ID, "{}").send().await.status, 200);
}

#[tokio::test]
async fn tpstreams_own_answer_can_be_silent_or_wrong_about_the_trim() {
    for patch in [Value::Null, json!(false), json!("yes")] {
        let sim = live().await;
        let answer = NextAnswer::patch(json!({"trim_scheduled": patch}));
        sim.tpstreams().next_answer(answer).unwrap();
        let answer = tpstreams_stop(&sim, ID, TRIM).send().await.json();
        assert_eq!(answer["message"], "Live stream stopped successfully");
        assert_eq!(
            answer.get("trim_scheduled"),
            Some(&patch).filter(|p| !p.is_null())
        );
        assert_eq!(kept_seconds(sim.tpstreams().kept(ID)), (30, 120));
    }
}

#[tokio::test]
async fn gjirafa_s_own_answer_can_take_every_form_that_its_documents_hint_at() {
    let forms = [
        (NextAnswer::unchanged().with_status(201), 201),
        (
            NextAnswer::patch(json!({"success": false, "errors": ["no"]})),
            200,
        ),
        (
            NextAnswer::patch(json!({"result": [{"videoPublicId": "abc-vod"}]})),
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
        let answer = gjirafa_stop(&sim, ID, "{}").send().await;
        assert_eq!(answer.status, status);
        assert_eq!(kept_seconds(sim.gjirafa().kept(ID)), (0, 3600));
        bodies.push(answer.json());
    }
    assert_eq!(bodies[0]["statusCode"], 200);
    assert_eq!(bodies[1]["success"], false);
    assert_eq!(bodies[2]["result"][0]["videoPublicId"], "abc-vod");
    assert_eq!(bodies[3]["result"], json!({}));
    assert_eq!(bodies[4]["messages"], json!(["done"]));
}

#[tokio::test]
async fn a_cache_s_error_page_is_html() {
    let sim = live().await;
    let page = NextAnswer::backend_fetch_failed().applied(true);
    sim.gjirafa().next_answer(page).unwrap();
    let answer = gjirafa_stop(&sim, ID, "{}").send().await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(answer.body.contains("503 Backend fetch failed"));
    assert_eq!(sim.gjirafa().stage(ID), Some(Stage::Stopped));
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_or_does_not_match_leaves_the_answer_for_another() {
    let sim = live().await;
    let answer = NextAnswer::status(500).on(Action::Stop).for_id(ID);
    sim.tpstreams().next_answer(answer).unwrap();
    let stop = tpstreams_stop(&sim, ID, "");
    let unauthorized = stop.clone().set("Authorization", "Token wrong");
    assert_eq!(unauthorized.send().await.status, 401);
    assert_eq!(tpstreams_stop(&sim, "other", "").send().await.status, 404);
    assert_eq!(stop.send().await.status, 500);
    assert_eq!(stop.send().await.status, 200);
}

#[tokio::test]
async fn an_answer_waits_for_the_simulator_s_clock() {
    let sim = live().await;
    let late = NextAnswer::unchanged().delay(seconds(10));
    sim.tpstreams().next_answer(late).unwrap();
    let stop = tpstreams_stop(&sim, ID, "");
    let waiting = tokio::spawn(async move { stop.send().await });
    while sim.tpstreams().requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(sim.tpstreams().stage(ID), Some(Stage::Stopped));
    assert!(!waiting.is_finished());
    sim.clock().advance(seconds(10));
    assert_eq!(waiting.await.unwrap().status, 200);
}

#[tokio::test]
async fn an_answer_that_cannot_be_sent_is_refused_when_it_is_given() {
    let sim = live().await;
    let answer = NextAnswer::status(42);
    assert_eq!(
        sim.gjirafa().next_answer(answer),
        Err(ScriptError::Status(42))
    );
}

#[tokio::test]
async fn a_body_of_one_s_own_has_no_content_type_unless_told() {
    let sim = live().await;
    sim.gjirafa()
        .next_answer(NextAnswer::status(200).body(&b"{}"[..]))
        .unwrap();
    let answer = gjirafa_stop(&sim, ID, "{}").send().await;
    assert_eq!((&*answer.body, answer.header("content-type")), ("{}", None));
}
