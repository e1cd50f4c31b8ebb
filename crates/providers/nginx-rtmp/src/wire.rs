//! What nginx answers: the module's XML, and the list of files. What is read may have more than is needed, or less.

use livecut_core::adapter::lenient;
use roxmltree::{Document, Node};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Who publishes a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Publisher {
    /// The number of its connection, by which the server tells one session from the next.
    pub(crate) client: u64,
    /// For how long it has been connected, in milliseconds.
    pub(crate) connected_for: u64,
}

/// What `/stat` says of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stat {
    Publisher(Publisher),
    /// Nobody publishes it.
    Nobody,
    /// There is no such application.
    NoApplication,
}

/// Reads the answer of `rtmp_stat`; `None`: it isn't one, or not of the documented shape. Only the first `server` is looked at,
/// which is the one that `rtmp_control` acts on.
pub(crate) fn stat(xml: &str, application: &str, stream: &str) -> Option<Stat> {
    let document = Document::parse(xml).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "rtmp" {
        return None;
    }
    let server = child(root, "server")?;
    let Some(application) = named(server, "application", application) else {
        return Some(Stat::NoApplication);
    };
    let stream = child(application, "live").and_then(|live| named(live, "stream", stream));
    let Some(stream) = stream.filter(|stream| child(*stream, "publishing").is_some()) else {
        return Some(Stat::Nobody);
    };
    let mut clients = children(stream, "client");
    let client = clients.find(|client| child(*client, "publishing").is_some())?;
    Some(Stat::Publisher(Publisher {
        client: number(client, "id")?,
        connected_for: number(client, "time")?,
    }))
}

fn children<'a, 'i>(node: Node<'a, 'i>, tag: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.tag_name().name() == tag)
}

fn child<'a, 'i>(node: Node<'a, 'i>, tag: &str) -> Option<Node<'a, 'i>> {
    children(node, tag).next()
}

fn text<'a>(node: Node<'a, '_>, tag: &str) -> Option<&'a str> {
    child(node, tag)?.text()
}

fn number(node: Node<'_, '_>, tag: &str) -> Option<u64> {
    text(node, tag)?.trim().parse().ok()
}

fn named<'a, 'i>(node: Node<'a, 'i>, tag: &str, name: &str) -> Option<Node<'a, 'i>> {
    children(node, tag).find(|child| text(*child, "name") == Some(name))
}

/// A file, as nginx lists it (`autoindex_format json`).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct File {
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) name: Option<String>,
    /// When it was written last, as HTTP has times.
    #[serde(default, deserialize_with = "lenient::field")]
    pub(crate) mtime: Option<String>,
}

/// Reads a list of files; `None`: it isn't one. Nor is one in which a file has no name: it could be the one that is looked for.
pub(crate) fn list(json: &[u8]) -> Option<Vec<File>> {
    let all: Vec<&RawValue> = serde_json::from_slice(json).ok()?;
    let files = all.into_iter().map(lenient::as_object::<File>);
    files
        .map(|file| file.filter(|file| file.name.is_some()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../fixtures/stat.response.xml");

    #[test]
    fn the_sample_has_who_publishes_and_nobody_else() {
        let publisher = |client, connected_for| {
            Some(Stat::Publisher(Publisher {
                client,
                connected_for,
            }))
        };
        assert_eq!(stat(SAMPLE, "live", "class1"), publisher(1, 5234));
        assert_eq!(stat(SAMPLE, "live", "class1-5"), publisher(2, 5205));
        assert_eq!(stat(SAMPLE, "live", "class"), Some(Stat::Nobody));
        assert_eq!(stat(SAMPLE, "live", "class1-"), Some(Stat::Nobody));
        assert_eq!(stat(SAMPLE, "other", "class1"), Some(Stat::NoApplication));
    }

    #[test]
    fn who_only_plays_does_not_publish() {
        let xml = "<rtmp><server><application><name>live</name><live><stream><name>a</name><client><id>7</id>\
                   <time>1</time><active/></client></stream></live></application></server></rtmp>";
        assert_eq!(stat(xml, "live", "a"), Some(Stat::Nobody));
    }

    #[test]
    fn a_second_server_is_none_that_the_control_acts_on() {
        let second = SAMPLE.replace("<server>", "<server></server><server>");
        assert_eq!(stat(&second, "live", "class1"), Some(Stat::NoApplication));
    }

    #[test]
    fn what_is_not_the_module_s_answer_is_none() {
        for other in [
            "",
            "<html></html>",
            "<rtmp></rtmp>",
            "<rtmp><server>",
            "{}",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><rtmp><server/></rtmp>",
        ] {
            assert_eq!(stat(other, "live", "class1"), None, "{other}");
        }
        // `rtmp_stat live` leaves the clients out.
        let without = SAMPLE.replace("client>", "player>");
        assert_eq!(stat(&without, "live", "class1"), None);
    }
}
