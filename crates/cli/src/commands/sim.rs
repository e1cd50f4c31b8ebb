use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use livecut::{Timeline, TimelineSupport};
use livecut_sim::{SimClock, Simulator, StreamSpec};
use serde::Serialize;

use crate::failure::Failure;
use crate::human::Human;
use crate::output::Output;
use crate::signal;
use crate::simulated::{self, Simulated};

/// Requests that the simulator remembers, however long it runs.
const REMEMBERED: usize = 10_000;

pub(crate) async fn run(
    listen: SocketAddr,
    only: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let loopback = listen.ip().is_loopback();
    let mut builder = Simulator::builder()
        .with_address(listen)
        .with_clock(SimClock::system())
        .with_log_limit(REMEMBERED);
    // The control API asks for no credential, so other machines don't get it.
    builder = if loopback {
        builder.with_control_api()
    } else {
        builder.with_any_address()
    };
    let mut sim = builder.start().await.map_err(|error| {
        Failure::usage(format!(
            "can't listen on {listen}: {error}; name another with --listen"
        ))
    })?;
    let providers = simulated::all(&sim)
        .iter()
        .filter(|simulated| only.is_none_or(|name| name == simulated.provider.name()))
        .map(furnished)
        .collect::<Result<_, Box<Failure>>>()?;
    output
        .document(&Serving {
            address: sim.address(),
            allow_http: !loopback,
            providers,
        })
        .await?;
    tokio::select! {
        () = signal::asked_to_end(1) => Ok(()),
        () = sim.wait() => Err(Failure::internal("the simulator's listener ended")),
    }
}

/// The streams of each provider. By integers, which every provider takes for ids.
const STREAMS: [(&str, &str); 5] = [
    ("1001", "live"),
    ("1002", "live"),
    ("1003", "live"),
    ("1004", "ended"),
    ("1005", "not_started"),
];

/// Gives a provider some streams, whose recordings are ready soon after their stop.
fn furnished(simulated: &Simulated) -> Result<ProviderServing, Box<Failure>> {
    let provider = &simulated.provider;
    for (id, state) in STREAMS {
        let spec = match state {
            "ended" => StreamSpec::ended(id),
            "not_started" => StreamSpec::not_started(id),
            _ => StreamSpec::live(id),
        };
        let soon = spec
            .with_stopped_time(Duration::from_secs(2))
            .with_transcoding_time(Duration::from_secs(10))
            .with_trimming_time(Duration::from_secs(5));
        provider
            .create_stream(soon)
            .map_err(|error| Failure::internal(format!("a stream can't be simulated: {error}")))?;
    }
    Ok(ProviderServing {
        provider: provider.name(),
        streams: STREAMS.map(|(id, state)| ServedStream { id, state }),
        environment: simulated.environment.iter().cloned().collect(),
        example: example(simulated),
    })
}

/// A command for a POSIX shell that stops and cuts the first of the streams, whenever it is run. A provider
/// that cuts by wall clock alone may keep only what was of late, so that its cut is reckoned from the present.
fn example(simulated: &Simulated) -> String {
    let name = simulated.provider.name();
    let by_offset = livecut::providers()
        .iter()
        .find(|known| known.name() == name)
        .and_then(livecut::Provider::capabilities)
        .and_then(|can| can.timeline(Timeline::Offset));
    let cut = match by_offset {
        Some(TimelineSupport::Native) => "30..120",
        _ => "@$(($(date +%s)-120))..@$(($(date +%s)-30))",
    };
    let [(id, _), ..] = STREAMS;
    format!("livecut stop {id} --provider {name} --cut {cut} --wait")
}

#[derive(Debug, Serialize)]
struct Serving {
    address: SocketAddr,
    /// Whether clients need `LIVECUT_ALLOW_HTTP=1`.
    allow_http: bool,
    providers: Vec<ProviderServing>,
}

#[derive(Debug, Serialize)]
struct ProviderServing {
    provider: &'static str,
    streams: [ServedStream; STREAMS.len()],
    environment: BTreeMap<String, String>,
    /// A command that stops and cuts one of them, for a POSIX shell.
    example: String,
}

#[derive(Debug, Serialize)]
struct ServedStream {
    id: &'static str,
    /// `live` (since an hour ago), `ended` or `not_started`.
    state: &'static str,
}

/// A shell can read it.
impl Human for Serving {
    fn human(&self) -> String {
        let mut lines = vec![
            format!(
                "# Simulated providers on http://{}, until Ctrl-C.",
                self.address
            ),
            "# Their streams began an hour ago; recordings are ready 20 s after a stop.".to_owned(),
            "# In a POSIX shell (sh, bash, zsh) these lines set the environment.".to_owned(),
        ];
        if self.allow_http {
            lines.push("# Other machines can reach it.".to_owned());
            lines.push("export LIVECUT_ALLOW_HTTP=1".to_owned());
        }
        for provider in &self.providers {
            lines.push(String::new());
            let streams = provider.streams.each_ref();
            let streams =
                streams.map(|stream| format!("{} {}", stream.id, stream.state.replace('_', " ")));
            lines.push(format!("# {}: {}", provider.provider, streams.join(", ")));
            for (name, value) in &provider.environment {
                lines.push(format!("export {name}={value}"));
            }
            lines.push(format!("# {}", provider.example));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}
