//! How the stop of a stream of a list ended, in one word.

use crate::exit::Exit;

/// From the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// All that was asked for is done, or accepted.
    Done,
    /// Nothing was applied.
    NotApplied,
    /// Stopped, and the cut is still to be made.
    CutOwed,
    /// Something else than what was asked for, all of which is known.
    NotAsAsked,
    /// Something isn't known.
    Unknown,
}

impl Ending {
    pub(super) const ALL: [Self; 5] = [
        Self::Done,
        Self::NotApplied,
        Self::CutOwed,
        Self::NotAsAsked,
        Self::Unknown,
    ];

    /// What an error's standing comes to here. `None` is a stop without an error.
    pub(super) const fn of(standing: Option<livecut::Standing>) -> Self {
        match standing {
            None => Self::Done,
            Some(livecut::Standing::NothingDone) => Self::NotApplied,
            Some(livecut::Standing::CutOwed) => Self::CutOwed,
            Some(livecut::Standing::DoneInPart) => Self::NotAsAsked,
            Some(_) => Self::Unknown,
        }
    }

    /// For people.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotApplied => "not applied",
            Self::CutOwed => "cut owed",
            Self::NotAsAsked => "not as asked",
            Self::Unknown => "unknown",
        }
    }

    pub(super) const fn exit(self) -> Exit {
        match self {
            Self::Done => Exit::Done,
            Self::NotApplied => Exit::NothingApplied,
            Self::CutOwed | Self::NotAsAsked => Exit::NotAsAsked,
            Self::Unknown => Exit::Unknown,
        }
    }
}
