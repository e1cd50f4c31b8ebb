//! Reads a provider's settings from the environment, or from whatever stands in for it.

use std::fs::File;
use std::io::Read as _;

use livecut_core::adapter::Settings;

use crate::variable::EnvVar;
use crate::{Error, ErrorKind, Result};

/// `1` adds plain HTTP to what the options allow.
pub(crate) const ALLOW_HTTP: &str = "LIVECUT_ALLOW_HTTP";

/// More than any credential needs, so that a wrong path can't fill the memory.
const MAX_SECRET_FILE_BYTES: u64 = 64 * 1024;

/// Variables by name. One that is set to nothing counts as not set, as shells and
/// compose files write it.
pub(crate) struct Environment<'a> {
    lookup: &'a dyn Fn(&str) -> Result<Option<String>>,
}

impl<'a> Environment<'a> {
    pub(crate) const fn new(lookup: &'a dyn Fn(&str) -> Result<Option<String>>) -> Self {
        Self { lookup }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Option<String>> {
        Ok((self.lookup)(name)?.filter(|value| !value.is_empty()))
    }

    /// Whether the variable, or its file's, is set; for a switch, whether it is on. Opens no file.
    pub(crate) fn has(&self, variable: &EnvVar) -> Result<bool> {
        if variable.is_switch() {
            return self.switch(variable.name());
        }
        if self.get(variable.name())?.is_some() {
            return Ok(true);
        }
        match variable.file_variable() {
            Some(file_variable) => Ok(self.get(&file_variable)?.is_some()),
            None => Ok(false),
        }
    }

    /// The required ones of these variables that aren't set.
    pub(crate) fn missing<'v>(&self, variables: &'v [EnvVar]) -> Result<Vec<&'v EnvVar>> {
        let mut missing = Vec::new();
        for variable in variables {
            if variable.is_required() && !self.has(variable)? {
                missing.push(variable);
            }
        }
        Ok(missing)
    }

    /// Whether one of these variables is set.
    pub(crate) fn has_any(&self, variables: &[EnvVar]) -> Result<bool> {
        for variable in variables {
            if self.has(variable)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A switch: `1` is on; `0`, or not set, is off.
    pub(crate) fn switch(&self, name: &str) -> Result<bool> {
        match self.get(name)?.as_deref() {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(_) => Err(configuration(format!("{name} is neither 1 nor 0"))),
        }
    }

    /// The values of those of these variables of a provider that are set.
    pub(crate) fn settings(
        &self,
        provider: &'static str,
        variables: &[EnvVar],
    ) -> Result<Settings> {
        let mut settings = Settings::new(provider);
        for variable in variables {
            let value = self
                .read(variable)
                .map_err(|error| error.with_provider(provider))?;
            if let Some(value) = value {
                settings = settings.with(variable.setting(), value);
            }
        }
        Ok(settings)
    }

    /// The variable's value, or what its file holds.
    fn read(&self, variable: &EnvVar) -> Result<Option<String>> {
        let value = self.get(variable.name())?;
        let Some(file_variable) = variable.file_variable() else {
            return Ok(value);
        };
        match (value, self.get(&file_variable)?) {
            (Some(_), Some(_)) => Err(configuration(format!(
                "{} and {file_variable} are both set: unset one of them",
                variable.name()
            ))),
            (None, Some(path)) => read_secret_file(&file_variable, &path).map(Some),
            (value, None) => Ok(value),
        }
    }
}

/// What the file holds, without the line break that editors and `echo` leave at its end.
///
/// Errors name the variable and never the path: someone may have put the secret itself there.
fn read_secret_file(variable: &str, path: &str) -> Result<String> {
    let unreadable = |error| {
        configuration(format!("the file that {variable} names can't be read")).with_source(error)
    };
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(unreadable)?
        .take(MAX_SECRET_FILE_BYTES.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let bad = |problem| configuration(format!("the file that {variable} names {problem}"));
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MAX_SECRET_FILE_BYTES) {
        return Err(bad("is larger than 64 KiB, so it can't be a credential"));
    }
    // The error would hold the bytes: it must not become the source.
    let mut text = String::from_utf8(bytes).map_err(|_| bad("isn't UTF-8"))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(bad("is empty"));
    }
    Ok(text)
}

pub(crate) fn configuration(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}
