//! Secrets that can be found again, in any of the forms in which they get out.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What every secret here holds, and nothing else does.
const MARK: &str = "M4rkedSecret";

pub(crate) const TOKEN: &str = "token-M4rkedSecret-1";
pub(crate) const AUTHORIZATION: &str = "Custom M4rkedSecret-2";
pub(crate) const STREAM_KEY: &str = "key-M4rkedSecret-3";
/// In the query of a playback URL, where signatures are.
pub(crate) const PLAYBACK_TOKEN: &str = "playback-M4rkedSecret-4";
/// For answers that hold a secret where nobody expects one.
pub(crate) const ANYWHERE: &str = "anywhere-M4rkedSecret-5";

/// The mark as it is, and as it looks in the `Debug` of bytes, in hexadecimal, and in each of the
/// alignments of base64.
fn forms() -> Vec<String> {
    let mut decimal = String::new();
    let mut hex = String::new();
    for byte in MARK.bytes() {
        if !decimal.is_empty() {
            decimal.push_str(", ");
        }
        write!(decimal, "{byte}").unwrap();
        write!(hex, "{byte:02x}").unwrap();
    }
    let mut forms = vec![MARK.to_lowercase(), decimal, hex];
    for before in ["", "_", "__"] {
        let text = STANDARD_NO_PAD.encode(format!("{before}{MARK}"));
        // The ends depend on the neighbours.
        let inner = text.get(4..text.len().saturating_sub(4)).unwrap();
        forms.push(inner.to_lowercase());
    }
    forms
}

/// The text around the first secret in `text`.
pub(crate) fn find(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let at = forms().iter().find_map(|form| lower.find(form.as_str()))?;
    let around: String = lower
        .chars()
        .skip(at.saturating_sub(200))
        .take(300)
        .collect();
    Some(around)
}

#[test]
fn a_secret_is_found_in_every_form() {
    let bytes = TOKEN.as_bytes();
    let mut hex = String::new();
    for byte in bytes {
        write!(hex, "{byte:02X}").unwrap();
    }
    for text in [
        TOKEN.to_owned(),
        format!("{AUTHORIZATION:?}"),
        STREAM_KEY.to_uppercase(),
        format!("{bytes:?}"),
        format!("{:?}", bytes::Bytes::from_static(bytes)),
        hex,
        STANDARD_NO_PAD.encode(PLAYBACK_TOKEN),
        STANDARD_NO_PAD.encode(format!("x{ANYWHERE}")),
        STANDARD_NO_PAD.encode(format!("xy{ANYWHERE}")),
    ] {
        assert!(find(&text).is_some(), "{text}");
    }
    assert_eq!(find("livecut_example: secret <redacted>"), None);
}
