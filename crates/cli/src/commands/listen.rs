use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use livecut::webhook::ReceiverBuilder;
use livecut::{EventState, Recording, RecordingEvent, RecordingState, Ticket};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::args::ListenArgs;
use crate::exit::Phase;
use crate::failure::Failure;
use crate::human::Human;
use crate::output::{Output, unless_gone};
use crate::printer;
use crate::signal;
use crate::text::{BAD, GOOD, clean};
use crate::webhooks::{self, Heard, Limits, Tell};

/// How many bytes of lines, and how many deliveries after them, wait for a slow reader. More aren't
/// accepted.
const UNREAD: usize = 1 << 20;
const WAITING: usize = 64;

pub(crate) async fn run(
    args: &ListenArgs,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let ticket = args.ticket.as_ref();
    let mut builder = ReceiverBuilder::new();
    // The ticket knows which of several configured providers it is for.
    if let Some(name) = provider.or_else(|| ticket.map(Ticket::provider)) {
        builder = builder.with_provider(name);
    }
    let receiver = builder
        .build_from_env()
        .map_err(|error| Failure::of(Phase::Plan, &error))?;
    let provider = receiver.provider();
    if let Some(ticket) = ticket.filter(|ticket| ticket.provider() != provider) {
        return Err(Failure::usage(format!(
            "the ticket is of {}, and no webhook of {provider} is about it: leave out `--provider`, \
             or the ticket",
            ticket.provider()
        )));
    }
    let listen = args.listen;
    let cannot_listen = |error| {
        Failure::usage(format!(
            "can't listen on {listen}: {error}; name another with --listen"
        ))
    };
    let listener = TcpListener::bind(listen).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;

    let (tell, heard, missed) = Tell::at_most(WAITING);
    let (reading, unread) = oneshot::channel::<()>();
    let end = async {
        tokio::select! {
            () = signal::asked_to_end(1) => {}
            _ = unread => {}
        }
    };
    let lines = Lines {
        output,
        provider,
        ticket,
        heard,
        missed,
    };
    let print = lines.print(address, reading);
    // The server first: it hears a signal from its first poll on, so before anyone is told that
    // it listens.
    let ((), printed) = tokio::join!(
        webhooks::serve(listener, receiver, tell, Limits::default(), end),
        print
    );
    printed
}

/// Prints a line for each delivery.
struct Lines<'a> {
    output: Output,
    provider: &'static str,
    ticket: Option<&'a Ticket>,
    heard: mpsc::Receiver<Heard>,
    /// How many there was no room for.
    missed: Arc<AtomicU64>,
}

impl Lines<'_> {
    /// Drops `reading` where nobody reads any more.
    async fn print(
        mut self,
        address: SocketAddr,
        reading: oneshot::Sender<()>,
    ) -> Result<(), Box<Failure>> {
        let stdout = printer::stdout();
        let provider = self.provider;
        let mut reading = Some(reading);
        let mut number = self.output.begin(&Line::Listening { address, provider })?;
        let mut is_read = false;
        let mut is_ending = false;
        loop {
            // What was accepted by the end is taken whoever reads: no more of it comes.
            let has_room = is_read || is_ending || stdout.unread() < UNREAD;
            tokio::select! {
                biased;
                () = signal::asked_to_end(1), if !is_ending => is_ending = true,
                outcome = stdout.written(number), if !is_read => {
                    is_read = true;
                    if unless_gone(outcome)?.is_break() {
                        reading.take();
                    }
                }
                heard = self.heard.recv(), if has_room => {
                    // Until the server has dropped the last sender, so that nothing that was
                    // accepted is lost.
                    let Some(heard) = heard else { break };
                    number = self.output.begin(&Line::of(&heard, provider, self.ticket))?;
                    is_read = false;
                    if self.heard.is_empty() {
                        number = self.missed()?.unwrap_or(number);
                    }
                }
            }
        }
        number = self.missed()?.unwrap_or(number);
        tokio::select! {
            biased;
            outcome = stdout.written(number) => unless_gone(outcome).map(|_| ()),
            () = signal::asked_again_or_late() => {
                let stderr = printer::stderr();
                for line in stdout.give_up() {
                    stderr.write(line);
                }
                let outcome = stdout.outcome(number).unwrap_or(Ok(()));
                unless_gone(outcome).map(|_| ())
            }
        }
    }

    /// Says how many deliveries there was no room for, if any.
    fn missed(&self) -> Result<Option<u64>, Box<Failure>> {
        let deliveries = self.missed.swap(0, Ordering::Relaxed);
        let provider = self.provider;
        let line = Line::Missed {
            provider,
            deliveries,
        };
        (deliveries > 0)
            .then(|| self.output.begin(&line))
            .transpose()
    }
}

/// One line on stdout.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first: where to send to.
    Listening {
        address: SocketAddr,
        provider: &'static str,
    },
    Event(Box<Event>),
    Refused {
        provider: &'static str,
        http_status: u16,
        message: String,
    },
    /// There was no room for them, since nobody read. What was authentic was answered with 503.
    Missed {
        provider: &'static str,
        deliveries: u64,
    },
}

#[derive(Debug, Serialize)]
struct Event {
    provider: &'static str,
    state: &'static str,
    /// The provider's own word for it.
    provider_event: String,
    at: Option<String>,
    tenant: Option<String>,
    stream: Option<String>,
    /// The provider's word for the stage; where the recording failed, the reason.
    stage: Option<String>,
    recording: Option<Recording>,
    /// Null without `--ticket`.
    matches_ticket: Option<bool>,
}

impl Line {
    fn of(heard: &Heard, provider: &'static str, ticket: Option<&Ticket>) -> Self {
        match heard {
            Heard::Event(event) => {
                let mut document = Event::from(&**event);
                document.matches_ticket = ticket.map(|ticket| ticket.matches(event));
                Self::Event(Box::new(document))
            }
            Heard::Refused(status, message) => Self::Refused {
                provider,
                http_status: status.as_u16(),
                message: message.clone(),
            },
        }
    }
}

impl From<&RecordingEvent> for Event {
    fn from(event: &RecordingEvent) -> Self {
        let (stage, ready) = match event.state() {
            EventState::Recording(RecordingState::Ready(recording)) => (None, Some(recording)),
            EventState::Recording(
                RecordingState::InProgress(text) | RecordingState::Failed(text),
            ) => (Some(text.clone()), None),
            _ => (None, None),
        };
        let named = || event.recording().cloned().map(Recording::new);
        let recording = ready.cloned().or_else(named);
        Self {
            provider: event.provider(),
            state: event.state().as_str(),
            provider_event: event.provider_event().to_owned(),
            at: event.at().and_then(rfc3339),
            tenant: event.tenant().map(ToString::to_string),
            stream: event.stream().map(ToString::to_string),
            stage,
            recording,
            matches_ticket: None,
        }
    }
}

fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.format(&Rfc3339).ok()
}

impl Human for Line {
    fn human(&self) -> String {
        match self {
            Self::Listening { address, provider } => {
                format!("Listening on http://{address} for webhooks of {provider}, until Ctrl-C.\n")
            }
            Self::Event(event) => event.human(),
            Self::Refused {
                http_status,
                message,
                ..
            } => format!(
                "{BAD}refused{BAD:#} with {http_status}: {}\n",
                clean(message)
            ),
            Self::Missed { deliveries, .. } => format!(
                "{BAD}missed{BAD:#}: {deliveries} deliveries, since nobody read what is printed here; those that \
                 were authentic were answered with 503, so that they are sent again\n"
            ),
        }
    }
}

impl Human for Event {
    fn human(&self) -> String {
        let style = match self.state {
            "recording_ready" => GOOD,
            "recording_failed" | "stream_failed" => BAD,
            _ => anstyle::Style::new(),
        };
        let mut said = vec![match self.provider_event.as_str() {
            "" => "no name".to_owned(),
            name => format!("`{name}`"),
        }];
        said.extend(self.stage.clone());
        said.extend(self.stream.as_ref().map(|id| format!("stream {id}")));
        if let Some(recording) = &self.recording {
            said.push(format!("recording {}", recording.id()));
            let playback = recording.playback().iter();
            said.extend(playback.map(|playback| playback.url.clone()));
        }
        said.extend(self.at.as_ref().map(|at| format!("at {at}")));
        said.extend(self.matches_ticket.map(|matches| {
            if matches {
                "matches the ticket"
            } else {
                "not the ticket's"
            }
            .to_owned()
        }));
        let state = self.state.replace('_', " ");
        format!("{style}{state}{style:#}: {}\n", clean(&said.join(", ")))
    }
}
