use std::fmt;

/// What became of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The adapter does what it must.
    Passed,
    /// It doesn't, and why.
    Failed(String),
    /// The check, or a part of it, wasn't run; all of it that was run passed.
    Skipped(Skip),
}

/// Why a check wasn't run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skip {
    /// The adapter's [`Capabilities`](livecut_core::Capabilities) say that it can't do this. That it then
    /// refuses it is a check of its own.
    Capability(String),
    /// The [`World`](crate::World) lacks this optional part.
    World(String),
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capability(what) => write!(f, "the adapter's capabilities: {what}"),
            Self::World(what) => write!(f, "the world doesn't simulate: {what}"),
        }
    }
}

/// One check and its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// The check's name, a sentence in `snake_case`.
    pub name: &'static str,
    /// What became of it.
    pub verdict: Verdict,
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = self.name.replace('_', " ");
        match &self.verdict {
            Verdict::Passed => write!(f, "passed   {sentence}"),
            Verdict::Failed(why) => write!(f, "FAILED   {sentence}\n         {why}"),
            Verdict::Skipped(skip) => write!(f, "skipped  {sentence}\n         {skip}"),
        }
    }
}

/// What the suite found about one adapter. `Display` shows every check, skips included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a report that nobody reads proves nothing: call `assert_passed`"]
pub struct Report {
    provider: &'static str,
    checks: Vec<CheckReport>,
}

impl Report {
    pub(crate) const fn new(provider: &'static str, checks: Vec<CheckReport>) -> Self {
        Self { provider, checks }
    }

    /// The adapter's name of its provider.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// Every check, in the order in which they ran.
    pub fn checks(&self) -> &[CheckReport] {
        &self.checks
    }

    /// The names of the checks that failed.
    pub fn failed(&self) -> Vec<&'static str> {
        self.names(|verdict| matches!(verdict, Verdict::Failed(_)))
    }

    /// The names of the checks that were skipped.
    pub fn skipped(&self) -> Vec<&'static str> {
        self.names(|verdict| matches!(verdict, Verdict::Skipped(_)))
    }

    fn names(&self, wanted: impl Fn(&Verdict) -> bool) -> Vec<&'static str> {
        self.checks
            .iter()
            .filter(|check| wanted(&check.verdict))
            .map(|check| check.name)
            .collect()
    }

    /// Panics if a check failed; skips are in the message too.
    ///
    /// A skip is no failure here: [`assert_skipped`](Self::assert_skipped) pins which ones there are.
    ///
    /// # Panics
    /// A check failed. The message is the whole report.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.failed().is_empty(), "{self}");
    }

    /// Panics unless exactly these checks were skipped, in any order: so that none vanishes unnoticed.
    ///
    /// # Panics
    /// Another set of checks was skipped. The message is the whole report.
    #[track_caller]
    pub fn assert_skipped(&self, expected: &[&str]) {
        let mut skipped = self.skipped();
        skipped.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert!(
            skipped == expected,
            "skipped: {skipped:#?}\nexpected: {expected:#?}\n{self}"
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{check}")?;
        }
        let (failed, skipped) = (self.failed().len(), self.skipped().len());
        let passed = self
            .checks
            .len()
            .saturating_sub(failed)
            .saturating_sub(skipped);
        write!(
            f,
            "{}: {passed} passed, {failed} failed, {skipped} skipped",
            self.provider
        )
    }
}
