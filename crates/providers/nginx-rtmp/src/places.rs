//! Where each call goes. Pure: no I/O.

use livecut_core::{Cut, Method, Purpose, Step, StreamId};
use livecut_http::{BaseUrl, Secret};

use crate::translate::{Name, seconds};

/// An mp4 file's length is in its first few hundred bytes, if its index is at its front.
pub(crate) const FRONT: u32 = 1024;

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

    /// Where the recording can be had as mp4, all of it or a part.
    pub(crate) fn address(&self, name: &Name, cut: Option<&Cut>) -> Option<String> {
        let whole = self.recordings.endpoint(&[&name.file("mp4")]);
        let Some(cut) = cut else {
            return Some(whole);
        };
        let part = cut.effective().exact_millis()?;
        Some(format!(
            "{whole}?start={}&end={}",
            seconds(part.start),
            seconds(part.end)
        ))
    }

    /// Reads how long what is at an address is.
    pub(crate) fn read_front(url: &str) -> Step {
        Step::new(Purpose::Read, Method::Get, url).with_first_bytes(FRONT)
    }
}
