//! What the crate `livecut` promises of its features: one per provider, none on by default, none
//! forgotten.

use std::collections::BTreeSet;

use crate::repository::{Package, members};

#[test]
fn every_provider_is_an_optional_dependency_with_a_feature_of_its_name() {
    let facade = facade();
    for (provider, package) in providers() {
        let optional = facade
            .dependencies
            .iter()
            .any(|dependency| dependency.name == package && dependency.optional);
        assert!(optional, "livecut has no optional dependency {package}");
        let on = turned_on_by(provider);
        assert!(
            on.contains(&format!("dep:{package}")) && on.contains("http"),
            "{provider} turns on {on:?}"
        );
    }
}

#[test]
fn every_provider_s_webhooks_have_a_feature_which_the_provider_s_includes() {
    for (provider, package) in providers() {
        // Not every provider documents webhooks.
        if !receives(package) {
            continue;
        }
        let webhook = format!("{provider}-webhook");
        assert_eq!(
            turned_on_by(&webhook),
            BTreeSet::from([webhook.clone(), format!("dep:{package}")])
        );
        assert!(
            turned_on_by(provider).contains(&webhook),
            "{provider} leaves out {webhook}"
        );
    }
}

#[test]
fn all_providers_turns_on_every_provider() {
    let on = turned_on_by("all-providers");
    for (provider, _) in providers() {
        assert!(on.contains(provider), "all-providers leaves out {provider}");
    }
}

#[test]
fn no_provider_is_on_by_default() {
    let on = turned_on_by("default");
    for (provider, package) in providers() {
        assert!(
            !on.contains(provider) && !on.contains(&format!("dep:{package}")),
            "default turns on {provider}"
        );
    }
}

/// Each provider's name, which is its folder's, and its crate's.
fn providers() -> Vec<(&'static str, &'static str)> {
    let providers: Vec<_> = members()
        .iter()
        .filter_map(|package| {
            Some((
                package.place().strip_prefix("crates/providers/")?,
                package.name.as_str(),
            ))
        })
        .collect();
    assert!(
        !providers.is_empty(),
        "the workspace has no provider in crates/providers"
    );
    providers
}

/// Whether an adapter has a receiver of webhooks.
pub(crate) fn receives(package: &str) -> bool {
    let mut packages = members().iter();
    let package = packages.find(|member| member.name == package);
    package.is_some_and(|package| package.folder().join("src/webhook.rs").exists())
}

fn facade() -> &'static Package {
    members()
        .iter()
        .find(|package| package.name == "livecut")
        .expect("the workspace has the crate livecut")
}

/// The features that `feature` leads to, itself among them.
fn turned_on_by(feature: &str) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    let mut open = vec![feature.to_owned()];
    while let Some(feature) = open.pop() {
        if on.insert(feature.clone()) {
            open.extend(
                facade()
                    .features
                    .get(&feature)
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
    }
    on
}
