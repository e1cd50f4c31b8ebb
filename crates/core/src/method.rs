use crate::words::words;

/// An HTTP method, as a step uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `GET`: changes nothing.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
}

words!(Method {
    Get = "GET",
    Post = "POST",
    Put = "PUT",
    Patch = "PATCH",
});
