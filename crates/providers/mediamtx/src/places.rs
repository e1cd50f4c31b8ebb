//! Where each call goes. Pure: no I/O.

use std::time::Duration;

use livecut_core::{Method, Purpose, Step, StreamId};
use livecut_http::{BaseUrl, Secret};
use time::OffsetDateTime;

use crate::spans;
use crate::translate::Session;

/// In a plan, what the first call tells.
const CONFIGURATION: &str = "{conf_name}";
const KIND: &str = "{source_kind}";
const SESSION: &str = "{source_id}";

/// The two servers.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) api: BaseUrl,
    pub(crate) playback: BaseUrl,
    /// What both ask for.
    pub(crate) credential: Option<Secret>,
}

impl Places {
    pub(crate) fn read_path(&self, stream: &StreamId) -> Step {
        let url = self.api.endpoint(&["v3", "paths", "get", stream.as_str()]);
        Step::new(Purpose::Read, Method::Get, url)
    }

    pub(crate) fn read_configuration(&self, session: Option<&Session>) -> Step {
        let at = ["v3", "config", "paths", "get"];
        let url = match session {
            Some(session) => self
                .api
                .endpoint(&[&at[..], &[session.configuration()]].concat()),
            None => format!("{}/{CONFIGURATION}", self.api.endpoint(&at)),
        };
        Step::new(Purpose::Read, Method::Get, url)
    }

    pub(crate) fn read_list(&self, stream: &StreamId) -> Step {
        let url = self
            .playback
            .endpoint_with_query(&["list"], &[("path", stream.as_str())]);
        Step::new(Purpose::Read, Method::Get, url)
    }

    /// Ends one session, whatever is on air by then.
    pub(crate) fn kick(&self, session: Option<&Session>) -> Step {
        let url = match session {
            Some(session) => self
                .api
                .endpoint(&["v3", session.kind(), "kick", session.id()]),
            None => format!("{}/{KIND}/kick/{SESSION}", self.api.endpoint(&["v3"])),
        };
        Step::new(Purpose::Stop, Method::Post, url).with_repeat()
    }

    /// Where so much of the recording can be had, from that instant on. As an mp4 with its pictures hidden that come before the
    /// start: the default, `fmp4`, shows them.
    pub(crate) fn address(
        &self,
        stream: &StreamId,
        start: OffsetDateTime,
        length: Duration,
    ) -> String {
        let query = [
            ("path", stream.as_str()),
            ("start", &spans::text(start)),
            ("duration", &seconds(length)),
            ("format", "mp4"),
        ];
        self.playback.endpoint_with_query(&["get"], &query)
    }
}

/// Seconds, with as many digits after the point as are needed.
fn seconds(length: Duration) -> String {
    let text = format!("{}.{:09}", length.as_secs(), length.subsec_nanos());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_no_more_digits_than_it_needs() {
        let text = |nanos| seconds(Duration::from_nanos(nanos));
        assert_eq!(
            [0, 90_000_000_000, 8_250_000_000, 1].map(text),
            ["0", "90", "8.25", "0.000000001"]
        );
    }
}
