//! A server that receives the webhooks of every provider that has them, matches them to the tickets it
//! has stored, and follows those: the webhook is the hint, the provider's own word is what counts.
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
use livecut::webhook::{Delivery, ReceiverBuilder, WebhookReceiver};
use livecut::{
    LiveStreamStopper, Progress, Provider, RecordingEvent, Standing, StopOutcome, StopRequest,
    StopperBuilder, StreamId, Ticket,
};
use livecut_sim::{Disorder, Simulator, StreamSpec, WebhookSpec};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Webhooks get lost, for all that providers promise: look this often although none came.
const ROUND: Duration = Duration::from_secs(10 * 60);

type BoxError = Box<dyn Error + Send + Sync>;

/// A provider that one stops streams at, and whose webhooks one receives.
struct Integration {
    stopper: Arc<dyn LiveStreamStopper>,
    receiver: Arc<dyn WebhookReceiver>,
}

struct App {
    /// By name, as in the URL that is registered with the provider.
    providers: HashMap<&'static str, Integration>,
    tickets: Tickets,
    /// What came, for [`follow`].
    events: mpsc::Sender<RecordingEvent>,
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

/// Answers one webhook. It does no more than pass it on: a provider that has no answer soon sends
/// again.
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
        // Also for what matches nothing, or is new to this version: sent again, it would be no different.
        Ok(event) => match app.events.try_send(event) {
            Ok(()) => StatusCode::NO_CONTENT,
            // Too many at once: the provider sends it again, and the next round looks anyway.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        },
        Err(error) => {
            eprintln!("refused a webhook: {error}");
            StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Follows the tickets that an event is about, and now and then all of them.
async fn follow(
    app: Arc<App>,
    mut events: mpsc::Receiver<RecordingEvent>,
    finished: mpsc::UnboundedSender<Progress>,
) {
    let mut round = tokio::time::interval(ROUND);
    loop {
        let tickets = tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { return };
                println!("{}: {}", event.provider(), event.state().as_str());
                // Those that are open now: a duplicate may be about a recording that is ready since.
                let mut tickets = app.tickets.open();
                tickets.retain(|ticket| ticket.matches(&event));
                tickets
            }
            _ = round.tick() => app.tickets.open(),
        };
        for ticket in tickets {
            let Some(provider) = app.providers.get(ticket.provider()) else {
                continue;
            };
            match provider.stopper.follow(&ticket).await {
                Ok(Progress::InProgress(progress)) => {
                    app.tickets.replace(Some(&ticket), Some(progress.ticket()));
                }
                Ok(over) => {
                    app.tickets.replace(Some(&ticket), None);
                    drop(finished.send(over));
                }
                // It is still stored: the next webhook or the next round looks again.
                Err(error) => eprintln!("{}: {error}", ticket.stream()),
            }
        }
    }
}

/// What a stop leaves to store. A provider that makes the cut once the stream has ended owes it: following
/// the ticket makes it.
fn ticket(stopped: Result<StopOutcome, livecut::Error>) -> Result<Ticket, livecut::Error> {
    match stopped {
        Ok(outcome) => Ok(outcome.ticket().clone()),
        Err(error) => match error.ticket() {
            Some(ticket) if error.standing() == Standing::CutOwed => Ok(ticket.clone()),
            _ => Err(error),
        },
    }
}

// ---- From here on: simulated providers to run it against. ----

/// Long, random, and used for nothing else. A program has it from the environment.
const SECRET: &str = "a-long-random-secret";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let sim = Simulator::start().await?;
    let (events, received) = mpsc::channel(100);
    let app = Arc::new(App {
        providers: providers(&sim)?,
        tickets: Tickets::default(),
        events,
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, router(Arc::clone(&app)));
    tokio::spawn(async move { server.await });
    let (finished, mut over) = mpsc::unbounded_channel();
    tokio::spawn(follow(Arc::clone(&app), received, finished));

    // What one registers with the providers, which would be https://.
    let hooks = format!("http://{address}/hooks");
    let disorder = Disorder::seeded(7)
        .with_duplicates(50)
        .with_delays(Duration::from_secs(20));
    for (name, provider) in &app.providers {
        let simulated = sim.provider(name).ok_or("it isn't simulated")?;
        let spec = WebhookSpec::over_http(format!("{hooks}/{name}")).with_disorder(disorder);
        // One registers the secret with the provider; where it takes none, it is a part of the URL.
        let spec = simulated.with_webhook_secret(spec, SECRET);
        simulated.register_webhook(spec.ok_or("it sends no webhooks")?)?;
        let id = format!("class-at-{name}");
        simulated.create_stream(StreamSpec::live(&id))?;
        let request = StopRequest::new(StreamId::new(id)?).with_cut("30s..2m".parse()?);
        let ticket = ticket(provider.stopper.stop(&request).await)?;
        app.tickets.replace(None, Some(&ticket));
    }

    // The simulator's time passes, and it sends what has become due.
    let pass_time = async {
        loop {
            sim.clock().advance(Duration::from_secs(5));
            sim.deliver_due().await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let all_over = async {
        for _ in 0..app.providers.len() {
            match over.recv().await.ok_or("nobody follows")? {
                Progress::Ready(ready) => {
                    let stream = ready.ticket().stream();
                    println!("{stream} is ready: {}", ready.recording().id());
                }
                other => return Err(BoxError::from(format!("not ready: {other:?}"))),
            }
        }
        Ok(())
    };
    tokio::select! {
        ended = all_over => ended,
        () = pass_time => Ok(()),
        () = tokio::time::sleep(Duration::from_secs(60)) => Err("it takes too long".into()),
    }
}

/// The variable for what the provider calls so.
fn variable(provider: &str, word: &str) -> String {
    let provider = provider.replace('-', "_");
    format!("LIVECUT_{provider}_{word}").to_uppercase()
}

/// Every provider that has webhooks, configured as by the environment: `StopperBuilder::build_from_env` and
/// `ReceiverBuilder::build_from_env` read the same variables.
fn providers(sim: &Simulator) -> Result<HashMap<&'static str, Integration>, BoxError> {
    let providers = livecut::providers().iter();
    let with_webhooks = providers.filter(|provider| provider.is_webhook_compiled_in());
    let integration = |provider: &'static Provider| -> Result<_, BoxError> {
        let name = provider.name();
        let simulated = sim.provider(name).ok_or("it isn't simulated")?;
        let settings = simulated.credentials().into_iter();
        let mut variables: HashMap<_, _> = settings
            .chain(simulated.base_urls())
            .map(|(word, value)| (variable(name, word), value))
            .collect();
        // Of the ways to verify its webhooks, the first.
        let proof = provider.webhook_variables().iter().flatten().next();
        let proof = proof.ok_or("nothing proves its webhooks")?;
        variables.insert(proof.name().to_owned(), SECRET.to_owned());
        let lookup = |name: &str| variables.get(name).cloned();
        let clock = sim.clock().clone();
        let integration = Integration {
            stopper: StopperBuilder::new()
                .with_provider(name)
                .build_from_lookup(lookup)?,
            receiver: ReceiverBuilder::new()
                .with_provider(name)
                // Where signatures hold the time, it is the simulator's.
                .with_clock(move || clock.now().into())
                .build_from_lookup(lookup)?,
        };
        Ok((name, integration))
    };
    with_webhooks.map(integration).collect()
}
