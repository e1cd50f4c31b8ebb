//! The faults in answers.

use super::fault;
use crate::faults::{
    act::Act,
    body,
    fault::{Answer, Claim, Fault, Strike, Truth},
    framing,
    message::Message,
};
use fastrand::Rng;

type Acts = fn(&Message, &mut Rng) -> Vec<Act>;

pub(super) fn framed(all: &mut Vec<Fault>) {
    let mut add = |name: &str, summary: &str, acts: Acts, claim| {
        let strike = Strike::Answer(Answer::Wire(acts));
        all.push(fault(name, summary, strike, Truth::Always, claim));
    };
    let unreadable: &[(&str, &str, Acts)] = &[
        (
            "length-too-long",
            "Content-Length promises more than comes",
            framing::length_too_long,
        ),
        (
            "length-too-long-stall",
            "Content-Length promises more, and the connection stays open",
            framing::length_too_long_stall,
        ),
        (
            "length-too-short",
            "Content-Length ends within the JSON",
            framing::length_too_short,
        ),
        (
            "length-nonsense",
            "Content-Length is no length",
            framing::length_nonsense,
        ),
        (
            "lengths-conflict",
            "two different Content-Lengths",
            framing::lengths_conflict,
        ),
        ("chunks-cut", "chunks, cut somewhere", framing::chunks_cut),
        (
            "chunks-unended",
            "all chunks but the last, and the connection stays open",
            framing::chunks_unended,
        ),
        (
            "chunk-of-nonsense",
            "a chunk whose size is no size",
            framing::chunk_of_nonsense,
        ),
        (
            "until-close-cut",
            "no length, and closed within the JSON",
            framing::until_close_cut,
        ),
        (
            "huge-declared",
            "a body of 10 GiB, announced",
            framing::huge_declared,
        ),
        (
            "huge-chunked",
            "a body of 10 GiB, in chunks",
            framing::huge_chunked,
        ),
        (
            "huge-until-close",
            "a body of 10 GiB, without a length",
            framing::huge_until_close,
        ),
        ("drip", "the answer, one byte a second", framing::drip_head),
        (
            "drip-body",
            "the answer's body, one byte a second",
            framing::drip_body,
        ),
        (
            "endless-headers",
            "headers without end",
            framing::endless_headers,
        ),
        (
            "endless-header",
            "one header without end",
            framing::endless_header,
        ),
        (
            "nul-in-header",
            "a header with a NUL",
            framing::nul_in_header,
        ),
        (
            "header-without-name",
            "a header line that is none",
            framing::header_without_name,
        ),
        (
            "only-100",
            "100 Continue and then nothing, closed",
            framing::only_100,
        ),
        (
            "only-100-stall",
            "100 Continue again and again, and no answer",
            framing::only_100_stall,
        ),
        (
            "switching-protocols",
            "101, though nobody asked for another protocol",
            framing::switching_protocols,
        ),
        (
            "not-http",
            "an answer of some other protocol",
            framing::garbage,
        ),
        (
            "body-alone",
            "the body without a head, as HTTP/0.9 had it",
            framing::body_alone,
        ),
        (
            "status-of-nonsense",
            "a status line that is none",
            framing::status_of_nonsense,
        ),
    ];
    for (name, summary, acts) in unreadable {
        add(name, summary, *acts, Claim::Unknown);
    }
    let readable: &[(&str, &str, Acts)] = &[
        (
            "in-chunks",
            "the true answer, in chunks",
            framing::in_chunks,
        ),
        (
            "in-chunks-with-trailers",
            "the true answer, in chunks, with trailers",
            framing::in_chunks_with_trailers,
        ),
        (
            "chunks-and-length",
            "the true answer, in chunks, and with a false length besides",
            framing::chunks_and_length,
        ),
        (
            "until-close",
            "the true answer, without a length",
            framing::until_close,
        ),
        (
            "after-100",
            "the true answer, after 100 Continue",
            framing::after_100,
        ),
        (
            "after-103",
            "the true answer, after 103 Early Hints",
            framing::after_103,
        ),
        (
            "http-1.0",
            "the true answer, as HTTP/1.0",
            framing::http_1_0,
        ),
        (
            "no-reason",
            "the true answer, without a reason phrase",
            framing::no_reason,
        ),
        (
            "in-pieces",
            "the true answer, in many small pieces",
            framing::in_pieces,
        ),
        (
            "twice",
            "the true answer, and another one that nobody asked for",
            framing::twice,
        ),
        (
            "more-after",
            "the true answer, and then more bytes",
            framing::more_after,
        ),
    ];
    for (name, summary, acts) in readable {
        add(name, summary, *acts, Claim::Yes);
    }
}

type Change = fn(&mut Message, &mut Rng);

pub(super) fn bodies(all: &mut Vec<Fault>) {
    let mut add = |name: &str, summary: &str, change: Change, claim| {
        let strike = Strike::Answer(Answer::Message(change));
        all.push(fault(name, summary, strike, Truth::Always, claim));
    };
    let unreadable: &[(&str, &str, Change)] = &[
        ("empty", "200 without a body", body::empty),
        ("blank", "200 with spaces", body::blank),
        ("html", "200 with a web page", body::html),
        ("text", "200 with a word", body::text),
        ("no-content", "204 or 205", body::no_content),
        ("scalar", "JSON that is no object", body::scalar),
        ("empty-object", "{}", body::empty_object),
        (
            "in-an-array",
            "the true answer in an array",
            body::in_an_array,
        ),
        (
            "as-an-array",
            "the true answer's values without their names",
            body::as_an_array,
        ),
        (
            "in-an-object",
            "the true answer one level down",
            body::in_an_object,
        ),
        (
            "in-a-string",
            "the true answer in a string",
            body::in_a_string,
        ),
        ("nulls", "null in every field", body::nulls),
        (
            "other-types",
            "a value of another type in every field",
            body::other_types,
        ),
        (
            "duplicated-keys",
            "every field twice, with different values",
            body::duplicated_keys,
        ),
        ("deep", "50,000 levels of JSON", body::deep),
        (
            "cut-json",
            "JSON that ends too soon, of the right length",
            body::cut_json,
        ),
        (
            "more-after-json",
            "the true answer, and more in the same body",
            body::more_after_json,
        ),
        ("utf-16", "the true answer in UTF-16", body::utf_16),
        (
            "byte-order-mark",
            "the true answer after a byte order mark",
            body::byte_order_mark,
        ),
        ("latin-1", "JSON in ISO 8859-1", body::latin_1),
        ("binary", "200 with random bytes", body::binary),
    ];
    for (name, summary, change) in unreadable {
        add(name, summary, *change, Claim::Unknown);
    }
    let readable: &[(&str, &str, Change)] = &[
        (
            "deep-beside",
            "the true answer, with an unknown field of 50,000 levels",
            body::deep_beside,
        ),
        (
            "other-content-type",
            "the true answer, called something else than JSON",
            body::other_content_type,
        ),
        (
            "no-content-type",
            "the true answer without a Content-Type",
            body::no_content_type,
        ),
        (
            "other-charset",
            "the true answer, called something else than UTF-8",
            body::other_charset,
        ),
        (
            "claimed-encoding",
            "the true answer, called compressed",
            body::claimed_encoding,
        ),
        (
            "other-success",
            "the true answer with another 2xx",
            body::other_success,
        ),
    ];
    for (name, summary, change) in readable {
        add(name, summary, *change, Claim::Yes);
    }
}

/// The statuses that refuse a request: that nothing was done then is an assumption.
const REFUSALS: [u16; 25] = [
    400, 401, 402, 403, 404, 405, 406, 407, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423,
    424, 425, 426, 428, 429, 431,
];
/// The statuses that leave open what was done: the registered ones, and some that nobody registered.
const OPEN: [u16; 21] = [
    408, 409, 418, 419, 444, 460, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511, 520, 522,
    524, 599,
];
const OPEN_REDIRECTS: [u16; 6] = [300, 301, 302, 303, 305, 306];

pub(super) fn statuses(all: &mut Vec<Fault>) {
    let mut add = |code: u16, summary: &str, answer, truth, claim| {
        all.push(fault(
            format!("status-{code}"),
            format!("{code}{summary}"),
            Strike::Answer(answer),
            truth,
            claim,
        ));
    };
    for code in REFUSALS.into_iter().chain([451]) {
        add(code, "", Answer::Status(code), Truth::Never, Claim::No);
    }
    for code in [307, 308] {
        let redirect = Answer::Redirect(code);
        add(
            code,
            " to this host, another, or http",
            redirect,
            Truth::Never,
            Claim::No,
        );
    }
    for code in OPEN_REDIRECTS {
        let redirect = Answer::Redirect(code);
        add(
            code,
            " to this host, another, or http",
            redirect,
            Truth::Either,
            Claim::Unknown,
        );
    }
    add(304, "", Answer::Status(304), Truth::Either, Claim::Unknown);
    for code in OPEN {
        add(
            code,
            "",
            Answer::Status(code),
            Truth::Either,
            Claim::Unknown,
        );
    }
}
