use std::env::VarError;
use std::sync::Arc;

use livecut_core::adapter::Settings;

use crate::http::HttpOptions;
use crate::providers::{Provider, providers};
use crate::settings::{ALLOW_HTTP, Environment, configuration};
use crate::variable::EnvVar;
use crate::{Error, LiveStreamStopper, Result};

const PROVIDER: &str = "LIVECUT_PROVIDER";

/// A stopper for the provider that the process's environment names or configures.
///
/// The [crate's documentation](crate#environment) lists the variables. `LIVECUT_PROVIDER`
/// names the provider; without it, it is the one compiled-in provider whose variables are
/// all set. So a provider is swapped by a feature and the environment, and no code.
///
/// A secret's file is read here, with blocking I/O: call it as the program starts.
/// To name the provider or to set time limits in code, see [`StopperBuilder`].
///
/// ```no_run
/// # fn main() -> Result<(), livecut::Error> {
/// let stopper = livecut::from_env()?;
/// println!("stopping at {}", stopper.provider());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration), which names every
/// missing variable, or the feature that would compile the provider in, and never quotes
/// a value of a provider's variable.
pub fn from_env() -> Result<Arc<dyn LiveStreamStopper>> {
    StopperBuilder::new().build_from_env()
}

/// As [`from_env`], with variables from elsewhere: a settings file, a map, a test.
///
/// Secrets' files are read all the same.
///
/// ```
/// # use std::collections::HashMap;
/// let settings = HashMap::from([("LIVECUT_PROVIDER", "betamax")]);
/// let lookup = |name: &str| settings.get(name).map(ToString::to_string);
///
/// let error = livecut::from_lookup(lookup).unwrap_err();
/// assert!(error.to_string().starts_with("there is no provider `betamax`"));
/// ```
///
/// # Errors
/// As [`from_env`].
pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Arc<dyn LiveStreamStopper>> {
    StopperBuilder::new().build_from_lookup(lookup)
}

/// Makes a stopper from the environment, with what the program itself decides.
///
/// ```
/// use livecut::StopperBuilder;
///
/// let provider = livecut::providers()[0].name();
/// let error = StopperBuilder::new()
///     .with_provider(provider)
///     .build_from_lookup(|_| None)
///     .unwrap_err();
/// // Names the missing variables, or the missing feature.
/// assert!(error.to_string().contains(provider));
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct StopperBuilder {
    provider: Option<String>,
    http: HttpOptions,
}

impl StopperBuilder {
    /// A builder that leaves everything to the environment.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the provider, whatever `LIVECUT_PROVIDER` says.
    pub fn with_provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// Sets time limits, retry, proxy and the like, for whichever provider it becomes.
    ///
    /// Their timeout bounds every `status` and `follow`, and each stop whose request has none of its
    /// own: `HttpOptions::new().with_timeout(Duration::from_secs(5))`.
    /// `LIVECUT_ALLOW_HTTP=1` is added to what they allow.
    #[cfg(feature = "http")]
    pub fn with_http(mut self, options: HttpOptions) -> Self {
        self.http = options;
        self
    }

    /// Builds the stopper from the process's environment.
    ///
    /// # Errors
    /// As [`from_env`].
    pub fn build_from_env(self) -> Result<Arc<dyn LiveStreamStopper>> {
        self.build(&process_variable)
    }

    /// Builds the stopper from these variables.
    ///
    /// # Errors
    /// As [`from_env`].
    pub fn build_from_lookup(
        self,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        self.build(&|name| Ok(lookup(name)))
    }

    fn build(
        self,
        lookup: &dyn Fn(&str) -> Result<Option<String>>,
    ) -> Result<Arc<dyn LiveStreamStopper>> {
        let environment = Environment::new(lookup);
        let chosen = STOPPER.choose(&environment, self.provider.as_deref())?;
        let adapter = chosen
            .provider
            .adapter()
            .ok_or_else(|| STOPPER.not_compiled_in(chosen.provider))?;
        let settings = chosen.settings(&environment)?;
        let allow_http = environment
            .switch(ALLOW_HTTP)
            .map_err(|error| error.with_provider(chosen.provider.name()))?;
        let http = if allow_http {
            self.http.with_allow_http(true)
        } else {
            self.http
        };
        adapter.build(settings, http)
    }
}

const STOPPER: Role = Role {
    no_provider: "no provider is",
    several_providers: "several providers are",
    this_provider: "this provider isn't",
    is_compiled_in: Provider::is_compiled_in,
    feature: |provider| Some(provider.feature()),
    groups: |provider| std::slice::from_ref(provider.variable_group()),
};

/// What a program wants of a provider: its stopper, or the receiver of its webhooks.
pub(crate) struct Role {
    /// How messages begin.
    pub(crate) no_provider: &'static str,
    pub(crate) several_providers: &'static str,
    pub(crate) this_provider: &'static str,
    pub(crate) is_compiled_in: fn(&Provider) -> bool,
    /// The feature that compiles it in; `None` where the provider has no such thing.
    pub(crate) feature: fn(&Provider) -> Option<&'static str>,
    /// The variables that configure it: groups, of which one is to be set, whole.
    pub(crate) groups: fn(&Provider) -> &[Vec<EnvVar>],
}

/// A provider, and the variables by which it is configured.
pub(crate) struct Chosen {
    pub(crate) provider: &'static Provider,
    variables: &'static [EnvVar],
}

impl Chosen {
    pub(crate) fn settings(&self, environment: &Environment<'_>) -> Result<Settings> {
        environment.settings(self.provider.name(), self.variables)
    }
}

impl Role {
    /// The provider of this name, or the one that the environment names, or the one that is
    /// configured.
    pub(crate) fn choose(
        &self,
        environment: &Environment<'_>,
        name: Option<&str>,
    ) -> Result<Chosen> {
        let provider = match name {
            Some(name) => named(name)?,
            None => match environment.get(PROVIDER)? {
                Some(name) => named(&name)?,
                None => self.configured(environment)?,
            },
        };
        if !(self.is_compiled_in)(provider) {
            return Err(self.not_compiled_in(provider));
        }
        match self.group(environment, provider)? {
            Ok(variables) => Ok(Chosen {
                provider,
                variables,
            }),
            Err(to_set) => {
                Err(configuration(format!("set {to_set}")).with_provider(provider.name()))
            }
        }
    }

    /// The group of the provider's variables that is set, or what to set.
    fn group(
        &self,
        environment: &Environment<'_>,
        provider: &'static Provider,
    ) -> Result<Result<&'static [EnvVar], String>> {
        let groups = (self.groups)(provider);
        let mut begun = Vec::new();
        for variables in groups {
            if environment.has_any(variables)? {
                begun.push(variables);
            }
        }
        let groups = match *begun {
            [] => groups,
            [one] => std::slice::from_ref(one),
            _ => {
                let names: Vec<_> = begun.iter().map(|group| listed(group, "and")).collect();
                return Err(configuration(format!(
                    "several of these are set, of which only one can be: {}",
                    names.join("; ")
                ))
                .with_provider(provider.name()));
            }
        };
        let mut ways = Vec::new();
        for variables in groups {
            let missing = environment.missing(variables)?;
            if missing.is_empty() {
                return Ok(Ok(variables));
            }
            ways.push(listed(&missing, "and"));
        }
        Ok(Err(ways.join(", or ")))
    }

    /// The one compiled-in provider whose variables are all set.
    fn configured(&self, environment: &Environment<'_>) -> Result<&'static Provider> {
        let mut complete = Vec::new();
        let mut ways = Vec::new();
        for provider in providers().iter().filter(|p| (self.is_compiled_in)(p)) {
            match self.group(environment, provider)? {
                Ok(_) => complete.push(provider),
                Err(to_set) => ways.push(format!("for {}, {to_set}", quoted(provider))),
            }
        }
        match *complete {
            [provider] => Ok(provider),
            [] => Err(self.none_configured(&ways)),
            _ => {
                let names: Vec<_> = complete.into_iter().map(quoted).collect();
                Err(configuration(format!(
                    "{} configured: set {PROVIDER} to {}",
                    self.several_providers,
                    listed(&names, "or")
                )))
            }
        }
    }

    /// Says what to set for each provider that is compiled in, and the features of the others.
    fn none_configured(&self, ways: &[String]) -> Error {
        let features: Vec<_> = providers()
            .iter()
            .filter(|provider| !(self.is_compiled_in)(provider))
            .filter_map(self.feature)
            .map(|feature| format!("`{feature}`"))
            .collect();
        let features = listed(&features, "or");
        let none = self.no_provider;
        let ways = ways.join("; ");
        configuration(match (ways.as_str(), features.as_str()) {
            ("", _) => {
                format!("{none} compiled in: enable a feature of the crate `livecut`, {features}")
            }
            (_, "") => format!("{none} configured: set, {ways}"),
            _ => format!(
                "{none} configured: set, {ways}; for another, enable its feature of the crate \
                 `livecut`, {features}"
            ),
        })
    }

    pub(crate) fn not_compiled_in(&self, provider: &Provider) -> Error {
        let problem = match (self.feature)(provider) {
            Some(feature) => format!(
                "{} compiled in: enable the feature `{feature}` of the crate `livecut`",
                self.this_provider
            ),
            None => "this provider documents no webhooks: follow the ticket instead".to_owned(),
        };
        configuration(problem).with_provider(provider.name())
    }
}

/// The provider of this name, compiled in or not.
fn named(name: &str) -> Result<&'static Provider> {
    providers()
        .iter()
        .find(|provider| provider.name() == name)
        .ok_or_else(|| {
            let known: Vec<_> = providers().iter().map(quoted).collect();
            configuration(format!(
                "there is no provider `{}`: livecut knows {}",
                name.escape_debug(),
                listed(&known, "and")
            ))
        })
}

/// The process's environment.
pub(crate) fn process_variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        // It holds the value, so it must not become the source.
        Err(VarError::NotUnicode(_)) => {
            Err(configuration(format!("the value of {name} isn't Unicode")))
        }
    }
}

fn quoted(provider: &Provider) -> String {
    format!("`{}`", provider.name())
}

/// `a`, `a and b`, `a, b and c`.
fn listed(items: &[impl ToString], last: &str) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    match items.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
