//! Ends all the classes of a list, some at once and at the provider's rate, and sums up what became of them. Each step is in a
//! journal before it is taken, so that the same program goes on after any end: what is done isn't done again. Ctrl-C begins no
//! more, and lets those under way come to their end.
//!
//! It runs here twice, against a simulated provider that refuses some of them for their rate at first.
//!
//! ```sh
//! cargo run -p livecut --example bulk --features all-providers,file-journal
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::collections::BTreeMap;
use std::error::Error;

use livecut::journal::FileJournal;
use livecut::{
    CutRange, ErrorKind, LiveStreamStopper, Rate, Standing, StopAllOptions, StopRequest, StreamId,
    stop_all,
};
use livecut_sim::{Action, NextAnswer, Simulator, StreamSpec};

/// A class a line: its room, and what to keep of it.
const CLASSES: &str = "\
room-1,30s..45m
room-2,0s..50m
room-3,1m..44m30s
room-4,0s..10m
nobody,0s..10m
room-5,30s..50m
";

/// A line of the list, with its number: a key that comes back with the result.
fn class(number: usize, line: &str) -> Result<(usize, StopRequest), Box<dyn Error>> {
    let (room, keep) = line.split_once(',').ok_or("a line is ROOM,START..END")?;
    let request = StopRequest::new(StreamId::new(room)?).with_cut(keep.parse::<CutRange>()?);
    Ok((number, request))
}

/// How many classes came to what.
async fn end_classes(
    stopper: &dyn LiveStreamStopper,
    classes: Vec<(usize, StopRequest)>,
    journal: &FileJournal,
) -> BTreeMap<&'static str, usize> {
    let options = StopAllOptions::new()
        .with_concurrency(16)
        // What the provider allows, if you know it. Otherwise leave it out, or give 0: it is learned.
        .with_rate(Rate::per_second(100));
    let mut stops = stop_all(stopper, classes, options).with_journal(journal);

    let handle = stops.handle();
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            handle.cancel();
        }
    });

    let mut summary = BTreeMap::new();
    while let Some(stop) = stops.next().await {
        // A wrong credential fails them all.
        if stop
            .result()
            .is_err_and(|error| error.kind() == ErrorKind::Unauthorized)
        {
            stops.cancel();
        }
        let came_to = match stop.standing() {
            None => "done",
            // Mend the cause, and run this again.
            Some(Standing::NothingDone) => "nothing was changed",
            // Run this again, which has the cut made.
            Some(Standing::CutOwed) => "cut owed",
            Some(Standing::DoneInPart) => "done in part",
            // It isn't repeated: have someone look.
            Some(_) => "unknown",
        };
        let note = match stop.result() {
            Ok(outcome) => outcome.ticket().to_string(),
            Err(error) => error.to_string(),
        };
        if let Some(why) = stop.unnoted() {
            println!("keep this, for the journal can't be written: {why}");
        }
        let (line, request) = stop.input();
        println!("line {line}, {}: {came_to}: {note}", request.stream());
        let count: &mut usize = summary.entry(came_to).or_default();
        *count = count.saturating_add(1);
    }
    println!("refused for their rate: {}", stops.rate_refusals());
    interrupted.abort();
    summary
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = Simulator::start().await?;
    // Whichever it is, the program is the same.
    let simulated = sim.providers().first().ok_or("no provider is simulated")?;
    for room in 1..=5 {
        simulated.create_stream(StreamSpec::live(format!("room-{room}")))?;
    }
    let busy = NextAnswer::status(429).with_header("retry-after", "1");
    simulated.next_answer(busy.on(Action::Stop).times(2))?;
    // A program on a server reads the environment instead: `livecut::from_env()`.
    let variable = |word: &str| format!("LIVECUT_{}_{word}", simulated.name()).to_uppercase();
    let settings = simulated.credentials().into_iter();
    let settings: Vec<_> = settings.chain(simulated.base_urls()).collect();
    let stopper = livecut::from_lookup(|name| {
        let mut settings = settings.iter();
        let (_, value) = settings.find(|(word, _)| variable(word) == name)?;
        Some(value.clone())
    })?;

    // A list of a hundred thousand would be read line by line instead: any iterator will do.
    let lines = CLASSES.lines().zip(1..);
    let classes = lines.map(|(line, number)| class(number, line));
    let classes = classes.collect::<Result<Vec<_>, _>>()?;
    let file = std::env::temp_dir().join(format!("livecut-bulk-{}.jsonl", std::process::id()));
    for _ in 0..2 {
        let journal = FileJournal::open(&file)?;
        let before = simulated.requests().len();
        let summary = end_classes(&*stopper, classes.clone(), &journal).await;
        journal.sync()?;
        for (came_to, count) in &summary {
            println!("{count} {came_to}");
        }
        let sent = simulated.requests().len().saturating_sub(before);
        println!("requests: {sent}");
    }
    std::fs::remove_file(file)?;
    Ok(())
}
