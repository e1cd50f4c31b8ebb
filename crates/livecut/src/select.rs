use std::env::VarError;
use std::sync::Arc;

use crate::settings::{Environment, HttpOptions, Settings, configuration};
use crate::{EnvVar, LiveStreamStopper, Provider, Result, providers};

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
/// let error = StopperBuilder::new()
///     .with_provider("tpstreams")
///     .build_from_lookup(|_| None)
///     .unwrap_err();
/// // Names the missing variables, or the missing feature.
/// assert!(error.to_string().contains("tpstreams"));
/// ```
#[derive(Debug, Default)]
pub struct StopperBuilder {
    provider: Option<String>,
    http: HttpOptions,
}

impl StopperBuilder {
    /// A builder that leaves everything to the environment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the provider, whatever `LIVECUT_PROVIDER` says.
    #[must_use]
    pub fn with_provider(mut self, name: impl Into<String>) -> Self {
        self.provider = Some(name.into());
        self
    }

    /// Sets time limits, retry, proxy and the like, for whichever provider it becomes.
    ///
    /// `LIVECUT_ALLOW_HTTP=1` is added to what they allow.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn with_http(mut self, options: HttpOptions) -> Self {
        self.http = options;
        self
    }

    /// Builds the stopper from the process's environment.
    ///
    /// # Errors
    /// As [`from_env`].
    pub fn build_from_env(self) -> Result<Arc<dyn LiveStreamStopper>> {
        self.build(&|name| match std::env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            // It holds the value, so it must not become the source.
            Err(VarError::NotUnicode(_)) => {
                Err(configuration(format!("the value of {name} isn't Unicode")))
            }
        })
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
        let provider = match self.provider {
            Some(name) => named(&name)?,
            None => match environment.get(PROVIDER)? {
                Some(name) => named(&name)?,
                None => configured(&environment)?,
            },
        };
        let adapter = provider
            .adapter()
            .ok_or_else(|| not_compiled_in(provider))?;
        let missing = environment.missing(provider)?;
        if !missing.is_empty() {
            return Err(configuration(format!("set {}", listed(&missing, "and")))
                .with_provider(provider.name()));
        }
        let settings = Settings::read(&environment, provider, self.http)
            .map_err(|error| error.with_provider(provider.name()))?;
        (adapter.build)(settings)
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

/// The one compiled-in provider whose variables are all set.
fn configured(environment: &Environment<'_>) -> Result<&'static Provider> {
    let mut complete = Vec::new();
    let mut wanting = Vec::new();
    for provider in providers().iter().filter(|p| p.is_compiled_in()) {
        let missing = environment.missing(provider)?;
        if missing.is_empty() {
            complete.push(provider);
        } else {
            wanting.push((provider, missing));
        }
    }
    match *complete {
        [provider] => Ok(provider),
        [] => none_configured(environment, &wanting),
        _ => {
            let names: Vec<_> = complete.into_iter().map(quoted).collect();
            Err(configuration(format!(
                "several providers are configured: set {PROVIDER} to {}",
                listed(&names, "or")
            )))
        }
    }
}

/// Says what to set for each provider that is compiled in, and which feature is missing
/// for one that isn't, and whose variables are set.
fn none_configured(
    environment: &Environment<'_>,
    wanting: &[(&'static Provider, Vec<&'static EnvVar>)],
) -> Result<&'static Provider> {
    for provider in providers().iter().filter(|p| !p.is_compiled_in()) {
        if environment.missing(provider)?.is_empty() {
            return Err(not_compiled_in(provider));
        }
    }
    if wanting.is_empty() {
        let features: Vec<_> = providers().iter().map(quoted).collect();
        return Err(configuration(format!(
            "no provider is compiled in: enable a feature of the crate `livecut`, {}",
            listed(&features, "or")
        )));
    }
    let ways: Vec<_> = wanting
        .iter()
        .map(|(provider, missing)| format!("for {}, {}", quoted(provider), listed(missing, "and")))
        .collect();
    Err(configuration(format!(
        "no provider is configured: set, {}",
        ways.join("; ")
    )))
}

fn not_compiled_in(provider: &Provider) -> crate::Error {
    let feature = provider.feature();
    configuration(format!(
        "this provider isn't compiled in: enable the feature `{feature}` of the crate `livecut`"
    ))
    .with_provider(provider.name())
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
