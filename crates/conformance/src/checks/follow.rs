use std::time::Duration;

use livecut_core::{
    Cut, CutVerdict, ErrorKind, Progress, RecordingId, StopRequest, StreamId, StreamState,
    TenantId, Ticket, Timeline, Visibility,
};

use super::plan::failed;
use crate::suite::{Check, Halt, MAX_STEPS, STEP, Suite, ensure, fail};
use crate::{LiveStream, ReceivedRequest, oracle};

pub(super) async fn status_tells_before_from_after(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    let stopper = suite.stopper()?;
    let mark = suite.mark().await?;
    let before = stopper
        .status(&live.id)
        .await
        .map_err(|error| failed("the status of a stream on air", &error))?;
    // `Unknown` is honest where the provider's documents are.
    ensure!(
        matches!(before.state(), StreamState::Live | StreamState::Unknown),
        "a stream on air is `{}` (`{}`)",
        before.state().as_str(),
        before.provider_state()
    );
    ensure!(
        before.provider() == suite.provider && *before.stream() == live.id,
        "the status is of `{}` at `{}`",
        before.stream(),
        before.provider()
    );
    let arrived = suite.requests_since(mark).await?;
    ensure!(
        !arrived.is_empty() && !arrived.iter().any(ReceivedRequest::is_mutating),
        "status must look and change nothing, and sent {arrived:?}"
    );

    let request = suite.cut_request(&live)?;
    suite.stop(&*stopper, &request, live.start).await?;
    let after = suite
        .stopper()?
        .status(&live.id)
        .await
        .map_err(|error| failed("the status of a stopped stream", &error))?;
    ensure!(
        !matches!(
            after.state(),
            StreamState::Live | StreamState::NotStarted | StreamState::Interrupted
        ),
        "a stopped stream is `{}` (`{}`)",
        after.state().as_str(),
        after.provider_state()
    );
    ensure!(
        before.provider_state() != after.provider_state() || before.state() != after.state(),
        "the status is the same before and after"
    );
    Ok(())
}

/// A stream that is stopped and cut, and its ticket.
async fn stopped(suite: &Suite<'_>) -> Check<Ticket> {
    let live = suite.begin().await?;
    let request = suite.cut_request(&live)?;
    suite.stop(&*suite.stopper()?, &request, live.start).await
}

pub(super) async fn a_ticket_goes_on_in_another_process(suite: &Suite<'_>) -> Check {
    let ticket = stopped(suite).await?;
    let text = ticket.to_string();
    let read: Ticket = text
        .parse()
        .map_err(|error| Halt::Failed(format!("{ticket:?} doesn't read back: {error}")))?;
    ensure!(read == ticket, "{ticket:?} reads back as {read:?}");
    let mark = suite.mark().await?;
    let progress = suite
        .stopper()?
        .follow(&read)
        .await
        .map_err(|error| failed("following in a fresh stopper", &error))?;
    ensure!(
        !matches!(progress, Progress::Failed(_)),
        "following in a fresh stopper says {progress:?}"
    );
    ensure!(
        progress.provider() == suite.provider && progress.stream() == ticket.stream(),
        "the progress is of {} at `{}`",
        progress.stream(),
        progress.provider()
    );
    ensure!(
        progress.ticket().cut() == ticket.cut(),
        "the ticket's cut {:?} became {:?}",
        ticket.cut(),
        progress.ticket().cut()
    );
    ensure!(
        !suite.requests_since(mark).await?.is_empty(),
        "following asked the server nothing"
    );
    Ok(())
}

pub(super) async fn a_ticket_of_another_provider_or_tenant_is_refused_unsent(
    suite: &Suite<'_>,
) -> Check {
    let ticket = stopped(suite).await?;
    let stopper = suite.stopper()?;
    let mut foreign =
        Ticket::new("another-provider", ticket.stream().clone()).with_cut(ticket.cut().copied());
    if let Some(tenant) = ticket.tenant() {
        foreign = foreign.with_tenant(tenant.clone());
    }
    let other_tenant = TenantId::new("livecut-conformance-another-tenant")
        .map_err(|error| Halt::Failed(format!("the suite failed: {error}")))?;
    let mark = suite.mark().await?;
    for (what, ticket) in [
        ("provider", foreign),
        ("tenant", ticket.with_tenant(other_tenant)),
    ] {
        match stopper.follow(&ticket).await {
            Ok(progress) => fail!("the ticket of another {what} is followed: {progress:?}"),
            Err(error) => ensure!(
                error.kind() == ErrorKind::InvalidTicket && error.effect().is_none(),
                "the ticket of another {what} is refused as `{}`: {error}",
                error.kind()
            ),
        }
    }
    suite
        .nothing_arrived_since(mark, "the ticket is refused before anything is sent")
        .await
}

pub(super) async fn a_forged_ticket_reaches_nothing_else(suite: &Suite<'_>) -> Check {
    let genuine = stopped(suite).await?;
    let stopper = suite.stopper()?;
    for forged in [
        "../../../admin",
        "a/../b",
        "x?admin=1",
        "x#y",
        "%2e%2e%2fadmin",
    ] {
        let id = RecordingId::new(forged)
            .map_err(|error| Halt::Failed(format!("the suite failed: {error}")))?;
        let mark = suite.mark().await?;
        let progress = stopper.follow(&genuine.clone().with_recording(id)).await;
        let arrived = suite.requests_since(mark).await?;
        for request in &arrived {
            ensure!(
                !request.is_mutating() && !request.url.contains(forged),
                "a ticket with the recording {forged:?} reaches {request:?}"
            );
        }
        // A provider without ids of recordings doesn't look at it, and may well be ready.
        if let Ok(Progress::Ready(ready)) = progress {
            ensure!(
                ready.recording().id().as_str() != forged,
                "there is no recording {forged:?}, and it is ready"
            );
        }
    }
    Ok(())
}

/// Whoever made up a ticket, or changed one, must not get a recording made by it.
pub(super) async fn a_forged_ticket_that_owes_a_cut_changes_nothing(suite: &Suite<'_>) -> Check {
    let live = suite.begin().await?;
    let request = suite.cut_request(&live)?;
    let genuine = match suite.stopper()?.stop(&request).await {
        Ok(outcome) => outcome.ticket().clone(),
        Err(error) => match error.ticket() {
            Some(ticket) => ticket.clone(),
            None => fail!("a stop that is right in every way failed: {error} ({error:?})"),
        },
    };
    // What is owed could be made by now.
    suite.world.advance(Duration::from_secs(3_600)).await?;
    for (what, forged) in forgeries(suite, &live, &genuine)? {
        let mark = suite.mark().await?;
        let progress = suite.stopper()?.follow(&forged).await;
        let changing = suite.changes_since(mark).await?;
        ensure!(
            changing.is_empty(),
            "a ticket that owes a cut, {what}, makes {changing:?}"
        );
        if let Err(error) = progress {
            ensure!(
                error.effect().is_none(),
                "a ticket that owes a cut, {what}, changed nothing, and the error says {}",
                error.effect()
            );
        }
    }
    if genuine.owes_cut() {
        suite.follow_to_the_end(&*suite.stopper()?, genuine).await?;
    }
    suite.check_kept(&request, live.start).await
}

/// Tickets whose cut is owed, each other than the genuine one in one thing, with its seal, or without one.
fn forgeries(
    suite: &Suite<'_>,
    live: &LiveStream,
    genuine: &Ticket,
) -> Check<Vec<(&'static str, Ticket)>> {
    let broken =
        |error: livecut_core::InvalidId| Halt::Failed(format!("the suite failed: {error}"));
    let some_id = RecordingId::new(live.id.as_str()).map_err(broken)?;
    let source = genuine.source().or(genuine.recording());
    let source = source.cloned().unwrap_or(some_id);
    let native = suite.native().unwrap_or(Timeline::Offset);
    let on_grid = |steps| {
        let range = suite.cut_on_grid(native, live, steps)?;
        Ok::<_, Halt>(Some(Cut::new(range, range)))
    };
    let (cut, other_cut) = (genuine.cut().copied().or(on_grid(0)?), on_grid(1)?);
    let seal = genuine.seal().unwrap_or(&[0; 32]);

    let ticket = |stream: &StreamId, cut, source: &RecordingId, visibility: Option<&Visibility>| {
        let ticket = Ticket::new(suite.provider, stream.clone())
            .with_cut(cut)
            .with_source(source.clone())
            .with_visibility(visibility.cloned());
        match genuine.tenant() {
            Some(tenant) => ticket.with_tenant(tenant.clone()),
            None => ticket,
        }
    };
    let (stream, visibility) = (genuine.stream(), genuine.visibility());
    let other_stream = suite.world.unknown_stream();
    let other_stream = other_stream.map_err(Halt::from)?;
    let other_source = RecordingId::new("livecut-conformance-other").map_err(broken)?;
    let more_visible = Some(&Visibility::Public).filter(|public| visibility != Some(*public));
    let sealed = |ticket: Ticket| ticket.with_seal(seal);
    Ok(vec![
        ("without a seal", ticket(stream, cut, &source, visibility)),
        (
            "with a seal of nobody's",
            ticket(stream, cut, &source, visibility).with_seal([7; 32]),
        ),
        (
            "of another cut and without a seal",
            ticket(stream, other_cut, &source, visibility),
        ),
        (
            "of another cut",
            sealed(ticket(stream, other_cut, &source, visibility)),
        ),
        (
            "of another stream",
            sealed(ticket(&other_stream, cut, &source, visibility)),
        ),
        (
            "of another recording",
            sealed(ticket(stream, cut, &other_source, visibility)),
        ),
        (
            "of another visibility",
            sealed(ticket(stream, cut, &source, more_visible)),
        ),
        (
            "of another visibility and without a seal",
            ticket(stream, cut, &source, more_visible),
        ),
    ])
}

pub(super) async fn a_recording_is_never_ready_before_it_is(suite: &Suite<'_>) -> Check {
    for cut in [true, false] {
        let live = suite.begin().await?;
        let request = if cut {
            suite.cut_request(&live)?
        } else {
            StopRequest::new(live.id.clone())
        };
        let mut ticket = suite.stop(&*suite.stopper()?, &request, live.start).await?;
        let ready = 'ready: {
            // Steps that the provider is allowed to lag behind itself.
            let mut late = 0_u32;
            for _ in 0..MAX_STEPS {
                let is_ready = suite.world.is_ready(&live.id).await?;
                let progress = suite
                    .stopper()?
                    .follow(&ticket)
                    .await
                    .map_err(|error| failed("a step towards the recording", &error))?;
                ticket = progress.ticket().clone();
                match progress {
                    Progress::Ready(ready) => {
                        ensure!(
                            is_ready,
                            "follow says ready, and the server has the recording under way"
                        );
                        break 'ready ready;
                    }
                    Progress::Failed(failed) => {
                        fail!(
                            "the recording is under way, and follow says: {}",
                            failed.reason()
                        )
                    }
                    Progress::InProgress(progress) => ensure!(
                        !progress.check_again_in().is_zero(),
                        "in progress, and to be asked again at once"
                    ),
                }
                late = if is_ready { late.saturating_add(1) } else { 0 };
                ensure!(
                    late < 10,
                    "the server has the recording ready, and follow doesn't say so"
                );
                suite.world.advance(STEP).await?;
            }
            fail!("the recording isn't ready after {MAX_STEPS} s of the server's time");
        };
        check_ready(suite, &request, &ready).await?;
    }
    Ok(())
}

async fn check_ready(
    suite: &Suite<'_>,
    request: &StopRequest,
    ready: &livecut_core::Ready,
) -> Check {
    let (cut, verdict) = (ready.cut(), ready.verdict());
    ensure!(
        cut.map(Cut::requested) == request.cut() && cut.is_some() == verdict.is_some(),
        "asked for the cut {:?}, and the recording's is {cut:?}, {verdict:?}",
        request.cut()
    );
    ensure!(
        !matches!(verdict, Some(CutVerdict::Differs { .. })),
        "the server made the cut as asked, and follow says {verdict:?}"
    );
    let Some(kept) = suite.kept(request.stream()).await? else {
        fail!("the world failed: it keeps nothing of a recording that is ready");
    };
    if let Some(duration) = ready.recording().duration() {
        let truth = match cut {
            // What is at its address, and not what is kept.
            Some(cut) if suite.capabilities.cuts_by_address() => {
                oracle::nanos(cut.effective().duration())
            }
            _ => kept.end.saturating_sub(kept.start),
        };
        let told = oracle::nanos(duration);
        let second = oracle::nanos(Duration::from_secs(1));
        ensure!(
            told.abs_diff(truth) <= oracle::nanos(suite.grid()).max(second).unsigned_abs(),
            "the recording is told to last {duration:?}, and the server keeps {kept:?}"
        );
    }
    Ok(())
}

pub(super) async fn following_again_changes_nothing(suite: &Suite<'_>) -> Check {
    let ticket = stopped(suite).await?;
    let stopper = suite.stopper()?;
    let kept = suite.kept(ticket.stream()).await?;
    let mark = suite.mark().await?;
    let mut said = Vec::new();
    for _ in 0..3 {
        let progress = stopper
            .follow(&ticket)
            .await
            .map_err(|error| failed("following", &error))?;
        said.push(progress);
    }
    ensure!(
        said.iter().all(|progress| said.first() == Some(progress)),
        "the server's time stood still, and follow said {said:?}"
    );
    let changing = suite.changes_since(mark).await?;
    ensure!(
        changing.is_empty(),
        "the stop and the cut are in the provider's hands, and following sent {changing:?}"
    );
    ensure!(
        suite.kept(ticket.stream()).await? == kept,
        "following changed what is kept"
    );
    Ok(())
}
