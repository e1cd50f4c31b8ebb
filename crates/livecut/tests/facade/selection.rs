//! How `from_lookup` chooses the provider, and every message on the way.

use std::collections::HashMap;

use livecut::{Error, ErrorKind, LiveStreamStopper, Provider, StopperBuilder};

/// What a lookup over these variables comes to: the provider's name.
fn select(variables: &[(&str, &str)]) -> Result<&'static str, Error> {
    build(StopperBuilder::new(), variables).map(|stopper| stopper.provider())
}

fn build(
    builder: StopperBuilder,
    variables: &[(&str, &str)],
) -> Result<std::sync::Arc<dyn LiveStreamStopper>, Error> {
    crate::install_cryptography();
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    builder.build_from_lookup(|name| variables.get(name).map(ToString::to_string))
}

/// The message of the refusal.
#[track_caller]
fn refused(variables: &[(&str, &str)]) -> String {
    let error = select(variables).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(error.effect().is_none());
    error.to_string()
}

/// "`a`, `b` or `c`".
fn listed(names: impl Iterator<Item = &'static str>, last: &str) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let (end, first) = names.split_last().unwrap();
    match first {
        [] => end.clone(),
        _ => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The features of the providers that aren't in this build.
fn missing_features() -> Vec<&'static str> {
    let missing = livecut::providers().iter().filter(|p| !p.is_compiled_in());
    missing.map(Provider::feature).collect()
}

#[test]
fn an_unknown_provider_is_answered_with_the_known_ones() {
    let known = listed(livecut::providers().iter().map(Provider::name), "and");
    let expected = format!("there is no provider `youtube`: livecut knows {known}");
    assert_eq!(refused(&[("LIVECUT_PROVIDER", "youtube")]), expected);
    let error = build(StopperBuilder::new().with_provider("youtube"), &[]).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert!(refused(&[("LIVECUT_PROVIDER", "\u{1b}[2J")]).contains("`\\u{1b}[2J`"));
}

#[test]
fn a_provider_that_is_not_compiled_in_is_answered_with_its_feature() {
    for feature in missing_features() {
        assert_eq!(
            refused(&[("LIVECUT_PROVIDER", feature)]),
            format!(
                "{feature}: this provider isn't compiled in: \
                 enable the feature `{feature}` of the crate `livecut`"
            )
        );
    }
}

#[test]
fn an_empty_environment_is_answered_with_what_to_set_and_which_features_to_enable() {
    let required = |provider: &Provider| {
        let required = provider.variables().iter().filter(|v| v.is_required());
        let required: Vec<_> = required.map(ToString::to_string).collect();
        format!("for `{}`, {}", provider.name(), required.join(" and "))
    };
    let built = livecut::providers().iter().filter(|p| p.is_compiled_in());
    let ways: Vec<_> = built.map(required).collect();
    let features = missing_features();
    let features = (!features.is_empty()).then(|| listed(features.into_iter(), "or"));
    let expected = match (ways.join("; "), features) {
        (ways, None) => format!("no provider is configured: set, {ways}"),
        (ways, Some(features)) if ways.is_empty() => format!(
            "no provider is compiled in: enable a feature of the crate `livecut`, {features}"
        ),
        (ways, Some(features)) => format!(
            "no provider is configured: set, {ways}; \
             for another, enable its feature of the crate `livecut`, {features}"
        ),
    };
    assert_eq!(refused(&[]), expected);
    // Nor does a build know the variables of a provider that it doesn't have.
    if missing_features().contains(&"gjirafa") {
        assert_eq!(
            refused(&[("LIVECUT_GJIRAFA_AUTHORIZATION", "hunter2")]),
            expected
        );
    }
}

#[cfg(feature = "http")]
#[test]
fn each_provider_is_selected_by_its_variables_alone_and_by_its_name() {
    for provider in livecut::providers().iter().filter(|p| p.is_compiled_in()) {
        let variables = provider.variables();
        let mut values: Vec<_> = variables
            .iter()
            .filter(|variable| variable.is_required())
            .map(|variable| (variable.name(), "value"))
            .collect();
        // Half of them is not enough, and what is missing is named.
        let (last, first) = values.split_last().unwrap();
        let missing = variables.iter().find(|v| v.name() == last.0).unwrap();
        let named = [first, &[("LIVECUT_PROVIDER", provider.name())]].concat();
        assert_eq!(
            refused(&named),
            format!("{}: set {missing}", provider.name())
        );
        // On loopback, as a stopper for anywhere else isn't built without a feature for TLS.
        let optional = variables.iter().filter(|v| !v.is_required());
        values.extend(optional.map(|variable| (variable.name(), "http://127.0.0.1:1")));
        assert_eq!(select(&values).unwrap(), provider.name());
        // Every one of them arrives: with a value that can't be used, nothing is built.
        for at in 0..values.len() {
            let mut bad = values.clone();
            bad[at].1 = "\u{7}";
            assert!(select(&bad).is_err(), "{}", bad[at].0);
        }
    }
}

#[cfg(all(feature = "tpstreams", not(feature = "gjirafa")))]
mod with_one_provider_compiled_in {
    use super::{TPSTREAMS, select};

    #[test]
    fn its_variables_are_all_it_takes() {
        assert_eq!(select(&TPSTREAMS).unwrap(), "tpstreams");
    }

    #[test]
    fn the_variables_of_one_that_is_not_compiled_in_do_not_disturb() {
        let mut both = TPSTREAMS.to_vec();
        both.extend([
            ("LIVECUT_GJIRAFA_PROJECT_ID", "project"),
            ("LIVECUT_GJIRAFA_AUTHORIZATION", "hunter2"),
        ]);
        assert_eq!(select(&both).unwrap(), "tpstreams");
    }
}

/// On loopback, as a stopper for anywhere else isn't built without a feature for TLS.
#[cfg(feature = "tpstreams")]
const TPSTREAMS: [(&str, &str); 3] = [
    ("LIVECUT_TPSTREAMS_ORGANIZATION_ID", "4xu8ay"),
    ("LIVECUT_TPSTREAMS_TOKEN", "hunter2"),
    ("LIVECUT_TPSTREAMS_BASE_URL", "http://127.0.0.1:1/video"),
];

#[cfg(feature = "gjirafa")]
const GJIRAFA: [(&str, &str); 3] = [
    ("LIVECUT_GJIRAFA_PROJECT_ID", "project"),
    ("LIVECUT_GJIRAFA_AUTHORIZATION", "hunter2"),
    ("LIVECUT_GJIRAFA_BASE_URL", "http://127.0.0.1:1/live"),
];

#[cfg(feature = "tpstreams")]
mod with_tpstreams {
    use std::path::PathBuf;

    use livecut::http::HttpOptions;
    use livecut::{LiveStreamStopper as _, StopperBuilder};

    use super::{TPSTREAMS, build, refused, select};
    use crate::request;

    const ORGANIZATION: (&str, &str) = TPSTREAMS[0];
    const BASE_URL: (&str, &str) = TPSTREAMS[2];

    /// Selects TPStreams with its token in a file of these bytes.
    fn select_with_token_file(name: &str, bytes: &[u8]) -> Result<&'static str, String> {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, bytes).unwrap();
        let result = select(&[
            ORGANIZATION,
            BASE_URL,
            ("LIVECUT_TPSTREAMS_TOKEN_FILE", path.to_str().unwrap()),
        ]);
        std::fs::remove_file(&path).unwrap();
        result.map_err(|error| format!("{error:?} {error}"))
    }

    #[test]
    fn missing_variables_are_named_all_at_once() {
        assert_eq!(
            refused(&[("LIVECUT_PROVIDER", "tpstreams")]),
            "tpstreams: set LIVECUT_TPSTREAMS_ORGANIZATION_ID and LIVECUT_TPSTREAMS_TOKEN \
             (or LIVECUT_TPSTREAMS_TOKEN_FILE)"
        );
        assert_eq!(
            refused(&[("LIVECUT_PROVIDER", "tpstreams"), ORGANIZATION]),
            "tpstreams: set LIVECUT_TPSTREAMS_TOKEN (or LIVECUT_TPSTREAMS_TOKEN_FILE)"
        );
    }

    #[test]
    fn a_variable_that_is_set_to_nothing_is_not_set() {
        assert_eq!(
            refused(&[
                ("LIVECUT_PROVIDER", "tpstreams"),
                ORGANIZATION,
                ("LIVECUT_TPSTREAMS_TOKEN", "")
            ]),
            "tpstreams: set LIVECUT_TPSTREAMS_TOKEN (or LIVECUT_TPSTREAMS_TOKEN_FILE)"
        );
        let mut variables = TPSTREAMS.to_vec();
        variables.extend([
            ("LIVECUT_PROVIDER", ""),
            ("LIVECUT_TPSTREAMS_TOKEN_FILE", ""),
            ("LIVECUT_ALLOW_HTTP", ""),
        ]);
        assert_eq!(select(&variables).unwrap(), "tpstreams");
    }

    #[test]
    fn the_program_s_choice_wins_over_the_environment_s() {
        let mut variables = TPSTREAMS.to_vec();
        variables.push(("LIVECUT_PROVIDER", "youtube"));
        let builder = StopperBuilder::new().with_provider("tpstreams");
        assert_eq!(build(builder, &variables).unwrap().provider(), "tpstreams");
    }

    #[test]
    fn the_settings_arrive_at_the_adapter() {
        let stopper = build(StopperBuilder::new(), &TPSTREAMS).unwrap();
        let plan = stopper.plan(&request()).unwrap();
        let url = plan.steps()[0].url();
        assert!(url.starts_with("http://127.0.0.1:1/video/"), "{url}");
        assert!(url.contains("/4xu8ay/"), "{url}");
    }

    #[test]
    fn plain_http_takes_a_switch_or_the_program_s_options() {
        let select_with = |switch, options: HttpOptions| {
            let mut variables = TPSTREAMS.to_vec();
            variables.push(("LIVECUT_TPSTREAMS_BASE_URL", "http://gateway.example"));
            variables.push(("LIVECUT_ALLOW_HTTP", switch));
            build(StopperBuilder::new().with_http(options), &variables)
        };
        assert!(select_with("1", HttpOptions::new()).is_ok());
        assert!(select_with("0", HttpOptions::new().with_allow_http(true)).is_ok());
        for off in ["0", ""] {
            assert!(select_with(off, HttpOptions::new()).is_err(), "{off}");
        }
        for neither in ["true", "yes", " 1", "2"] {
            let error = select_with(neither, HttpOptions::new()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "tpstreams: LIVECUT_ALLOW_HTTP is neither 1 nor 0"
            );
        }
    }

    #[test]
    fn a_secret_comes_from_a_file_without_one_line_break_at_its_end() {
        for (name, bytes) in [("plain", "token"), ("lf", "token\n"), ("crlf", "token\r\n")] {
            let selected = select_with_token_file(name, bytes.as_bytes());
            assert_eq!(selected.as_deref(), Ok("tpstreams"), "{name}");
        }
        // A second one is part of the value, which can't stand in a header.
        assert!(select_with_token_file("two-lf", b"hunter2\n\n").is_err());
    }

    #[test]
    fn a_file_that_holds_no_secret_is_refused_without_quoting_it() {
        for (name, bytes, expected) in [
            ("empty", b"".as_slice(), "names is empty"),
            ("only-a-line-break", b"\n", "names is empty"),
            ("not-utf-8", b"hunter2\xff", "names isn't UTF-8"),
            ("huge", &b"hunter2 ".repeat(10_000), "larger than 64 KiB"),
        ] {
            let error = select_with_token_file(name, bytes).unwrap_err();
            assert!(error.contains("LIVECUT_TPSTREAMS_TOKEN_FILE"), "{error}");
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
            // Its bytes, as an error of the decoder would show them.
            assert!(!error.contains("104, 117"), "{error}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error_that_does_not_quote_the_path() {
        let misplaced_secret = "hunter2";
        let error = select(&[
            ORGANIZATION,
            ("LIVECUT_TPSTREAMS_TOKEN_FILE", misplaced_secret),
        ])
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "tpstreams: the file that LIVECUT_TPSTREAMS_TOKEN_FILE names can't be read"
        );
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.downcast_ref::<std::io::Error>().is_some());
        assert!(!format!("{error:?} {source}").contains(misplaced_secret));
    }

    #[test]
    fn a_secret_that_is_given_twice_is_an_error() {
        let mut variables = TPSTREAMS.to_vec();
        variables.push(("LIVECUT_TPSTREAMS_TOKEN_FILE", "token.txt"));
        assert_eq!(
            refused(&variables),
            "tpstreams: LIVECUT_TPSTREAMS_TOKEN and LIVECUT_TPSTREAMS_TOKEN_FILE are both set: \
             unset one of them"
        );
    }

    #[test]
    fn no_error_and_no_stopper_shows_the_secret() {
        let stopper = build(StopperBuilder::new(), &TPSTREAMS).unwrap();
        assert!(!format!("{stopper:?}").contains("hunter2"));
        let bad_token = [
            ORGANIZATION,
            BASE_URL,
            ("LIVECUT_TPSTREAMS_TOKEN", "hunter2\r\nX: y"),
        ];
        let error = select(&bad_token).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        let bad_url = [
            TPSTREAMS[0],
            TPSTREAMS[1],
            (
                "LIVECUT_TPSTREAMS_BASE_URL",
                "https://user:hunter2@a.example",
            ),
        ];
        let error = select(&bad_url).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}

#[cfg(feature = "gjirafa")]
mod with_gjirafa {
    use livecut::{LiveStreamStopper as _, StopperBuilder};

    use super::{GJIRAFA, build};
    use crate::request;

    #[test]
    fn the_settings_arrive_at_the_adapter() {
        let stopper = build(StopperBuilder::new(), &GJIRAFA).unwrap();
        let plan = stopper.plan(&request()).unwrap();
        let url = plan.steps()[0].url();
        assert!(url.starts_with("http://127.0.0.1:1/live/"), "{url}");
        assert!(url.contains("/project/"), "{url}");

        // The second host shows in no plan: that it is checked shows that it arrived.
        let mut variables = GJIRAFA.to_vec();
        variables.push(("LIVECUT_GJIRAFA_VIDEO_BASE_URL", "not a URL"));
        assert!(build(StopperBuilder::new(), &variables).is_err());
    }
}

#[cfg(feature = "all-providers")]
mod with_several_providers {
    use super::{GJIRAFA, TPSTREAMS, refused, select};

    #[test]
    fn several_that_are_configured_are_listed() {
        let both = [TPSTREAMS, GJIRAFA].concat();
        assert_eq!(
            refused(&both),
            "several providers are configured: set LIVECUT_PROVIDER to `tpstreams` or `gjirafa`"
        );
        for name in ["tpstreams", "gjirafa"] {
            let mut named = both.clone();
            named.push(("LIVECUT_PROVIDER", name));
            assert_eq!(select(&named).unwrap(), name);
        }
    }

    #[test]
    fn one_that_is_half_configured_does_not_stand_in_the_way_of_one_that_is_whole() {
        let variables = [&TPSTREAMS, &GJIRAFA[..1]].concat();
        assert_eq!(select(&variables).unwrap(), "tpstreams");
    }

    #[test]
    fn what_is_set_already_is_not_asked_for_again() {
        assert!(!refused(&[GJIRAFA[0]]).contains("LIVECUT_GJIRAFA_PROJECT_ID"));
    }

    #[test]
    fn a_secret_s_file_counts_as_its_variable_when_choosing() {
        let error = refused(&[
            TPSTREAMS[0],
            ("LIVECUT_TPSTREAMS_TOKEN_FILE", "no-such-file"),
        ]);
        assert!(error.starts_with("tpstreams: the file that"), "{error}");
    }
}
