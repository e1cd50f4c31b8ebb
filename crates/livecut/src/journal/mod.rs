//! A journal of stops, so that a run that ends anyhow loses nothing: a stop is written down as begun before it is sent, and as
//! ended with its result, and a later run decides by that what it may do.
//!
//! [`StopAll::with_journal`](crate::StopAll::with_journal) keeps one. The same program, run again with the same requests and
//! the same journal, goes on where it ended:
//!
//! | the journal has | the next run |
//! | --- | --- |
//! | nothing, or that nothing was applied | stops it |
//! | all done | doesn't repeat it |
//! | stopped, the cut is owed | takes a step towards the cut, by the ticket |
//! | anything unknown, or a step that was begun without an end | only says so; with [`with_reconcile`](crate::StopAllOptions::with_reconcile) it looks, if the stream was seen on air right before its stop. It never stops it again. A cut that is a call of its own is then looked for, and made if it isn't there |
//! | anything else (the cut was refused, say) | only says so |
//! | a stop that asked for something else, and may have been applied | refuses the request |
//!
//! [`History::next`] is that table, and does no I/O.
//!
//! A journal is of one piece of work: a list, a day. A stream that is done in it is never stopped again, so its next broadcast
//! needs another journal.
//!
//! # Where it is kept
//! `FileJournal` keeps it in a file (feature `file-journal`). For a database, implement [`Journal`]: a table of records whose
//! key is the stream and the record's place is all that it takes. This one, in memory, has what such a table has:
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Mutex;
//!
//! use async_trait::async_trait;
//! use livecut::journal::{Account, BoxError, History, Journal, Record};
//! use livecut::{LiveStreamStopper, LiveStreamStopperExt, StopAllOptions, StopRequest, StreamId};
//!
//! // CREATE TABLE journal (list text, account text, stream text, place bigint, record jsonb,
//! //                       PRIMARY KEY (list, account, stream, place));
//! #[derive(Debug, Default)]
//! struct Table(Mutex<BTreeMap<(String, StreamId, u64), String>>);
//!
//! #[async_trait]
//! impl Journal for Table {
//!     async fn history(&self, account: &Account, stream: &StreamId) -> Result<History, BoxError> {
//!         // SELECT record FROM journal WHERE list = $1 AND account = $2 AND stream = $3 ORDER BY place
//!         let rows = self.0.lock().map_err(|_| "poisoned")?;
//!         let first = (account.to_string(), stream.clone(), 0);
//!         let last = (account.to_string(), stream.clone(), u64::MAX);
//!         let records = rows.range(first..=last).map(|(_, record)| serde_json::from_str(record));
//!         Ok(History::of(records.collect::<Result<Vec<Record>, _>>()?)?)
//!     }
//!
//!     async fn append(&self, account: &Account, place: u64, record: &Record) -> Result<bool, BoxError> {
//!         // INSERT INTO journal VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING: was a row inserted?
//!         let mut rows = self.0.lock().map_err(|_| "poisoned")?;
//!         let key = (account.to_string(), record.stream().clone(), place);
//!         if rows.contains_key(&key) {
//!             return Ok(false);
//!         }
//!         rows.insert(key, serde_json::to_string(record)?);
//!         Ok(true) // and committed, not only written
//!     }
//! }
//!
//! /// Ends the classes. Run again, it sends nothing for those that are done.
//! async fn end_classes(stopper: &dyn LiveStreamStopper, journal: &Table, rooms: [&str; 2]) -> usize {
//!     let requests = rooms.map(|room| StopRequest::new(StreamId::new(room).unwrap()));
//!     let mut stops = stopper.stop_all(requests, StopAllOptions::new()).with_journal(journal);
//!     let mut done = 0;
//!     while let Some(stop) = stops.next().await {
//!         done += usize::from(stop.result().is_ok());
//!     }
//!     done
//! }
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! #     use livecut::testing::{ScriptedStopper, StopReply};
//! #     let stopper = ScriptedStopper::new().on_stop(StopReply::accepted().always());
//! #     let journal = Table::default();
//! #     for _ in 0..2 {
//! #         assert_eq!(end_classes(&stopper, &journal, ["room-1", "room-2"]).await, 2);
//! #         assert_eq!(stopper.stops().len(), 2);
//! #     }
//! # }
//! ```

#[cfg(feature = "file-journal")]
mod file;
mod history;
mod record;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{StopPlan, StreamId, Ticket};

#[cfg(feature = "file-journal")]
#[cfg_attr(docsrs, doc(cfg(feature = "file-journal")))]
pub use file::FileJournal;
pub use history::{History, InvalidHistory, Next};
pub use record::{Begun, Ended, Following, Outcome, Record};

/// Why a journal can't be read or written: whatever its storage says.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where a list's stops are written down. The [module](self) has one over a table.
///
/// What is done depends on three things that an implementation must keep:
///
/// - **Kept before it returns.** When [`append`](Self::append) says `true`, the record is found by every later
///   [`history`](Self::history), whatever becomes of this process. A stop is sent as soon as it says so.
/// - **One record a place.** Of two that are appended at one place of one stream, by whatever process, one is taken, and the other
///   is told `false`. So of two runs only one begins a stream.
/// - **In their order, each once.** [`history`](Self::history) has the records so. An end that is told again later can be taken for
///   that of a stop that is under way.
///
/// Dropping a future of either method is allowed at any point: the record is then there as a whole, or not at all.
#[async_trait]
pub trait Journal: fmt::Debug + Send + Sync {
    /// What there is of a stream, at this account: its records in their order. None is an empty history.
    ///
    /// # Errors
    /// If it can't be read. Nothing is then done for the stream, and what earlier runs did for it is unknown.
    async fn history(&self, account: &Account, stream: &StreamId) -> Result<History, BoxError>;

    /// Adds a record of [its stream](Record::stream) at this place, which is the number of the records before it. `false`: there
    /// is one at that place already, and nothing was changed.
    ///
    /// # Errors
    /// If it can't be written. What it would have begun isn't begun.
    async fn append(
        &self,
        account: &Account,
        place: u64,
        record: &Record,
    ) -> Result<bool, BoxError>;
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<J: Journal + ?Sized> Journal for $pointer {
            async fn history(&self, account: &Account, stream: &StreamId) -> Result<History, BoxError> {
                (**self).history(account, stream).await
            }

            async fn append(
                &self,
                account: &Account,
                place: u64,
                record: &Record,
            ) -> Result<bool, BoxError> {
                (**self).append(account, place, record).await
            }
        }
    )*};
}

forward!(&J, Box<J>, Arc<J>);

/// Which account of which provider a journal's stops are at, so that what is done at one is never taken for done at another.
///
/// `Display` is one text for both, for a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Account {
    provider: String,
    name: Option<String>,
    is_tenant: bool,
}

impl Account {
    /// The one that a plan is at.
    pub fn of(plan: &StopPlan) -> Self {
        let tenant = plan.ticket().and_then(Ticket::tenant);
        let tenant = tenant.map(ToString::to_string);
        let name = plan.account().map(str::to_owned).or(tenant.clone());
        Self {
            provider: plan.provider().to_owned(),
            is_tenant: name.is_some() && name == tenant,
            name,
        }
    }

    /// The provider.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// [Which account](StopPlan::account) at the provider. `None`: the adapter doesn't say.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether that is a tenant, which no renewed credential changes.
    pub const fn is_tenant(&self) -> bool {
        self.is_tenant
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.provider)?;
        match &self.name {
            Some(name) => write!(f, "/{name}"),
            None => Ok(()),
        }
    }
}
