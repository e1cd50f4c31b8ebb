//! A credential that no header can carry is a clear error, and stays a secret.

use livecut_core::ErrorKind;
use livecut_gcore::GcoreConfig;
use livecut_gjirafa::GjirafaConfig;
use livecut_mux::MuxConfig;
use livecut_tpstreams::TpStreamsConfig;
use proptest::prelude::*;

use crate::{marks, witness};

#[test]
fn a_credential_that_cannot_be_sent_is_a_configuration_error_that_does_not_quote_it() {
    let secret = marks::TOKEN;
    for (bad, why) in [
        (String::new(), "empty"),
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
        let tpstreams = TpStreamsConfig::new("o", bad.clone()).map(drop);
        let gjirafa = GjirafaConfig::new("p", bad.clone()).map(drop);
        let mux = MuxConfig::new("id", bad.clone()).map(drop);
        let mux_id = MuxConfig::new(bad.clone(), "secret").map(drop);
        let gcore = GcoreConfig::new(bad.clone()).map(drop);
        for (provider, result) in [
            ("tpstreams", tpstreams),
            ("gjirafa", gjirafa),
            ("mux", mux),
            ("mux", mux_id),
            ("gcore", gcore),
        ] {
            witness::assert_shows_nothing(provider, &result);
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert_eq!(error.provider(), Some(provider));
            assert!(error.effect().is_none());
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}

#[test]
fn a_base_url_with_a_secret_in_it_is_refused_and_not_quoted() {
    for adapter in crate::adapters::ADAPTERS {
        for bad in [
            format!("https://user:{}@host.example", marks::TOKEN),
            format!("https://{}@host.example", marks::TOKEN),
            format!("https://host.example/?token={}", marks::TOKEN),
            format!("https://host.example/#{}", marks::TOKEN),
            format!("{} https://host.example", marks::TOKEN),
            format!("{}://host.example", marks::TOKEN),
            format!("http://{}.example", marks::TOKEN),
        ] {
            let result = crate::adapters::stopper(adapter, "t", &bad, crate::adapters::once());
            witness::assert_shows_nothing(adapter, &result.as_ref().map(drop).map_err(clone));
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
        for (provider, result) in [
            (
                "tpstreams",
                TpStreamsConfig::new("o", pasted.clone()).map(drop),
            ),
            ("mux", MuxConfig::new("id", pasted.clone()).map(drop)),
            ("mux", MuxConfig::new(pasted.clone(), "secret").map(drop)),
            ("gcore", GcoreConfig::new(pasted.clone()).map(drop)),
        ] {
            witness::assert_shows_nothing(provider, &result);
            let error = result.unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Configuration,
                "{provider}, {scheme}"
            );
            assert_eq!(error.provider(), Some(provider));
            assert!(error.to_string().contains("leave it out"), "{error}");
        }
        // Which its documents don't name, so that it is the user's to say.
        assert!(GjirafaConfig::new("p", pasted).is_ok());
    }
}

#[test]
fn a_base_url_that_ends_in_the_path_of_the_calls_is_refused_by_every_adapter() {
    for (adapter, paths) in [
        ("tpstreams", &["/api/v1"][..]),
        ("gjirafa", &["/api/v1", "/api/v2"]),
        ("mux", &["/video/v1"]),
        ("gcore", &["/streaming"]),
    ] {
        for path in paths {
            for end in ["", "/"] {
                let base = format!("http://localhost/gateway{path}{end}");
                let made = crate::adapters::stopper(adapter, "t", &base, crate::adapters::once());
                let error = made.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Configuration, "{base}");
                assert_eq!(error.provider(), Some(adapter));
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
        for shown in [
            format!("{:?}", TpStreamsConfig::new("o", text.clone())),
            format!("{:?}", GjirafaConfig::new("p", text.clone())),
            format!("{:?}", MuxConfig::new("id", text.clone())),
            format!("{:?}", MuxConfig::new(text.clone(), "secret")),
            format!("{:?}", GcoreConfig::new(text)),
        ] {
            prop_assert_eq!(marks::find(&shown), None);
        }
        let _ = TpStreamsConfig::new(around.0.clone(), marks::TOKEN);
        let _ = GjirafaConfig::new(around.1, marks::AUTHORIZATION);
    }
}
