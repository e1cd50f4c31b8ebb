//! nginx-rtmp, as a real server answers. The clock stands at 2025-01-13T08:00:00Z, and streams began an hour before.

use crate::client::{Answer, Request};
use crate::seconds;
use livecut_sim::{Simulator, StreamSpec};
use std::time::Duration;

const FILE: &str = "/rec/class1-1736751600.mp4";

/// A simulator with the stream `class1`, which has been live for an hour.
async fn live() -> Simulator {
    let sim = Simulator::start().await.unwrap();
    let created = sim.nginx_rtmp().create_stream(StreamSpec::live("class1"));
    created.unwrap();
    sim
}

async fn get(sim: &Simulator, target: &str) -> Answer {
    let authorization = sim.nginx_rtmp().authorization();
    Request::get(
        sim.address(),
        &format!("/nginx-rtmp{target}"),
        &authorization,
    )
    .send()
    .await
}

async fn drop_publisher(sim: &Simulator, query: &str) -> String {
    let answer = get(sim, &format!("/control/drop/publisher?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn who_publishes_is_in_the_statistics_until_they_are_dropped() {
    let sim = live().await;
    let stat = get(&sim, "/stat").await.body;
    assert!(
        stat.contains("<name>class1</name>") && stat.contains("<id>1</id>"),
        "{stat}"
    );
    for nobody in [
        "app=live&name=class",
        "app=other&name=class1",
        "app=live&name=class1&clientid=2",
        "app=live&name=class%31",
    ] {
        assert_eq!(drop_publisher(&sim, nobody).await, "0", "{nobody}");
    }
    assert_eq!(
        drop_publisher(&sim, "app=live&name=class1&clientid=1").await,
        "1"
    );
    assert_eq!(drop_publisher(&sim, "app=live&name=class1").await, "0");
    assert!(!get(&sim, "/stat").await.body.contains("class1"));
}

#[tokio::test]
async fn nobody_is_dropped_without_a_name() {
    let sim = live().await;
    for query in ["app=live", "app=live&name="] {
        let answer = get(&sim, &format!("/control/drop/publisher?{query}")).await;
        assert_eq!(answer.status, 400);
    }
    assert!(get(&sim, "/stat").await.body.contains("class1"));
}

#[tokio::test]
async fn the_mp4_is_listed_when_it_is_whole_and_any_part_of_it_is_served() {
    let sim = live().await;
    let list = || async { get(&sim, "/rec/").await.body };
    assert!(list().await.contains("class1-1736751600.flv"));
    drop_publisher(&sim, "app=live&name=class1").await;
    assert!(!list().await.contains(".mp4"));
    assert_eq!(get(&sim, FILE).await.status, 404);
    sim.clock().advance(Duration::from_secs(120));
    assert!(list().await.contains("class1-1736751600.mp4"));

    let kept = |query: &str| {
        let url = format!("{}{FILE}{query}", sim.nginx_rtmp().base_url());
        sim.nginx_rtmp().at_address(&url).map(|kept| kept.offsets())
    };
    let millis = |start, end| Duration::from_millis(start)..Duration::from_millis(end);
    // Pictures are decoded 80 ms before they are shown, and it is asked by when they are decoded.
    assert_eq!(
        kept("?start=11.333&end=19.583"),
        Some(millis(11_253, 19_503))
    );
    assert_eq!(kept(""), Some(seconds(0)..seconds(3600)));
    // Silently less, and more.
    assert_eq!(
        kept("?start=3590&end=3700"),
        Some(millis(3_589_920, 3_599_920))
    );
    assert_eq!(kept("?start=20&end=10"), Some(millis(19_920, 3_599_920)));
    assert_eq!(kept("?start=3601&end=3700"), None);
    assert_eq!(
        get(&sim, &format!("{FILE}?start=3601&end=3700"))
            .await
            .status,
        500
    );
    assert_eq!(get(&sim, &format!("{FILE}?start=a")).await.status, 400);
}
