//! The search for a clip through the list of all assets: every page of it, and what can't be searched to its end never leads
//! to a second clip.

use std::time::Duration;

use livecut_core::{Certainty, Effect, ErrorKind, LiveStreamStopper as _, Progress, Ticket};
use livecut_sim::{Action, ClipSource, MuxSettings, NextAnswer, Paging, StreamSpec};
use serde_json::{Value, json};

use crate::world::{ASSET, World};
use crate::{connected, cut, recording, stream};

/// The stop's cut is owed, and its recording ready.
async fn owed(settings: MuxSettings) -> (World, Ticket) {
    let world = World::live(settings.with_clip_source(ClipSource::Ready)).await;
    let error = world.refused(&cut("30..120")).await;
    assert_eq!(error.kind(), ErrorKind::CutOwed, "{error}");
    world.sim.clock().advance(Duration::from_secs(600));
    (world, error.ticket().unwrap().clone())
}

/// How many pages were asked for so far.
fn pages(world: &World) -> usize {
    let requests = world.sim.requests().into_iter();
    requests
        .filter(|request| request.action == Some(Action::List))
        .count()
}

fn others(world: &World, ids: std::ops::Range<u32>) {
    for n in ids {
        let other = StreamSpec::live(format!("other-{n}")).with_age(Duration::from_secs(1));
        world.sim.mux().create_stream(other).unwrap();
    }
}

#[tokio::test]
async fn a_clip_is_found_on_whichever_page_it_is_by_cursor_and_by_number() {
    for (paging, last) in [(Paging::Cursor, 6), (Paging::Page, 7)] {
        let (world, ticket) = owed(
            MuxSettings::default()
                .with_paging(paging)
                .with_page_limit(1),
        )
        .await;
        others(&world, 0..2);
        let first = world.stopper().follow(&ticket).await.unwrap();
        // Newer ones come first.
        world.sim.clock().advance(Duration::from_secs(10));
        others(&world, 2..4);
        let before = pages(&world);
        let again = world.stopper().follow(&ticket).await.unwrap();
        assert_eq!(again.ticket(), first.ticket(), "{paging:?}");
        assert_eq!(world.only_clip().start.as_secs(), 30);
        // The recording, its clip and four others; by number, the end shows on the page after it.
        assert_eq!(pages(&world) - before, last, "{paging:?}");
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_page_is_told_at_the_second_and_gets_no_second_clip() {
    let (world, ticket) = owed(MuxSettings::default().with_paging(Paging::FirstPageOnly)).await;
    for _ in 0..2 {
        let before = pages(&world);
        let error = world.stopper().follow(&ticket).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert!(error.to_string().contains("the same page"), "{error}");
        assert!(error.effect().is_none(), "{error}");
        assert_eq!(pages(&world) - before, 2);
    }
    assert!(world.sim.mux().clips(stream().as_str()).is_empty());

    // A stop that names the recording owes it as well.
    let named = cut("30..120").with_recording(recording(ASSET));
    let error = world.refused(&named).await;
    assert_eq!(error.kind(), ErrorKind::CutOwed, "{error}");
    assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::No));
    assert_eq!(error.ticket(), Some(&ticket));

    // With a server that works, the ticket goes on.
    world
        .sim
        .mux()
        .configure(|settings| settings.with_paging(Paging::Page));
    let end = world.follow_to_the_end(&ticket).await;
    assert!(matches!(end, Progress::Ready(_)), "{end:?}");
    // What was found counts, whatever else there may be.
    world
        .sim
        .mux()
        .configure(|settings| settings.with_paging(Paging::FirstPageOnly));
    let again = world.stopper().follow(&ticket).await.unwrap();
    assert_eq!(again.ticket(), end.ticket());
    assert_eq!(world.only_clip().start.as_secs(), 30);
}

/// A ready recording, and these pages of the list; what comes of the search, and what was asked for.
async fn searched(answers: &[Value]) -> (livecut_core::Result<Progress>, Vec<String>) {
    let (stopper, server) = connected();
    let named = cut("30..120").with_recording(recording("abc"));
    let ticket = stopper.plan(&named).unwrap().ticket().unwrap().clone();
    let source = json!({"data": {"id": "abc", "status": "ready", "live_stream_id": stream()}});
    server.answer(200, source.to_string());
    for answer in answers {
        server.answer(200, answer.to_string());
    }
    let progress = stopper.follow(&ticket).await;
    let asked = server.requests().into_iter().skip(1).map(|request| {
        let query = request.uri().query().unwrap_or_default();
        format!("{} {query}", request.method())
    });
    (progress, asked.collect())
}

fn other(id: &str) -> Value {
    json!([{"id": id, "status": "ready"}])
}

fn created() -> Value {
    json!({"data": {"id": "clip", "status": "preparing", "passthrough": mark()}})
}

/// Else one page of large assets would keep a clip from being made for ever.
#[tokio::test]
async fn a_page_that_is_too_large_is_asked_for_in_smaller_ones() {
    let large = json!({"data": [{"id": "large", "more": "x".repeat(1 << 20)}], "next_cursor": "n"});
    let (progress, asked) = searched(&[
        json!({"data": other("a"), "next_cursor": "next"}),
        large.clone(),
        large.clone(),
        json!({"data": other("b"), "next_cursor": null}),
        created(),
    ])
    .await;
    assert_eq!(
        progress.unwrap().ticket().recording(),
        Some(&recording("clip"))
    );
    assert_eq!(
        asked,
        [
            "GET limit=100",
            "GET limit=100&cursor=next",
            "GET limit=50&cursor=next",
            "GET limit=25&cursor=next",
            "POST ",
        ]
    );
    // By number the pages begin anew, for those of another size have other numbers.
    let (_, asked) = searched(&[
        json!({"data": other("a")}),
        large.clone(),
        json!({"data": other("a")}),
        json!({"data": other("b")}),
        json!({"data": []}),
        created(),
    ])
    .await;
    assert_eq!(
        asked,
        [
            "GET limit=100",
            "GET limit=100&page=2",
            "GET limit=50",
            "GET limit=50&page=2",
            "GET limit=50&page=3",
            "POST ",
        ]
    );
    // An asset that is too large by itself is the end of the search, and no clip is made.
    let (progress, asked) = searched(&vec![large; 5]).await;
    let error = progress.unwrap_err();
    assert!(error.to_string().contains("larger than"), "{error}");
    assert_eq!(asked.last().map(String::as_str), Some("GET limit=1"));
    assert_eq!(asked.len(), 5);
}

#[tokio::test]
async fn a_cursor_is_sent_back_as_it_came_until_there_is_none() {
    for end in [json!(null), json!("")] {
        let (progress, asked) = searched(&[
            json!({"data": other("a"), "next_cursor": "a+b/c=&page=1"}),
            // An empty page isn't the end, as long as there is a cursor.
            json!({"data": [], "next_cursor": "next"}),
            json!({"data": other("b"), "next_cursor": end}),
            created(),
        ])
        .await;
        assert_eq!(
            progress.unwrap().ticket().recording(),
            Some(&recording("clip"))
        );
        assert_eq!(
            asked,
            [
                "GET limit=100",
                "GET limit=100&cursor=a%2Bb%2Fc%3D%26page%3D1",
                "GET limit=100&cursor=next",
                "POST ",
            ]
        );
    }
}

#[tokio::test]
async fn the_documented_sample_of_a_list_is_gone_through_by_number() {
    let sample = serde_json::from_str(include_str!("../../fixtures/assets.response.json")).unwrap();
    let (progress, asked) = searched(&[sample, json!({"data": []}), created()]).await;
    assert_eq!(
        progress.unwrap().ticket().recording(),
        Some(&recording("clip"))
    );
    assert_eq!(asked, ["GET limit=100", "GET limit=100&page=2", "POST "]);
}

#[tokio::test]
async fn without_a_cursor_the_pages_are_counted_until_one_is_empty() {
    let (progress, asked) = searched(&[
        json!({"data": other("a")}),
        json!({"data": other("b")}),
        json!({"data": []}),
        created(),
    ])
    .await;
    assert_eq!(
        progress.unwrap().ticket().recording(),
        Some(&recording("clip"))
    );
    let pages = [
        "GET limit=100",
        "GET limit=100&page=2",
        "GET limit=100&page=3",
        "POST ",
    ];
    assert_eq!(asked, pages);
}

#[tokio::test]
async fn a_list_that_never_ends_or_cannot_be_read_makes_no_clip() {
    let page = |id: &str, cursor: Value| json!({"data": other(id), "next_cursor": cursor});
    let long = "x".repeat(2_049);
    for (what, answers) in [
        (
            "a cursor that doesn't move",
            vec![page("a", json!("c")), page("b", json!("c"))],
        ),
        (
            "the same page",
            vec![page("a", json!("c")), page("a", json!("d"))],
        ),
        ("a number", vec![page("a", json!(7))]),
        ("an object", vec![page("a", json!({"after": "a"}))]),
        ("too long for a URL", vec![page("a", json!(long))]),
        ("no list", vec![json!({"data": {"id": "a"}})]),
        (
            "an asset that is none",
            vec![json!({"data": ["a"], "next_cursor": null})],
        ),
    ] {
        let (progress, asked) = searched(&answers).await;
        let error = progress.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::UnexpectedResponse,
            "{what}: {error}"
        );
        assert!(error.effect().is_none(), "{what}");
        assert_eq!(asked.len(), answers.len(), "{what}");
        assert!(asked.iter().all(|asked| asked.starts_with("GET")), "{what}");
    }
}

#[tokio::test]
async fn the_search_ends_after_a_thousand_pages_and_says_so() {
    let answers: Vec<_> = (0..1_500)
        .map(|n| json!({"data": other(&format!("a{n}")), "next_cursor": format!("c{n}")}))
        .collect();
    let (progress, asked) = searched(&answers).await;
    let error = progress.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains("1,000 pages"), "{error}");
    assert_eq!(asked.len(), 1_000);
}

/// The mark of what [`searched`] looks for.
fn mark() -> String {
    let (stopper, _) = connected();
    let named = cut("30..120").with_recording(recording("abc"));
    let plan = stopper.plan(&named).unwrap();
    let body: Value = serde_json::from_str(
        &plan
            .steps()
            .last()
            .unwrap()
            .body()
            .unwrap()
            .replace("{playback_policies}", "[]"),
    )
    .unwrap();
    body["passthrough"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_clip_whose_id_cannot_be_read_is_not_made_again() {
    for id in [json!(null), json!(7), json!("../x")] {
        let clip = json!({"id": id, "passthrough": mark(), "source_asset_id": "abc"});
        let (progress, asked) = searched(&[json!({"data": [clip], "next_cursor": null})]).await;
        let error = progress.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{error}");
        assert_eq!(asked.len(), 1);
    }
}

#[tokio::test]
async fn of_several_clips_one_that_failed_does_not_count() {
    let clip = |id: &str, status: &str| json!({"id": id, "status": status, "passthrough": mark(), "source_asset_id": "abc"});
    // The mark alone is not enough: somebody may have copied it along.
    let mut copied = clip("0", "ready");
    copied["source_asset_id"] = json!("another");
    for (clips, counts) in [
        (
            vec![clip("b", "ready"), clip("a", "preparing"), copied],
            "a",
        ),
        (vec![clip("b", "ready"), clip("a", "errored")], "b"),
        (vec![clip("a", "errored")], "a"),
    ] {
        let (progress, asked) = searched(&[json!({"data": clips, "next_cursor": null})]).await;
        assert_eq!(
            progress.unwrap().ticket().recording(),
            Some(&recording(counts))
        );
        assert_eq!(asked.len(), 1);
    }
}

#[tokio::test]
async fn a_clip_that_may_have_been_made_by_following_is_looked_for_by_following_again() {
    let (world, ticket) = owed(MuxSettings::default()).await;
    let lost = NextAnswer::status(502).with_applied(true).on(Action::Cut);
    world.sim.mux().next_answer(lost).unwrap();
    let error = world.stopper().follow(&ticket).await.unwrap_err();
    assert_eq!(
        error.effect(),
        Effect::new(Certainty::No, Certainty::Unknown)
    );
    assert!(
        error
            .to_string()
            .ends_with("looks for it before it makes it"),
        "{error}"
    );
    let end = world.follow_to_the_end(error.ticket().unwrap()).await;
    assert!(matches!(end, Progress::Ready(_)), "{end:?}");
    assert_eq!(world.only_clip().start.as_secs(), 30);
}
