//! A server that receives the webhooks of every provider, matches them to the tickets it has stored,
//! and follows those: the webhook is the hint, the provider's own word is what counts.
//!
//! It runs here against simulated providers, which send the webhooks (some twice, some out of order),
//! and ends by itself once every recording is ready.
//!
//! ```sh
//! cargo run -p livecut --example webhook_server --features all-providers
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program")]

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use livecut::gjirafa::{Gjirafa, GjirafaConfig, GjirafaWebhook};
use livecut::tpstreams::{TpStreams, TpStreamsConfig, TpStreamsWebhook};
use livecut::webhook::{Delivery, WebhookReceiver, WebhookSecret};
use livecut::{LiveStreamStopper, Progress, Ready, StopRequest, StreamId, Ticket};
use livecut_sim::{Disorder, Simulator, StreamSpec, WebhookSpec};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Webhooks get lost, for all that providers promise: look this often although none came.
const ROUND: Duration = Duration::from_secs(10 * 60);

type BoxError = Box<dyn Error + Send + Sync>;

/// A provider that one stops streams at, and whose webhooks one receives.
struct Provider {
    stopper: Arc<dyn LiveStreamStopper>,
    receiver: Arc<dyn WebhookReceiver>,
}

struct App {
    /// By name, as in the URL that is registered with the provider.
    providers: HashMap<&'static str, Provider>,
    tickets: Tickets,
    /// Tickets to look at now.
    due: mpsc::Sender<Ticket>,
}

/// The tickets of recordings that aren't ready yet. In a real program this is a table of a database:
/// a ticket is one URL-safe word, and it is good after a restart.
#[derive(Default)]
struct Tickets(Mutex<Vec<Ticket>>);

impl Tickets {
    fn open(&self) -> Vec<Ticket> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts `new` in the place of `old`; a ticket learns more as it is followed.
    fn replace(&self, old: Option<&Ticket>, new: Option<&Ticket>) {
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|ticket| Some(ticket) != old);
        tickets.extend(new.cloned());
    }
}

fn router(app: Arc<App>) -> Router {
    // With a secret in the URL, for a provider that documents no other proof. Keep such URLs out of
    // your access logs.
    Router::new()
        .route("/hooks/{provider}", post(receive))
        .route("/hooks/{provider}/{secret}", post(receive))
        .with_state(app)
}

/// Answers one webhook. It does no more than note which tickets are due: a provider that has no answer
/// soon sends again.
async fn receive(
    State(app): State<Arc<App>>,
    Path(path): Path<HashMap<String, String>>,
    headers: HeaderMap,
    // The raw bytes: written anew, the JSON wouldn't be what was signed. axum refuses over 2 MB.
    body: Bytes,
) -> StatusCode {
    let provider = path.get("provider").map(String::as_str);
    let Some(provider) = provider.and_then(|name| app.providers.get(name)) else {
        return StatusCode::NOT_FOUND;
    };
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut delivery = Delivery::new(headers, &body);
    if let Some(secret) = path.get("secret") {
        delivery = delivery.with_url_secret(secret);
    }
    match provider.receiver.verify_and_parse(&delivery) {
        Ok(event) => {
            for ticket in app.tickets.open() {
                // A full queue, and a program that is ending: the next round looks.
                if ticket.matches(&event) && app.due.try_send(ticket).is_ok() {
                    println!("{}: {}", event.provider(), event.state().as_str());
                }
            }
            // Also for what matches nothing, or is new to this version: sent again, it would be no
            // different.
            StatusCode::NO_CONTENT
        }
        Err(error) => {
            eprintln!("refused a webhook: {error}");
            StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Follows the tickets that are due, and now and then all of them.
async fn follow(app: Arc<App>, mut due: mpsc::Receiver<Ticket>, finished: mpsc::Sender<Ready>) {
    let mut round = tokio::time::interval(ROUND);
    loop {
        let tickets = tokio::select! {
            ticket = due.recv() => match ticket {
                Some(ticket) => vec![ticket],
                None => return,
            },
            _ = round.tick() => app.tickets.open(),
        };
        for ticket in tickets {
            // A duplicate of a webhook may be about a recording that is ready since.
            if !app.tickets.open().contains(&ticket) {
                continue;
            }
            let Some(provider) = app.providers.get(ticket.provider()) else {
                continue;
            };
            match provider.stopper.follow(&ticket).await {
                Ok(Progress::InProgress(progress)) => {
                    app.tickets.replace(Some(&ticket), Some(progress.ticket()));
                }
                Ok(Progress::Ready(ready)) => {
                    app.tickets.replace(Some(&ticket), None);
                    drop(finished.send(ready).await);
                }
                Ok(Progress::Failed(failed)) => {
                    app.tickets.replace(Some(&ticket), None);
                    eprintln!("{}: {}", ticket.stream(), failed.reason());
                }
                // It is still stored: the next webhook or the next round looks again.
                Err(error) => eprintln!("{}: {error}", ticket.stream()),
            }
        }
    }
}

// ---- From here on: simulated providers to run it against. ----

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let sim = Simulator::start().await?;
    let (due, to_follow) = mpsc::channel(100);
    let app = Arc::new(App {
        providers: providers(&sim)?,
        tickets: Tickets::default(),
        due,
    });

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, router(Arc::clone(&app)));
    tokio::spawn(async move { server.await });
    let (finished, mut ready) = mpsc::channel(10);
    tokio::spawn(follow(Arc::clone(&app), to_follow, finished));

    // What one registers with the providers, which would be https://.
    let disorder = Disorder::seeded(7)
        .duplicated(50)
        .late_by_up_to(Duration::from_secs(20));
    for (name, url) in [
        ("tpstreams", format!("http://{address}/hooks/tpstreams")),
        (
            "gjirafa",
            format!("http://{address}/hooks/gjirafa/{SECRET}"),
        ),
    ] {
        let mut spec = WebhookSpec::over_http(url).disorder(disorder);
        if name == "tpstreams" {
            spec = spec.secret(SECRET);
        }
        let provider = sim.provider(name).ok_or("it isn't simulated")?;
        provider.register_webhook(spec)?;
        provider.create_stream(StreamSpec::live("class"))?;
    }

    for provider in app.providers.values() {
        let request = StopRequest::new(StreamId::new("class")?).with_cut("30s..2m".parse()?);
        let outcome = provider.stopper.stop(&request).await?;
        app.tickets.replace(None, Some(outcome.ticket()));
    }
    // The simulator's time passes, and it sends what has become due.
    for _ in 0..10 {
        sim.clock().advance(Duration::from_secs(20));
        sim.deliver_due().await;
    }
    for _ in 0..app.providers.len() {
        let ready = ready.recv().await.ok_or("nobody follows")?;
        let (ticket, recording) = (ready.ticket(), ready.recording());
        println!(
            "{} at {}: ready: {}",
            ticket.stream(),
            ticket.provider(),
            recording.id()
        );
    }
    if app.tickets.open().is_empty() {
        Ok(())
    } else {
        Err("a recording isn't ready".into())
    }
}

/// Long, random, and used for nothing else; from the environment, say:
/// `livecut::webhook::receiver_from_env`.
const SECRET: &str = "a-long-random-secret";

fn providers(sim: &Simulator) -> Result<HashMap<&'static str, Provider>, BoxError> {
    let (tpstreams, gjirafa) = (sim.tpstreams(), sim.gjirafa());
    let at_tpstreams = Provider {
        stopper: Arc::new(TpStreams::new(
            TpStreamsConfig::new(tpstreams.organization_id(), tpstreams.token())?
                .with_base_url(tpstreams.base_url()),
        )?),
        receiver: Arc::new(TpStreamsWebhook::new(WebhookSecret::new(SECRET)?)),
    };
    let at_gjirafa = Provider {
        stopper: Arc::new(Gjirafa::new(
            GjirafaConfig::new(gjirafa.project_id(), gjirafa.authorization())?
                .with_base_url(gjirafa.base_url())
                .with_video_base_url(gjirafa.video_base_url()),
        )?),
        receiver: Arc::new(GjirafaWebhook::with_secret_in_url(WebhookSecret::new(
            SECRET,
        )?)),
    };
    Ok([at_tpstreams, at_gjirafa]
        .into_iter()
        .map(|provider| (provider.stopper.provider(), provider))
        .collect())
}
