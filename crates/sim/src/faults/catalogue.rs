//! The list of all faults.

mod answers;

use super::{
    end::End,
    fault::{Answer, Claim, Early, Fault, Handshake, Http2, Idle, Point, Strike, Truth},
    framing::Part,
};
use std::sync::LazyLock;

/// Every fault there is, in the order of how far a request gets.
pub fn catalogue() -> &'static [Fault] {
    static CATALOGUE: LazyLock<Vec<Fault>> = LazyLock::new(|| {
        let mut all = Vec::new();
        connecting(&mut all);
        idle(&mut all);
        reading(&mut all);
        answering(&mut all);
        answers::framed(&mut all);
        answers::bodies(&mut all);
        answers::statuses(&mut all);
        http2(&mut all);
        all
    });
    &CATALOGUE
}

/// The fault with this name.
pub fn named(name: &str) -> Option<&'static Fault> {
    catalogue().iter().find(|fault| fault.name() == name)
}

const ENDS: [(End, &str, &str); 3] = [
    (End::Close, "close", "the connection is closed"),
    (End::Reset, "reset", "the connection is reset"),
    (End::Stall, "stall", "nothing more happens"),
];

fn fault(
    name: impl Into<String>,
    summary: impl Into<String>,
    strike: Strike,
    truth: Truth,
    claim: Claim,
) -> Fault {
    Fault {
        name: name.into(),
        summary: summary.into(),
        strike,
        truth,
        claim,
    }
}

fn connecting(all: &mut Vec<Fault>) {
    let mut add = |name, summary, strike, claim| {
        all.push(fault(name, summary, strike, Truth::Never, claim));
    };
    add("refuse", "nobody listens", Strike::Refuse, Claim::No);
    add(
        "accept-close",
        "closed as soon as it is accepted",
        Strike::Accept(End::Close),
        Claim::Race,
    );
    add(
        "accept-reset",
        "reset as soon as it is accepted",
        Strike::Accept(End::Reset),
        Claim::Race,
    );
    for (name, summary, handshake) in [
        (
            "tls-close",
            "closed within the TLS handshake",
            Handshake::Ends(End::Close),
        ),
        (
            "tls-reset",
            "reset within the TLS handshake",
            Handshake::Ends(End::Reset),
        ),
        (
            "tls-stall",
            "the TLS handshake comes to a stop",
            Handshake::Ends(End::Stall),
        ),
        (
            "tls-untrusted",
            "a certificate of an unknown CA",
            Handshake::Untrusted,
        ),
        (
            "tls-other-name",
            "a certificate for another host",
            Handshake::OtherName,
        ),
        (
            "tls-expired",
            "a certificate that has expired",
            Handshake::Expired,
        ),
        (
            "tls-plaintext",
            "what answers speaks HTTP without TLS",
            Handshake::Plaintext,
        ),
        (
            "tls-alert",
            "the server refuses the TLS handshake",
            Handshake::Alert,
        ),
    ] {
        add(name, summary, Strike::Handshake(handshake), Claim::No);
    }
}

fn idle(all: &mut Vec<Fault>) {
    for (name, summary, idle) in [
        (
            "idle-close",
            "an idle connection is closed just about when it is reused",
            Idle::Ends(End::Close),
        ),
        (
            "idle-reset",
            "an idle connection is reset just about when it is reused",
            Idle::Ends(End::Reset),
        ),
        (
            "idle-408",
            "an idle connection gets a 408 that nobody asked for, and is closed",
            Idle::RequestTimeout,
        ),
    ] {
        all.push(fault(
            name,
            summary,
            Strike::Idle(idle),
            Truth::Never,
            Claim::Race,
        ));
    }
}

fn reading(all: &mut Vec<Fault>) {
    for (point, name, when) in [
        (Point::Unread, "unread", "the request lies there unread"),
        (
            Point::Head,
            "mid-head",
            "some of the request's head is read",
        ),
        (
            Point::Body,
            "mid-body",
            "the request's head is read, and not all of its body",
        ),
        (
            Point::Whole,
            "unapplied",
            "the request is read and not carried out",
        ),
    ] {
        for (end, end_name, then) in ENDS {
            all.push(fault(
                format!("{name}-{end_name}"),
                format!("{when}; then {then}"),
                Strike::Request(point, end),
                Truth::Never,
                Claim::Unknown,
            ));
        }
    }
    for (code, claim) in [
        (400, Claim::No),
        (413, Claim::No),
        (429, Claim::No),
        (503, Claim::Unknown),
    ] {
        all.push(fault(
            format!("early-{code}"),
            format!("{code} before the request is read, which it never is"),
            Strike::Early(Early::Status(code)),
            Truth::Never,
            claim,
        ));
    }
    all.push(fault(
        "early-head",
        "the head of a success before the request is read; then the request is carried out",
        Strike::Early(Early::Head),
        Truth::Always,
        Claim::Yes,
    ));
}

fn answering(all: &mut Vec<Fault>) {
    for (end, name, then) in ENDS {
        all.push(fault(
            format!("applied-{name}"),
            format!("the request is carried out; then {then}"),
            Strike::Answer(Answer::None(end)),
            Truth::Always,
            Claim::Unknown,
        ));
    }
    for (part, name, within) in [
        (Part::StatusLine, "status-line", "status line"),
        (Part::Headers, "headers", "headers"),
        (Part::Body, "body", "body"),
    ] {
        for (end, end_name, then) in ENDS {
            all.push(fault(
                format!("{name}-{end_name}"),
                format!("within the answer's {within}, {then}"),
                Strike::Answer(Answer::Cut(part, end)),
                Truth::Always,
                Claim::Unknown,
            ));
        }
    }
}

/// RFC 9113, section 7.
const CODES: [(u32, &str); 5] = [
    (0, "no-error"),
    (2, "internal-error"),
    (8, "cancel"),
    (11, "enhance-your-calm"),
    (13, "http-1.1-required"),
];

fn http2(all: &mut Vec<Fault>) {
    let mut add = |name: String, summary: String, http2, truth, claim| {
        all.push(fault(name, summary, Strike::Http2(http2), truth, claim));
    };
    add(
        "h2-refused-stream".to_owned(),
        "RST_STREAM: REFUSED_STREAM".to_owned(),
        Http2::Reset(7),
        Truth::Never,
        Claim::No,
    );
    for (code, name) in CODES {
        let shown = name.to_uppercase().replace(['-', '.'], "_");
        add(
            format!("h2-reset-{name}"),
            format!("RST_STREAM: {shown}"),
            Http2::Reset(code),
            Truth::Either,
            Claim::Unknown,
        );
        add(
            format!("h2-goaway-below-{name}"),
            format!("GOAWAY: {shown}, of a stream before the request's"),
            Http2::GoAwayBelow(code),
            Truth::Never,
            Claim::No,
        );
    }
    for (end, name, then) in ENDS {
        add(
            format!("h2-goaway-above-{name}"),
            format!("GOAWAY of the request's stream or above, and then {then}"),
            Http2::GoAwayAbove(0, end),
            Truth::Either,
            Claim::Unknown,
        );
        add(
            format!("h2-body-{name}"),
            format!("within the answer's DATA, {then}"),
            Http2::BodyEnds(end),
            Truth::Always,
            Claim::Unknown,
        );
    }
    add(
        "h2-body-rst".to_owned(),
        "within the answer's DATA, RST_STREAM: INTERNAL_ERROR".to_owned(),
        Http2::BodyReset(2),
        Truth::Always,
        Claim::Unknown,
    );
    add(
        "h2-body-refused-stream".to_owned(),
        "within the answer's DATA, RST_STREAM: REFUSED_STREAM".to_owned(),
        Http2::BodyReset(7),
        Truth::Always,
        Claim::Unknown,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_each_fault_can_happen_somewhere() {
        let names: BTreeSet<_> = catalogue().iter().map(Fault::name).collect();
        assert_eq!(names.len(), catalogue().len());
        for fault in catalogue() {
            assert!(!fault.transports().is_empty());
            assert!(fault.strikes_fresh() || fault.strikes_reused());
            assert!(std::ptr::eq(named(fault.name()).unwrap(), fault));
        }
    }

    /// Otherwise the catalogue would ask a client to claim what isn't true.
    #[test]
    fn no_fault_asks_for_a_claim_against_its_truth() {
        for fault in catalogue() {
            for transport in fault.transports() {
                let agrees = match fault.claim(*transport) {
                    Claim::No => fault.truth() == Truth::Never,
                    Claim::Yes => fault.truth() == Truth::Always,
                    Claim::Unknown | Claim::Race => true,
                };
                assert!(agrees, "{}", fault.name());
            }
        }
    }
}
