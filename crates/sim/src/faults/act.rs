//! What a server does with a connection, byte by byte.

use super::end::End;

/// One thing that is done. After the last, the connection goes on to the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes again and again, as often as said.
    Repeat(Vec<u8>, u64),
    /// Sends these bytes, one a second.
    Drip(Vec<u8>),
    /// Closes the connection as it should be: with TLS's own goodbye, where there is TLS.
    Close,
    /// Ends the connection.
    End(End),
}

impl Act {
    pub(super) fn send(bytes: impl AsRef<[u8]>) -> Self {
        Self::Send(bytes.as_ref().to_vec())
    }
}
