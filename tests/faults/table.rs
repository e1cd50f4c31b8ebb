//! The tables in `docs/faults.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use livecut_core::Effect;
use livecut_sim::faults::{Claim, Fault, Transport, Truth, catalogue};

use crate::scenario::{Scenario, Seen};

/// Set, the tables in `docs/faults.md` are written anew; otherwise they are compared.
const UPDATE: &str = "LIVECUT_UPDATE_DOCS";

type All<'a> = [(&'a Scenario, Seen)];

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn summary(all: &All<'_>, wrong: usize) -> String {
    let combinations: BTreeSet<_> = all
        .iter()
        .map(|(one, _)| {
            (
                one.fault.name(),
                one.adapter.name,
                one.cut,
                one.at,
                one.reused,
                one.transport,
            )
        })
        .collect();
    let faults: BTreeSet<_> = all.iter().map(|(one, _)| one.fault.name()).collect();
    let adapters: BTreeSet<_> = all.iter().map(|(one, _)| one.adapter.name).collect();
    format!(
        "{} faults, {} adapters, {} combinations of fault, adapter, cut, call, connection and transport, {} stops: {}",
        faults.len(),
        adapters.len(),
        combinations.len(),
        all.len(),
        match wrong {
            0 => "no claim contradicts the truth, nothing was carried out twice".to_owned(),
            count => format!("{count} WRONG"),
        }
    )
}

pub(crate) fn whole(all: &All<'_>, summary: &str) -> String {
    let faults: String = catalogue().iter().map(|fault| row(fault, all)).collect();
    format!("{FAULTS}{faults}\n{CALLS}{}\n{summary}.\n", calls(all))
}

const FAULTS: &str = "\
| fault | what happens | over | carried out | claim | attempts | requests | if it strikes once |
| --- | --- | --- | --- | --- | --- | --- | --- |
";

/// What a fault does to a call that stops or cuts.
fn row(fault: &Fault, all: &All<'_>) -> String {
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
        most.map(|most| most.to_string()).unwrap_or_default()
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

/// What a stop claims, by the call that was struck.
fn calls(all: &All<'_>) -> String {
    let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (scenario, seen) in all {
        let row = (scenario.adapter.name, scenario.cut, scenario.at);
        rows.entry(row).or_default().push((scenario, seen));
    }
    let mut lines = String::new();
    for ((adapter, cut, at), all) in rows {
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
            "| {adapter} | {} | {}. {} | {} | {} | {} |",
            if cut { "stop, cut" } else { "stop" },
            at.saturating_add(1),
            call.unwrap_or_default(),
            claims(Claim::No),
            claims(Claim::Unknown),
            all.len(),
        )
        .expect("a string takes anything");
    }
    lines
}

fn pair(effect: Effect) -> String {
    format!("{}, {}", effect.stopped, effect.cut)
}

const BEGIN: &str = "<!-- generated: begin -->\n";
const END: &str = "<!-- generated: end -->\n";

/// Compares what stands between the two marks in `docs/faults.md` with the tables, or writes them there.
pub(crate) fn check_docs(tables: &str) {
    let path = repository().join("docs/faults.md");
    let text = fs::read_to_string(&path).expect("docs/faults.md exists");
    let (before, rest) = text
        .split_once(BEGIN)
        .expect("docs/faults.md has the first mark");
    let (old, after) = rest
        .split_once(END)
        .expect("docs/faults.md has the second mark");
    let tables = format!("\n{tables}\n");
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, [before, BEGIN, &tables, END, after].concat())
            .expect("docs/faults.md can be written");
    } else {
        assert!(
            old == tables,
            "docs/faults.md isn't what was just seen: set {UPDATE}=1, run this test again, and look at the difference"
        );
    }
}
