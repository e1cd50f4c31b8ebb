//! A credential that no header can carry is a clear error, and stays a secret.

use std::sync::Arc;

use livecut_core::{ErrorKind, LiveStreamStopper, Result};
use livecut_http::HttpOptions;
use livecut_http::testing::MemoryServer;
use livecut_tests::kits::{KITS, Kit};
use proptest::prelude::*;

use crate::adapters::{once, settings, stopper};
use crate::{marks, witness};

/// The adapter with one of its credentials.
fn with(kit: &Kit, word: &str, credential: &str) -> Result<Arc<dyn LiveStreamStopper>> {
    let mut settings = settings(kit, "t", "http://localhost");
    for (known, value) in &mut settings {
        if known == word {
            credential.clone_into(value);
        }
    }
    kit.connect(&settings, options())
}

/// Without a client: nothing is sent.
fn options() -> HttpOptions {
    once().with_transport(MemoryServer::new())
}

/// Every credential of every adapter that goes into its header.
fn credentials() -> impl Iterator<Item = (&'static Kit, String)> {
    KITS.iter().flat_map(|kit| {
        let words = kit.credential_words().into_iter();
        words
            .filter(|word| Some(&**word) != kit.tenant)
            .map(move |word| (kit, word))
    })
}

#[test]
fn a_credential_that_cannot_be_sent_is_a_configuration_error_that_does_not_quote_it() {
    let secret = marks::TOKEN;
    for (bad, why) in [
        (String::new(), "set LIVECUT_"),
        (format!("{secret}\n"), "line break"),
        (format!("{secret}\r\nX-Evil: 1"), "line break"),
        (format!("{secret}\u{2028}"), "outside ASCII"),
        (format!("ü{secret}"), "outside ASCII"),
        (format!("\u{feff}{secret}"), "outside ASCII"),
        (format!("{secret}\0"), "control character"),
        (format!("\u{1b}[31m{secret}"), "control character"),
        (format!("{secret}\t"), "control character"),
        (format!(" {secret}"), "space"),
        (format!("{secret} "), "space"),
        (format!("\"{secret}\""), "leave them out"),
        (format!("'{secret}'"), "leave them out"),
        (
            format!("Authorization: {secret}"),
            "leave the header's name out",
        ),
    ] {
        for (kit, word) in credentials() {
            let result = with(kit, &word, &bad);
            witness::assert_shows_nothing(kit.name, &result);
            if bad.is_empty() && !kit.requires(&word) {
                assert!(result.is_ok(), "{}: it can do without", kit.name);
                continue;
            }
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert_eq!(error.provider(), Some(kit.name));
            assert!(error.effect().is_none());
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}

#[test]
fn a_base_url_with_a_secret_in_it_is_refused_and_not_quoted() {
    for kit in KITS {
        for bad in [
            format!("https://user:{}@host.example", marks::TOKEN),
            format!("https://{}@host.example", marks::TOKEN),
            format!("https://host.example/?token={}", marks::TOKEN),
            format!("https://host.example/#{}", marks::TOKEN),
            format!("{} https://host.example", marks::TOKEN),
            format!("{}://host.example", marks::TOKEN),
            format!("http://{}.example", marks::TOKEN),
        ] {
            let result = stopper(kit, "t", &bad, once());
            witness::assert_shows_nothing(kit.name, &result.as_ref().map(drop).map_err(clone));
            assert_eq!(
                result.unwrap_err().kind(),
                ErrorKind::Configuration,
                "{bad}"
            );
        }
    }
    fn clone(error: &livecut_core::Error) -> livecut_core::Error {
        livecut_core::Error::new(error.kind(), format!("{error} {error:?} {error:#?}"))
    }
}

#[test]
fn a_scheme_that_the_adapter_adds_is_not_taken_with_the_credential() {
    for scheme in ["Token", "Bearer", "bearer", "Basic", "apikey"] {
        let pasted = format!("{scheme} {}", marks::TOKEN);
        for (kit, word) in credentials() {
            let result = with(kit, &word, &pasted);
            witness::assert_shows_nothing(kit.name, &result);
            if !kit.adds_scheme {
                assert!(
                    result.is_ok(),
                    "{}: the scheme is the user's to say",
                    kit.name
                );
                continue;
            }
            let error = result.unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Configuration,
                "{}, {scheme}",
                kit.name
            );
            assert_eq!(error.provider(), Some(kit.name));
            assert!(error.to_string().contains("leave it out"), "{error}");
        }
    }
}

#[test]
fn a_base_url_that_ends_in_the_path_of_the_calls_is_refused_by_every_adapter() {
    for kit in KITS {
        assert!(!kit.api_paths.is_empty(), "{}", kit.name);
        for path in kit.api_paths {
            for end in ["", "/"] {
                let base = format!("http://localhost/gateway{path}{end}");
                let made = stopper(kit, "t", &base, once());
                let error = made.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Configuration, "{base}");
                assert_eq!(error.provider(), Some(kit.name));
                assert!(
                    error.to_string().contains(&format!("leave `{path}` out")),
                    "{error}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_as_a_credential_or_a_tenant_panics_or_is_quoted(
        around in (any::<String>(), any::<String>()),
    ) {
        let text = format!("{}{}{}", around.0, marks::TOKEN, around.1);
        for (kit, word) in credentials() {
            let shown = format!("{:?}", with(kit, &word, &text));
            prop_assert_eq!(marks::find(&shown), None);
        }
        for tenant in [&around.0, &around.1] {
            for kit in KITS {
                drop(stopper(kit, tenant, "http://localhost", options()));
            }
        }
    }
}
