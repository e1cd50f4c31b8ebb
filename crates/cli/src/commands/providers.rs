use crate::failure::Failure;
use crate::json::Providers;
use crate::output::Output;

pub(crate) async fn run(output: Output) -> Result<(), Box<Failure>> {
    output
        .document(&Providers {
            providers: livecut::providers().iter().map(Into::into).collect(),
        })
        .await
}
