//! Answers that a test puts into a provider's mouth.

use crate::{any, kept_seconds, live_at_each, seconds, single_calls};
use livecut_sim::{Action, NextAnswer, RateLimit, ScriptError, Stage};
use std::time::Duration;

const ID: &str = "abc";

#[tokio::test]
async fn an_answer_of_one_s_own_leaves_the_stream_as_it_is_unless_told() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    let busy = NextAnswer::status(429)
        .with_header("Retry-After", "7")
        .with_text("slow down");
    provider.next_answer(busy).unwrap();
    let answer = provider.stop(ID).send().await;
    assert_eq!((answer.status, &*answer.body), (429, "slow down"));
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(provider.stage(ID), Some(Stage::Live));

    let lost = NextAnswer::status(502).with_applied(true);
    provider.next_answer(lost).unwrap();
    let answer = provider.cut(ID, 30, 120).send().await;
    assert_eq!((answer.status, &*answer.body), (502, ""));
    assert_eq!(kept_seconds(provider.kept(ID)), (30, 120));

    let records = provider.requests();
    assert!(records.iter().all(|record| record.scripted));
    assert!(!records[0].applied.anything());
    assert!(records[1].applied.stop && records[1].applied.cut);
    assert_eq!(records[1].status, Some(502));
}

#[tokio::test]
async fn a_request_that_is_one_too_many_is_refused_and_not_carried_out() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    let limit = RateLimit::new(1, Duration::from_secs(60));
    provider.limit_rate(limit);
    // What doesn't keep the rules isn't counted.
    let without_length = provider.stop("nobody").without("Content-Length");
    let unknown = without_length.send().await;
    assert_eq!((unknown.status, unknown.header("retry-after")), (411, None));
    assert_eq!(provider.stop("nobody").send().await.status, 404);
    for seconds in ["60", "31"] {
        let answer = provider.cut(ID, 30, 120).send().await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (429, Some(seconds))
        );
        sim.clock().advance(Duration::from_millis(29_500));
    }
    assert_eq!(provider.stage(ID), Some(Stage::Live));
    provider.limit_rate(None);
    assert_eq!(provider.cut(ID, 30, 120).send().await.status, 200);

    // The others have limits of their own.
    let records = provider.requests();
    let refused = records.iter().filter(|record| record.status == Some(429));
    assert_eq!(refused.clone().count(), 2);
    assert!(refused.clone().all(|record| !record.applied.anything()));
    assert!(
        refused
            .clone()
            .all(|record| record.action == Some(Action::Stop))
    );
    for other in single_calls(&sim) {
        if other.name() != provider.name() {
            assert_eq!(other.stop(ID).send().await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_cache_s_error_page_is_html() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    let page = NextAnswer::backend_fetch_failed().with_applied(true);
    provider.next_answer(page).unwrap();
    let answer = provider.stop(ID).send().await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(answer.body.contains("503 Backend fetch failed"));
    assert_eq!(provider.stage(ID), Some(Stage::Stopped));
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_or_does_not_match_leaves_the_answer_for_another() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    let answer = NextAnswer::status(500).on(Action::Stop).for_id(ID);
    provider.next_answer(answer).unwrap();
    let stop = provider.stop(ID);
    let unauthorized = stop.clone().set("Authorization", "Token wrong");
    assert_eq!(unauthorized.send().await.status, 401);
    assert_eq!(provider.stop("other").send().await.status, 404);
    assert_eq!(stop.send().await.status, 500);
    assert_eq!(stop.send().await.status, 200);
}

#[tokio::test]
async fn an_answer_waits_for_the_simulator_s_clock() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    let late = NextAnswer::unchanged().with_delay(seconds(10));
    provider.next_answer(late).unwrap();
    let stop = provider.stop(ID);
    let waiting = tokio::spawn(async move { stop.send().await });
    while provider.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(provider.stage(ID), Some(Stage::Stopped));
    assert!(!waiting.is_finished());
    sim.clock().advance(seconds(10));
    assert_eq!(waiting.await.unwrap().status, 200);
}

#[tokio::test]
async fn an_answer_that_cannot_be_sent_is_refused_when_it_is_given() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    let answer = NextAnswer::status(42);
    assert_eq!(provider.next_answer(answer), Err(ScriptError::Status(42)));
}

#[tokio::test]
async fn a_body_of_one_s_own_has_no_content_type_unless_told() {
    let sim = live_at_each(ID).await;
    let provider = any(&sim);
    provider
        .next_answer(NextAnswer::status(200).with_body(&b"{}"[..]))
        .unwrap();
    let answer = provider.stop(ID).send().await;
    assert_eq!((&*answer.body, answer.header("content-type")), ("{}", None));
}
