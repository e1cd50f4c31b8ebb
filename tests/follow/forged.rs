//! What isn't the provider's, or isn't about this ticket, moves nobody.

use std::time::Duration;

use livecut_core::{EventState, RecordingState, StopRequest, StreamId, Ticket};
use livecut_sim::{Delivery, StreamSpec, Webhook};
use livecut_tests::kits::Kit;
use livecut_webhook::WebhookError;

use crate::adapters::{World, adapters};
use crate::followers::{End, Follower};

/// Stops streams, and has all of their webhooks.
async fn stopped(adapter: &Kit, ids: &[&str]) -> (World, Vec<Ticket>, Vec<Delivery>) {
    let world = World::plain(adapter).await;
    let mut tickets = Vec::new();
    for id in ids {
        let created = world.provider.create_stream(StreamSpec::live(*id));
        created.expect("it can be created");
        let request = StopRequest::new(StreamId::new(*id).expect("it is an id"));
        let stopped = world.stopper.stop(&request).await.expect("it is live");
        tickets.push(stopped.ticket().clone());
    }
    world.sim.clock().advance(Duration::from_secs(3600));
    let deliveries = all_due(&world.webhook);
    (world, tickets, deliveries)
}

fn all_due(webhook: &Webhook) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    webhook.deliver_due(|delivery| {
        deliveries.push(delivery.clone());
        204
    });
    deliveries
}

#[tokio::test]
async fn a_delivery_without_the_secret_or_with_another_is_refused() {
    for adapter in adapters() {
        let (world, _, deliveries) = stopped(adapter, &["live"]).await;
        let mut others = all_due(&world.other_webhook).into_iter();
        for delivery in deliveries {
            world.receive(&delivery).expect("it is the provider's");
            let other = others.next().expect("both were told of all");
            assert_eq!(other.body, delivery.body);
            let mut bare = delivery.clone();
            bare.url = "https://example.com/hooks".into();
            bare.headers.retain(|(name, _)| *name == "content-type");
            // A repeated header could be read either way by what stands before the receiver.
            let mut twice = other.clone();
            twice.headers.extend(delivery.headers.iter().cloned());
            for forged in [other, bare, twice] {
                let refused = world.receive(&forged).expect_err("it is forged");
                assert!(
                    matches!(refused, WebhookError::Unauthenticated(_)),
                    "{}: {refused}",
                    adapter.name
                );
                assert_eq!(refused.http_status(), 401);
            }
        }
    }
}

#[tokio::test]
async fn a_webhook_about_another_stream_moves_no_ticket() {
    for adapter in adapters() {
        // One id begins as the other does.
        let ids = ["live", "live2"];
        let (world, tickets, deliveries) = stopped(adapter, &ids).await;
        let events: Vec<_> = deliveries
            .iter()
            .map(|delivery| world.receive(delivery).expect("it is the provider's"))
            .collect();
        for ticket in &tickets {
            let (ours, theirs): (Vec<_>, Vec<_>) =
                events.iter().partition(|event| ticket.matches(event));
            assert_eq!(ours.len(), theirs.len(), "{}", adapter.name);
            let mut follower = Follower::new(ticket.clone());
            for event in theirs {
                follower.was_told(event);
            }
            assert_eq!(follower.end(), End::Unfinished);
            for event in ours {
                follower.was_told(event);
            }
            assert!(follower.is_at_its_end(), "{}", adapter.name);
        }
    }
}

#[tokio::test]
async fn a_ticket_of_another_provider_or_tenant_is_moved_by_no_webhook() {
    for adapter in adapters() {
        let (world, tickets, deliveries) = stopped(adapter, &["live"]).await;
        let mut ready = 0;
        for delivery in &deliveries {
            let event = world.receive(delivery).expect("it is the provider's");
            let ticket = tickets.first().expect("one was stopped");
            assert!(ticket.matches(&event), "{}", adapter.name);
            let elsewhere = Ticket::new("elsewhere", ticket.stream().clone());
            assert!(!elsewhere.matches(&event));
            if let EventState::Recording(RecordingState::Ready(_)) = event.state() {
                ready += 1;
            }
            // Webhooks that don't name the tenant: there the secret alone tells.
            if let Some(tenant) = event.tenant() {
                let other = format!("{}2", tenant.as_str());
                let other = livecut_core::TenantId::new(other).expect("it is an id");
                assert!(!ticket.clone().with_tenant(other).matches(&event));
            }
        }
        assert!(ready > 0, "{}", adapter.name);
    }
}

#[tokio::test]
async fn a_receiver_of_one_provider_refuses_another_s_webhooks() {
    for sender in adapters() {
        let (_, _, deliveries) = stopped(sender, &["live"]).await;
        for adapter in adapters() {
            let world = World::plain(adapter).await;
            for delivery in &deliveries {
                let ours = adapter.name == sender.name;
                assert_eq!(world.receive(delivery).is_ok(), ours, "{}", adapter.name);
            }
        }
    }
}
