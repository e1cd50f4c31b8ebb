//! The tables in `docs/faults.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use livecut_core::{Certainty, Effect};
use livecut_sim::faults::{Claim, Fault, Transport, Truth, catalogue};

use crate::scenario::{Scenario, Seen};

/// Set, the tables in `docs/faults.md` are written anew; otherwise they are compared.
const UPDATE: &str = "LIVECUT_UPDATE_DOCS";

type All<'a> = [(&'a Scenario, Seen)];

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn summary(all: &All<'_>, what: &str, wrong: usize) -> String {
    let combinations: BTreeSet<_> = all
        .iter()
        .map(|(one, _)| {
            (
                one.fault.name(),
                one.adapter.name,
                one.work,
                one.at,
                one.reused,
                one.transport,
            )
        })
        .collect();
    let faults: BTreeSet<_> = all.iter().map(|(one, _)| one.fault.name()).collect();
    let adapters: BTreeSet<_> = all.iter().map(|(one, _)| one.adapter.name).collect();
    format!(
        "{} faults, {} adapters, {} combinations of fault, adapter, request, call, connection and transport, {} {what}: {}",
        faults.len(),
        adapters.len(),
        combinations.len(),
        all.len(),
        match wrong {
            0 => "no claim contradicts the truth, nothing was carried out twice".to_owned(),
            count => format!(
                "{count} WRONG, {} carried out twice",
                all.iter().filter(|(_, seen)| seen.repeated).count()
            ),
        }
    )
}

pub(crate) fn of_stops(all: &All<'_>, summary: &str) -> String {
    let faults: String = catalogue()
        .iter()
        .map(|fault| row(fault, all, false))
        .collect();
    let repeated = catalogue().iter().filter_map(|fault| {
        let repeated = row(fault, all, true);
        (repeated != row(fault, all, false)).then_some(repeated)
    });
    let repeated: String = repeated.collect();
    let calls = calls(all, |_| None);
    format!("{FAULTS}{faults}\n{REPEATED}{FAULTS}{repeated}\n{CALLS}{calls}\n{summary}.\n")
}

pub(crate) fn of_follows(all: &All<'_>, summary: &str) -> String {
    let calls = calls(all, |all| Some(ends(all)));
    format!("{FOLLOWS}{calls}\n{summary}.\n")
}

const REPEATED: &str = "\
Where the stop is safe to repeat, these are otherwise:

";

const FAULTS: &str = "\
| fault | what happens | over | carried out | claim | attempts | requests | if it strikes once |
| --- | --- | --- | --- | --- | --- | --- | --- |
";

/// What a fault does to a call that stops or cuts: to one that is safe to repeat, or to one that isn't.
fn row(fault: &Fault, all: &All<'_>, repeats: bool) -> String {
    let transports: Vec<_> = fault
        .transports()
        .iter()
        .map(|transport| match transport {
            Transport::Plain => "plain",
            Transport::Tls => "TLS",
            Transport::Http2 => "HTTP/2",
        })
        .collect();
    let truth = match fault.truth() {
        Truth::Never => "no",
        Truth::Always => "yes",
        Truth::Either => "by seed",
    };
    let of_it = |once| {
        all.iter().filter(move |(scenario, _)| {
            scenario.fault.name() == fault.name()
                && scenario.once == once
                && scenario.struck().has_effect()
                && scenario.repeats(scenario.struck()) == repeats
        })
    };
    let claims = |once| {
        let claims: BTreeSet<_> = of_it(once)
            .map(|(scenario, seen)| scenario.says(seen).unwrap_or("WRONG"))
            .collect();
        Vec::from_iter(claims).join(", ")
    };
    let most = |count: fn(&Scenario, &Seen) -> u64| {
        let counts = of_it(false).filter(|(scenario, _)| {
            let last = scenario.at.saturating_add(1) == scenario.calls().len();
            last && scenario.fault.claim(scenario.transport) != Claim::Race
        });
        let most = counts.map(|(scenario, seen)| count(scenario, seen)).max();
        match most {
            Some(1..) if fault.is_rate_limit() => "till the deadline".to_owned(),
            Some(most) => most.to_string(),
            None => String::new(),
        }
    };
    let mut line = String::new();
    writeln!(
        line,
        "| `{}` | {} | {} | {truth} | {} | {} | {} | {} |",
        fault.name(),
        fault.summary(),
        transports.join(", "),
        claims(false),
        most(|_, seen| seen.observed.strikes),
        most(Scenario::requests),
        claims(true),
    )
    .expect("a string takes anything");
    line
}

const CALLS: &str = "\
| adapter | asked for | call | if it provably wasn't carried out | if it may have been | stops |
| --- | --- | --- | --- | --- | --- |
";

const FOLLOWS: &str = "\
| adapter | asked for | call | if it provably wasn't carried out | if it may have been | followed again | looks and follows |
| --- | --- | --- | --- | --- | --- | --- |
";

type Row<'a> = [(&'a Scenario, &'a Seen)];

/// What following again came to.
fn ends(all: &Row<'_>) -> String {
    let ends = all.iter().filter_map(|(_, seen)| seen.after.as_ref());
    let ends: BTreeSet<_> = ends
        .map(|after| {
            let end = after.end.split(", cut ").collect::<Vec<_>>();
            let verdict = match end.as_slice() {
                [ready, cut] if ready.starts_with("ready: ") => format!("ready, cut {cut}"),
                _ => after.end.clone(),
            };
            match after.cuts {
                1 => format!("{verdict}; 1 cut made"),
                cuts => format!("{verdict}; {cuts} cuts made"),
            }
        })
        .collect();
    Vec::from_iter(ends).join(" or ")
}

/// What is claimed, by the call that was struck; and a column more.
fn calls(all: &All<'_>, more: fn(&Row<'_>) -> Option<String>) -> String {
    let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (scenario, seen) in all {
        let row = (scenario.adapter.name, scenario.work, scenario.at);
        rows.entry(row).or_default().push((*scenario, seen));
    }
    let mut lines = String::new();
    for ((adapter, work, at), all) in rows {
        let claims = |of: Claim| {
            let claims: BTreeSet<_> = all
                .iter()
                .filter(|(scenario, seen)| {
                    scenario.deciding() == scenario.at
                        && scenario.expected().1 == of
                        && !seen.succeeded
                })
                .filter_map(|(_, seen)| seen.claim.map(pair))
                .collect();
            Vec::from_iter(claims).join("; ")
        };
        let call = all.first().map(|(one, _)| one.struck().describe());
        writeln!(
            lines,
            "| {adapter} | {work} | {}. {} | {} | {} |{} {} |",
            at.saturating_add(1),
            call.unwrap_or_default(),
            claims(Claim::No),
            claims(Claim::Unknown),
            more(&all)
                .map(|more| format!(" {more} |"))
                .unwrap_or_default(),
            all.len(),
        )
        .expect("a string takes anything");
    }
    lines
}

fn pair(effect: Effect) -> String {
    match effect.other {
        Certainty::No => format!("{}, {}", effect.stopped, effect.cut),
        other => format!("{}, {}, and closed: {other}", effect.stopped, effect.cut),
    }
}

/// Compares what stands between the two marks of this name in `docs/faults.md` with the tables, or writes them there.
pub(crate) fn check_docs(name: &str, tables: &str) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let path = repository().join("docs/faults.md");
    let text = fs::read_to_string(&path).expect("docs/faults.md exists");
    let begin = format!("<!-- generated: {name}: begin -->\n");
    let end = format!("<!-- generated: {name}: end -->\n");
    let (before, rest) = text
        .split_once(&begin)
        .expect("docs/faults.md has the first mark");
    let (old, after) = rest
        .split_once(&end)
        .expect("docs/faults.md has the second mark");
    let tables = format!("\n{tables}\n");
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, [before, &begin, &tables, &end, after].concat())
            .expect("docs/faults.md can be written");
    } else {
        assert!(
            old == tables,
            "docs/faults.md isn't what was just seen: set {UPDATE}=1, run this test again, and look at the difference"
        );
    }
}
