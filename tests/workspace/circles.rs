//! Files of a crate know each other in one direction: two that know each other, over however many others, can only be
//! read together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::repository::{files, members};

/// A module, from its crate's root: `["cut", "parse"]`.
type Module = Vec<String>;

#[test]
fn no_files_of_a_crate_know_each_other_in_a_circle() {
    let mut found = Vec::new();
    for package in members().iter().filter(|package| package.is_published()) {
        let sources = Sources::read(&package.folder().join("src"));
        assert!(!sources.0.is_empty(), "{} has no source", package.name);
        let circles = sources.circles().into_iter();
        found.extend(circles.map(|circle| format!("{}: {}", package.name, circle.join(", "))));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_circle_is_found_over_a_third_file_and_behind_a_re_export() {
    let circles = |sources: &[(&str, &str)]| {
        let module = |path: &str| {
            path.split("::")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let sources = sources
            .iter()
            .map(|(path, text)| (module(path), (*text).to_owned()));
        Sources(sources.collect()).circles()
    };
    let root = ("", "pub use c::Thing;");
    let a = ("a", "use crate::{b::{One, Two}, other};");
    let b = ("b", "use crate::Thing; // use crate::a::X;");
    assert_eq!(circles(&[root, a, b, ("c", "")]), [[""; 0]; 0]);
    let of_three = ("c", "fn x() { crate::a::y() }");
    assert_eq!(circles(&[root, a, b, of_three]), [["a", "b", "c"]]);
    // In a folder; a folder and a file of it are no two files.
    let inner = [
        ("d", "use self::e::E;"),
        ("d::e", "use super::f::F;"),
        ("d::f", "use super::E;"),
    ];
    assert_eq!(circles(&inner), [["d::e", "d::f"]]);
}

/// The text of each file of a crate.
struct Sources(BTreeMap<Module, String>);

impl Sources {
    fn read(src: &Path) -> Self {
        let mut sources = BTreeMap::new();
        for file in files() {
            let Ok(path) = file.strip_prefix(src) else {
                continue;
            };
            let path = path.with_extension("");
            let mut module: Module = path
                .iter()
                .map(|name| name.to_string_lossy().into_owned())
                .collect();
            let last = module.last().map(String::as_str);
            if last == Some("tests") || file.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            if last == Some("mod") || matches!(last, Some("lib" | "main") if module.len() == 1) {
                module.pop();
            }
            let text = fs::read_to_string(&file).expect("git names files that exist");
            sources.insert(module, text);
        }
        Self(sources)
    }

    /// Among the files and folders of each folder, those that know each other in a circle.
    fn circles(&self) -> Vec<Vec<String>> {
        let mut knows = Known::new();
        for (module, text) in &self.0 {
            for path in paths(module, text) {
                let known = self.module_of(&path);
                // Below the folder that both are in.
                let shared = module
                    .iter()
                    .zip(&known)
                    .take_while(|(one, other)| one == other);
                let depth = shared.count().saturating_add(1);
                if let (Some(one), Some(other)) = (module.get(..depth), known.get(..depth)) {
                    knows
                        .entry(one.to_vec())
                        .or_default()
                        .insert(other.to_vec());
                }
            }
        }
        let circle = |one: &Module| {
            let back = reached(&knows, one);
            let back = back
                .into_iter()
                .filter(|other| reached(&knows, other).contains(one));
            back.map(|module| module.join("::")).collect::<Vec<_>>()
        };
        let circles: BTreeSet<_> = knows.keys().map(circle).collect();
        circles.into_iter().filter(|one| !one.is_empty()).collect()
    }

    /// The file that a path leads to, behind one re-export.
    fn module_of(&self, path: &[String]) -> Module {
        let module = self.prefix(path);
        let Some(name) = path.get(module.len()) else {
            return module;
        };
        let text = self.0.get(&module).map_or("", String::as_str);
        let uses = after_each(text, "use ").flat_map(tree);
        for mut used in uses.filter(|used| used.last() == Some(name)) {
            if used.first().is_some_and(|first| first == "self") {
                used.remove(0);
            }
            let behind = self.prefix(&[module.as_slice(), &used].concat());
            if behind.len() > module.len() {
                return behind;
            }
        }
        module
    }

    /// The longest part of a path that is a file.
    fn prefix(&self, path: &[String]) -> Module {
        let lengths = (0..=path.len()).rev();
        let mut prefixes = lengths.filter_map(|length| path.get(..length));
        let found = prefixes.find(|prefix| self.0.contains_key(*prefix));
        found.unwrap_or_default().to_vec()
    }
}

type Known = BTreeMap<Module, BTreeSet<Module>>;

/// All that a file knows, over however many others.
fn reached<'k>(knows: &'k Known, from: &'k Module) -> BTreeSet<&'k Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(one) = open.pop() {
        let known = knows.get(one).into_iter().flatten();
        open.extend(known.filter(|to| reached.insert(*to)));
    }
    reached
}

/// All that a file names by a path from its crate's root, or from a folder above it.
fn paths(module: &[String], text: &str) -> Vec<Module> {
    let code: Vec<_> = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let mut paths = Vec::new();
    for (word, base) in [("crate::", &[][..]), ("super::", parent(module))] {
        for path in after_each(&code, word).flat_map(tree) {
            paths.push([base, &path].concat());
        }
    }
    paths
}

/// What follows each of these words in a text.
fn after_each<'t>(text: &'t str, word: &str) -> impl Iterator<Item = &'t str> {
    let places = text.match_indices(word).map(|(at, _)| at);
    places.filter_map(move |at| text.get(at..)?.strip_prefix(word))
}

fn parent(module: &[String]) -> &[String] {
    module.split_last().map_or(&[], |(_, parent)| parent)
}

/// The paths of a `use` tree, or the one path, with which `text` begins.
fn tree(text: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    // What the path has so far, at each open brace.
    let mut open = Vec::new();
    let mut path = Module::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let word = rest
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next();
        let word = word.unwrap_or_default();
        rest = rest.get(word.len()..).unwrap_or_default();
        if !word.is_empty() {
            path.push(word.to_owned());
        }
        if let Some(after) = rest.strip_prefix("::") {
            rest = after;
            continue;
        }
        if let (true, Some(after)) = (word.is_empty(), rest.strip_prefix('{')) {
            open.push(path.clone());
            rest = after;
            continue;
        }
        if !word.is_empty() {
            paths.push(path.clone());
        }
        // `*`, and another name.
        if !open.is_empty() {
            rest = rest
                .get(rest.find([',', '}']).unwrap_or(rest.len())..)
                .unwrap_or_default();
        }
        while let (false, Some(after)) = (open.is_empty(), rest.strip_prefix('}')) {
            open.pop();
            rest = after;
        }
        let (Some(before), Some(after)) = (open.last(), rest.strip_prefix(',')) else {
            return paths;
        };
        path.clone_from(before);
        rest = after;
    }
}
