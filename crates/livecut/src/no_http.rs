//! Stands in for the HTTP client in a build that has no adapter that would need it.

use std::sync::Arc;

use livecut_core::adapter::{Setting, Settings};

use crate::{Capabilities, LiveStreamStopper, Result};

#[derive(Debug, Default)]
pub(crate) struct HttpOptions;

impl HttpOptions {
    pub(crate) const fn with_allow_http(self, _: bool) -> Self {
        self
    }
}

/// There is none.
#[derive(Debug)]
pub(crate) enum Plug {}

impl Plug {
    pub(crate) const fn settings(&self) -> &'static [Setting] {
        match *self {}
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        match *self {}
    }

    pub(crate) fn build(&self, _: Settings, _: HttpOptions) -> Result<Arc<dyn LiveStreamStopper>> {
        match *self {}
    }
}
