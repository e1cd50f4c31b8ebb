use livecut::StreamId;

use super::stopper;
use crate::exit::{Exit, Phase};
use crate::failure::Failure;
use crate::output::Output;
use crate::signal;

pub(crate) async fn run(
    stream: &StreamId,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let stopper = stopper(provider, None)?;
    let looked = tokio::select! {
        biased;
        () = signal::asked_to_end(1) => return Err(Failure::new(
            Exit::NothingApplied,
            "interrupted",
            "interrupted while looking; nothing was changed",
        )),
        looked = stopper.status(stream) => looked,
    };
    let status = looked.map_err(|error| Failure::of(Phase::Call, &error))?;
    output.document(&status).await
}
