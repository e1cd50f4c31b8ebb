//! A recording that is a file, fetched.
//!
//! A recording that a ticket was followed to ([`Ready`]) has addresses. One that is of an mp4 file is fetched here;
//! HLS and DASH are many pieces, and a tool such as ffmpeg makes a file of them.
//!
//! ```no_run
//! use livecut::fetch::Fetch;
//! use livecut::{LiveStreamStopper, LiveStreamStopperExt as _, Ticket, WaitPolicy};
//!
//! async fn keep(stopper: &dyn LiveStreamStopper, ticket: &Ticket) -> Result<(), Box<dyn std::error::Error>> {
//!     let ready = stopper.wait(ticket, WaitPolicy::new()).await?;
//!     let fetched = Fetch::of(&ready)?.to_file("class.mp4").await?;
//!     println!("{} bytes, {:?}", fetched.bytes(), fetched.duration());
//!     Ok(())
//! }
//! ```
//!
//! # What is kept of one that breaks off
//! It comes into `FILE.part`, and gets its name once it is whole and on the disk. Whatever ends a fetch before that (an error, a
//! future that is dropped, a machine without power), the next one goes on from there if the server says that the file is still
//! the same (`If-Range`, by a strong entity tag or an instant); else it begins anew. `FILE.part.json` has what that takes, and no
//! address. Nothing is ever put together out of two versions of a file.

mod answer;
mod part;

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{self, Either};
use livecut_http::{HttpOptions, Media, MediaClient};

use self::answer::{Answer, Head, Version};
use self::part::Part;
use crate::select::process_variable;
use crate::settings::{ALLOW_HTTP, Environment};
use crate::{
    Cut, CutVerdict, DurationTolerance, Error, ErrorKind, Playback, PlaybackFormat, Ready, Result,
};

/// How long a server that sends nothing is waited for.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How a recording is fetched. [`to_file`](Self::to_file) does it.
#[must_use = "nothing is fetched until it is told where to"]
pub struct Fetch<'a> {
    playback: Playback,
    /// Which part of which recording: what an earlier run has left has to be of the same.
    recording: String,
    cut: Option<Cut>,
    tolerance: DurationTolerance,
    verdict: Option<CutVerdict>,
    http: HttpOptions,
    idle_timeout: Duration,
    overwrite: bool,
    observer: Box<dyn FnMut(FetchEvent<'_>) + Send + 'a>,
    cancel: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
}

/// What happens while a recording is fetched.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum FetchEvent<'e> {
    /// So many bytes are there.
    Received {
        /// How many of the file's bytes, those of earlier runs included.
        bytes: u64,
        /// How many it has, if the server says.
        total: Option<u64>,
    },
    /// It broke off, and is gone on with.
    Retrying {
        /// Why.
        error: &'e Error,
        /// After how long.
        wait: Duration,
    },
    /// What an earlier run, or this one, had got isn't of the file that the server has by now.
    Anew,
}

/// A recording that is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    path: PathBuf,
    bytes: u64,
    resumed_from: u64,
    duration: Option<Duration>,
    verdict: Option<CutVerdict>,
}

impl Fetched {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many of them an earlier run had got.
    pub const fn resumed_from(&self) -> u64 {
        self.resumed_from
    }

    /// How long it plays, by the file's own index; `None` if that has no length, or can't be read.
    pub const fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// Whether the cut is in the file: its [duration](Self::duration) held against the cut, within the
    /// [precision](crate::Recording::duration_tolerance) that the provider documents. What the provider said of the
    /// recording, if the file has no duration; `None`: no cut was asked for.
    pub const fn verdict(&self) -> Option<CutVerdict> {
        self.verdict
    }
}

impl<'a> Fetch<'a> {
    /// A fetch of this recording, from the first address of an mp4 file that it has.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if it has none; the message says what can be done.
    pub fn of(ready: &Ready) -> Result<Self> {
        let recording = ready.recording();
        let is_file = |playback: &&Playback| playback.format == PlaybackFormat::Mp4;
        let Some(playback) = recording.playback().iter().find(is_file) else {
            return Err(not_a_file(recording.playback()));
        };
        let cut = ready.cut().copied();
        let part = cut.map_or("whole".to_owned(), |cut| cut.effective().to_string());
        Ok(Self {
            playback: playback.clone(),
            recording: format!("{} {} {part}", ready.ticket().provider(), recording.id()),
            cut,
            tolerance: recording.duration_tolerance(),
            verdict: ready.verdict(),
            http: HttpOptions::new(),
            idle_timeout: IDLE_TIMEOUT,
            overwrite: false,
            observer: Box::new(|_| {}),
            cancel: Box::pin(future::pending()),
        })
    }

    /// Sets the proxy, the connect time-out, the retries and the like. The timeout and the body limit have no say: a file may
    /// take longer, and is larger.
    pub fn with_http(mut self, http: HttpOptions) -> Self {
        self.http = http;
        self
    }

    /// Heeds `LIVECUT_ALLOW_HTTP`, as [`from_env`](crate::from_env) does.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if it is neither 1 nor 0.
    pub fn with_environment(mut self) -> Result<Self> {
        if Environment::new(&process_variable).switch(ALLOW_HTTP)? {
            self.http = self.http.with_allow_http(true);
        }
        Ok(self)
    }

    /// How long a server that sends nothing is waited for (default: 30 s). There is no time-out for all of the file.
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Replaces a file that is there already (default: it is refused).
    pub fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Is told how it goes. It is called between two pieces of the file, so it should return soon.
    pub fn with_observer(mut self, observer: impl FnMut(FetchEvent<'_>) + Send + 'a) -> Self {
        self.observer = Box::new(observer);
        self
    }

    /// Gives up once this completes, with an error of kind [`Cancelled`](ErrorKind::Cancelled) that says what is kept.
    pub fn with_cancel(mut self, cancel: impl Future<Output = ()> + Send + 'a) -> Self {
        self.cancel = Box::pin(cancel);
        self
    }

    /// Whether a file could be put there, before anything is asked of anybody.
    ///
    /// ```
    /// use livecut::fetch::Fetch;
    ///
    /// let error = Fetch::check_file("/", false).unwrap_err();
    /// assert_eq!(error.kind(), livecut::ErrorKind::InvalidRequest);
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for a folder, for what is no regular file, for a file in a folder that isn't there, and for a
    /// file that is there if it isn't to be replaced.
    pub fn check_file(path: impl AsRef<Path>, overwrite: bool) -> Result<()> {
        part::check(path.as_ref(), overwrite)
    }

    /// Fetches it, going on where it broke off. It runs on tokio, with its time and I/O drivers enabled.
    ///
    /// Dropping the future keeps what has come, as every end before the last does.
    ///
    /// # Errors
    /// As [`check_file`](Self::check_file); [`ErrorKind::File`] if the disk is full, say; and for every way in which a server
    /// can fail. `Display` ends with how much is kept, and where. None has an effect: nothing is changed at the provider.
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<Fetched> {
        let path = path.as_ref();
        part::check(path, self.overwrite)?;
        let client = MediaClient::new(
            &self.playback.url,
            self.playback.header(),
            self.idle_timeout,
            self.http,
        )?;
        let mut part = Part::open(path, self.recording).await?;
        let mut download = Download {
            client: &client,
            resumed_from: part.length(),
            observer: self.observer,
        };
        let ended = {
            let downloading = pin!(download.run(&mut part));
            match future::select(self.cancel, downloading).await {
                Either::Left(_) => Err(Error::new(ErrorKind::Cancelled, "the fetch was given up")),
                Either::Right((ended, _)) => ended,
            }
        };
        let finished = match ended {
            Ok(()) => part.finish().await,
            Err(error) => Err(error),
        };
        let duration = match finished {
            Ok(duration) => duration,
            Err(error) => return Err(left(error, &mut part).await),
        };
        part.publish(path, self.overwrite)?;
        let verdict = match duration {
            Some(_) => CutVerdict::judge(self.cut.as_ref(), duration, self.tolerance),
            None => self.verdict,
        };
        Ok(Fetched {
            path: path.to_owned(),
            bytes: part.length(),
            resumed_from: download.resumed_from,
            duration,
            verdict,
        })
    }
}

/// The address may hold a token.
impl fmt::Debug for Fetch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("recording", &self.recording)
            .field("idle_timeout", &self.idle_timeout)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}

struct Download<'a> {
    client: &'a MediaClient,
    resumed_from: u64,
    observer: Box<dyn FnMut(FetchEvent<'_>) + Send + 'a>,
}

impl Download<'_> {
    /// Until all of it has come, or it is of no use to go on.
    async fn run(&mut self, part: &mut Part) -> Result<()> {
        // A server that always breaks off at the same place doesn't get anybody further.
        let (mut failures, mut most) = (0_u32, part.length());
        loop {
            let Err(error) = self.attempt(part).await else {
                return Ok(());
            };
            if part.length() > most {
                (failures, most) = (0, part.length());
            }
            failures = failures.saturating_add(1);
            let Some(wait) = self.client.wait(&error, failures) else {
                return Err(error);
            };
            (self.observer)(FetchEvent::Retrying {
                error: &error,
                wait,
            });
            tokio::time::sleep(wait).await;
        }
    }

    /// Asks for what is missing.
    async fn attempt(&mut self, part: &mut Part) -> Result<()> {
        let mut has = part.version().cloned();
        loop {
            let asked = has.as_ref().map(|version| (part.length(), version));
            let after = asked.map(|(there, version)| (there, &*version.validator));
            let media = self.client.get(after).await?;
            match head(&media).read(asked) {
                Answer::Whole { total, version } => {
                    if part.length() > 0 {
                        (self.observer)(FetchEvent::Anew);
                        self.resumed_from = 0;
                    }
                    part.begin(version).await?;
                    return self.receive(media, part, total, total).await;
                }
                Answer::Rest(count) => {
                    let until = part.length().saturating_add(count);
                    let total = has.as_ref().map(|version| version.total);
                    self.receive(media, part, Some(until), total).await?;
                    if total == Some(until) {
                        return Ok(());
                    }
                }
                Answer::Complete => return Ok(()),
                // What is asked for without a condition can't be this again.
                Answer::Anew => has = None,
                Answer::Unfit(why) => return Err(media.error(why)),
                Answer::Refused => return Err(media.refusal()),
            }
        }
    }

    async fn receive(
        &mut self,
        mut media: Media,
        part: &mut Part,
        until: Option<u64>,
        total: Option<u64>,
    ) -> Result<()> {
        loop {
            (self.observer)(FetchEvent::Received {
                bytes: part.length(),
                total,
            });
            let Some(bytes) = media.chunk().await? else {
                break;
            };
            let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if until.is_some_and(|until| part.length().saturating_add(count) > until) {
                return Err(media.error("it sends more than it said"));
            }
            part.write(&bytes).await?;
        }
        match until {
            Some(until) if part.length() < until => Err(Error::new(
                ErrorKind::Interrupted,
                "the file ended before its end",
            )),
            _ if part.length() == 0 => Err(media.error(answer::EMPTY)),
            _ => Ok(()),
        }
    }
}

fn head(media: &Media) -> Head<'_> {
    Head {
        status: media.status(),
        content_length: media.header("content-length"),
        content_range: media.header("content-range"),
        content_type: media.header("content-type"),
        content_encoding: media.header("content-encoding"),
        etag: media.header("etag"),
        last_modified: media.header("last-modified"),
        date: media.header("date"),
        has_end: media.has_end(),
    }
}

/// Keeps what can be gone on with, and says so.
async fn left(error: Error, part: &mut Part) -> Error {
    // It is what went wrong already, if anything did.
    drop(part.settle().await);
    let length = part.length();
    match part.version().map(|Version { total, .. }| *total) {
        Some(total) => error.with_aftermath(format!(
            "{length} of {total} bytes are kept in {}: fetch it again to go on from there",
            part.path().display()
        )),
        None => {
            part.remove();
            match length {
                0 => error,
                _ => error.with_aftermath(
                    "nothing is kept, for the server doesn't say by what a download could go on",
                ),
            }
        }
    }
}

/// What to do with a recording that is no file.
fn not_a_file(playback: &[Playback]) -> Error {
    let mut formats = Vec::new();
    for Playback { format, .. } in playback {
        let name = format.as_str().to_uppercase();
        if !formats.contains(&name) {
            formats.push(name);
        }
    }
    let message = if formats.is_empty() {
        "the provider gives no address of this recording: download it in its dashboard".to_owned()
    } else {
        format!(
            "the provider gives this recording as {} only, which is no file: follow the ticket for the address, and \
             `ffmpeg -i ADDRESS -c copy FILE` makes a file of it",
            formats.join(" and ")
        )
    };
    Error::new(ErrorKind::Unsupported, message)
}
