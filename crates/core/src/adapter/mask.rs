//! Masking a secret of ours in what comes from outside.

use std::borrow::Cow;

/// What is shorter stands in many a text by chance: masking it would garble answers and hide nothing.
const SHORTEST: usize = 8;

/// Puts a `*` in the place of each byte of each of `secrets` in `text`, which comes from outside: a provider that
/// sends our own credential back mustn't get it printed.
///
/// A secret is found as it is, and as JSON, URLs and their mixtures escape its characters (`\/`, `\u0024`, `%24`). A
/// secret shorter than 8 bytes isn't looked for. Nothing is copied if nothing is found.
///
/// ```
/// use livecut_core::adapter::mask_secrets;
///
/// let body = br#"{"message":"bad token abc\/defgh"}"#;
/// assert_eq!(
///     &*mask_secrets(body, &["abc/defgh"]),
///     br#"{"message":"bad token **********"}"#,
/// );
/// ```
pub fn mask_secrets<'a>(text: &'a [u8], secrets: &[impl AsRef<str>]) -> Cow<'a, [u8]> {
    let mut masked = Cow::Borrowed(text);
    for secret in secrets {
        let secret = secret.as_ref().as_bytes();
        if secret.len() < SHORTEST {
            continue;
        }
        let mut from = 0;
        while let Some((at, length)) = find(&masked, from, secret) {
            from = at.saturating_add(length);
            if let Some(found) = masked.to_mut().get_mut(at..from) {
                found.fill(b'*');
            }
        }
    }
    masked
}

/// Where the secret stands next, and in how many bytes.
fn find(text: &[u8], from: usize, secret: &[u8]) -> Option<(usize, usize)> {
    let first = *secret.first()?;
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let may_begin = |byte: &u8| *byte == first || matches!(byte, b'\\' | b'%');
        at = at.saturating_add(rest.iter().position(may_begin)?);
        let rest = text.get(at..)?;
        // `%` is itself, or begins an escape of itself: a text is written in one of the two ways.
        if let Some(length) =
            length_of(rest, secret, false).or_else(|| length_of(rest, secret, true))
        {
            return Some((at, length));
        }
        at = at.saturating_add(1);
    }
}

/// In how many bytes the text begins with the secret, if it does. `escaped`: a `%` and a `\` of the secret are.
fn length_of(text: &[u8], secret: &[u8], escaped: bool) -> Option<usize> {
    let mut length = 0_usize;
    for &wanted in secret {
        let rest = text.get(length..)?;
        let is_itself = !(escaped && matches!(wanted, b'%' | b'\\'));
        let (byte, taken) = match rest {
            [byte, ..] if is_itself && *byte == wanted => (wanted, 1),
            [b'\\', b'u' | b'U', b'0', b'0', high, low, ..] => (hex(*high, *low)?, 6),
            [b'\\', byte @ (b'/' | b'"' | b'\\'), ..] => (*byte, 2),
            [b'%', high, low, ..] => (hex(*high, *low)?, 3),
            _ => return None,
        };
        if byte != wanted {
            return None;
        }
        length = length.saturating_add(taken);
    }
    Some(length)
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(byte).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "1234$ab/c\"d%e";

    fn mask(text: &str) -> String {
        String::from_utf8(mask_secrets(text.as_bytes(), &[SECRET]).into_owned()).unwrap()
    }

    #[test]
    fn a_secret_is_masked_in_every_form_and_nothing_else_is() {
        for form in [
            SECRET.to_owned(),
            SECRET.replace('/', "\\/").replace('"', "\\\""),
            SECRET.replace('$', "\\u0024").replace('"', "\\u0022"),
            SECRET
                .replace('$', "%24")
                .replace('/', "%2f")
                .replace("%e", "%25e"),
            SECRET.bytes().map(|b| format!("\\u{b:04X}")).collect(),
            SECRET.bytes().map(|b| format!("%{b:02x}")).collect(),
        ] {
            let stars = "*".repeat(form.len());
            assert_eq!(
                mask(&format!("{form} and <{form}>")),
                format!("{stars} and <{stars}>")
            );
        }
        let half = "1234$ab/c, 1234$ab/c\"d%f, %, \\, \\u00, 1234\\u0124, {}";
        assert!(matches!(
            mask_secrets(half.as_bytes(), &[SECRET]),
            Cow::Borrowed(text) if text == half.as_bytes()
        ));
    }

    #[test]
    fn what_is_too_short_to_be_a_secret_is_left() {
        assert_eq!(&*mask_secrets(b"a token", &["token"]), b"a token");
        assert_eq!(&*mask_secrets(b"a token", &[""]), b"a token");
    }

    #[test]
    fn the_longer_of_two_is_masked_whole() {
        let secrets = ["Token abcdefgh", "abcdefgh"];
        assert_eq!(
            &*mask_secrets(b"Token abcdefgh abcdefgh", &secrets),
            "************** ********".as_bytes()
        );
    }

    proptest! {
        #[test]
        fn whatever_is_around_it_the_secret_is_gone_and_the_rest_is_there(
            before in proptest::collection::vec(any::<u8>(), 0..40),
            after in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let text = [&before[..], SECRET.as_bytes(), &after].concat();
            let masked = mask_secrets(&text, &[SECRET]).into_owned();
            prop_assert_eq!(masked.len(), text.len());
            prop_assert!(!masked.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
        }
    }
}
