//! How the receiver of webhooks is chosen, and every message on the way.

use std::collections::HashMap;

use livecut::webhook::{ReceiverBuilder, WebhookReceiver};
use livecut::{Error, ErrorKind};

fn receiver(variables: &[(&str, &str)]) -> Result<std::sync::Arc<dyn WebhookReceiver>, Error> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    livecut::webhook::receiver_from_lookup(|name| variables.get(name).map(ToString::to_string))
}

/// The message of the refusal.
#[track_caller]
fn refused(variables: &[(&str, &str)]) -> String {
    let error = receiver(variables).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.effect().is_none());
    for (_, value) in variables
        .iter()
        .filter(|(name, value)| *name != "LIVECUT_PROVIDER" && value.len() > 8)
    {
        assert!(!format!("{error:?} {error}").contains(value), "{error}");
    }
    error.to_string()
}

#[test]
fn an_unknown_provider_is_answered_with_the_known_ones() {
    let error = ReceiverBuilder::new()
        .with_provider("youtube")
        .build_from_lookup(|_| None)
        .unwrap_err();
    let expected = "there is no provider `youtube`: livecut knows";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn what_this_build_does_not_receive_is_answered_with_its_feature() {
    let missing = livecut::providers()
        .iter()
        .filter(|provider| !provider.is_webhook_compiled_in());
    for provider in missing {
        let name = provider.name();
        let expected = match provider.webhook_feature() {
            Some(feature) => format!(
                "{name}: this provider's webhooks aren't compiled in: \
                 enable the feature `{feature}` of the crate `livecut`"
            ),
            None => {
                format!("{name}: this provider documents no webhooks: follow the ticket instead")
            }
        };
        assert_eq!(refused(&[("LIVECUT_PROVIDER", name)]), expected);
        if let Some(feature) = provider.webhook_feature() {
            assert!(refused(&[]).contains(&format!("`{feature}`")));
        }
    }
    let receives = |provider: &livecut::Provider| provider.is_webhook_compiled_in();
    let how = match livecut::providers().iter().any(receives) {
        true => "no provider's webhooks are configured: set, for `",
        false => "no provider's webhooks are compiled in: enable a feature",
    };
    assert!(refused(&[]).starts_with(how), "{}", refused(&[]));
}

#[cfg(feature = "tpstreams-webhook")]
mod with_tpstreams {
    use livecut::webhook::{Delivery, WebhookError};

    use super::{receiver, refused};

    const SECRET: (&str, &str) = ("LIVECUT_TPSTREAMS_WEBHOOK_SECRET", "the-secret-token");

    #[test]
    fn its_secret_is_all_it_takes_and_arrives_at_the_adapter() {
        let receiver = receiver(&[SECRET]).unwrap();
        assert_eq!(receiver.provider(), "tpstreams");
        let verify = |token: &str| {
            let headers = [("x-streams-token", token.as_bytes())];
            receiver.verify_and_parse(&Delivery::new(headers, b"{}"))
        };
        assert!(verify(SECRET.1).is_ok());
        assert!(matches!(
            verify("another"),
            Err(WebhookError::Unauthenticated(_))
        ));
        assert!(!format!("{receiver:?}").contains(SECRET.1));
    }

    #[test]
    fn a_missing_secret_is_named_with_its_file() {
        assert_eq!(
            refused(&[("LIVECUT_PROVIDER", "tpstreams")]),
            "tpstreams: set LIVECUT_TPSTREAMS_WEBHOOK_SECRET \
             (or LIVECUT_TPSTREAMS_WEBHOOK_SECRET_FILE)"
        );
    }

    #[test]
    fn a_secret_with_a_line_break_is_refused_without_quoting_it() {
        assert_eq!(
            refused(&[(SECRET.0, "the-secret\ntoken")]),
            "tpstreams: LIVECUT_TPSTREAMS_WEBHOOK_SECRET: the webhook's secret can't be used: \
             it holds a line break"
        );
    }

    #[test]
    fn a_stopper_s_variables_configure_no_receiver() {
        let said = refused(&[
            ("LIVECUT_TPSTREAMS_ORGANIZATION_ID", "an-organization"),
            ("LIVECUT_TPSTREAMS_TOKEN", "an-api-token"),
        ]);
        assert!(
            said.starts_with("no provider's webhooks are configured"),
            "{said}"
        );
    }
}

#[cfg(feature = "gjirafa-webhook")]
mod with_gjirafa {
    use livecut::webhook::Delivery;

    use super::{receiver, refused};

    const PROVIDER: (&str, &str) = ("LIVECUT_PROVIDER", "gjirafa");
    const URL_SECRET: (&str, &str) = ("LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET", "in-the-url");
    const HEADER: (&str, &str) = ("LIVECUT_GJIRAFA_WEBHOOK_HEADER", "x-our-proxy");
    const HEADER_SECRET: (&str, &str) = ("LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET", "from-the-proxy");
    const FORGED: &str = "LIVECUT_GJIRAFA_WEBHOOK_ACCEPT_FORGED_EVENTS";

    fn bare() -> Delivery<'static> {
        Delivery::new([], b"{}")
    }

    #[test]
    fn nothing_is_accepted_until_a_way_to_verify_is_chosen() {
        let expected = "gjirafa: set LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET \
                        (or LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET_FILE), or \
                        LIVECUT_GJIRAFA_WEBHOOK_HEADER and \
                        LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET \
                        (or LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET_FILE), or \
                        LIVECUT_GJIRAFA_WEBHOOK_ACCEPT_FORGED_EVENTS=1";
        assert_eq!(refused(&[PROVIDER]), expected);
        assert_eq!(refused(&[PROVIDER, (FORGED, "0")]), expected);
    }

    #[test]
    fn a_secret_in_the_url_is_compared_with_the_url_s() {
        let receiver = receiver(&[URL_SECRET]).unwrap();
        let verify = |delivery| receiver.verify_and_parse(&delivery).is_ok();
        assert!(verify(bare().with_url_secret("in-the-url")));
        assert!(!verify(bare().with_url_secret("elsewhere")));
        assert!(!verify(bare()));
    }

    #[test]
    fn a_proxy_s_header_is_compared_with_the_secret() {
        let receiver = receiver(&[HEADER, HEADER_SECRET]).unwrap();
        let verify = |name, value| {
            let delivery = Delivery::new([(name, value)], b"{}");
            receiver.verify_and_parse(&delivery).is_ok()
        };
        assert!(verify("X-Our-Proxy", b"from-the-proxy".as_slice()));
        assert!(!verify("X-Our-Proxy", b"from-elsewhere"));
        assert!(!verify("X-Another", b"from-the-proxy"));
    }

    #[test]
    fn a_header_without_its_secret_is_half_a_way() {
        assert_eq!(
            refused(&[PROVIDER, HEADER]),
            "gjirafa: set LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET \
             (or LIVECUT_GJIRAFA_WEBHOOK_HEADER_SECRET_FILE)"
        );
    }

    #[test]
    fn forged_events_are_accepted_only_by_the_switch_that_says_so() {
        assert!(
            receiver(&[(FORGED, "1")])
                .unwrap()
                .verify_and_parse(&bare())
                .is_ok()
        );
        for neither in ["yes", "true", "2"] {
            let said = refused(&[PROVIDER, (FORGED, neither)]);
            assert!(
                said.ends_with("_ACCEPT_FORGED_EVENTS is neither 1 nor 0"),
                "{said}"
            );
        }
    }

    #[test]
    fn two_ways_to_verify_are_a_contradiction() {
        for variables in [
            &[URL_SECRET, (FORGED, "1")][..],
            &[URL_SECRET, HEADER],
            &[HEADER, HEADER_SECRET, (FORGED, "1")],
        ] {
            let said = refused(variables);
            assert!(
                said.starts_with("gjirafa: several of these are set, of which only one can be: "),
                "{said}"
            );
        }
    }
}

#[cfg(all(feature = "tpstreams-webhook", feature = "gjirafa-webhook"))]
mod with_several_providers {
    use super::{receiver, refused};

    const BOTH: [(&str, &str); 2] = [
        ("LIVECUT_TPSTREAMS_WEBHOOK_SECRET", "the-secret-token"),
        ("LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET", "in-the-url"),
    ];

    #[test]
    fn several_that_are_configured_are_listed_and_a_name_decides() {
        assert_eq!(
            refused(&BOTH),
            "several providers' webhooks are configured: \
             set LIVECUT_PROVIDER to `tpstreams` or `gjirafa`"
        );
        for name in ["tpstreams", "gjirafa"] {
            let named = [&BOTH[..], &[("LIVECUT_PROVIDER", name)]].concat();
            assert_eq!(receiver(&named).unwrap().provider(), name);
        }
    }

    #[test]
    fn the_one_that_is_configured_is_taken() {
        for (variable, name) in BOTH.iter().zip(["tpstreams", "gjirafa"]) {
            assert_eq!(receiver(&[*variable]).unwrap().provider(), name);
        }
    }

    #[test]
    fn an_empty_environment_is_answered_with_what_to_set_for_each() {
        let said = refused(&[]);
        assert!(
            said.starts_with(
                "no provider's webhooks are configured: set, for `tpstreams`, \
                 LIVECUT_TPSTREAMS_WEBHOOK_SECRET (or LIVECUT_TPSTREAMS_WEBHOOK_SECRET_FILE); \
                 for `gjirafa`, LIVECUT_GJIRAFA_WEBHOOK_URL_SECRET"
            ),
            "{said}"
        );
    }
}
