use livecut::fetch::Fetch;
use livecut::{Error, ErrorKind, LiveStreamStopper, Progress, Ready, Ticket};

use super::wait::{self, Waited};
use super::{ended, stopper};
use crate::args::FetchArgs;
use crate::download::{self, Broken};
use crate::duration::rounded_up;
use crate::exit::{Exit, Phase};
use crate::failure::Failure;
use crate::json;
use crate::output::Output;

pub(crate) async fn run(
    args: &FetchArgs,
    provider: Option<&str>,
    output: Output,
) -> Result<(), Box<Failure>> {
    let file = args.file()?;
    Fetch::check_file(file, args.force).map_err(|error| Failure::of(Phase::Plan, &error))?;
    let ticket = &args.follow.ticket;
    // The ticket knows which of several configured providers it is for.
    let provider = provider.unwrap_or(ticket.provider());
    let stopper = stopper(Some(provider), args.follow.timeout)?;
    let (mut ready, waited) = look(&*stopper, ticket, args).await?;
    let effect = waited.effect;
    let failed = |error: Error, ticket: &Ticket| {
        let cancelled = error.kind() == ErrorKind::Cancelled;
        let mut failure = Failure::of(Phase::Call, &error.with_effect(effect));
        if cancelled {
            failure.report = failure.report.with_kind("interrupted");
        }
        failure.with_ticket(ticket)
    };
    let fetched = loop {
        let fetch = Fetch::of(&ready)
            .and_then(Fetch::with_environment)
            .map_err(|error| failed(error, ready.ticket()))?
            .with_overwrite(args.force);
        let fetch = match args.follow.timeout {
            Some(timeout) => fetch.with_idle_timeout(timeout),
            None => fetch,
        };
        match download::fetch(fetch, file).await {
            Ok(fetched) => break fetched,
            // Its address may have expired meanwhile, and the provider gives another.
            Err(Broken { error, got_further })
                if got_further && error.kind() == ErrorKind::Unauthorized =>
            {
                (ready, _) = look(&*stopper, ready.ticket(), args).await?;
            }
            Err(Broken { error, .. }) => return Err(failed(error, ready.ticket())),
        }
    };
    let document = json::Fetch::new(&ready, fetched);
    let differs = wait::shortcoming(&document.progress);
    let differs = differs.map(|failure| failure.with_effect(effect));
    let printed = output.result(&document).await;
    let printed =
        printed.map_err(|failure| failure.with_effect(effect).with_ticket(ready.ticket()));
    ended(differs, printed.err())
}

/// The recording, once it can be played, whatever is known of its cut.
async fn look(
    stopper: &dyn LiveStreamStopper,
    ticket: &Ticket,
    args: &FetchArgs,
) -> Result<(Ready, Waited), Box<Failure>> {
    let mut waited = wait::follow(stopper, ticket, args.follow.wait).await?;
    match waited.progress.take() {
        Some(Progress::Ready(ready)) => Ok((ready, waited)),
        seen => Err(waited
            .failure
            .unwrap_or_else(|| not_ready(seen.as_ref(), waited.effect, ticket))),
    }
}

fn not_ready(seen: Option<&Progress>, effect: livecut::Effect, ticket: &Ticket) -> Box<Failure> {
    let mut message = format!("{}: the recording isn't ready yet", ticket.provider());
    if let Some(Progress::InProgress(progress)) = seen {
        message.push_str(&format!(
            ": {}; `--wait` waits for it, or look again in {}",
            progress.stage(),
            rounded_up(progress.check_again_in())
        ));
    }
    let ticket = seen.map_or(ticket, Progress::ticket);
    Failure::new(Exit::NoRecording, "not_ready", message)
        .with_ticket(ticket)
        .with_effect(effect)
}
