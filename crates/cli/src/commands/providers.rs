use crate::failure::Failure;
use crate::json::Providers;
use crate::output::Output;

pub(crate) async fn run(provider: Option<&str>, output: Output) -> Result<(), Box<Failure>> {
    output
        .document(&Providers {
            providers: livecut::providers()
                .iter()
                .filter(|known| provider.is_none_or(|name| name == known.name()))
                .map(Into::into)
                .collect(),
        })
        .await
}
