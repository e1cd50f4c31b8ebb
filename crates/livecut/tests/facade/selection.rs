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

fn compiled_in() -> impl Iterator<Item = &'static Provider> + Clone {
    livecut::providers().iter().filter(|p| p.is_compiled_in())
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
    let ways: Vec<_> = compiled_in().map(required).collect();
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
    for feature in missing_features() {
        let variable = format!("LIVECUT_{feature}_TOKEN").to_uppercase();
        assert_eq!(refused(&[(&variable, "hunter2")]), expected);
    }
}

#[cfg(feature = "http")]
mod with_each_provider {
    use std::path::PathBuf;

    use livecut::http::HttpOptions;
    use livecut::{EnvVar, LiveStreamStopper as _, Provider, StopRequest, StopperBuilder};

    use super::{build, compiled_in, listed, missing_features, refused, select};
    use crate::{stream, whole};

    /// The variable of its first secret.
    fn secret(provider: &Provider) -> &str {
        let secret = provider.variables().iter().find(|v| v.is_secret());
        secret.unwrap().name()
    }

    /// All that configures it, but for this variable.
    fn without<'a>(provider: &'a Provider, variable: &str) -> Vec<(&'a str, &'a str)> {
        let mut variables = whole(provider);
        variables.retain(|(name, _)| *name != variable);
        variables
    }

    fn without_secret(provider: &Provider) -> Vec<(&str, &str)> {
        without(provider, secret(provider))
    }

    fn required(provider: &Provider) -> impl Iterator<Item = &EnvVar> {
        provider.variables().iter().filter(|v| v.is_required())
    }

    #[test]
    fn it_is_selected_by_its_variables_alone_and_by_its_name() {
        for provider in compiled_in() {
            let values = whole(provider);
            assert_eq!(select(&values).unwrap(), provider.name());
            let named = StopperBuilder::new().with_provider(provider.name());
            let of_another = [&*values, &[("LIVECUT_PROVIDER", "youtube")]].concat();
            let stopper = build(named, &of_another).unwrap();
            assert_eq!(stopper.provider(), provider.name());
            // Every one of them arrives: with a value that can't be used, nothing is built.
            for at in 0..values.len() {
                let mut bad = values.clone();
                bad[at].1 = "\u{7}";
                assert!(select(&bad).is_err(), "{}", bad[at].0);
            }
        }
    }

    #[test]
    fn its_base_url_arrives_at_the_adapter() {
        for provider in compiled_in() {
            let stopper = build(StopperBuilder::new(), &whole(provider)).unwrap();
            let plan = stopper.plan(&StopRequest::new(stream("4711"))).unwrap();
            let url = plan.steps()[0].url();
            assert!(url.starts_with("http://127.0.0.1:1/video"), "{url}");
        }
    }

    #[test]
    fn missing_variables_are_named_all_at_once_and_a_secret_s_with_its_file() {
        for provider in compiled_in() {
            let name = provider.name();
            let named = ("LIVECUT_PROVIDER", name);
            let all: Vec<_> = required(provider).map(ToString::to_string).collect();
            let expected = format!("{name}: set {}", all.join(" and "));
            assert_eq!(refused(&[named]), expected);
            for missing in required(provider) {
                let mut variables = without(provider, missing.name());
                variables.push(named);
                let file = match missing.is_secret() {
                    true => format!(" (or {}_FILE)", missing.name()),
                    false => String::new(),
                };
                let expected = format!("{name}: set {}{file}", missing.name());
                assert_eq!(refused(&variables), expected);
                // One that is set to nothing isn't set.
                variables.push((missing.name(), ""));
                assert_eq!(refused(&variables), expected);
            }
        }
    }

    #[test]
    fn a_variable_that_is_set_to_nothing_is_not_set() {
        for provider in compiled_in() {
            let file = format!("{}_FILE", secret(provider));
            let mut variables = whole(provider);
            variables.extend([
                ("LIVECUT_PROVIDER", ""),
                (&file, ""),
                ("LIVECUT_ALLOW_HTTP", ""),
            ]);
            assert_eq!(select(&variables).unwrap(), provider.name());
        }
    }

    #[test]
    fn plain_http_takes_a_switch_or_the_program_s_options() {
        for provider in compiled_in() {
            let select_with = |switch, options: HttpOptions| {
                let mut variables = whole(provider);
                for (_, url) in variables.iter_mut().filter(|(v, _)| v.ends_with("_URL")) {
                    *url = "http://gateway.example";
                }
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
                    format!("{}: LIVECUT_ALLOW_HTTP is neither 1 nor 0", provider.name())
                );
            }
        }
    }

    /// Selects it with its secret in a file of these bytes.
    fn select_with_file(
        provider: &Provider,
        name: &str,
        bytes: &[u8],
    ) -> Result<&'static str, String> {
        let name = format!("{}-{name}", provider.name());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, bytes).unwrap();
        let file = format!("{}_FILE", secret(provider));
        let mut variables = without_secret(provider);
        variables.push((&file, path.to_str().unwrap()));
        let result = select(&variables);
        std::fs::remove_file(&path).unwrap();
        result.map_err(|error| format!("{error:?} {error}"))
    }

    #[test]
    fn a_secret_comes_from_a_file_without_one_line_break_at_its_end() {
        for provider in compiled_in() {
            for (name, bytes) in [("plain", "token"), ("lf", "token\n"), ("crlf", "token\r\n")] {
                let selected = select_with_file(provider, name, bytes.as_bytes());
                assert_eq!(selected.as_deref(), Ok(provider.name()), "{name}");
            }
            // A second one is part of the value, which can't stand in a header.
            assert!(select_with_file(provider, "two-lf", b"hunter2\n\n").is_err());
        }
    }

    #[test]
    fn a_file_that_holds_no_secret_is_refused_without_quoting_it() {
        for provider in compiled_in() {
            for (name, bytes, expected) in [
                ("empty", b"".as_slice(), "names is empty"),
                ("only-a-line-break", b"\n", "names is empty"),
                ("not-utf-8", b"hunter2\xff", "names isn't UTF-8"),
                ("huge", &b"hunter2 ".repeat(10_000), "larger than 64 KiB"),
            ] {
                let error = select_with_file(provider, name, bytes).unwrap_err();
                assert!(error.contains(&format!("{}_FILE", secret(provider))));
                assert!(error.contains(expected), "{error}");
                assert!(!error.contains("hunter2"), "{error}");
                // Its bytes, as an error of the decoder would show them.
                assert!(!error.contains("104, 117"), "{error}");
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error_that_does_not_quote_the_path() {
        let misplaced_secret = "hunter2";
        for provider in compiled_in() {
            let file = format!("{}_FILE", secret(provider));
            let variables = [without_secret(provider), vec![(&file, misplaced_secret)]].concat();
            let error = select(&variables).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "{}: the file that {file} names can't be read",
                    provider.name()
                )
            );
            let source = std::error::Error::source(&error).unwrap();
            assert!(source.downcast_ref::<std::io::Error>().is_some());
            assert!(!format!("{error:?} {source}").contains(misplaced_secret));
        }
    }

    #[test]
    fn a_secret_that_is_given_twice_is_an_error() {
        for provider in compiled_in() {
            let (name, secret) = (provider.name(), secret(provider));
            let file = format!("{secret}_FILE");
            let variables = [whole(provider), vec![(&file, "token.txt")]].concat();
            assert_eq!(
                refused(&variables),
                format!("{name}: {secret} and {file} are both set: unset one of them")
            );
        }
    }

    #[test]
    fn no_error_and_no_stopper_shows_a_secret() {
        for provider in compiled_in() {
            let with_secret = |value| {
                let mut variables = without_secret(provider);
                variables.push((secret(provider), value));
                variables
            };
            let stopper = build(StopperBuilder::new(), &with_secret("hunter2")).unwrap();
            assert!(!format!("{stopper:?}").contains("hunter2"));
            let mut bad_url = whole(provider);
            let mut urls = bad_url.iter_mut();
            let url = urls.find(|(variable, _)| variable.ends_with("_BASE_URL"));
            url.unwrap().1 = "https://user:hunter2@a.example";
            for bad in [with_secret("hunter2\r\nX: y"), bad_url] {
                let error = select(&bad).unwrap_err();
                assert!(!format!("{error:?} {error}").contains("hunter2"));
            }
        }
    }

    #[test]
    fn several_that_are_configured_are_listed_and_a_name_decides() {
        let names = compiled_in().map(Provider::name);
        let all: Vec<_> = compiled_in().flat_map(whole).collect();
        if compiled_in().count() > 1 {
            assert_eq!(
                refused(&all),
                format!(
                    "several providers are configured: set LIVECUT_PROVIDER to {}",
                    listed(names.clone(), "or")
                )
            );
        }
        for name in names {
            let named = [&*all, &[("LIVECUT_PROVIDER", name)]].concat();
            assert_eq!(select(&named).unwrap(), name);
        }
    }

    #[test]
    fn one_that_is_not_whole_or_not_compiled_in_does_not_stand_in_the_way_of_one_that_is_whole() {
        let of_missing = missing_features()
            .into_iter()
            .map(|name| name.replace('-', "_").to_uppercase());
        let of_missing: Vec<_> = of_missing
            .map(|name| format!("LIVECUT_{name}_TOKEN"))
            .collect();
        for provider in compiled_in() {
            let mut variables = whole(provider);
            variables.extend(of_missing.iter().map(|variable| (&**variable, "hunter2")));
            for other in compiled_in().filter(|other| other.name() != provider.name()) {
                let first = required(other).next().unwrap();
                variables.extend(without(other, first.name()));
            }
            assert_eq!(select(&variables).unwrap(), provider.name());
        }
    }

    #[test]
    fn what_is_set_already_is_not_asked_for_again() {
        for provider in compiled_in() {
            let first = required(provider).next().unwrap();
            if required(provider).count() > 1 {
                let asked_for = refused(&[(first.name(), "value")]);
                assert!(!asked_for.contains(&first.to_string()), "{asked_for}");
            }
        }
    }

    #[test]
    fn a_secret_s_file_counts_as_its_variable_when_choosing() {
        for provider in compiled_in() {
            let file = format!("{}_FILE", secret(provider));
            let variables = [without_secret(provider), vec![(&file, "no-such-file")]].concat();
            let expected = format!("{}: the file that", provider.name());
            assert!(refused(&variables).starts_with(&expected));
        }
    }
}
