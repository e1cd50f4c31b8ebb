use livecut_core::{ErrorKind, StopRequest, StreamId};

use crate::suite::{Check, Halt, Suite, ensure, fail};
use crate::{LiveStream, Skip};

/// Pairs that a careless client takes for one another stand side by side.
const IDS: &[&str] = &[
    "a/b",
    "a%2Fb",
    "a%252Fb",
    "a%2fb",
    "100%",
    "%",
    "%2e%2e",
    "%2E%2E",
    "...",
    "..;",
    "../up",
    "/",
    "//",
    "a//b",
    "a?b=c",
    "a%3Fb=c",
    "a#b",
    "a b",
    "a+b",
    " a",
    "a ",
    "a&b=c",
    "a;b",
    "a:b@c",
    "http://elsewhere.example/a",
    "a\\b",
    "\"a\"",
    "'a'",
    "{a}",
    "{asset_id}",
    "[a]",
    "<a>",
    "a|b^c`d",
    "case",
    "CASE",
    "\u{e9}",
    "e\u{301}",
    "日本語",
    "🎥",
    "\u{202e}abc",
    "\u{2066}abc\u{2069}",
    "\u{feff}a",
    "\u{200b}",
];

pub(super) async fn an_id_of_special_characters_names_exactly_that_stream(
    suite: &Suite<'_>,
) -> Check {
    let stopper = suite.stopper()?;
    let longest = "x".repeat(1024);
    let mut begun = Vec::new();
    let mut not_simulated = Vec::new();
    for name in IDS.iter().copied().chain([longest.as_str()]) {
        let id = StreamId::new(name).map_err(|error| Halt::Failed(format!("{name:?}: {error}")))?;
        let plain = StopRequest::new(id.clone());
        if stopper.plan(&plain).is_err() {
            // An adapter may know more of its provider's ids than core does.
            let what = format!("the id {name:?}");
            suite
                .refused(&*stopper, &plain, &[ErrorKind::InvalidRequest], &what)
                .await?;
            continue;
        }
        match suite
            .world
            .begin_named(&id, suite.on_air())
            .await
            .map_err(Halt::from)
        {
            Ok(start) => begun.push(LiveStream::new(id, start)),
            Err(Halt::Skipped(_)) => not_simulated.push(name),
            Err(failed) => return Err(failed),
        }
    }
    let mut requests = Vec::new();
    for (n, live) in begun.iter().enumerate() {
        let mut request = StopRequest::new(live.id.clone());
        if let Some(timeline) = suite.native() {
            let step = u32::try_from(n % 8).unwrap_or_default();
            request = request.with_cut(suite.cut_on_grid(timeline, live, step)?);
        }
        requests.push((request, live.start));
    }
    for (n, (request, start)) in requests.iter().enumerate() {
        let id = request.stream();
        let status = stopper
            .status(id)
            .await
            .map_err(|error| Halt::Failed(format!("the status of {id:?} failed: {error}")))?;
        ensure!(
            status.stream() == id,
            "the status of {id:?} is about {:?}",
            status.stream()
        );
        suite
            .stop(&*stopper, request, *start)
            .await
            .map_err(|halt| about(id, halt))?;
        for (other, _) in requests.iter().skip(n.saturating_add(1)) {
            let kept = suite.kept(other.stream()).await?;
            ensure!(
                kept.is_none(),
                "the stop of {id:?} stopped {:?}",
                other.stream()
            );
        }
    }
    if not_simulated.is_empty() {
        Ok(())
    } else {
        Err(Halt::Skipped(Skip::World(format!(
            "World::begin_named, for the ids {not_simulated:?}"
        ))))
    }
}

fn about(id: &StreamId, halt: Halt) -> Halt {
    match halt {
        Halt::Failed(why) => Halt::Failed(format!("{id:?}: {why}")),
        skipped @ Halt::Skipped(_) => skipped,
    }
}
