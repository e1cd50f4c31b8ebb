use hyper::StatusCode;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: RefusalKind,
    /// The field at fault, where it is one.
    pub(crate) field: Option<String>,
    pub(crate) reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    BadRequest,
    /// As `BadRequest`: a value breaks one of the provider's rules on a well-formed cut.
    BadCut,
    Unauthorized,
    NotFound,
    /// The organization or project isn't the simulated one.
    UnknownTenant,
    /// With the methods that the resource has.
    MethodNotAllowed(&'static str),
    Conflict,
    LengthRequired,
    UnsupportedMediaType,
    Unprocessable,
    TooManyRequests,
}

impl RefusalKind {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::BadCut => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound | Self::UnknownTenant => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::LengthRequired => StatusCode::LENGTH_REQUIRED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            field: None,
            reason: reason.into(),
        }
    }

    pub(crate) fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::BadRequest, reason)
    }

    /// A field that is malformed.
    pub(crate) fn field(field: &str, reason: &str) -> Self {
        Self {
            kind: RefusalKind::BadRequest,
            field: Some(field.to_owned()),
            reason: format!("`{field}` {reason}"),
        }
    }

    /// A well-formed field whose value breaks a rule on cuts.
    pub(crate) fn value(field: &str, reason: &str) -> Self {
        Self {
            kind: RefusalKind::BadCut,
            ..Self::field(field, reason)
        }
    }

    pub(crate) fn not_found(reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, reason)
    }
}
