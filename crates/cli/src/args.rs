//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{
    EnumValueParser, PathBufValueParser, PossibleValuesParser, TypedValueParser as _,
};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum as _, ValueHint};
use clap_complete::Shell;
use livecut::{Method, Rate, RecordingId, Rounding, StopRequest, StreamId, Ticket, Visibility};
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::list::ListFormat;
use crate::output::Format;
use crate::{cut, duration};

const ENVIRONMENT: &str = "\
Environment:
  A provider is configured by variables, which `livecut providers` lists.
  LIVECUT_PROVIDER names one where several are configured. A secret is never
  an argument: it comes from its variable, or from the file that the variable
  with _FILE after its name names.

Exit codes:
  0  all that was asked for is done
  1  a fault of the program's own
  2  bad use, or refused before anything was sent
  3  nothing was applied
  4  applied, but not as asked; nothing is unknown
  5  whether something was applied is unknown
  6  stopped, but the recording failed or wasn't ready in time
  For lists of streams see `livecut stop --help`.";

const LISTS: &str = "\
Lists:
  stream      the stream's id; the only one that is required
  cut         as --cut; empty in CSV or null in JSON: all of it is kept
  rounding, visibility, anchor
              as the options, which hold where the list says nothing
  recording   as --recording

  In CSV these are the columns. A list without a column `cut` keeps all of every
  recording, or what --cut says. In JSON lines they are the members of each
  line's object; either every line has a `cut`, or none. Any other name, a
  stream that is listed twice, and a line that would be refused as a single
  stop: nothing is sent, and all such lines are named.

  stream,cut                       {\"stream\":\"4PtERT9d9uK\",\"cut\":\"30s..2m\"}
  4PtERT9d9uK,30s..2m              {\"stream\":\"9xCw2LmQ0aZ\",\"cut\":null}
  9xCw2LmQ0aZ,

  Ctrl-C begins no more stops and lets those under way end; a second one gives
  up on them.

Exit codes of a list, the worst of its streams':
  0  all are done
  3  some aren't done, and to those nothing was applied
  4  some are stopped and not as asked, or their cut is owed; none is unknown
  5  of some it is unknown what was applied";

/// What follows the options of `livecut stop --help`.
fn after_stop() -> String {
    format!("{LISTS}\n\n{}", cut::examples())
}

/// End live streams and keep just the part you want, at whichever provider you
/// use, and be told truthfully what happened.
#[derive(Debug, Parser)]
#[command(
    name = "livecut",
    version,
    after_long_help = ENVIRONMENT,
    arg_required_else_help = true,
    max_term_width = 80
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The provider; otherwise LIVECUT_PROVIDER, or the one that is configured
    #[arg(long, global = true, value_name = "NAME", value_parser = provider_names())]
    pub(crate) provider: Option<String>,

    /// For whom to print
    // `fetch` has an option of this name, and clap keeps the values of both here.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human", action = ArgAction::Set,
          num_args = 1, value_parser = EnumValueParser::<Format>::new().map(Printed::For))]
    output: Vec<Printed>,

    /// Log each call to stderr; -vv and -vvv, for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// What `--output` can be: for whom to print, and of `fetch` a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Printed {
    For(Format),
    To(PathBuf),
}

impl Common {
    /// For whom to print, if the last `--output` that counts says it.
    pub(crate) fn format(&self) -> Option<Format> {
        self.output.iter().rev().find_map(|printed| match printed {
            Printed::For(format) => Some(*format),
            Printed::To(_) => None,
        })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// End a live stream, and keep all or a part of its recording
    #[command(
        after_long_help = after_stop(),
        override_usage = "livecut stop [OPTIONS] STREAM\n       livecut stop [OPTIONS] --from FILE"
    )]
    Stop(Box<StopArgs>),
    /// Look at a stream
    Status {
        /// The stream's id at the provider
        #[arg(value_name = "STREAM")]
        stream: StreamId,
    },
    /// Look whether a recording can be played, or wait until it can
    Follow(FollowArgs),
    /// Fetch a recording into a file, if its provider has it as one
    ///
    /// It comes into FILE.part, and gets its name once it is whole. The same command goes on from there after
    /// any end, if the server says that the file is still the same. How long the file plays is compared with
    /// the cut. A recording that is HLS alone is refused, with what makes a file of it.
    Fetch(FetchArgs),
    /// Receive a provider's webhooks, and print what they say
    ///
    /// For trying out an integration. Prints a line for each delivery, until Ctrl-C, and
    /// answers 204, or 401 and 400 to what isn't authentic or can't be read. How deliveries
    /// are verified is in the provider's WEBHOOK variables, which `livecut providers` lists;
    /// a secret in the URL is the last segment of its path.
    Listen(ListenArgs),
    /// List the providers: which are compiled in, what each can do and needs
    Providers,
    /// Stop, cut and follow streams at every provider, simulated in this process
    ///
    /// Needs no account and no network. Shows each call as it goes over the wire, what
    /// came of it, what the simulated provider kept, and how its recording became ready,
    /// followed once by polling and once by webhooks. The exit code is 0 only if each kept
    /// interval is the one that was asked for, and both ways of following end alike.
    #[cfg(feature = "demo")]
    Demo,
    /// Serve the simulated providers, to try programs against
    ///
    /// Prints the variables to set and the streams that exist, then serves until Ctrl-C.
    /// The clock is the system's.
    #[cfg(feature = "sim")]
    Sim {
        /// The address to listen on; one that isn't loopback is open to other machines
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StopArgs {
    /// The stream's id at the provider
    #[arg(
        value_name = "STREAM",
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    pub(crate) stream: Option<StreamId>,

    /// The part of the recording to keep, START..END; all of it without this
    ///
    /// Two offsets from the recording's start, or two instants. See the examples.
    /// With --from, for a list that says nothing of cuts.
    // Parsed later, so that the message can point into it.
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true, value_hint = ValueHint::Other)]
    cut: Option<String>,

    /// How the cut is fitted to what the provider can cut at
    #[arg(long, value_name = "HOW", default_value = Rounding::Outward.as_str(), value_parser = rounding())]
    rounding: Rounding,

    /// Who may see the recording: public, private, password-protected, or the provider's own word
    #[arg(long, value_name = "WHO", value_hint = ValueHint::Other)]
    visibility: Option<Visibility>,

    /// When the recording began, for a provider that lacks the cut's timeline
    ///
    /// Like 2025-01-13T07:50:00Z, with a zone, or @1736754600, which are Unix epoch seconds.
    #[arg(long, value_name = "INSTANT", value_parser = cut::parse_anchor)]
    anchor: Option<OffsetDateTime>,

    /// The recording to cut, for a provider where one stream is used again and again
    ///
    /// There a stop with nothing live is refused without it. A list names its own.
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other, conflicts_with = "from")]
    recording: Option<RecordingId>,

    /// The longest that the stop may take, like 45s, 2m or 1h30m [default: 30s]
    #[arg(long, visible_alias = "deadline", value_name = "DURATION", value_parser = duration::parse)]
    timeout: Option<Duration>,

    /// Wait until the recording can be played; an hour, or as long as told: --wait=2h
    ///
    /// Not with --from: recordings take far longer than stops, so waiting for one would
    /// keep the next stream on air. Follow the tickets afterwards.
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true,
          default_missing_value = "1h", value_parser = duration::parse, conflicts_with = "from")]
    pub(crate) wait: Option<Duration>,

    /// Send nothing; print what would be sent
    #[arg(long, conflicts_with = "wait")]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) list: ListArgs,
}

/// Many streams in place of one.
///
/// Not `requires = "from"`, which clap takes for granted where a STREAM conflicts with that.
#[derive(Debug, Args)]
#[command(next_help_heading = "Many streams")]
pub(crate) struct ListArgs {
    /// Stop every stream of a list, in place of STREAM; `-` is stdin
    ///
    /// CSV whose first line names the columns, or JSON lines; see "Lists" below. The whole
    /// list is checked before anything is sent.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) from: Option<PathBuf>,

    /// How the list is written, where its name doesn't tell
    ///
    /// It is told by .csv, .jsonl and .ndjson, or else by whether it begins as JSON does.
    #[arg(long, value_name = "FORMAT", conflicts_with = "stream")]
    pub(crate) format: Option<ListFormat>,

    /// Keep in this file what is known of each stream, and go on from it
    ///
    /// A stop is noted before it is sent and again when its result is known, so that
    /// being killed loses nothing. Run the same command again to go on: what is done isn't
    /// repeated, what wasn't applied is tried again, a cut that is owed is made, and what
    /// is unknown is only reported.
    #[arg(long, value_name = "FILE", conflicts_with = "stream", value_hint = ValueHint::FilePath)]
    pub(crate) results: Option<PathBuf>,

    /// The most stops that are under way at once [default: 64]
    #[arg(long, value_name = "N", conflicts_with = "stream", value_parser = concurrency)]
    pub(crate) concurrency: Option<NonZeroUsize>,

    /// The provider's limit: calls a second, or 90/m, 500/h; POST=1/s for one method's alone
    ///
    /// May be given again: once for each method that is counted apart, and once for the others. With a burst,
    /// how many calls at once it takes after a pause: 5/s+20. Without --rate it is what the provider documents,
    /// or else learned from what it refuses.
    #[arg(long, value_name = "N", conflicts_with = "stream", value_parser = rate)]
    pub(crate) rate: Vec<ListRate>,

    /// Look at each stream before its stop, and again where the effect is unknown
    ///
    /// A stream that was on air before and is over after is stopped. Nothing is
    /// ever taken for not stopped, and nothing is stopped again. Costs a call a stream, and
    /// another where the effect is unknown; for the rate both are counted for each.
    #[arg(long, conflicts_with = "stream")]
    pub(crate) reconcile: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// What `livecut stop` printed as its ticket
    #[arg(value_name = "TICKET")]
    pub(crate) ticket: Ticket,

    /// The longest that one look may take, retries included [default: 30s]
    ///
    /// A look may make a cut that is owed. With --wait it holds for each look. A fetch waits as long for a
    /// server that sends nothing, and as long as it takes for the whole file.
    #[arg(long, visible_alias = "deadline", value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) timeout: Option<Duration>,

    /// Wait until the recording can be played; an hour, or as long as told: --wait=2h
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true,
          default_missing_value = "1h", value_parser = duration::parse)]
    pub(crate) wait: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// The address to listen on; one that isn't loopback is open to other machines
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8091")]
    pub(crate) listen: SocketAddr,

    /// Says of each event whether it is about what this ticket follows
    #[arg(long, value_name = "TICKET")]
    pub(crate) ticket: Option<Ticket>,
}

impl StopArgs {
    /// The request for one stream.
    pub(crate) fn request(&self, stream: StreamId) -> Result<StopRequest, Box<Failure>> {
        let request = self.without_cut(stream);
        Ok(match &self.cut {
            Some(text) => request.with_cut(cut::parse(text)?),
            None => request,
        })
    }

    /// What is asked for of any stream, as far as a list says nothing else of it.
    pub(crate) fn without_cut(&self, stream: StreamId) -> StopRequest {
        StopRequest::new(stream)
            .with_rounding(self.rounding)
            .with_visibility(self.visibility.clone())
            .with_anchor(self.anchor)
            .with_recording(self.recording.clone())
            .with_timeout(self.timeout)
    }

    /// The cut of every stream of a list that has no cuts of its own: as it is written, for all of them end at one `now`.
    pub(crate) fn cut_of_all(&self) -> Result<Option<&str>, Box<Failure>> {
        // Or else it would be wrong on every line.
        self.cut.as_deref().map(cut::parse).transpose()?;
        Ok(self.cut.as_deref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    #[command(flatten)]
    pub(crate) follow: FollowArgs,

    /// The file; beside it, as everywhere, for whom to print: --output class.mp4 --output json
    ///
    /// A file that is called json or human is ./json or ./human.
    #[arg(long, required = true, value_name = "FILE", action = ArgAction::Append, num_args = 1,
          value_hint = ValueHint::FilePath, value_parser = PathBufValueParser::new().map(printed))]
    output: Vec<Printed>,

    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

impl FetchArgs {
    /// Where the recording is to be.
    pub(crate) fn file(&self) -> Result<&Path, Box<Failure>> {
        let mut files = self.output.iter().filter_map(|printed| match printed {
            Printed::For(_) => None,
            Printed::To(file) => Some(&**file),
        });
        match (files.next(), files.next()) {
            (Some(file), None) if file == Path::new("-") => Err(Failure::usage(
                "a fetch goes on where it broke off, and reads how long its file plays: stdout can do neither; \
                 name a file (one that is called - is ./-)",
            )),
            (Some(file), None) => Ok(file),
            (None, _) => Err(Failure::usage(
                "name the file: `--output FILE` (one that is called json is ./json)",
            )),
            _ => Err(Failure::usage(
                "a recording is fetched into one file: name one",
            )),
        }
    }
}

fn printed(path: PathBuf) -> Printed {
    let format = path
        .to_str()
        .and_then(|name| Format::from_str(name, false).ok());
    format.map_or(Printed::To(path), Printed::For)
}

fn concurrency(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse()
        .map_err(|_| "write a whole number of stops, at least 1")
}

/// The rate of all calls, or of those of one method.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListRate {
    pub(crate) method: Option<Method>,
    pub(crate) rate: Rate,
}

/// Calls a second, where nothing else is said.
fn rate(text: &str) -> Result<ListRate, String> {
    let (method, text) = match text.split_once('=') {
        Some((name, text)) => {
            let method = Method::named(name);
            let method = method.ok_or("before the = stands GET, POST, PUT or PATCH")?;
            (Some(method), text)
        }
        None => (None, text),
    };
    let rate = match text.contains('/') {
        true => text.parse(),
        false => format!("{text}/s").parse(),
    };
    let rate = rate.map_err(|error: livecut::Error| error.to_string())?;
    Ok(ListRate { method, rate })
}

fn provider_names() -> PossibleValuesParser {
    PossibleValuesParser::new(livecut::providers().iter().map(livecut::Provider::name))
}

fn rounding() -> impl clap::builder::TypedValueParser<Value = Rounding> {
    PossibleValuesParser::new(Rounding::ALL.iter().map(|rounding| rounding.as_str()))
        .try_map(|name| name.parse::<Rounding>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_stop_names_a_stream_or_a_list_and_never_both() {
        let parses =
            |args: &[&str]| Cli::try_parse_from([&["livecut", "stop"], args].concat()).is_ok();
        assert!(parses(&["x"]));
        assert!(parses(&["--from", "list.csv"]));
        assert!(parses(&[
            "--from",
            "-",
            "--rate",
            "5",
            "--rate",
            "POST=1/s+10",
            "--concurrency",
            "9",
            "--reconcile"
        ]));
        for args in [
            &[][..],
            &["x", "--from", "list.csv"],
            &["x", "--rate", "5"],
            &["x", "--results", "results.jsonl"],
            &["--from", "-", "--recording", "vod"],
            &["--from", "-", "--wait"],
            &["--from", "-", "--rate", "0"],
            &["--from", "-", "--rate", "DELETE=1/s"],
            &["--from", "-", "--concurrency", "0"],
            &["--from", "-", "--format", "json"],
        ] {
            assert!(!parses(args), "{args:?}");
        }
    }

    fn wait(args: &[&str]) -> Option<Duration> {
        let cli = Cli::try_parse_from([&["livecut", "stop", "x"], args].concat()).unwrap();
        match cli.command {
            Command::Stop(args) => args.wait,
            _ => None,
        }
    }

    #[test]
    fn wait_takes_a_duration_only_after_an_equals_sign() {
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&["--wait"]), Some(Duration::from_secs(3600)));
        assert_eq!(wait(&["--wait=90s"]), Some(Duration::from_secs(90)));
        assert!(Cli::try_parse_from(["livecut", "stop", "--wait", "90s", "x"]).is_err());
    }

    #[test]
    fn a_fetch_has_a_file_and_the_format_of_all_commands() {
        let parse = |args: &[&str]| {
            let ticket = Ticket::new("example", StreamId::new("x").unwrap()).to_string();
            let args: Vec<_> = args
                .iter()
                .map(|arg| arg.replace("TICKET", &ticket))
                .collect();
            let cli = Cli::try_parse_from([&["livecut".to_owned()], &*args].concat()).ok()?;
            let Command::Fetch(args) = &cli.command else {
                panic!("another command");
            };
            let file = args.file().map(Path::to_owned);
            Some((
                file.map_err(|failure| failure.in_full()),
                cli.common.format(),
            ))
        };
        let file = |name: &str| Ok(PathBuf::from(name));
        let fetch = ["fetch", "TICKET", "--output", "a.mp4"];
        assert_eq!(parse(&fetch), Some((file("a.mp4"), None)));
        let json = [&fetch[..], &["--output", "json"]].concat();
        assert_eq!(parse(&json), Some((file("a.mp4"), Some(Format::Json))));
        let called = ["fetch", "--output=human", "--output=./json", "TICKET"];
        assert_eq!(parse(&called), Some((file("./json"), Some(Format::Human))));
        for refused in [
            &["fetch", "TICKET", "--output", "json"][..],
            &["fetch", "TICKET", "--output", "-"],
            &["fetch", "TICKET", "--output", "a", "--output", "b"],
        ] {
            assert!(parse(refused).unwrap().0.is_err(), "{refused:?}");
        }
        assert!(parse(&["fetch", "TICKET"]).is_none());
        assert!(parse(&["fetch", "TICKET", "--output", ""]).is_none());
        // Nor is a file the format of any other command.
        assert!(Cli::try_parse_from(["livecut", "status", "x", "--output", "a.mp4"]).is_err());
    }

    #[test]
    fn every_option_of_a_stop_reaches_the_request() {
        // The second is the first's older name.
        for timeout in ["--timeout", "--deadline"] {
            let args = [
                "livecut",
                "stop",
                "abc",
                "--cut",
                "30..120",
                "--rounding",
                "exact",
                "--visibility",
                "private",
                "--anchor",
                "@1736754600",
                "--recording",
                "vod",
                timeout,
                "5s",
            ];
            let Command::Stop(args) = Cli::try_parse_from(args).unwrap().command else {
                panic!("another command");
            };
            let anchor = OffsetDateTime::from_unix_timestamp(1_736_754_600).unwrap();
            let expected = StopRequest::new(StreamId::new("abc").unwrap())
                .with_cut(livecut::CutRange::seconds(30, 120).unwrap())
                .with_rounding(Rounding::Exact)
                .with_visibility(Visibility::Private)
                .with_anchor(anchor)
                .with_recording(RecordingId::new("vod").unwrap())
                .with_timeout(Duration::from_secs(5));
            let stream = args.stream.clone().unwrap();
            assert_eq!(args.request(stream).unwrap(), expected);
        }
    }
}
