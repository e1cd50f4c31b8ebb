use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use livecut_sim::{SimClock, Simulator, StreamSpec};
use serde::Serialize;

use crate::failure::Failure;
use crate::human::Human;
use crate::output::Output;
use crate::signal;
use crate::simulated::{self, Simulated};

/// Requests that the simulator remembers, however long it runs.
const REMEMBERED: usize = 10_000;

pub(crate) async fn run(listen: SocketAddr, output: Output) -> Result<(), Box<Failure>> {
    let loopback = listen.ip().is_loopback();
    let mut builder = Simulator::builder()
        .listen(listen)
        .clock(SimClock::system())
        .log_limit(REMEMBERED);
    // The control API asks for no credential, so other machines don't get it.
    builder = if loopback {
        builder.control_api()
    } else {
        builder.allow_any_address()
    };
    let mut sim = builder.start().await.map_err(|error| {
        Failure::usage(format!(
            "can't listen on {listen}: {error}; name another with --listen"
        ))
    })?;
    let providers = simulated::all(&sim)
        .into_iter()
        .map(furnished)
        .collect::<Result<_, Box<Failure>>>()?;
    output.document(&Serving {
        address: sim.address(),
        allow_http: !loopback,
        providers,
    })?;
    tokio::select! {
        () = signal::asked_to_end() => Ok(()),
        () = sim.wait() => Err(Failure::internal("the simulator's listener ended")),
    }
}

/// Gives a provider some streams, whose recordings are ready soon after their stop.
fn furnished(simulated: Simulated) -> Result<ProviderServing, Box<Failure>> {
    let provider = &simulated.provider;
    for spec in [
        StreamSpec::live("live-1"),
        StreamSpec::live("live-2"),
        StreamSpec::live("live-3"),
        StreamSpec::ended("ended-1"),
        StreamSpec::not_started("not-started-1"),
    ] {
        let soon = spec
            .stopped_for(Duration::from_secs(2))
            .transcoding_takes(Duration::from_secs(10))
            .trimming_takes(Duration::from_secs(5));
        provider
            .create_stream(soon)
            .map_err(|error| Failure::internal(format!("a stream can't be simulated: {error}")))?;
    }
    Ok(ProviderServing {
        provider: provider.name(),
        streams: provider.stream_ids(),
        environment: simulated.environment.into_iter().collect(),
    })
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
    streams: Vec<String>,
    environment: BTreeMap<&'static str, String>,
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
        ];
        if self.allow_http {
            lines.push("# Other machines can reach it.".to_owned());
            lines.push("export LIVECUT_ALLOW_HTTP=1".to_owned());
        }
        for provider in &self.providers {
            lines.push(String::new());
            lines.push(format!(
                "# {}: {}",
                provider.provider,
                provider.streams.join(", ")
            ));
            for (name, value) in &provider.environment {
                lines.push(format!("export {name}={value}"));
            }
            lines.push(format!(
                "# livecut stop live-1 --provider {} --cut 30..120 --wait",
                provider.provider
            ));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}
