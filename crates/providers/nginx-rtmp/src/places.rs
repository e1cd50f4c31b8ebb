//! Where each call goes. Pure: no I/O.

use std::ops::Range;

use livecut_core::{Method, Purpose, Step, StreamId};
use livecut_http::{BaseUrl, Secret};

use crate::translate::{Name, seconds};

/// An mp4 file's length and the times of its pictures are in its first few hundred bytes, if its index is at its front; what
/// the decoder needs comes before the latter, and takes a thousand or two with some encoders.
pub(crate) const FRONT: u32 = 4096;

/// In a plan, what the first call tells.
const CLIENT: &str = "{client_id}";

/// The server's three locations, and the application.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) control: BaseUrl,
    pub(crate) stat: BaseUrl,
    pub(crate) recordings: BaseUrl,
    pub(crate) application: String,
    /// What each of them asks for.
    pub(crate) credential: Option<Secret>,
}

impl Places {
    /// What tells the results of one server and application from those of another.
    pub(crate) fn account(&self) -> String {
        format!("{} {}", self.control, self.application)
    }

    pub(crate) fn read_stat(&self) -> Step {
        Step::new(Purpose::Read, Method::Get, self.stat.endpoint(&[]))
    }

    pub(crate) fn read_list(&self) -> Step {
        // With a slash at its end: without it, nginx redirects.
        Step::new(Purpose::Read, Method::Get, self.recordings.endpoint(&[""]))
    }

    /// Drops the session with this number of the server's, if it publishes the stream. By POST, which the module answers as
    /// it answers GET: nothing on the way sends a POST again.
    pub(crate) fn drop_publisher(&self, stream: &StreamId, client: Option<u64>) -> Step {
        let client = client.map_or_else(|| CLIENT.to_owned(), |number| number.to_string());
        let url = format!(
            "{}?app={}&name={stream}&clientid={client}",
            self.control.endpoint(&["drop", "publisher"]),
            self.application,
        );
        Step::new(Purpose::Stop, Method::Post, url)
    }

    /// Where the recording can be had as mp4: all of it, or a part, in milliseconds by nginx's measure.
    pub(crate) fn address(&self, name: &Name, part: Option<&Range<u64>>) -> String {
        let whole = self.recordings.endpoint(&[&name.file("mp4")]);
        match part {
            None => whole,
            Some(part) => format!(
                "{whole}?start={}&end={}",
                seconds(part.start),
                seconds(part.end)
            ),
        }
    }

    /// Reads the index of what is at an address.
    pub(crate) fn read_front(url: &str) -> Step {
        Step::new(Purpose::Read, Method::Get, url).with_first_bytes(FRONT)
    }
}
