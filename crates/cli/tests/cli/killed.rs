//! A run that is killed at any moment loses nothing that was known.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "small numbers, and a test that overflows fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use livecut_sim::{Action, NextAnswer, Simulator};
use serde_json::Value;
use tokio::process::Command;

use crate::lists::{file, folder, lines, sim};
use crate::providers::{at_single, single};
use crate::{run, start};

const STREAMS: usize = 40;
const KILLS: usize = 50;

/// What one list's file says of its streams.
#[derive(Debug, Default)]
struct Kept {
    begun: BTreeSet<String>,
    /// Those whose last result is an error that proves that nothing was applied.
    not_applied: BTreeSet<String>,
    done: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

impl Kept {
    fn read(results: &Path) -> Self {
        let bytes = fs::read(results).unwrap_or_default();
        let mut kept = Self::default();
        // The last line may be torn, and no other.
        let whole = bytes.split_inclusive(|byte| *byte == b'\n');
        for line in whole.filter(|line| line.ends_with(b"\n")) {
            let record: Value = serde_json::from_slice(line).unwrap();
            let (begun, ended) = (&record["begun"], &record["ended"]);
            if let Some(stream) = begun["request"]["stream"].as_str() {
                kept.begun.insert(stream.to_owned());
                kept.not_applied.remove(stream);
            }
            if let Some(stream) = ended["stream"].as_str() {
                let effect = &ended["result"]["error"]["effect"];
                let set = match effect["stopped"].as_str() {
                    None => &mut kept.done,
                    Some("no") => &mut kept.not_applied,
                    Some(_) => &mut kept.unknown,
                };
                set.insert(stream.to_owned());
            }
        }
        kept
    }

    /// Begun, and nothing came of it: the run was killed meanwhile.
    fn cut_short(&self) -> BTreeSet<String> {
        let mut streams = self.begun.clone();
        for ended in [&self.done, &self.not_applied, &self.unknown] {
            streams.retain(|stream| !ended.contains(stream));
        }
        streams
    }
}

/// When a run is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The simulator has seen so many more requests.
    Requests(usize),
    /// The file has grown by so many bytes, which mostly is in the middle of a line.
    Bytes(u64),
    /// It was waited so often for nothing.
    Turns(usize),
}

impl Moment {
    fn random(random: &mut fastrand::Rng) -> Self {
        match random.u8(0..3) {
            0 => Self::Requests(random.usize(1..12)),
            1 => Self::Bytes(random.u64(1..6_000)),
            _ => Self::Turns(random.usize(1..4_000)),
        }
    }
}

/// Runs the program and kills it at that moment. `false`: it had come to its end before.
async fn killed(command: &mut Command, sim: &Simulator, results: &Path, moment: Moment) -> bool {
    let size = || fs::metadata(results).map_or(0, |file| file.len());
    let (requests, bytes, mut turns) = (sim.requests().len(), size(), 0);
    let mut child = start(command.stdout(Stdio::null()));
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let now = match moment {
            Moment::Requests(more) => sim.requests().len() >= requests + more,
            Moment::Bytes(more) => size() >= bytes + more,
            Moment::Turns(all) => turns >= all,
        };
        if now {
            break;
        }
        turns += 1;
        tokio::task::yield_now().await;
    }
    // SIGKILL.
    child.start_kill().unwrap();
    !child.wait().await.unwrap().success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_at_fifty_random_moments_loses_nothing_that_was_known() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut kills, mut cut_short, mut list_number) = (0, 0, 0);
    while kills < KILLS {
        list_number += 1;
        let (killed, short) = one_list(&mut random, list_number, KILLS - kills).await;
        kills += killed;
        cut_short += short;
    }
    assert_eq!(kills, KILLS);
    println!("{kills} kills in {list_number} lists cut {cut_short} stops short");
    // Or else the moments aren't where it matters.
    assert!(cut_short > 0, "no kill was while a stop was under way");
}

/// Kills runs of one list, at most so often, until one comes to its end. Gives how often that
/// was, and how many stops were under way then.
async fn one_list(random: &mut fastrand::Rng, number: usize, most: usize) -> (usize, usize) {
    let names: Vec<_> = (0..STREAMS).map(|number| format!("s{number}")).collect();
    let sim = sim(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    // Some are refused at first, and of some nobody learns that they were applied, or weren't.
    for (place, name) in names.iter().enumerate() {
        let answer = match place % 10 {
            3 => NextAnswer::status(403),
            6 => NextAnswer::status(502).with_applied(true),
            9 => NextAnswer::status(502).with_applied(false),
            _ => continue,
        };
        single(&sim).next_answer(answer.for_id(name)).unwrap();
    }
    let folder = folder(&format!("killed-{number}"));
    let list = file(
        &folder,
        "list.csv",
        &format!("stream,cut\n{},30..60\n", names.join(",30..60\n")),
    );
    let results = folder.join("results.jsonl");
    let mut command = at_single(&sim);
    command
        .args(["stop", "--output", "json", "--concurrency", "4", "--from"])
        .arg(&list)
        .arg("--results")
        .arg(&results);

    let (mut kills, mut cut_short) = (0, BTreeSet::new());
    while kills < most && killed(&mut command, &sim, &results, Moment::random(random)).await {
        kills += 1;
        let kept = Kept::read(&results);
        assert_truth(&sim, &names, &kept);
        // Nothing that is unknown once is begun ever again, so these sets only grow.
        cut_short.extend(kept.cut_short());
    }

    // Twice, since a refusal of the last run is tried again by the next.
    run(&mut command).await;
    let ran = run(&mut command).await;
    let kept = Kept::read(&results);
    assert_truth(&sim, &names, &kept);
    let (streams, summary) = lines(&ran);
    let mut unknown = kept.unknown.clone();
    unknown.extend(cut_short.iter().cloned());
    for name in &names {
        let said = &streams[name]["error"]["effect"]["stopped"];
        let expected = if unknown.contains(name) {
            "unknown".into()
        } else {
            Value::Null
        };
        assert_eq!(*said, expected, "{name}: {}", streams[name]);
    }
    assert_eq!(
        kept.cut_short(),
        cut_short,
        "unknown only where it was begun without a result"
    );
    assert_eq!(
        summary["done"].as_u64().unwrap(),
        u64::try_from(STREAMS - unknown.len()).unwrap()
    );
    assert_eq!(ran.code, Some(if unknown.is_empty() { 0 } else { 5 }));
    (kills, cut_short.len())
}

/// Compares the file with what the simulator did.
fn assert_truth(sim: &Simulator, names: &[String], kept: &Kept) {
    for name in names {
        let requests = single(sim).requests_for(Action::Stop, name);
        let applied = requests
            .iter()
            .filter(|request| request.applied.stop)
            .count();
        let refused = requests.iter().filter(|r| r.status == Some(403)).count();
        let unproved = requests.len() - refused;
        assert!(unproved <= 1, "{name} was stopped {unproved} times");
        assert!(applied <= 1, "{name} was stopped twice");
        assert!(
            requests.is_empty() || kept.begun.contains(name),
            "{name} was sent unnoted"
        );
        assert!(
            !kept.done.contains(name) || applied == 1,
            "{name} isn't done"
        );
        assert!(
            !kept.not_applied.contains(name) || applied == 0,
            "{name} was applied"
        );
    }
}
