use crate::words::words;
use crate::{Certainty, Effect, Ticket};

/// Where a call that failed leaves things, and so what to do next: the one answer to decide by.
///
/// It follows from what the call did ([`Effect`]) and from what is in hand ([`Ticket`]), never from
/// an error's kind.
///
/// ```
/// use livecut_core::{Error, Standing};
///
/// fn what_next(error: &Error) -> &'static str {
///     match error.standing() {
///         Standing::NothingDone => "mend the cause, and stop it again",
///         Standing::CutOwed => "follow the ticket, which has the cut made",
///         Standing::DoneInPart => "read what was done, and go on from the ticket",
///         _ => "have a person look",
///     }
/// }
/// # let error = Error::new(livecut_core::ErrorKind::RateLimited, "slow down");
/// # assert!(what_next(&error).starts_with("mend"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// Nothing was changed, for sure: the same call can be made again.
    NothingDone,
    /// The stream is stopped, and its cut is still to be made: following the ticket makes it.
    CutOwed,
    /// Whether something was changed is unknown: look before anything is repeated.
    Unknown,
    /// Something was done, all of it is known, and it isn't what was asked for.
    DoneInPart,
}

impl Standing {
    /// The standing of a call with this effect, which left this ticket.
    ///
    /// ```
    /// use livecut_core::{Certainty, Effect, Standing};
    ///
    /// assert_eq!(Standing::of(Effect::NONE, None), Standing::NothingDone);
    /// let stopped = Effect::new(Certainty::Yes, Certainty::No);
    /// // Without a ticket that owes the cut, nothing makes it.
    /// assert_eq!(Standing::of(stopped, None), Standing::DoneInPart);
    /// ```
    pub fn of(effect: Effect, ticket: Option<&Ticket>) -> Self {
        if effect.is_unknown() {
            Self::Unknown
        } else if effect.is_none() {
            Self::NothingDone
        } else if effect.stopped == Certainty::Yes
            && effect.cut == Certainty::No
            && ticket.is_some_and(Ticket::owes_cut)
        {
            Self::CutOwed
        } else {
            Self::DoneInPart
        }
    }
}

words!(Standing or Unknown {
    NothingDone = "nothing_done",
    CutOwed = "cut_owed",
    Unknown = "unknown",
    DoneInPart = "done_in_part",
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cut, CutRange, RecordingId, StreamId};

    #[test]
    fn the_effect_and_the_ticket_alone_say_where_things_stand() {
        use Certainty::{No, Unknown, Yes};
        let range = CutRange::seconds(30, 120).unwrap();
        let id = |id| RecordingId::new(id).unwrap();
        let plain = Ticket::new("example", StreamId::new("x").unwrap())
            .with_cut(Some(Cut::new(range, range)));
        let owing = plain.clone().with_source(id("whole"));
        let made = owing.clone().with_recording(id("clip"));
        let all = [No, Yes, Unknown];
        for (stopped, cut, other) in all
            .into_iter()
            .flat_map(|a| all.into_iter().map(move |b| (a, b)))
            .flat_map(|(a, b)| all.into_iter().map(move |c| (a, b, c)))
        {
            let effect = Effect::new(stopped, cut).with_other(other);
            for (ticket, owes) in [
                (None, false),
                (Some(&plain), false),
                (Some(&owing), true),
                (Some(&made), false),
            ] {
                let expected = if [stopped, cut, other].contains(&Unknown) {
                    Standing::Unknown
                } else {
                    match (stopped, cut, other) {
                        (No, No, No) => Standing::NothingDone,
                        (Yes, No, _) if owes => Standing::CutOwed,
                        _ => Standing::DoneInPart,
                    }
                };
                assert_eq!(
                    Standing::of(effect, ticket),
                    expected,
                    "{effect} {ticket:?}"
                );
            }
        }
    }
}
