//! Commands and options that people are told of, written so that they can be pasted.

use std::borrow::Cow;

use clap::error::{ContextKind, ContextValue};
use livecut::StreamId;

/// What the library calls a part of a request, and the program's option for it.
const OPTIONS: [(&str, &str); 6] = [
    ("`with_anchor`", "`--anchor INSTANT`"),
    (
        "`with_recording`",
        "`--recording ID` (in a list: `recording`)",
    ),
    (
        "Rounding::Inward",
        "`--rounding inward` (in a list: `rounding`)",
    ),
    (
        "(allow http explicitly if that is meant)",
        "(`LIVECUT_ALLOW_HTTP=1` allows it if that is meant)",
    ),
    (
        "isn't replaced unless that is allowed",
        "isn't replaced without `--force`",
    ),
    ("in the journal", "in the results file"),
];

/// What a message of the library advises, in words of the command line.
pub(crate) fn in_options(message: &str) -> String {
    OPTIONS
        .iter()
        .fold(message.to_owned(), |said, (builder, option)| {
            said.replace(builder, option)
        })
}

/// The command that looks at a stream where this run stopped it: several providers may be configured.
pub(crate) fn status(stream: &StreamId, provider: Option<&str>) -> String {
    let mut command = "livecut status".to_owned();
    if let Some(provider) = provider {
        command.push_str(&format!(" --provider {provider}"));
    }
    let stream = stream.as_str();
    // What begins with a hyphen would be an option.
    command.push_str(if stream.starts_with('-') { " -- " } else { " " });
    command.push_str(&quoted(stream));
    command
}

/// An argument as a POSIX shell takes it for one word.
fn quoted(argument: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', r"'\''")).into()
}

/// The commands that a build can leave out, each by a feature of its name, and whether this one has it.
const OPTIONAL_COMMANDS: [(&str, bool); 2] = [
    ("demo", cfg!(feature = "demo")),
    ("sim", cfg!(feature = "sim")),
];

/// What helps with a command that there isn't, if that is because this build was made without it.
pub(crate) fn of_unknown_command(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(asked)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    left_out(asked, &OPTIONAL_COMMANDS)
}

fn left_out(asked: &str, commands: &[(&str, bool)]) -> Option<String> {
    let is_left_out = commands.contains(&(asked, false));
    is_left_out.then(|| {
        format!(
            "this build has no `{asked}`: it was made without the feature `{asked}` of livecut-cli"
        )
    })
}

/// What helps with arguments that can't be parsed, and clap can't know.
pub(crate) fn of_arguments(args: &[String]) -> Option<String> {
    let duration = args.windows(2).find_map(|pair| match pair {
        [option, value] if option == "--wait" => {
            crate::duration::parse(value).is_ok().then_some(value)
        }
        _ => None,
    })?;
    Some(format!(
        "a duration follows `--wait` after an equals sign: `--wait={}`",
        quoted(duration)
    ))
}

#[cfg(test)]
pub(crate) mod tests;
