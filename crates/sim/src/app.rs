//! What is served.

use crate::{provider::SimulatedProvider, state::Shared};

/// What every connection of the listener is served out of.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) shared: Shared,
    pub(crate) providers: Vec<SimulatedProvider>,
    /// Whether the control API is served.
    pub(crate) control: bool,
}
