//! The providers that the tests are at, by what they are like: nowhere else is one named.

use livecut_sim::{
    ClipSource, Gcore, Gjirafa, Mux, SimulatedProvider, Simulator, StreamSpec, TpStreams,
};
use tokio::process::Command;

use crate::program;

/// Stops and cuts in one call, and cuts by whole seconds; sends webhooks, which it proves.
pub(crate) const SINGLE: &str = "tpstreams";
/// Stops and cuts in one call too, and cuts by milliseconds; sets a visibility, and proves no webhook.
pub(crate) const ANOTHER: &str = "gjirafa";
/// Makes clips of recordings that are ready, in a call of their own.
pub(crate) const OWING: &str = "mux";
/// Closes a recording in a call of its own, which is neither the stop nor the cut; has recordings as files, too.
pub(crate) const CLOSING: &str = "gcore";

/// The variable by which SINGLE's webhooks are verified, and a secret for it.
pub(crate) const PROVED: (&str, &str) = ("LIVECUT_TPSTREAMS_WEBHOOK_SECRET", "the-secret-token");
/// The variable by which ANOTHER's webhooks are known by their URL, and a secret for it.
pub(crate) const IN_URL: (&str, &str) = ("LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET", "in the URL");

pub(crate) const fn single(sim: &Simulator) -> &TpStreams {
    sim.tpstreams()
}

pub(crate) const fn another(sim: &Simulator) -> &Gjirafa {
    sim.gjirafa()
}

pub(crate) const fn owing(sim: &Simulator) -> &Mux {
    sim.mux()
}

pub(crate) const fn closing(sim: &Simulator) -> &Gcore {
    sim.gcore()
}

/// The variable of this provider's for what it calls so.
pub(crate) fn variable(provider: &str, word: &str) -> String {
    format!("LIVECUT_{provider}_{word}")
        .replace('-', "_")
        .to_uppercase()
}

/// The program, configured for a simulated provider.
pub(crate) fn at(provider: &SimulatedProvider) -> Command {
    let mut command = program();
    configure(&mut command, provider);
    command
}

/// Configures the program for a simulated provider, besides what it is configured for.
pub(crate) fn configure(command: &mut Command, provider: &SimulatedProvider) {
    let settings = provider.credentials().into_iter();
    for (word, value) in settings.chain(provider.base_urls()) {
        command.env(variable(provider.name(), word), value);
    }
}

pub(crate) fn at_single(sim: &Simulator) -> Command {
    at(single(sim))
}

pub(crate) fn at_another(sim: &Simulator) -> Command {
    at(another(sim))
}

pub(crate) fn at_owing(sim: &Simulator) -> Command {
    at(owing(sim))
}

pub(crate) fn at_closing(sim: &Simulator) -> Command {
    at(closing(sim))
}

/// A simulator in which each cut of this stream is owed when its stop ends.
pub(crate) async fn owing_each_cut(spec: StreamSpec) -> Simulator {
    let sim = Simulator::start().await.unwrap();
    owing(&sim).configure(|settings| settings.with_clip_source(ClipSource::Ready));
    owing(&sim).create_stream(spec).unwrap();
    sim
}
