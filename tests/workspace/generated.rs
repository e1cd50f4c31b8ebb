//! What follows from the facade's lines of providers, and from what the adapters say of themselves: features,
//! dependencies, tables of variables and of providers. It stands between `<name>` and `</name>`, each in a comment.
//! With `LIVECUT_UPDATE_DOCS=1` it is written anew; otherwise it is compared.

use std::collections::BTreeSet;
use std::{env, fs};

use livecut::{Capabilities, EnvVar, Timeline, TimelineSupport};

use crate::examples;
use crate::repository::{Package, members, root};

const UPDATE: &str = "LIVECUT_UPDATE_DOCS";

/// A provider, as its line in the facade and its adapter's manifest have it, and what this build knows of it.
struct ListedProvider {
    name: String,
    has_webhooks: bool,
    /// What people call it, and what the adapter does there.
    title: String,
    does: String,
    built: &'static livecut::Provider,
}

impl ListedProvider {
    fn capabilities(&self) -> Capabilities {
        self.built
            .capabilities()
            .expect("it was asked whether all are compiled in")
    }
}

/// A part of a file that is made of the providers.
struct Part {
    file: &'static str,
    name: &'static str,
    /// What each line begins with.
    prefix: &'static str,
    lines: fn(&[ListedProvider]) -> Vec<String>,
}

/// What has to be there before an adapter can be compiled in: it follows from the lines alone.
const MANIFESTS: [Part; 9] = [
    Part {
        file: "crates/sim/src/providers.rs",
        name: "providers",
        prefix: "",
        lines: simulated,
    },
    Part {
        file: "crates/livecut/Cargo.toml",
        name: "features",
        prefix: "",
        lines: facade_features,
    },
    Part {
        file: "crates/livecut/Cargo.toml",
        name: "adapters",
        prefix: "",
        lines: facade_dependencies,
    },
    Part {
        file: "crates/livecut/Cargo.toml",
        name: "used",
        prefix: "",
        lines: used_where_it_is_not_seen,
    },
    Part {
        file: "crates/cli/Cargo.toml",
        name: "features",
        prefix: "",
        lines: program_features,
    },
    Part {
        file: "tests/Cargo.toml",
        name: "adapters",
        prefix: "",
        lines: dependencies_of_tests,
    },
    Part {
        file: "tests/Cargo.toml",
        name: "used",
        prefix: "",
        lines: used_where_it_is_not_seen,
    },
    Part {
        file: "tests/oracles/main.rs",
        name: "oracles",
        prefix: "",
        lines: oracles,
    },
    Part {
        file: "tests/src/kits.rs",
        name: "kits",
        prefix: "",
        lines: kits,
    },
];

/// What the adapters say of themselves, and what the documents look like.
const PAGES: [Part; 13] = [
    Part {
        file: "crates/sim/tests/sim/main.rs",
        name: "providers",
        prefix: "",
        lines: tests_of_the_simulator,
    },
    Part {
        file: "README.md",
        name: "providers",
        prefix: "",
        lines: table_of_providers,
    },
    Part {
        file: "crates/cli/README.md",
        name: "variables",
        prefix: "",
        lines: table_of_the_program,
    },
    Part {
        file: "crates/livecut/src/lib.rs",
        name: "features",
        prefix: "//! ",
        lines: table_of_features,
    },
    Part {
        file: "crates/livecut/src/lib.rs",
        name: "variables",
        prefix: "//! ",
        lines: table_of_variables,
    },
    Part {
        file: "crates/livecut/src/webhook.rs",
        name: "variables",
        prefix: "//! ",
        lines: table_of_proofs,
    },
    Part {
        file: "docs/json.md",
        name: "outcome",
        prefix: "",
        lines: |_| examples::outcome(),
    },
    Part {
        file: "docs/json.md",
        name: "plan",
        prefix: "",
        lines: |_| examples::plan(),
    },
    Part {
        file: "docs/json.md",
        name: "status",
        prefix: "",
        lines: |_| examples::status(),
    },
    Part {
        file: "docs/json.md",
        name: "progress",
        prefix: "",
        lines: |_| examples::progress(),
    },
    Part {
        file: "docs/json.md",
        name: "error",
        prefix: "",
        lines: |_| examples::error(),
    },
    Part {
        file: "docs/json.md",
        name: "request",
        prefix: "",
        lines: |_| examples::request(),
    },
    Part {
        file: "docs/json.md",
        name: "record",
        prefix: "",
        lines: |_| examples::record(),
    },
];

#[test]
fn what_follows_from_the_providers_is_written_where_it_belongs() {
    let providers = providers();
    let stale = MANIFESTS.iter().filter(|part| !part.is_right(&providers));
    let mut stale: Vec<_> = stale.collect();
    let missing = providers.iter().find(|one| !one.built.is_compiled_in());
    if let Some(missing) = missing {
        panic!(
            "{} isn't in this build: run this with {UPDATE}=1, and then once more",
            missing.name
        );
    }
    stale.extend(PAGES.iter().filter(|part| !part.is_right(&providers)));
    let stale: Vec<_> = stale.iter().map(|part| (part.file, part.name)).collect();
    assert!(
        stale.is_empty(),
        "these parts aren't what follows from the providers: set {UPDATE}=1, run this test again, and look at \
         the difference: {stale:?}"
    );
}

/// The file and the name of each part.
pub(crate) fn parts() -> impl Iterator<Item = (&'static str, &'static str)> {
    MANIFESTS
        .iter()
        .chain(&PAGES)
        .map(|part| (part.file, part.name))
}

impl Part {
    /// Whether the file has it, which it has in any case after an update.
    fn is_right(&self, providers: &[ListedProvider]) -> bool {
        let path = root().join(self.file);
        let old = fs::read_to_string(&path).expect("it is in the repository");
        let lines = (self.lines)(providers);
        let lines = lines.iter().map(|line| format!("{}{line}", self.prefix));
        let new = with_part(
            &old,
            self.name,
            lines.map(|line| line.trim_end().to_owned()),
        );
        if old != new && env::var_os(UPDATE).is_some() {
            fs::write(&path, &new).expect("the repository can be written");
            return true;
        }
        old == new
    }
}

/// The text with these lines between the line that has `<name>` and the next that has `</name>`.
fn with_part(text: &str, name: &str, part: impl Iterator<Item = String>) -> String {
    let [begin, end] = [format!("<{name}>"), format!("</{name}>")];
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let at = |mark: &str| {
        let found = lines.iter().position(|line| line.contains(mark));
        found.unwrap_or_else(|| panic!("no line has the mark {mark}"))
    };
    let (begin, end) = (at(&begin), at(&end));
    let before = lines.get(..=begin).into_iter().flatten().cloned();
    let after = lines.get(end..).into_iter().flatten().cloned();
    let whole: Vec<_> = before.chain(part).chain(after).collect();
    whole.join("\n") + "\n"
}

#[test]
fn a_part_is_replaced_and_nothing_else() {
    let text = "a\n# <x>\nold\nold\n# </x>\nb\n";
    let new = with_part(text, "x", ["new".to_owned()].into_iter());
    assert_eq!(new, "a\n# <x>\nnew\n# </x>\nb\n");
    assert_eq!(with_part(&new, "x", ["new".to_owned()].into_iter()), new);
}

#[test]
fn every_adapter_has_its_line_in_the_facade_and_says_there_whether_it_has_webhooks() {
    let lines: BTreeSet<_> = lines().into_iter().collect();
    let folders =
        fs::read_dir(root().join("crates/providers")).expect("the adapters have a folder");
    let folders = folders.map(|entry| entry.expect("it can be read").path());
    let adapters = folders.filter(|folder| folder.join("Cargo.toml").exists());
    let named = adapters.map(|folder| {
        let name = folder.file_name().expect("a folder has a name");
        let has_webhooks = folder.join("src/webhook.rs").exists();
        (name.to_string_lossy().into_owned(), has_webhooks)
    });
    assert_eq!(lines, named.collect());
}

/// Whether an adapter's crate has a receiver of webhooks.
pub(crate) fn has_webhooks(adapter: &Package) -> bool {
    adapter.folder().join("src/webhook.rs").exists()
}

/// Of each line in the facade, in their order: the provider's name, and whether it has webhooks.
fn lines() -> Vec<(String, bool)> {
    let path = root().join("crates/livecut/src/providers.rs");
    let source = fs::read_to_string(path).expect("the facade has its table");
    let table = source.lines().skip_while(|line| *line != "providers! {");
    let lines: Vec<_> = table
        .skip(1)
        .take_while(|line| *line != "}")
        .map(|line| {
            let mut quoted = line.split('"').skip(1);
            let name = quoted
                .next()
                .expect("a line has a feature, which is the name");
            (name.to_owned(), line.contains(", webhooks if "))
        })
        .collect();
    assert!(!lines.is_empty(), "the facade has no provider");
    lines
}

fn providers() -> Vec<ListedProvider> {
    let provider = |(name, has_webhooks): (String, bool)| {
        // Not by cargo: a new adapter becomes a member by the dependency that is written here.
        let manifest = root().join(format!("crates/providers/{name}/Cargo.toml"));
        let manifest = fs::read_to_string(&manifest)
            .unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
        let description = manifest.lines().find_map(|line| {
            let text = line.strip_prefix("description = \"")?;
            text.strip_suffix('"')
        });
        let description = description.unwrap_or_default();
        let (title, does) = description
            .strip_prefix("livecut adapter for ")
            .and_then(|said| said.split_once(": "))
            .unwrap_or_else(|| {
                panic!("{name}: its description isn't `livecut adapter for TITLE: what it does`")
            });
        let built = livecut::providers().iter().find(|one| one.name() == name);
        ListedProvider {
            has_webhooks,
            title: title.to_owned(),
            does: does.to_owned(),
            built: built.unwrap_or_else(|| panic!("this build has no line for {name}")),
            name,
        }
    };
    lines().into_iter().map(provider).collect()
}

fn facade_features(providers: &[ListedProvider]) -> Vec<String> {
    let mut lines = vec![all_providers(providers)];
    for ListedProvider { name, .. } in providers.iter().filter(|one| one.has_webhooks) {
        lines.push(format!(
            r#"{name} = ["http", "{name}-webhook", "livecut-{name}/client"]"#
        ));
        lines.push(format!(r#"{name}-webhook = ["dep:livecut-{name}"]"#));
    }
    for ListedProvider { name, .. } in providers.iter().filter(|one| !one.has_webhooks) {
        lines.push(format!(r#"{name} = ["http", "dep:livecut-{name}"]"#));
    }
    lines
}

fn program_features(providers: &[ListedProvider]) -> Vec<String> {
    let feature = |one: &ListedProvider| format!(r#"{0} = ["livecut/{0}"]"#, one.name);
    let mut lines = vec![all_providers(providers)];
    lines.extend(providers.iter().map(feature));
    lines
}

fn all_providers(providers: &[ListedProvider]) -> String {
    let names: Vec<_> = providers
        .iter()
        .map(|p| format!(r#""{}""#, p.name))
        .collect();
    format!("all-providers = [{}]", names.join(", "))
}

fn facade_dependencies(providers: &[ListedProvider]) -> Vec<String> {
    let version = &members().first().expect("the workspace has crates").version;
    let dependency = |one: &ListedProvider| {
        format!(
            r#"livecut-{0} = {{ path = "../providers/{0}", version = "{version}", default-features = false, optional = true }}"#,
            one.name
        )
    };
    providers.iter().map(dependency).collect()
}

/// What a search of the source for `livecut_NAME::` doesn't find.
fn used_where_it_is_not_seen(providers: &[ListedProvider]) -> Vec<String> {
    let names = providers
        .iter()
        .map(|one| format!(r#""livecut-{}""#, one.name));
    vec![format!(
        "ignored = [{}]",
        names.collect::<Vec<_>>().join(", ")
    )]
}

fn dependencies_of_tests(providers: &[ListedProvider]) -> Vec<String> {
    let version = &members().first().expect("the workspace has crates").version;
    let dependency = |one: &ListedProvider| {
        let client = if one.has_webhooks {
            r#""client", "#
        } else {
            ""
        };
        format!(
            r#"livecut-{0} = {{ path = "../crates/providers/{0}", version = "{version}", default-features = false, features = [{client}"http2", "rustls"] }}"#,
            one.name
        )
    };
    providers.iter().map(dependency).collect()
}

fn names_of<'a>(providers: impl Iterator<Item = &'a ListedProvider>) -> Vec<&'a str> {
    providers.map(|one| &*one.name).collect()
}

/// A module a provider, from the file in a folder of its own.
fn modules(mut names: Vec<&str>, path: impl Fn(&str) -> String) -> Vec<String> {
    // As rustfmt has modules.
    names.sort_unstable();
    let module = |name: &str| {
        [
            format!("#[path = \"{}\"]", path(name)),
            format!("mod {};", module(name)),
        ]
    };
    names.into_iter().flat_map(module).collect()
}

/// Of those that have a folder in the simulator.
fn simulated(providers: &[ListedProvider]) -> Vec<String> {
    let folder = |name: &str| root().join(format!("crates/sim/src/providers/{name}"));
    let names = providers.iter().map(|one| module(&one.name));
    let names: Vec<_> = names.filter(|name| folder(name).exists()).collect();
    let mut sorted = names.clone();
    // As rustfmt has modules.
    sorted.sort_unstable();
    let globs: Vec<_> = sorted.iter().map(|name| format!("{name}::*")).collect();
    let mut lines: Vec<_> = sorted
        .iter()
        .map(|name| format!("pub(crate) mod {name};"))
        .collect();
    lines.extend([
        String::new(),
        "#[rustfmt::skip]".to_owned(),
        format!("pub use self::{{{}}};", globs.join(", ")),
        String::new(),
        "/// Hands the list to another macro.".to_owned(),
        "macro_rules! providers {".to_owned(),
        "    ($make:ident) => {".to_owned(),
        format!("        $make! {{ {} }}", names.join(", ")),
        "    };".to_owned(),
        "}".to_owned(),
    ]);
    lines
}

/// A provider's name as Rust has it.
fn module(name: &str) -> String {
    name.replace('-', "_")
}

/// The tests of each simulated provider, and what the tests of all take from those of one call.
fn tests_of_the_simulator(providers: &[ListedProvider]) -> Vec<String> {
    let mut lines = modules(names_of(providers.iter()), |name| {
        format!("../../src/providers/{}/tests/mod.rs", module(name))
    });
    let single = providers
        .iter()
        .filter(|one| one.capabilities().single_call());
    let single = single.map(|one| {
        let name = &one.name;
        format!("    (\"{name}\", {}::stop_and_cut),", module(name))
    });
    lines.extend([
        String::new(),
        "#[rustfmt::skip]".to_owned(),
        "const SINGLE_CALLS: &[(&str, StopAndCut)] = &[".to_owned(),
    ]);
    lines.extend(single);
    lines.push("];".to_owned());
    lines
}

/// Of those that publish a document or an SDK.
fn oracles(providers: &[ListedProvider]) -> Vec<String> {
    let path = |name: &str| format!("../crates/providers/{name}/oracles/mod.rs");
    let has_oracles = |one: &&ListedProvider| root().join("tests").join(path(&one.name)).exists();
    modules(names_of(providers.iter().filter(has_oracles)), |name| {
        format!("../{}", path(name))
    })
}

fn kits(providers: &[ListedProvider]) -> Vec<String> {
    let list: Vec<_> = providers
        .iter()
        .map(|one| format!("{}::KIT", module(&one.name)))
        .collect();
    let mut lines = modules(names_of(providers.iter()), |name| {
        format!("../../crates/providers/{name}/kit.rs")
    });
    lines.extend([
        String::new(),
        "/// Every adapter's.".to_owned(),
        "#[rustfmt::skip]".to_owned(),
        format!("pub static KITS: &[Kit] = &[{}];", list.join(", ")),
    ]);
    lines
}

/// A Markdown table, with an empty line at either end, so that it ends where it should.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<_> = head.iter().map(ToString::to_string).collect();
    let rule = vec!["---".to_owned(); head.len()];
    let mut lines = vec![String::new(), row(&head), row(&rule)];
    lines.extend(rows.map(|cells| row(&cells)));
    lines.push(String::new());
    lines
}

fn table_of_providers(providers: &[ListedProvider]) -> Vec<String> {
    let head = [
        "provider",
        "feature",
        "what a stop with a cut does",
        "cut by offset",
        "cut by wall clock",
        "granularity",
        "visibility",
        "stop and cut",
        "shows that the cut is made",
        "webhooks",
    ];
    let row = |one: &ListedProvider| {
        let can = one.capabilities();
        let name = &one.name;
        vec![
            format!("[{}](crates/providers/{name}/README.md)", one.title),
            format!("`{name}`"),
            one.does.clone(),
            support(can.timeline(Timeline::Offset)),
            support(can.timeline(Timeline::WallClock)),
            format!("{:?}", can.granularity()),
            visibility(&can),
            if can.single_call() {
                "one call"
            } else {
                "several calls"
            }
            .to_owned(),
            if can.reports_duration() {
                "by the duration"
            } else {
                "no"
            }
            .to_owned(),
            if one.has_webhooks { "yes" } else { "no" }.to_owned(),
        ]
    };
    table(&head, providers.iter().map(row))
}

fn support(support: Option<TimelineSupport>) -> String {
    match support {
        None => "no",
        Some(TimelineSupport::Native) => "yes",
        Some(TimelineSupport::WithAnchor) => "with an anchor",
        Some(TimelineSupport::ReadAnchor) => "yes, the anchor is read",
        Some(_) => panic!("there is a new way to support a timeline"),
    }
    .to_owned()
}

fn visibility(can: &Capabilities) -> String {
    let mut named: Vec<_> = can.visibilities().iter().map(ToString::to_string).collect();
    if can.supports_other_visibility() {
        named.push("the provider's own".to_owned());
    }
    match (named.is_empty(), can.visibility_of_cuts_only()) {
        (true, _) => "no".to_owned(),
        (false, true) => format!("{}; of a cut", named.join(", ")),
        (false, false) => named.join(", "),
    }
}

fn table_of_features(providers: &[ListedProvider]) -> Vec<String> {
    let row = |one: &ListedProvider| {
        let webhooks = match one.built.webhook_feature() {
            Some(feature) => format!("`{feature}`"),
            None => "it documents none".to_owned(),
        };
        vec![format!("`{}`", one.name), one.title.clone(), webhooks]
    };
    let head = ["feature", "provider", "its webhooks alone"];
    table(&head, providers.iter().map(row))
}

fn table_of_variables(providers: &[ListedProvider]) -> Vec<String> {
    let rows = providers.iter().flat_map(|one| {
        let row = |variable: &EnvVar| {
            let need = match (variable.is_secret(), variable.is_required()) {
                (true, true) => "required, secret: ",
                (true, false) => "secret: ",
                (false, true) => "required: ",
                (false, false) => "",
            };
            vec![
                format!("`{}`", variable.name()),
                format!("`{}`", one.name),
                format!("{need}{}", variable.description()),
            ]
        };
        one.built.variables().iter().map(row)
    });
    table(&["variable", "for", ""], rows)
}

fn table_of_proofs(providers: &[ListedProvider]) -> Vec<String> {
    let rows = providers.iter().flat_map(|one| {
        let row = |group: &'static Vec<EnvVar>| {
            let said = group.iter().map(|variable| {
                let secret = if variable.is_secret() { "secret: " } else { "" };
                format!("{secret}{}", variable.description())
            });
            vec![
                format!("`{}`", one.name),
                names(group.iter(), ", "),
                said.collect::<Vec<_>>().join("; "),
            ]
        };
        one.built.webhook_variables().iter().map(row)
    });
    table(&["for", "to set", ""], rows)
}

fn table_of_the_program(providers: &[ListedProvider]) -> Vec<String> {
    let row = |one: &ListedProvider| {
        let required = one.built.variables().iter().filter(|v| v.is_required());
        let proofs = one.built.webhook_variables().iter();
        let proofs: Vec<_> = proofs.map(|group| names(group.iter(), " and ")).collect();
        vec![
            one.title.clone(),
            names(required, ", "),
            proofs.join("; or "),
        ]
    };
    let head = ["provider", "to stop, look and follow", "to `listen`"];
    table(&head, providers.iter().map(row))
}

/// As a shell sets them: a switch as `NAME=1`.
fn names(variables: impl Iterator<Item = &'static EnvVar>, between: &str) -> String {
    let name = |variable: &EnvVar| {
        let on = if variable.is_switch() { "=1" } else { "" };
        format!("`{}{on}`", variable.name())
    };
    variables.map(name).collect::<Vec<_>>().join(between)
}
