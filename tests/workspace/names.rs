//! In how many files a provider is named. What it is stands in its two folders; the fewer others name it, the less a new
//! one has to touch.

use std::fs;

use crate::generated::parts;
use crate::repository::{files, root};

/// In how many files outside of its folders a provider may be named.
const LIMIT: usize = 12;

/// What a command writes as a whole.
const WRITTEN: [&str; 3] = ["Cargo.lock", "docs/faults.md", "docs/size.md"];

#[test]
fn a_provider_is_named_in_few_files_outside_of_its_folders() {
    let adapters = root().join("crates/providers");
    for adapter in fs::read_dir(adapters).expect("the adapters have a folder") {
        let adapter = adapter.expect("it can be read").path();
        if !adapter.join("Cargo.toml").exists() {
            continue;
        }
        let name = adapter.file_name().expect("a folder has a name");
        let named = named(name.to_str().expect("it is UTF-8"));
        assert!(
            named.len() <= LIMIT,
            "{} is named in {} files outside of its folders, at most {LIMIT} may: {named:#?}",
            name.display(),
            named.len()
        );
    }
}

/// The files that name it, but for their generated parts.
fn named(provider: &str) -> Vec<String> {
    let module = provider.replace('-', "_");
    let folders = [
        format!("crates/providers/{provider}/"),
        format!("crates/sim/src/providers/{module}/"),
    ];
    let relative = |path: &std::path::Path| {
        let path = path.strip_prefix(root()).expect("it is in the repository");
        path.to_str().expect("it is UTF-8").to_owned()
    };
    let paths = files().into_iter().map(|path| relative(&path));
    paths
        .filter(|path| !WRITTEN.contains(&&**path))
        .filter(|path| !folders.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| {
            // What isn't text names nothing.
            let text = fs::read_to_string(root().join(path)).unwrap_or_default();
            names(path, provider) || names(&by_hand(path, &text), provider)
        })
        .collect()
}

/// Whether a word in it begins with the name, in any case, and however its words are joined.
fn names(text: &str, provider: &str) -> bool {
    let text = text.to_lowercase();
    ["-", "_", "", " "].iter().any(|joint| {
        let provider = provider.replace('-', joint);
        text.match_indices(&provider).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            !before.is_some_and(char::is_alphanumeric)
        })
    })
}

/// The text without what is generated between markers.
fn by_hand(path: &str, text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    for (_, part) in parts().filter(|(file, _)| *file == path) {
        let at = |mark: String| lines.iter().position(|line| line.contains(&mark));
        let (begin, end) = (at(format!("<{part}>")), at(format!("</{part}>")));
        let between = begin.zip(end).expect("the file has the part");
        lines.drain(between.0..between.1);
    }
    lines.join("\n")
}

#[test]
fn a_name_is_found_at_the_beginning_of_a_word_in_any_case() {
    for text in [
        "at example",
        "livecut_example::",
        "ExampleConfig",
        "Ex: EXAMPLE",
    ] {
        assert!(names(text, "example"), "{text}");
    }
    for text in [
        "at an-example",
        "an_example::",
        "AnExampleConfig",
        "An Example",
    ] {
        assert!(names(text, "an-example"), "{text}");
    }
    for text in ["", "counterexample", "exam ple"] {
        assert!(!names(text, "example"), "{text}");
    }
}
