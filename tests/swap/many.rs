//! The README's program for many streams, as it stands there.
#![expect(clippy::print_stdout, reason = "it is a program")]

use livecut::{LiveStreamStopper, LiveStreamStopperExt, StopAllOptions, StopRequest, journal::FileJournal};
use std::{io::Result, path::Path};

pub(crate) async fn end_all(stopper: &dyn LiveStreamStopper, classes: Vec<StopRequest>, file: &Path) -> Result<()> {
    let journal = FileJournal::open(file)?; // feature `file-journal`
    let stops = stopper.stop_all(classes, StopAllOptions::new()); // at the provider's pace
    let mut stops = stops.with_journal(&journal);
    while let Some(stop) = stops.next().await {
        let standing = stop.standing().map_or("done", |standing| standing.as_str());
        println!("{}: {standing}", stop.request().stream());
    }
    journal.sync()
}
