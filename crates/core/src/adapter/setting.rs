use std::fmt;

use crate::{Error, ErrorKind, Result};

/// One setting that an adapter is built from.
///
/// Its key is in lower case, with `_` between words, and the provider's own word for the thing: `project_id`. In the environment it
/// is a [variable](Self::variable).
///
/// ```
/// use livecut_core::adapter::Setting;
///
/// const TOKEN: Setting = Setting::secret("token", "an API token");
/// assert_eq!(TOKEN.variable("example"), "LIVECUT_EXAMPLE_TOKEN");
/// assert!(TOKEN.is_required() && TOKEN.is_secret());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    key: &'static str,
    description: &'static str,
    need: Need,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Optional,
    Required,
    Secret,
    OptionalSecret,
    Switch,
}

impl Setting {
    const fn new(key: &'static str, description: &'static str, need: Need) -> Self {
        Self {
            key,
            description,
            need,
        }
    }

    /// A setting that can be left out.
    pub const fn optional(key: &'static str, description: &'static str) -> Self {
        Self::new(key, description, Need::Optional)
    }

    /// A setting that nothing can be built without.
    pub const fn required(key: &'static str, description: &'static str) -> Self {
        Self::new(key, description, Need::Required)
    }

    /// A required setting that is a secret: it can also be given as the path of a file.
    pub const fn secret(key: &'static str, description: &'static str) -> Self {
        Self::new(key, description, Need::Secret)
    }

    /// As [`secret`](Self::secret), of a provider that may ask for none.
    pub const fn optional_secret(key: &'static str, description: &'static str) -> Self {
        Self::new(key, description, Need::OptionalSecret)
    }

    /// A required setting that only counts as `1`.
    pub const fn switch(key: &'static str, description: &'static str) -> Self {
        Self::new(key, description, Need::Switch)
    }

    /// Its key.
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// What it holds, in a few words of plain text.
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// Whether nothing can be built without it.
    pub fn is_required(&self) -> bool {
        !matches!(self.need, Need::Optional | Need::OptionalSecret)
    }

    /// Whether it is a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.need, Need::Secret | Need::OptionalSecret)
    }

    /// Whether it is a switch.
    pub fn is_switch(&self) -> bool {
        self.need == Need::Switch
    }

    /// The environment variable that holds it for this provider: `LIVECUT_`, the provider's name, `_`, the key; `_` for
    /// each `-`.
    pub fn variable(&self, provider: &str) -> String {
        format!("LIVECUT_{provider}_{}", self.key)
            .replace('-', "_")
            .to_uppercase()
    }
}

/// The values of those [`Setting`]s that were given. `Debug` shows no value.
///
/// ```
/// use livecut_core::adapter::{Setting, Settings};
///
/// const TOKEN: Setting = Setting::secret("token", "an API token");
///
/// let mut settings = Settings::new("example").with(&TOKEN, "hunter2");
/// assert_eq!(settings.require(&TOKEN)?, "hunter2");
/// // It has been taken.
/// let error = settings.require(&TOKEN).unwrap_err();
/// assert_eq!(error.to_string(), "example: LIVECUT_EXAMPLE_TOKEN isn't set");
/// # Ok::<(), livecut_core::Error>(())
/// ```
#[must_use]
pub struct Settings {
    provider: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Settings {
    /// No setting of this provider.
    pub const fn new(provider: &'static str) -> Self {
        Self {
            provider,
            values: Vec::new(),
        }
    }

    /// Gives a setting its value.
    pub fn with(mut self, setting: &Setting, value: impl Into<String>) -> Self {
        self.values.push((setting.key, value.into()));
        self
    }

    /// Whether it was given.
    pub fn has(&self, setting: &Setting) -> bool {
        self.values.iter().any(|(key, _)| *key == setting.key)
    }

    /// Takes its value out, if it was given.
    pub fn take(&mut self, setting: &Setting) -> Option<String> {
        let at = self
            .values
            .iter()
            .position(|(key, _)| *key == setting.key)?;
        Some(self.values.swap_remove(at).1)
    }

    /// Takes its value out.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if it wasn't given, which names its variable.
    pub fn require(&mut self, setting: &Setting) -> Result<String> {
        self.take(setting).ok_or_else(|| {
            let variable = setting.variable(self.provider);
            self.configuration(format!("{variable} isn't set"))
        })
    }

    /// The error for a setting whose value can't be used: its variable, a colon, and the problem.
    pub fn refused(&self, setting: &Setting, problem: impl fmt::Display) -> Error {
        let variable = setting.variable(self.provider);
        self.configuration(format!("{variable}: {problem}"))
    }

    fn configuration(&self, message: String) -> Error {
        Error::new(ErrorKind::Configuration, message).with_provider(self.provider)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.values.iter().map(|(key, _)| key).collect();
        f.debug_struct("Settings")
            .field("provider", &self.provider)
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_which_settings_were_given_and_no_value() {
        let token = Setting::secret("token", "an API token");
        let settings = Settings::new("example").with(&token, "hunter2");
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("token") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
