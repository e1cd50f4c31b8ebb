//! How the program ends: the exit codes, and which one an error gets.

use livecut::{Error, ErrorKind, Standing};

/// The program's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All that was asked for is done.
    Done,
    /// A fault of the program's own, or of the machine that it runs on.
    Internal,
    /// Bad use, or refused before anything was sent.
    Refused,
    /// Nothing was applied.
    NothingApplied,
    /// Applied, but not as asked, and nothing is unknown.
    NotAsAsked,
    /// Whether something was applied is unknown.
    Unknown,
    /// Stopped, but the recording failed or wasn't ready in time.
    NoRecording,
}

/// How far the program was when the error came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing had been sent.
    Plan,
    /// A call to the provider was under way, and the error has its effect.
    Call,
}

impl Exit {
    /// The code that an error gives.
    pub(crate) fn of(phase: Phase, error: &Error) -> Self {
        match error.standing() {
            // Nothing happened, so the kind decides nothing but whose turn it is.
            Standing::NothingDone => match (phase, error.kind()) {
                (_, ErrorKind::Internal | ErrorKind::File) => Self::Internal,
                (Phase::Plan, _) => Self::Refused,
                (_, kind) if kind.is_refused_by_livecut() => Self::Refused,
                _ => Self::NothingApplied,
            },
            Standing::CutOwed | Standing::DoneInPart => Self::NotAsAsked,
            _ => Self::Unknown,
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Internal => 1,
            Self::Refused => 2,
            Self::NothingApplied => 3,
            Self::NotAsAsked => 4,
            Self::Unknown => 5,
            Self::NoRecording => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Phase::{Call, Plan};
    use livecut::Certainty::{No, Unknown, Yes};
    use livecut::Effect;

    #[test]
    fn every_phase_kind_and_effect_has_its_documented_code() {
        let table = [
            // Refused before anything was sent.
            (Plan, ErrorKind::InvalidRequest, No, No, 2),
            (Plan, ErrorKind::Unsupported, No, No, 2),
            (Plan, ErrorKind::Configuration, No, No, 2),
            (Plan, ErrorKind::InvalidTicket, No, No, 2),
            (Plan, ErrorKind::Internal, No, No, 1),
            // The library's own refusals are bad use wherever they come from.
            (Call, ErrorKind::InvalidTicket, No, No, 2),
            (Call, ErrorKind::Configuration, No, No, 2),
            (Call, ErrorKind::Internal, No, No, 1),
            // So is a disk that is full.
            (Call, ErrorKind::File, No, No, 1),
            (Call, ErrorKind::File, No, Yes, 4),
            // The provider was asked, and nothing happened.
            (Call, ErrorKind::Connect, No, No, 3),
            (Call, ErrorKind::Unauthorized, No, No, 3),
            (Call, ErrorKind::NotFound, No, No, 3),
            (Call, ErrorKind::RateLimited, No, No, 3),
            (Call, ErrorKind::Timeout, No, No, 3),
            // Something happened, and all of it is known.
            (Call, ErrorKind::CutRefused, Yes, No, 4),
            (Call, ErrorKind::CutOwed, Yes, No, 4),
            (Call, ErrorKind::UnexpectedCut, Yes, Yes, 4),
            (Call, ErrorKind::Rejected, No, Yes, 4),
            (Call, ErrorKind::Internal, Yes, No, 4),
            // Something isn't known.
            (Call, ErrorKind::Interrupted, Unknown, No, 5),
            (Call, ErrorKind::Unavailable, Unknown, Unknown, 5),
            (Call, ErrorKind::UnexpectedResponse, Yes, Unknown, 5),
            (Call, ErrorKind::Timeout, No, Unknown, 5),
            (Call, ErrorKind::Internal, Unknown, No, 5),
        ];
        for (phase, kind, stopped, cut, code) in table {
            let error = Error::new(kind, "why").with_effect(Effect::new(stopped, cut));
            let exit = Exit::of(phase, &error);
            assert_eq!(exit.code(), code, "{phase:?} {kind} {stopped} {cut}");
        }
    }

    /// A recording that was closed is neither a stop nor a cut, and it isn't nothing.
    #[test]
    fn what_was_done_beside_a_stop_and_a_cut_is_not_nothing() {
        for (other, code) in [(No, 3), (Yes, 4), (Unknown, 5)] {
            let error = Error::new(ErrorKind::Unauthorized, "why")
                .with_effect(Effect::NONE.with_other(other));
            assert_eq!(Exit::of(Call, &error).code(), code);
        }
    }
}
