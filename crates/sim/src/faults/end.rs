//! How a connection ends.

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// By FIN.
    Close,
    /// By RST.
    Reset,
    /// Not at all: nothing more happens on it.
    Stall,
}
