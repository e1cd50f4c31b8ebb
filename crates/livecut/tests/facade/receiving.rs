//! How the receiver of webhooks is chosen, and every message on the way.

use std::collections::HashMap;

use livecut::webhook::{Delivery, ReceiverBuilder, WebhookReceiver};
use livecut::{EnvVar, Error, ErrorKind, Provider};

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

const SECRET: &str = "the-secret-token";

/// Sets all variables of a group.
fn set(group: &[EnvVar]) -> Vec<(&str, &str)> {
    let value = |variable: &EnvVar| match (variable.is_switch(), variable.is_secret()) {
        (true, _) => "1",
        (_, true) => SECRET,
        _ => "x-header",
    };
    group.iter().map(|one| (one.name(), value(one))).collect()
}

fn compiled_in() -> impl Iterator<Item = &'static Provider> + Clone {
    let all = livecut::providers().iter();
    all.filter(|provider| provider.is_webhook_compiled_in())
}

/// Every way to verify webhooks.
fn groups() -> impl Iterator<Item = (&'static str, &'static [EnvVar])> {
    compiled_in().flat_map(|provider| {
        let groups = provider.webhook_variables().iter();
        groups.map(|group| (provider.name(), &**group))
    })
}

/// The groups of this provider as a message has them.
fn ways(provider: &Provider) -> String {
    let of_each = provider.webhook_variables().iter().map(|group| {
        let names: Vec<_> = group.iter().map(ToString::to_string).collect();
        names.join(" and ")
    });
    of_each.collect::<Vec<_>>().join(", or ")
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
}

#[test]
fn nothing_is_accepted_until_a_way_to_verify_is_chosen() {
    let all = compiled_in().map(|one| format!("for `{}`, {}", one.name(), ways(one)));
    let how = match all.collect::<Vec<_>>().join("; ") {
        none if none.is_empty() => {
            "no provider's webhooks are compiled in: enable a feature".to_owned()
        }
        all => format!("no provider's webhooks are configured: set, {all}"),
    };
    assert!(refused(&[]).starts_with(&how), "{}", refused(&[]));
    for provider in compiled_in() {
        let named = ("LIVECUT_PROVIDER", provider.name());
        let expected = format!("{}: set {}", provider.name(), ways(provider));
        assert_eq!(refused(&[named]), expected);
        // A stopper's variables configure no receiver.
        let of_stopper: Vec<_> = provider
            .variables()
            .iter()
            .map(|v| (v.name(), SECRET))
            .collect();
        assert!(refused(&of_stopper).starts_with(&how));
    }
}

#[test]
fn each_way_is_all_it_takes_and_arrives_at_the_adapter() {
    for (name, group) in groups() {
        let receiver = receiver(&set(group)).unwrap();
        assert_eq!(receiver.provider(), name);
        assert!(!format!("{receiver:?}").contains(SECRET));
        // Without any proof, it takes a delivery only by the switch that says so.
        let taken = receiver.verify_and_parse(&Delivery::new([], b"{}"));
        let forged = group.iter().all(EnvVar::is_switch);
        assert_eq!(taken.is_ok(), forged, "{group:?}: {taken:?}");
    }
}

#[test]
fn half_a_way_is_answered_with_its_other_half() {
    for (name, group) in groups() {
        for (at, missing) in group.iter().enumerate() {
            let mut rest = set(group);
            rest.remove(at);
            if !rest.is_empty() {
                rest.push(("LIVECUT_PROVIDER", name));
                assert_eq!(refused(&rest), format!("{name}: set {missing}"));
            }
        }
    }
}

#[test]
fn a_secret_with_a_line_break_is_refused_without_quoting_it() {
    for (name, group) in groups() {
        for (at, variable) in group.iter().enumerate().filter(|(_, one)| one.is_secret()) {
            let mut bad = set(group);
            bad[at].1 = "the-secret\ntoken";
            assert_eq!(
                refused(&bad),
                format!(
                    "{name}: {}: the webhook's secret can't be used: it holds a line break",
                    variable.name()
                )
            );
        }
    }
}

#[test]
fn a_switch_is_1_or_0() {
    for (name, group) in groups() {
        for switch in group.iter().filter(|variable| variable.is_switch()) {
            let named = ("LIVECUT_PROVIDER", name);
            let off = refused(&[named, (switch.name(), "0")]);
            assert_eq!(off, refused(&[named]));
            for neither in ["yes", "true", "2"] {
                let said = refused(&[named, (switch.name(), neither)]);
                let expected = format!("{} is neither 1 nor 0", switch.name());
                assert!(said.ends_with(&expected), "{said}");
            }
        }
    }
}

#[test]
fn two_ways_to_verify_are_a_contradiction() {
    for provider in compiled_in() {
        for two in provider.webhook_variables().windows(2) {
            let [one, other] = [set(&two[0]), set(&two[1])];
            for variables in [[&*one, &other].concat(), [&one[..1], &other[..1]].concat()] {
                let said = refused(&variables);
                let expected = ": several of these are set, of which only one can be: ";
                let expected = format!("{}{expected}", provider.name());
                assert!(said.starts_with(&expected), "{said}");
            }
        }
    }
}

#[test]
fn several_that_are_configured_are_listed_and_a_name_decides() {
    let first = |provider: &'static Provider| set(&provider.webhook_variables()[0]);
    let all: Vec<_> = compiled_in().flat_map(first).collect();
    let names: Vec<_> = compiled_in()
        .map(|one| format!("`{}`", one.name()))
        .collect();
    if let [first @ .., last] = &*names
        && !first.is_empty()
    {
        let names = format!("{} or {last}", first.join(", "));
        let several = "several providers' webhooks are configured: set LIVECUT_PROVIDER to ";
        assert_eq!(refused(&all), format!("{several}{names}"));
    }
    for provider in compiled_in() {
        let named = [&*all, &[("LIVECUT_PROVIDER", provider.name())]].concat();
        assert_eq!(receiver(&named).unwrap().provider(), provider.name());
    }
}
