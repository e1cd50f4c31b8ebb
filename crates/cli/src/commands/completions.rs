use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn run(shell: Shell, output: Output) -> Result<(), Box<Failure>> {
    // Not straight to stdout: clap_complete panics where that is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "livecut", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| Failure::internal(format!("the completions aren't UTF-8: {error}")))?;
    output.text(script).await
}
