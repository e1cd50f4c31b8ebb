//! What the tests of all adapters need to know of each and nobody else can tell: its [`Kit`], in `kit.rs` in the adapter's
//! folder. All else they have from the facade and from the simulator, by the provider's name.

use std::sync::Arc;

use livecut::http::HttpOptions;
use livecut::webhook::{WebhookReceiver, WebhookSecret};
use livecut::{EnvVar, LiveStreamStopper, Result, StopperBuilder, Timeline, Visibility};
use livecut_sim::{Action, SimClock, SimulatedProvider, Simulator};

// Written by the test program `workspace`, out of the folders in `crates/providers`.
// <kits>
#[path = "../../crates/providers/gcore/kit.rs"]
mod gcore;
#[path = "../../crates/providers/gjirafa/kit.rs"]
mod gjirafa;
#[path = "../../crates/providers/mediamtx/kit.rs"]
mod mediamtx;
#[path = "../../crates/providers/mux/kit.rs"]
mod mux;
#[path = "../../crates/providers/nginx-rtmp/kit.rs"]
mod nginx_rtmp;
#[path = "../../crates/providers/tpstreams/kit.rs"]
mod tpstreams;

/// Every adapter's.
#[rustfmt::skip]
pub static KITS: &[Kit] = &[tpstreams::KIT, gjirafa::KIT, mux::KIT, gcore::KIT, nginx_rtmp::KIT, mediamtx::KIT];
// </kits>

/// One adapter, for the tests of all. What is usual needn't be said: `..Kit::USUAL`.
#[derive(Clone, Copy, Debug)]
pub struct Kit {
    /// The name of the adapter's folder, which is the facade's and the simulator's name for the provider.
    pub name: &'static str,
    /// The simulated provider's credential that names a tenant, which is in URLs and tickets; none usually.
    pub tenant: Option<&'static str>,
    /// Whether the adapter puts a scheme before the credential: usually. Else the user's credential has it, or there is none.
    pub adds_scheme: bool,
    /// What the adapter's URLs begin with, after the base URL.
    pub api_paths: &'static [&'static str],
    /// The segments of the URL of each call's first request (stop, status, follow of a recording that is known), of a
    /// tenant, a stream and a recording.
    pub first_requests: for<'a> fn([&'a str; 3]) -> [Vec<&'a str>; 3],
    /// Where `follow` of a ticket without a recording looks first, of the same; usually where `status` does.
    pub search: Option<Search>,
    /// The ids of the stream and of the recording in the provider's samples, in `fixtures/`.
    pub samples: [&'static str; 2],
    /// An id that a recording of the stream `4711` can have, which began at 2025-01-13T07:00:00Z; usually `4712`.
    pub recording: &'static str,
    /// An answer about the stream `4711`, whose recording is that one, with a stream key and with a secret where the provider has
    /// such things.
    pub secretive: fn(key: &str, anywhere: &str) -> String,

    /// The checks of the suite that it skips, for the provider has no such thing.
    pub skips: &'static [&'static str],
    /// Makes the simulated provider tell all that the suite looks at.
    pub prepare: fn(&Simulator),
    /// The other one of what the documents leave open, by what it comes to.
    pub variants: &'static [Variant],
    /// Has an encoder that is ended be back at once, as another session, if the stop is safe to repeat: to see that a repeat ends
    /// no second one.
    pub returning: fn(&Simulator),
    /// What the first request of a stop that changes something can be for; usually the stop.
    pub first_change: &'static [Action],
    /// The visibility that the stop of this stream asked for, if the provider has any to ask for.
    pub visibility: fn(&Simulator, stream: &str) -> Option<Visibility>,

    /// The receiver of its webhooks: one that takes what the simulator sends again for days.
    pub receiver: Option<Receiver>,
    /// Whether `follow` makes a cut that is owed, and so takes no ticket that owes one without a seal.
    pub makes_what_is_owed: bool,
    /// What `follow` finds of a cut whose recording the ticket doesn't name; usually nothing.
    pub unnamed: Option<Unnamed>,
    /// The timeline of the cut that is put under fire: the one on which the adapter makes the most calls, usually offsets.
    pub cuts_by: Timeline,
    /// Makes each page of a list hold two, if `follow` goes through one.
    pub page_by_twos: fn(&Simulator),
    /// How often it asks a list again, for less, if the answer is too large.
    pub asks_for_less: u64,
    /// Whether `status` tells a stream that is over from one that never began: usually.
    pub tells_over: bool,
    /// How many calls `status` makes of a stream that is over: usually one.
    pub looks_when_over: u64,
    /// Whether the end of a recording that isn't transcoded is a failure, as nothing more will be told of it.
    pub untranscoded_fails: bool,
}

/// When a follow that wasn't told of the recording finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// As the stream ends: the live stream is all there is to look at, and says nothing when it is over.
    Ending,
    /// At any time.
    Always,
}

/// The segments of a URL, of a tenant, a stream and a recording.
pub type Search = for<'a> fn([&'a str; 3]) -> Vec<&'a str>;

/// Makes a receiver that goes by the simulator's clock.
pub type Receiver = fn(WebhookSecret, SimClock) -> Arc<dyn WebhookReceiver>;

/// A simulated provider that does as the documents allow, though not as the simulator does by default.
#[derive(Debug)]
pub struct Variant {
    /// What it comes to, in words.
    pub name: &'static str,
    /// Makes it so.
    pub prepare: fn(&Simulator),
    /// Whether each cut is owed when its stop returns.
    pub owes_cuts: bool,
}

impl Variant {
    /// One that `prepare` makes, and that owes no cuts.
    #[must_use]
    pub const fn new(name: &'static str, prepare: fn(&Simulator)) -> Self {
        Self {
            name,
            prepare,
            owes_cuts: false,
        }
    }

    /// As this one, where each cut is owed when its stop returns.
    #[must_use]
    pub const fn that_owes_cuts(mut self) -> Self {
        self.owes_cuts = true;
        self
    }
}

impl Kit {
    /// What is usual.
    pub const USUAL: Self = Self {
        name: "",
        tenant: None,
        adds_scheme: true,
        api_paths: &[],
        first_requests: |_| [const { Vec::new() }; 3],
        search: None,
        samples: ["", ""],
        recording: "4712",
        secretive: |_, _| String::new(),
        skips: &[],
        prepare: |_| {},
        variants: &[],
        returning: |_| {},
        first_change: &[Action::Stop],
        visibility: |_, _| None,
        receiver: None,
        makes_what_is_owed: false,
        unnamed: None,
        cuts_by: Timeline::Offset,
        page_by_twos: |_| {},
        asks_for_less: 0,
        tells_over: true,
        looks_when_over: 1,
        untranscoded_fails: false,
    };

    /// The facade's word on the provider.
    ///
    /// # Panics
    /// The facade doesn't know it.
    #[must_use]
    pub fn known(&self) -> &'static livecut::Provider {
        let mut known = livecut::providers().iter();
        known
            .find(|known| known.name() == self.name)
            .unwrap_or_else(|| panic!("livecut knows no provider {}", self.name))
    }

    /// The simulated provider.
    ///
    /// # Panics
    /// The simulator has none of this name.
    #[must_use]
    pub fn simulated<'a>(&self, simulator: &'a Simulator) -> &'a SimulatedProvider {
        simulator
            .provider(self.name)
            .unwrap_or_else(|| panic!("{} isn't simulated", self.name))
    }

    /// The words of the credentials that are secrets: those that the facade takes from a file too.
    #[must_use]
    pub fn secret_words(&self) -> Vec<String> {
        self.words(EnvVar::is_secret)
    }

    /// The words of all credentials: what the facade can't do without, and secrets that a server needn't ask for.
    #[must_use]
    pub fn credential_words(&self) -> Vec<String> {
        let mut words = self.words(|variable| variable.is_required() || variable.is_secret());
        words.retain(|word| word != "base_url");
        words
    }

    /// Whether nothing can be configured without it.
    #[must_use]
    pub fn requires(&self, word: &str) -> bool {
        self.words(EnvVar::is_required)
            .iter()
            .any(|one| one == word)
    }

    fn words(&self, are: impl Fn(&EnvVar) -> bool) -> Vec<String> {
        let prefix = self.variable("");
        let variables = self.known().variables().iter();
        variables
            .filter(|variable| are(variable))
            .filter_map(|variable| variable.name().strip_prefix(&prefix))
            .map(str::to_lowercase)
            .collect()
    }

    /// The variable of the facade's for what the provider calls so.
    fn variable(&self, word: &str) -> String {
        format!("LIVECUT_{}_{}", self.name, word)
            .replace('-', "_")
            .to_uppercase()
    }

    /// The adapter as the facade makes it of these settings, by the provider's words.
    ///
    /// # Errors
    /// The facade's, or the adapter's, about the settings.
    pub fn connect<W: AsRef<str>>(
        &self,
        settings: &[(W, String)],
        http: HttpOptions,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        let settings: Vec<_> = settings
            .iter()
            .map(|(word, value)| (self.variable(word.as_ref()), value))
            .collect();
        StopperBuilder::new()
            .with_provider(self.name)
            .with_http(http)
            .build_from_lookup(|name| {
                let mut settings = settings.iter();
                let (_, value) = settings.find(|(known, _)| known == name)?;
                Some((*value).clone())
            })
    }

    /// What [`connect`](Self::connect) takes to reach the simulated provider at a base URL that leads to it.
    #[must_use]
    pub fn settings(&self, simulator: &Simulator, base_url: String) -> Vec<(&'static str, String)> {
        let mut settings = self.simulated(simulator).credentials();
        settings.push(("base_url", base_url));
        settings
    }
}
