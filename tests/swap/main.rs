//! A provider is swapped by one feature and the environment, and no code: two small programs, compiled once a provider,
//! keep the same part of a stream at each. One is the README's first, as it stands there.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what tests share panics as the tests do"
)]

#[rustfmt::skip]
mod many;
mod program;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use livecut::{LiveStreamStopper, Progress, Ticket, Timeline, TimelineSupport};
use livecut_sim::{SimulatedProvider, Simulator, StreamSpec};
use livecut_tests::kits::{KITS, Kit};
use program::Programs;
use time::format_description::well_known::Rfc3339;

/// The streams that are cut by offsets and by wall clock: integers, which every provider takes for ids.
const STREAM: [&str; 2] = ["1001", "1002"];

/// The environment that points the program at the simulated provider.
fn environment(simulated: &SimulatedProvider) -> Vec<(String, String)> {
    let settings = simulated.credentials().into_iter();
    let name = simulated.name();
    settings
        .chain([("base_url", simulated.base_url())])
        .map(|(word, value)| {
            (
                format!("LIVECUT_{name}_{word}")
                    .replace('-', "_")
                    .to_uppercase(),
                value,
            )
        })
        .collect()
}

fn stopper(environment: &[(String, String)]) -> Arc<dyn LiveStreamStopper> {
    let stopper = livecut::from_lookup(|name| {
        let mut known = environment.iter();
        let value = known.find(|(known, _)| known == name)?;
        Some(value.1.clone())
    });
    stopper.expect("it is configured")
}

/// What is kept of a stream that was ended with this ticket; if a cut is an address, what is there.
async fn kept(simulated: &SimulatedProvider, stream: &str, ticket: &Ticket) -> Range<Duration> {
    let stopper = stopper(&environment(simulated));
    let kept = if stopper.capabilities().cuts_by_address() {
        simulated.clock().advance(Duration::from_secs(3_600));
        let followed = stopper.follow(ticket).await.expect("it can be followed");
        let Progress::Ready(ready) = followed else {
            panic!("it isn't ready: {followed:?}")
        };
        let mut playback = ready.recording().playback().iter();
        playback.find_map(|playback| simulated.at_address(&playback.url))
    } else {
        simulated.kept(stream)
    };
    let kept = kept.unwrap_or_else(|| panic!("{} keeps none of {stream}", simulated.name()));
    kept.offsets()
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
    for kit in KITS {
        let provider = kit.name;
        let program = Programs::built_for(provider).example;
        for (at, stream) in STREAM.into_iter().enumerate() {
            let simulator = Simulator::start().await.expect("loopback has a free port");
            let simulated = kit.simulated(&simulator);
            let environment = environment(simulated);
            let [by_offset, by_clock] = cuts(&simulator);
            let cut = if at == 0 { by_offset } else { by_clock };
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
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            // Each change was planned, and sent once.
            let planned = changing(said.lines().filter_map(|line| line.split(' ').next()));
            let requests = simulator.requests();
            let arrived = changing(requests.iter().skip(before).map(|r| &r.method));
            assert_eq!(planned, arrived, "{provider}, {cut}: {said}");
            assert!(!arrived.is_empty(), "{said}");
            let ticket = said.lines().last().and_then(|line| line.parse().ok());
            let ticket = ticket.expect("the ticket comes last");
            assert_eq!(
                kept(simulated, stream, &ticket).await,
                Duration::from_secs(600)..Duration::from_secs(2_400),
                "{provider}, {cut}"
            );
        }

        // The other providers aren't in this program, and it says what it would take.
        let all = KITS.iter().map(|kit| kit.name);
        for other in all.filter(|other| *other != provider) {
            let chosen = [("LIVECUT_PROVIDER".to_owned(), other.to_owned())];
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

/// Runs the README's program against a simulated provider, and checks what it said and what is kept.
async fn run_the_readme_s(kit: &Kit, simulator: &Simulator, is_owed: bool) {
    let provider = kit.name;
    let program = Programs::built_for(provider).readme;
    let simulated = kit.simulated(simulator);
    // The example's stream and cut, in a stream that has been live since 07:00.
    let mut spec = StreamSpec::live("1001").with_trimming_time(Duration::ZERO);
    if !is_owed {
        spec = spec
            .with_stopped_time(Duration::ZERO)
            .with_transcoding_time(Duration::ZERO);
    }
    simulated.create_stream(spec).expect("the stream is new");
    let clock = simulator.clock().clone();
    let (heard, ticket) = std::sync::mpsc::channel();
    let hear = move |line: &str| {
        let ticket: Ticket = line.parse().expect("the ticket comes first");
        assert_eq!(ticket.owes_cut(), is_owed, "{ticket}");
        heard.send(ticket).expect("it is waited for");
        // What it then waits for.
        clock.advance(Duration::from_secs(600));
    };
    let environment = environment(simulated);
    let (succeeded, said) = program.run_and_hear(&environment, hear).await;
    assert!(succeeded, "{provider}: {said}");
    assert!(said.ends_with(" can be played\n"), "{provider}: {said}");
    let ticket = ticket.recv().expect("it was heard");
    // No content is lost, however finely the anchor is known.
    let capabilities = kit.known().capabilities().expect("it is compiled in");
    let earliest = Duration::from_secs(3_000).saturating_sub(capabilities.anchor_precision());
    assert_eq!(
        kept(simulated, "1001", &ticket).await,
        earliest..Duration::from_secs(3_300),
        "{provider}"
    );
}

#[tokio::test]
async fn the_readme_s_first_program_runs_as_it_stands_at_every_provider() {
    // It cuts by the clock, and has no anchor to give.
    let takes_it = |kit: &&Kit| {
        let capabilities = kit.known().capabilities().expect("it is compiled in");
        let by_clock = capabilities.timeline(Timeline::WallClock);
        by_clock.is_some_and(|support| support != TimelineSupport::WithAnchor)
    };
    for kit in KITS.iter().filter(takes_it) {
        let simulator = Simulator::start().await.expect("loopback has a free port");
        run_the_readme_s(kit, &simulator, false).await;
    }
}

#[tokio::test]
async fn the_readme_s_first_program_has_an_owed_cut_made() {
    let mut owed = 0;
    for kit in KITS {
        for variant in kit.variants.iter().filter(|variant| variant.owes_cuts) {
            let simulator = Simulator::start().await.expect("loopback has a free port");
            (variant.prepare)(&simulator);
            run_the_readme_s(kit, &simulator, true).await;
            owed += 1;
        }
    }
    assert!(owed > 0, "some provider owes cuts");
}

#[tokio::test]
async fn the_readme_s_program_for_many_goes_on_where_it_ended() {
    let text = include_str!("many.rs").replace("pub(crate) async", "async");
    let (_, code) = text.split_once("\n\n").expect("a header comes first");
    assert!(
        program::README.contains(code),
        "README.md has another program"
    );

    let folder = std::env::temp_dir().join(format!("livecut-many-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let file = folder.join("classes.jsonl");
    let simulator = Simulator::start().await.expect("loopback has a free port");
    for kit in KITS {
        let provider = kit.simulated(&simulator);
        let stopper = stopper(&environment(provider));
        let classes = STREAM.map(|stream| {
            provider
                .create_stream(StreamSpec::live(stream))
                .expect("the stream is new");
            livecut::StopRequest::new(livecut::StreamId::new(stream).expect("an id"))
        });
        let mut sent = Vec::new();
        for first in [1, 1, STREAM.len()] {
            let classes = classes.iter().take(first).cloned().collect();
            let ended = many::end_all(&*stopper, classes, &file).await;
            ended.expect("it is kept");
            sent.push(simulator.requests().len());
        }
        let [first, again, more] = *sent else {
            panic!("three runs")
        };
        assert!(first == again && again < more, "{}: {sent:?}", kit.name);
        let kept = std::fs::read_to_string(&file).expect("there is a journal");
        let done = kept.lines().filter(|line| line.starts_with("{\"ended\":"));
        assert_eq!(done.count(), STREAM.len(), "{}: {kept}", kit.name);
        std::fs::remove_file(&file).expect("nobody has it open");
    }
    drop(std::fs::remove_dir_all(&folder));
}

#[test]
fn the_programs_name_no_provider() {
    let source = program::sources().to_lowercase();
    for provider in livecut::providers() {
        let name = provider.name();
        assert!(!source.contains(name), "a program mentions {name}");
    }
}
