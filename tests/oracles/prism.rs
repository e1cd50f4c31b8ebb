//! Prism, with a document of a provider's.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{folder, installed, needed};

/// A running `prism.js`, which ends with this value.
pub(crate) struct Prism {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    addresses: BTreeMap<String, String>,
    drift: Vec<String>,
}

#[derive(Deserialize)]
struct Ready {
    addresses: BTreeMap<String, String>,
    drift: Vec<String>,
}

/// A request, and what Prism had to say about it.
#[derive(Deserialize)]
pub(crate) struct Exchange {
    server: String,
    request: String,
    /// What the document calls it.
    pub(crate) operation: Option<String>,
    status: u16,
    /// Where the request, or its answer, isn't as the document says.
    pub(crate) violations: Vec<String>,
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} -> {}", self.server, self.request, self.status)?;
        for violation in &self.violations {
            write!(f, "\n    {violation}")?;
        }
        Ok(())
    }
}

impl Prism {
    /// With the one document of this provider, before the provider at `upstream`.
    pub(crate) fn start(provider: &str, upstream: &str) -> Self {
        let named = fs::read_to_string(folder(provider).join("document"));
        Self::with(
            provider,
            named.expect("it names its document").trim(),
            upstream,
        )
    }

    /// With one of this provider's documents.
    pub(crate) fn with(provider: &str, document: &str, upstream: &str) -> Self {
        let folder = folder(provider);
        let document = Path::new(&needed("LIVECUT_SPECS")).join(document);
        assert!(document.is_file(), "there is no {}", document.display());
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/oracles/prism.js"))
            .arg(document)
            .arg(folder.join("drift.js"))
            .arg(upstream)
            .env("NODE_PATH", installed("prism").join("node_modules"))
            // It would take loopback to the machine's proxy.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is there");
        let output = process.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines();
        let ready: Ready = next(&mut lines).expect("Prism starts; its errors are above");
        Self {
            process,
            lines,
            addresses: ready.addresses,
            drift: ready.drift,
        }
    }

    /// Where one of its servers is.
    pub(crate) fn address(&self, server: &str) -> String {
        self.addresses[server].clone()
    }

    /// The known drift that the document has.
    pub(crate) fn drift(&self) -> &[String] {
        &self.drift
    }

    /// Ends it, and returns all exchanges in order.
    pub(crate) fn exchanges(mut self) -> Vec<Exchange> {
        self.end()
    }

    fn end(&mut self) -> Vec<Exchange> {
        drop(self.process.stdin.take());
        std::iter::from_fn(|| next(&mut self.lines)).collect()
    }
}

fn next<T: DeserializeOwned>(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<T> {
    let line = lines.next()?.expect("its output can be read");
    Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
}

impl Drop for Prism {
    fn drop(&mut self) {
        // A call that fails its test may have failed for a violation.
        if std::thread::panicking() {
            for exchange in self.end() {
                println!("{exchange}");
            }
        }
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
