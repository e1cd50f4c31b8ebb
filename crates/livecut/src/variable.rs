use std::fmt;

use livecut_core::adapter::Setting;

/// An environment variable that configures a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvVar {
    name: String,
    setting: Setting,
}

impl EnvVar {
    /// The variable of a provider's setting.
    #[cfg_attr(
        not(feature = "all-providers"),
        allow(dead_code, reason = "without any adapter, there are no settings")
    )]
    pub(crate) fn new(provider: &str, setting: Setting) -> Self {
        Self {
            name: setting.variable(provider),
            setting,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds, in a few words.
    pub const fn description(&self) -> &'static str {
        self.setting.description()
    }

    /// Whether nothing can be configured without it; of webhooks, by its group.
    pub fn is_required(&self) -> bool {
        self.setting.is_required()
    }

    /// Whether it holds a secret, which can also come from
    /// [a file](Self::file_variable).
    pub fn is_secret(&self) -> bool {
        self.setting.is_secret()
    }

    /// Whether it is a switch: `1` is on; `0`, or not set, is off.
    pub fn is_switch(&self) -> bool {
        self.setting.is_switch()
    }

    /// The variable that names a file with the secret, to be set instead of this
    /// one; `None` where this isn't a secret.
    pub fn file_variable(&self) -> Option<String> {
        self.is_secret().then(|| format!("{}_FILE", self.name))
    }

    /// What the adapter knows it as.
    pub(crate) const fn setting(&self) -> &Setting {
        &self.setting
    }
}

impl fmt::Display for EnvVar {
    /// The name; for a secret `(or NAME_FILE)` after it, for a switch `=1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.is_secret() {
            write!(f, " (or {}_FILE)", self.name)?;
        }
        if self.is_switch() {
            f.write_str("=1")?;
        }
        Ok(())
    }
}
