//! Goes through a proxy and trusts a CA of one's own, by the caller's `reqwest::ClientBuilder`.
//!
//! It runs here against a simulated provider behind TLS with a certificate of a CA that was made a
//! moment ago, reached through a proxy on loopback (`servers.rs`).
//!
//! ```sh
//! cargo run -p livecut --example proxy_and_ca --features all-providers
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

mod servers;

use std::error::Error;
use std::net::SocketAddr;

use livecut::http::HttpOptions;
use livecut::{ErrorKind, StopRequest, StopperBuilder, StreamId};
use livecut_sim::{Simulator, StreamSpec};

/// All that reqwest can: a proxy, a CA, DNS, a local address. livecut sets its own rules on it
/// afterwards (no redirects, no retries but its own, no decompression, no proxy to a loopback host), whatever it says.
fn options(proxy: SocketAddr, ca: Option<&[u8]>) -> Result<HttpOptions, reqwest::Error> {
    let mut builder =
        reqwest::Client::builder().proxy(reqwest::Proxy::https(format!("http://{proxy}"))?);
    if let Some(ca) = ca {
        // Only this CA; `tls_certs_merge` adds it to those of the system, and a PEM file is read by
        // `Certificate::from_pem`.
        builder = builder.tls_certs_only([reqwest::Certificate::from_der(ca)?]);
    }
    Ok(HttpOptions::new().with_client_builder(builder))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = Simulator::start().await?;
    // Whichever: the options are the same for all.
    let simulated = sim.providers().first().ok_or("nothing is simulated")?;
    simulated.create_stream(StreamSpec::live("class"))?;
    let (tls, ca) = servers::tls(sim.address()).await?;
    let mut proxy = servers::proxy(tls).await?;

    let name = simulated.name();
    let credentials = simulated.credentials();
    let stopper = |options| {
        let builder = StopperBuilder::new().with_provider(name).with_http(options);
        builder.build_from_lookup(|variable| {
            let word = variable.strip_prefix(&format!("LIVECUT_{name}_").to_uppercase())?;
            match &*word.to_lowercase() {
                "base_url" => Some(format!("https://{}/{name}", servers::HOST)),
                word => {
                    let mut credentials = credentials.iter();
                    let (_, value) = credentials.find(|(known, _)| *known == word)?;
                    Some(value.clone())
                }
            }
        })
    };
    let request = StopRequest::new(StreamId::new("class")?).with_cut("30s..2m".parse()?);

    // Without the CA nothing is sent, and the error says so.
    let stranger = stopper(options(proxy.address, None)?)?;
    let error = stranger
        .stop(&request)
        .await
        .err()
        .ok_or("a stranger was trusted")?;
    println!("without the CA: {error} ({})", error.effect());
    if error.kind() != ErrorKind::Connect || !error.effect().is_none() {
        return Err("something was sent without trust".into());
    }

    // The stranger's tunnel.
    proxy
        .tunnels
        .recv()
        .await
        .ok_or("the proxy was passed by")?;

    let stopper = stopper(options(proxy.address, Some(&ca))?)?;
    let outcome = stopper.stop(&request).await?;
    println!(
        "with it: {}, by the proxy's tunnel to",
        outcome.stopped().as_str()
    );
    println!(
        "{}",
        proxy
            .tunnels
            .recv()
            .await
            .ok_or("the proxy was passed by")?
    );
    Ok(())
}
