//! `rtmp_stat all`.

use super::is_live;
use crate::{http::Answer, instant, stream::Streams};
use hyper::StatusCode;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// Who publishes, and since when. A stream that is over isn't in it.
pub(super) fn answer(application: &str, streams: &Streams, now: OffsetDateTime) -> Answer {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n<rtmp>\r\n<nginx_version>1.22.1</nginx_version>\r\n<pid>1</pid>\r\n\
         <server>\r\n<application>\r\n<name>{}</name>\r\n<live>\r\n",
        escaped(application)
    );
    let mut clients = 0_usize;
    for stream in streams.values().filter(|stream| is_live(stream, now)) {
        clients = clients.saturating_add(1);
        let since = stream.start().and_then(|start| instant::since(start, now));
        let millis = since.unwrap_or_default().as_millis();
        // Writing to a string doesn't fail.
        let _ = write!(
            xml,
            "<stream>\r\n<name>{name}</name>\r\n<time>{millis}</time><client><id>{client}</id><address>127.0.0.1</address>\
             <time>{millis}</time><timestamp>{millis}</timestamp><publishing/><active/></client>\r\n\
             <nclients>1</nclients>\r\n<publishing/>\r\n<active/>\r\n</stream>\r\n",
            name = escaped(&stream.id),
            client = stream.number,
        );
    }
    let _ = write!(
        xml,
        "<nclients>{clients}</nclients>\r\n</live>\r\n</application>\r\n</server>\r\n</rtmp>\r\n"
    );
    Answer::of(StatusCode::OK, "text/xml", xml)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            // The module writes what isn't printable ASCII as something else.
            c if c.is_ascii_graphic() || c == ' ' => escaped.push(c),
            _ => escaped.push('_'),
        }
    }
    escaped
}
