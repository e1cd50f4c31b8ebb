//! Deadlines that run out at any moment: what an error calls "nothing" never left.

use std::time::Duration;

use livecut_core::ErrorKind;

use crate::server::{Server, ok};
use crate::support::{NOTHING, client, make_within, once, post};

/// Time that runs out at a random moment of a call, fresh or pooled, against all
/// bytes that the server got.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_called_not_sent_never_reached_the_server_by_one_byte() {
    let rounds = std::env::var("LIVECUT_TEST_ROUNDS").map_or(400, |n| n.parse().unwrap());
    let server = Server::answering(ok(), 50).await;
    let mut claims = Vec::new();
    let (mut done, mut unknown) = (0, 0);
    let mut shared = client(once());
    for round in 0..rounds {
        if round % 8 == 0 {
            // A fresh pool now and then, so that connecting is hit too.
            shared = client(once());
        }
        let id = format!("call-{round:07}-");
        let body = (round % 2 == 0).then_some("{}");
        let step = post(&server.url(&format!("/{id}")), body);
        let time = Duration::from_micros(fastrand::u64(1..500));
        match make_within(&shared, &step, Some(time)).await {
            Ok(_) => done += 1,
            Err(error) if error.effect() == NOTHING => {
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
                claims.push(id);
            }
            Err(_) => unknown += 1,
        }
    }
    drop(shared);
    // Whatever is still on its way is there once another call has come through.
    let last = post(&server.url("/last"), None);
    make_within(&client(once()), &last, None).await.unwrap();
    let bytes = String::from_utf8(server.bytes()).unwrap();
    for id in &claims {
        assert!(!bytes.contains(id.as_str()), "{id} was sent");
    }
    println!("{done} done, {} not sent, {unknown} unknown", claims.len());
}
