//! A stop that is killed at any point, and gone on with: there is exactly one clip.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use livecut_core::{LiveStreamStopper as _, Progress, StreamState, Ticket};
use livecut_mux::Mux;
use livecut_sim::{ClipSource, MuxSettings};

use crate::world::{ASSET, World};
use crate::{cut, recording, stream};

/// Polls a future so often, each time when it asks for it, then drops it; whether it was done.
async fn killed_after(polls: u32, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What was killed may still be on its way: some requests later it has arrived, or never will.
async fn settled(observer: &Mux) {
    for _ in 0..5 {
        tokio::task::yield_now().await;
        observer.status(&stream()).await.unwrap();
    }
}

#[tokio::test]
async fn a_stop_that_is_killed_at_any_poll_and_gone_on_with_makes_one_clip() {
    for source in [ClipSource::Over, ClipSource::Ready] {
        for polls in 0.. {
            let world = World::live(MuxSettings::default().with_clip_source(source)).await;
            let request = cut("30..120");
            let stopper = world.stopper();
            let done = killed_after(polls, stopper.stop(&request)).await;
            drop(stopper);
            let other = world.stopper();
            settled(&other).await;

            // What was lost is made again from the request and the status.
            let status = other.status(&stream()).await.unwrap();
            let ticket = if status.state() == StreamState::Live {
                match other.stop(&request).await {
                    Ok(outcome) => outcome.ticket().clone(),
                    Err(error) => error.ticket().unwrap().clone(),
                }
            } else {
                let named = request.with_recording(status.recording().unwrap().id().clone());
                let plan = other.plan(&named).unwrap();
                plan.ticket().unwrap().clone()
            };
            let end = killed_again_and_again(&world, &other, ticket).await;
            assert!(matches!(end, Progress::Ready(_)), "{polls} polls: {end:?}");
            assert_eq!(world.only_clip().start.as_secs(), 30, "{polls} polls");
            assert_eq!(world.changes().iter().filter(|r| r.applied.cut).count(), 1);
            if done {
                assert!(polls > 3, "it takes some polls");
                break;
            }
        }
    }
}

/// Follows with ever more polls before each kill, always with the first ticket.
async fn killed_again_and_again(world: &World, other: &Mux, ticket: Ticket) -> Progress {
    world.sim.clock().advance(Duration::from_secs(120));
    for polls in 0.. {
        let done = killed_after(polls, other.follow(&ticket)).await;
        settled(other).await;
        if done {
            break;
        }
    }
    world.follow_to_the_end(&ticket).await
}

#[tokio::test]
async fn a_second_stop_that_names_the_recording_finds_the_clip_of_the_first() {
    // The second, while Mux still calls the live stream active.
    for lingers in [0, 60] {
        let lingers = Duration::from_secs(lingers);
        let world = World::live(MuxSettings::default().with_active_after_complete(lingers)).await;
        let first = world.stopper().stop(&cut("30..120")).await.unwrap();
        let named = cut("30..120").with_recording(recording(ASSET));
        let second = world.stopper().stop(&named).await.unwrap();
        assert_eq!(first.ticket(), second.ticket());
        assert_eq!(world.only_clip().start.as_secs(), 30);
    }
}

/// What the README says of it: to look for a clip first, every first stop would have to go through all assets.
#[tokio::test]
async fn a_second_stop_that_does_not_name_it_while_mux_calls_it_active_makes_another() {
    let lingers = Duration::from_secs(60);
    let world = World::live(MuxSettings::default().with_active_after_complete(lingers)).await;
    for made in 1..=2 {
        world.stopper().stop(&cut("30..120")).await.unwrap();
        assert_eq!(world.sim.mux().clips(stream().as_str()).len(), made);
    }
    world.sim.clock().advance(lingers);
    let error = world.refused(&cut("30..120")).await;
    assert!(error.to_string().contains("`asset1`"), "{error}");
}
