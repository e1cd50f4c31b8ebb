use clap::{CommandFactory as _, Parser as _};
use proptest::prelude::*;

use super::*;
use crate::args::{Cli, Command};

/// For tests: the commands that a text tells people of, as a POSIX shell would run them and clap reads them.
#[cfg(unix)]
pub(crate) mod pasted {
    use clap::Parser as _;

    use crate::args::Cli;

    /// The commands in a text for people: between backticks, or a line of a code block or an indented one.
    pub(crate) fn commands(text: &str) -> Vec<String> {
        let mut is_code = false;
        let lines = text.lines().filter(|line| {
            is_code ^= line.starts_with("```");
            is_code || line.starts_with("  ")
        });
        let lines: Vec<_> = lines.map(str::trim).collect();
        let spans = text.split('`').skip(1).step_by(2);
        let mut commands: Vec<_> = spans
            .chain(lines)
            .filter(|text| text.starts_with("livecut ") && !text.starts_with("livecut ="))
            .filter(|text| !text.contains('\n'))
            .map(str::to_owned)
            .collect();
        commands.sort_unstable();
        commands.dedup();
        commands
    }

    /// Whether a command is one of the program's, with something in the place of what stands for it.
    #[track_caller]
    pub(crate) fn check(command: &str) {
        let ticket = livecut::Ticket::new("example", livecut::StreamId::new("x").unwrap());
        // What may be left out is written in brackets; what is printed isn't kept here.
        let shown = command
            .split(['>', '#'])
            .next()
            .unwrap_or_default()
            .trim_end();
        // Only the name of a command: there is one of that name.
        let is_name = shown.split(' ').count() == 2;
        let shown = format!("{shown}{}", if is_name { " --help" } else { "" });
        let shown = shown
            .replace("[OPTIONS] ", "")
            .replace(['[', ']'], "")
            .replace("TICKET", &ticket.to_string());
        let shown = shown
            .replace("ADDR", "127.0.0.1:0")
            .replace("SHELL", "bash")
            .replace("=D", "=2h");
        let output = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!(
                "livecut() {{ printf '%s\\0' livecut \"$@\" >&3; }}; exec 3>&1; STREAM=x; {shown}"
            ))
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stdout);
        let words: Vec<_> = words.split_terminator('\0').collect();
        assert_eq!(words.first(), Some(&"livecut"), "{command}: {output:?}");
        match Cli::try_parse_from(&words) {
            Ok(_) => {}
            Err(error) if !error.use_stderr() => {}
            Err(error) => panic!("{command}: {error}"),
        }
    }
}

/// In the pages of the repository and in the help.
#[cfg(unix)]
#[test]
fn every_command_that_is_shown_is_one_of_the_program_s() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut pages: Vec<_> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]
        .map(|page| root.join(page))
        .into();
    let mut folders: Vec<_> = ["docs", "crates/cli", "crates/sim", "crates/livecut"]
        .map(|folder| root.join(folder))
        .into();
    let providers = std::fs::read_dir(root.join("crates/providers")).unwrap();
    folders.extend(providers.map(|entry| entry.unwrap().path()));
    for folder in folders {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    let mut texts: Vec<_> = pages
        .iter()
        .map(|page| std::fs::read_to_string(page).unwrap())
        .collect();
    let mut help = Cli::command().term_width(0);
    texts.push(help.render_long_help().to_string());
    help.build();
    texts.extend(
        help.get_subcommands()
            .map(|command| command.clone().render_long_help().to_string()),
    );
    let mut found = 0;
    for text in &texts {
        for command in pasted::commands(text) {
            pasted::check(&command);
            found += 1;
        }
    }
    assert!(found > 25, "only {found}");
}

#[test]
fn a_builder_of_the_library_is_named_by_its_option() {
    assert_eq!(
        in_options("pass it by `with_anchor`, or name it by `with_recording`"),
        "pass it by `--anchor INSTANT`, or name it by `--recording ID` (in a list: `recording`)"
    );
}

/// In the library's own words, so that neither is changed alone.
#[test]
fn what_the_library_advises_is_advised_in_the_program_s_words() {
    use livecut::{Cut, CutRange, Error, ErrorKind};
    let requested = "1.5s..2.5s".parse::<CutRange>().unwrap();
    let cut = Cut::new(requested, CutRange::seconds(1, 3).unwrap());
    let refused = Error::new(ErrorKind::Rejected, "refused").with_cut(&cut);
    let said = in_options(&refused.to_string());
    assert!(said.contains("try `--rounding inward`"), "{said}");

    let provider = &livecut::providers()[0];
    let settings = |name: &str| {
        let mut variables = provider.variables().iter();
        let variable = variables.find(|variable| variable.name() == name)?;
        let is_url = name.ends_with("_BASE_URL");
        let url = is_url.then_some("http://gateway.example");
        let value = url.or_else(|| variable.is_required().then_some("x"))?;
        Some(value.to_owned())
    };
    let built = livecut::StopperBuilder::new()
        .with_provider(provider.name())
        .build_from_lookup(settings);
    let failure = crate::failure::Failure::of(crate::exit::Phase::Plan, &built.unwrap_err());
    let said = failure.in_full();
    assert!(said.contains("`LIVECUT_ALLOW_HTTP=1`"), "{said}");
}

#[test]
fn a_command_that_a_build_left_out_is_told_from_one_that_never_was() {
    let commands = [("demo", false), ("sim", true)];
    assert!(left_out("demo", &commands).unwrap().contains("`demo`"));
    assert_eq!(left_out("sim", &commands), None);
    assert_eq!(left_out("stopp", &commands), None);
    // What clap calls it, on which this relies.
    let error = Cli::try_parse_from(["livecut", "--output", "json", "stopp"]).unwrap_err();
    let asked = error.get(ContextKind::InvalidSubcommand);
    assert_eq!(asked, Some(&ContextValue::String("stopp".to_owned())));
}

#[test]
fn a_duration_after_a_space_is_told_to_stand_after_an_equals_sign() {
    let hint =
        |args: &[&str]| of_arguments(&args.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(
        hint(&["stop", "x", "--wait", "2h"])
            .unwrap()
            .contains("`--wait=2h`")
    );
    assert!(
        hint(&["stop", "x", "--wait", "1h 30m"])
            .unwrap()
            .contains("`--wait='1h 30m'`")
    );
    assert_eq!(hint(&["stop", "--wait", "x"]), None);
    assert_eq!(hint(&["stop", "x", "--wait=2h"]), None);
}

proptest! {
    /// Whatever an id holds: a shell makes the same words of it, and the program the same stream.
    #[cfg(unix)]
    #[test]
    fn a_command_to_look_at_a_stream_can_be_pasted(id in "[ -~é]{1,12}") {
        let Ok(stream) = StreamId::new(&id) else { return Ok(()) };
        let provider = livecut::providers()[0].name();
        let command = status(&stream, Some(provider));
        let words = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("printf '%s\\0' {command}"))
            .output()
            .unwrap();
        let words = String::from_utf8(words.stdout).unwrap();
        let cli = Cli::try_parse_from(words.split_terminator('\0')).unwrap();
        prop_assert_eq!(cli.common.provider.as_deref(), Some(provider));
        let Command::Status { stream: read } = cli.command else { panic!("{command}") };
        prop_assert_eq!(read, stream);
    }
}
