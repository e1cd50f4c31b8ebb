//! Whether what a stop, a look or a follow claims is true, and says what can be known.

use livecut_core::{Certainty, Effect};
use livecut_sim::faults::Claim;

use crate::adapters::Exchange;
use crate::scenario::{ATTEMPTS, Client, RATED_ATTEMPTS, Scenario, Seen};
use crate::work;

impl Scenario {
    /// All that is wrong with what was seen.
    pub(crate) fn judge(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |right: bool, what: &str| {
            if !right {
                wrong.push(self.complaint(seen, what));
            }
        };
        let (observed, truth) = (&seen.observed, seen.truth);
        if let Some(claim) = seen.claim {
            for (claim, truth) in [
                (claim.stopped, truth.stopped),
                (claim.cut, truth.cut),
                (claim.other, truth.other),
            ] {
                check(
                    claim != Certainty::No || truth == Certainty::No,
                    "claims no, and it was done",
                );
                check(
                    claim != Certainty::Yes || truth == Certainty::Yes,
                    "claims yes, and it wasn't done",
                );
            }
        }
        if let Some(said) = &seen.said {
            check(self.may_say(said), "says what isn't so");
        }
        if let Some(after) = &seen.after {
            let course = self.adapter.course(self.work).after.as_ref();
            check(
                course.is_some_and(|course| course.cuts == after.cuts),
                "the provider didn't make one cut, and no other",
            );
            check(
                course.is_some_and(|course| course.end == after.end),
                "following again doesn't end well",
            );
        }
        check(observed.elsewhere == 0, "followed a redirect");
        check(!seen.repeated, "the provider got a change more than once");
        check(
            self.requests(seen) <= self.most(),
            "sent again though it may have been carried out",
        );
        check(
            self.expected().1 == Claim::Race || observed.strikes <= self.most(),
            "tried again though it may have been carried out",
        );
        match self.client {
            Client::Waits => {
                check(self.says(seen).is_some(), "doesn't say what can be known");
                check(observed.strikes > 0, "the fault never struck");
                let on_fresh = observed.strikes > observed.strikes_on_reused;
                let on_reused = observed.strikes_on_reused > 0;
                check(
                    if self.reused { on_reused } else { on_fresh },
                    "the fault never struck a connection such as it was to strike",
                );
            }
            Client::Drops(0) => check(
                observed.connections <= 1 && observed.heads <= 1 && truth == Effect::NONE,
                "sent something before it was polled",
            ),
            // What a look adds to the claim is judged by itself.
            Client::TimesOut(_) | Client::Drops(_) | Client::Reconciles => {}
        }
        wrong
    }

    /// Whether that can be the answer: what it is where nothing breaks, or less. A recording that can be had isn't given up,
    /// unless the provider says that what was asked for is wrong, by one of the two statuses that mean it.
    fn may_say(&self, said: &str) -> bool {
        let is_wrong = ["status-400", "status-422", "early-400"].contains(&self.fault.name());
        said == self.adapter.course(self.work).said
            || [work::IN_PROGRESS, work::UNKNOWN].contains(&said)
            || (said == work::FAILED && is_wrong && self.struck().changes())
    }

    /// Which call the end depends on: the one that is struck, or the last if the fault goes on and does none any harm.
    pub(crate) fn deciding(&self) -> usize {
        let harms = self.fault.claim(self.transport) != Claim::Yes;
        match self.once || harms {
            true => self.at,
            false => self.calls().len().saturating_sub(1),
        }
    }

    /// That call, and what a client can know of it.
    pub(crate) fn expected(&self) -> (&'static Exchange, Claim) {
        let call = self.calls().get(self.deciding()).expect("it is a call");
        (call, self.fault.claim(self.transport))
    }

    /// What is said of the call that decides: that it was carried out (and all else too), that it wasn't, or that it may have
    /// been. `None`: not what can be known.
    pub(crate) fn says(&self, seen: &Seen) -> Option<&'static str> {
        let (call, expected) = self.expected();
        let claim = seen.claim?;
        let no = (claim == call.before).then_some("no");
        let yes = seen.succeeded.then_some("yes");
        match expected {
            Claim::No => no.or(yes.filter(|_| self.once)),
            Claim::Yes => yes,
            Claim::Unknown if call.has_effect() => {
                let unknown = (claim == call.before.or(call.after)).then_some("unknown");
                // The answer to a repeat may say enough although it is broken: a refusal's status does.
                unknown.or(yes.filter(|_| self.repeats(call)))
            }
            Claim::Unknown => no.or(yes.filter(|_| self.once && !call.changes())),
            // It depends, and mostly differs from run to run; that it is true is judged apart.
            Claim::Race => Some("by race"),
        }
    }

    /// The heads of requests that arrived, without those that were spared.
    pub(crate) fn requests(&self, seen: &Seen) -> u64 {
        seen.observed.heads.saturating_sub(self.spared())
    }

    /// How many requests may be sent from the one that is struck on.
    fn most(&self) -> u64 {
        let (call, expected) = self.expected();
        let attempts = match expected {
            Claim::No if self.is_rate_limited() => RATED_ATTEMPTS,
            Claim::No => ATTEMPTS,
            _ if !call.changes() || self.repeats(call) => ATTEMPTS,
            _ => 1,
        };
        // Those before it that came through, and where it can, those after it.
        // What a refusal says, its status does, so that a break in its body holds nobody up.
        let goes_on = self.once || !call.succeeds() || matches!(expected, Claim::Yes | Claim::Race);
        let calls = match self.calls().len() {
            all if goes_on => all,
            _ => self.deciding().saturating_add(1),
        };
        let others = calls.saturating_sub(self.at).saturating_sub(1);
        u64::from(attempts)
            .saturating_add(call.asks_for_less(self.fault))
            .saturating_add(u64::try_from(others).expect("a few calls"))
    }

    pub(crate) fn complaint(&self, seen: &Seen, what: &str) -> String {
        let claim = match seen.claim {
            Some(claim) => claim.to_string(),
            None => "nothing".to_owned(),
        };
        format!(
            "{self}: {what}: claims {claim} ({}), and the truth is {}; {:?}{}",
            seen.words,
            seen.truth,
            seen.observed,
            match &seen.after {
                Some(after) => format!("; followed again, {} ({} made)", after.end, after.cuts),
                None => String::new(),
            }
        )
    }
}
