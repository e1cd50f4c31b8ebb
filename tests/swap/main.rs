//! A provider is swapped by one feature and the environment, and no code: one small program, compiled once a provider,
//! keeps the same part of a stream at each.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share panics as the tests do"
)]

mod program;

use std::collections::BTreeSet;
use std::time::Duration;

use livecut_sim::{Simulator, StreamSpec};
use program::Program;
use time::format_description::well_known::Rfc3339;

/// Every provider that the program is compiled for, by its feature's name.
const PROVIDERS: [&str; 4] = ["tpstreams", "gjirafa", "mux", "gcore"];

/// The streams that are cut by offsets and by wall clock: integers, which every provider takes for ids.
const STREAM: [&str; 2] = ["1001", "1002"];

/// The environment that points the program at the simulated provider.
fn environment(simulator: &Simulator, provider: &str) -> Vec<(&'static str, String)> {
    match provider {
        "tpstreams" => {
            let simulated = simulator.tpstreams();
            vec![
                (
                    "LIVECUT_TPSTREAMS_ORGANIZATION_ID",
                    simulated.organization_id(),
                ),
                ("LIVECUT_TPSTREAMS_TOKEN", simulated.token()),
                ("LIVECUT_TPSTREAMS_BASE_URL", simulated.base_url()),
            ]
        }
        "gjirafa" => {
            let simulated = simulator.gjirafa();
            vec![
                ("LIVECUT_GJIRAFA_PROJECT_ID", simulated.project_id()),
                ("LIVECUT_GJIRAFA_AUTHORIZATION", simulated.authorization()),
                ("LIVECUT_GJIRAFA_BASE_URL", simulated.base_url()),
            ]
        }
        "mux" => {
            let simulated = simulator.mux();
            vec![
                ("LIVECUT_MUX_TOKEN_ID", simulated.token_id()),
                ("LIVECUT_MUX_TOKEN_SECRET", simulated.token_secret()),
                ("LIVECUT_MUX_BASE_URL", simulated.base_url()),
            ]
        }
        "gcore" => {
            let simulated = simulator.gcore();
            vec![
                ("LIVECUT_GCORE_TOKEN", simulated.token()),
                ("LIVECUT_GCORE_BASE_URL", simulated.base_url()),
            ]
        }
        other => panic!("{other} has no environment here"),
    }
}

/// The methods of the requests that change something: as the program says that it will send them, and as they arrived.
fn changing(methods: impl Iterator<Item = impl AsRef<str>>) -> Vec<String> {
    methods
        .map(|method| method.as_ref().to_owned())
        .filter(|method| matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE"))
        .collect()
}

/// The same half hour of a stream that has been live for an hour, on each timeline.
fn cuts(simulator: &Simulator) -> [String; 2] {
    let now = simulator.clock().now();
    let before_now = |minutes| {
        let instant = now.saturating_sub(time::Duration::minutes(minutes));
        instant.format(&Rfc3339).expect("it is after the year 0")
    };
    [
        "10m..0:40:00".to_owned(),
        format!("{}..{}", before_now(50), before_now(20)),
    ]
}

#[tokio::test]
async fn one_program_keeps_the_same_part_at_every_provider() {
    for provider in PROVIDERS {
        let program = Program::built_for(provider);
        let simulator = Simulator::start().await.expect("loopback has a free port");
        let environment = environment(&simulator, provider);
        let simulated = simulator
            .providers()
            .iter()
            .find(|simulated| simulated.name() == provider)
            .unwrap_or_else(|| panic!("{provider} isn't simulated"));
        for (stream, cut) in STREAM.into_iter().zip(cuts(&simulator)) {
            let spec = StreamSpec::live(stream);
            simulated.create_stream(spec).expect("the stream is new");
            let began = simulated.recording(stream).and_then(|known| known.start);
            let anchor = began
                .and_then(|at| at.format(&Rfc3339).ok())
                .expect("it is live");
            let before = simulator.requests().len();
            // The program passes the anchor on, whether the provider needs one or not.
            let output = program.run(&environment, &[stream, &cut, &anchor]).await;
            assert!(output.status.success(), "{provider}, {cut}: {output:?}");
            let kept = simulated
                .kept(stream)
                .unwrap_or_else(|| panic!("{provider} goes on with {stream}"));
            assert_eq!(
                kept.offsets(),
                Duration::from_secs(600)..Duration::from_secs(2_400),
                "{provider}, {cut}"
            );
            // Each change was planned, and sent once.
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let planned = changing(said.lines().filter_map(|line| line.split(' ').next()));
            let requests = simulator.requests();
            let arrived = changing(requests.iter().skip(before).map(|r| &r.method));
            assert_eq!(planned, arrived, "{provider}, {cut}: {said}");
            assert!(!arrived.is_empty(), "{said}");
        }

        // The other providers aren't in this program, and it says what it would take.
        for other in PROVIDERS.into_iter().filter(|other| *other != provider) {
            let chosen = [("LIVECUT_PROVIDER", other.to_owned())];
            let output = program.run(&chosen, &["stream", "10m..40m"]).await;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                !output.status.success() && said.contains(other),
                "{output:?}"
            );
            assert!(said.contains("feature"), "{said}");
        }
    }
}

#[test]
fn the_program_names_no_provider_and_every_provider_runs_it() {
    let providers = program::providers();
    assert_eq!(providers, BTreeSet::from(PROVIDERS.map(str::to_owned)));
    let source = program::source().to_lowercase();
    for provider in providers {
        assert!(
            !source.contains(&provider),
            "the program mentions {provider}"
        );
    }
}
