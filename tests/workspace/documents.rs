//! What the Markdown files say of the repository, as far as it can be held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::repository::{files, gates, root};

#[test]
fn every_relative_link_leads_to_a_file_of_the_repository_and_to_a_heading_of_it() {
    let files: BTreeSet<_> = files().into_iter().collect();
    let folders: BTreeSet<_> = files.iter().flat_map(|file| file.ancestors()).collect();
    let pages: BTreeMap<_, _> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "md"))
        .map(|file| {
            let text = fs::read_to_string(file).expect("git names files that exist");
            (file.as_path(), Page::read(&text))
        })
        .collect();

    let mut broken = Vec::new();
    let mut followed = 0_usize;
    for (page, read) in &pages {
        for link in read.links.iter().filter(|link| is_relative(link)) {
            followed += 1;
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = resolved(page, path);
            let exists = folders.contains(target.as_path());
            let has_heading = pages.get(target.as_path()).is_none_or(|target| {
                heading.is_empty() || target.headings.iter().any(|anchor| anchor == heading)
            });
            if !(exists && has_heading) {
                let page = page.strip_prefix(root()).expect("it is in the repository");
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(followed > 0, "no page has a relative link");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn links_and_headings_are_read_as_a_forge_reads_them() {
    let page = Page::read(
        "# It's `a_b`: [one](x.md#y), two\n\n## Again\n\n## Again\n\n\
         [two]: ../z.md\n[two], `[code](no.md)`\n\n```text\n[code](no.md)\n```\n\n![image](i.png)\n",
    );
    assert_eq!(page.links, ["x.md#y", "../z.md", "i.png"]);
    assert_eq!(page.headings, ["its-a_b-one-two", "again", "again-1"]);

    for (link, relative) in [
        ("x.md", true),
        ("#y", true),
        ("/x.md", true),
        ("https://example.com", false),
        ("mailto:a@example.com", false),
    ] {
        assert_eq!(is_relative(link), relative, "{link}");
    }

    let page = root().join("docs/page.md");
    for (path, expected) in [
        ("", "docs/page.md"),
        ("x.md", "docs/x.md"),
        ("../crates/", "crates"),
    ] {
        assert_eq!(resolved(&page, path), root().join(expected), "{path}");
    }
}

#[test]
fn contributing_explains_every_gate_and_no_other() {
    let page = fs::read_to_string(root().join("CONTRIBUTING.md")).expect("it is in the repository");
    let explained: BTreeSet<_> = page
        .lines()
        .skip_while(|line| !line.starts_with("| gate |"))
        .skip(2)
        .map_while(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`').to_owned())
        .collect();
    assert_eq!(explained, gates());
}

/// What of a Markdown file can lead somewhere, and be led to.
struct Page {
    links: Vec<String>,
    headings: Vec<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self {
            links: Vec::new(),
            headings: Vec::new(),
        };
        let mut anchors = Vec::new();
        let mut heading = None::<String>;
        for event in Parser::new(text) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().unwrap_or_default());
                    let earlier = anchors.iter().filter(|other| **other == anchor).count();
                    page.headings.push(match earlier {
                        0 => anchor.clone(),
                        _ => format!("{anchor}-{earlier}"),
                    });
                    anchors.push(anchor);
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        page
    }
}

/// As GitHub makes it of a heading: lower case, hyphens for spaces, no punctuation.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Whether it has no scheme.
fn is_relative(link: &str) -> bool {
    let (first, _) = link.split_once(['/', '#']).unwrap_or((link, ""));
    !first.contains(':')
}

/// The path that `link` leads to from `page`, without a look at the disk.
fn resolved(page: &Path, link: &str) -> PathBuf {
    if link.is_empty() {
        return page.to_owned();
    }
    let mut target = page.parent().expect("a page is in a folder").to_owned();
    for component in Path::new(link).components() {
        match component {
            Component::ParentDir => {
                target.pop();
            }
            Component::CurDir => {}
            other => target.push(other),
        }
    }
    target
}
