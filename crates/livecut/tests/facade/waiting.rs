//! `wait`, under a paused clock.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use livecut::testing::{FollowReply, ScriptedStopper, StopReply};
use livecut::{
    Certainty, CutVerdict, Effect, Error, ErrorKind, ErrorReport, InProgress,
    LiveStreamStopper as _, LiveStreamStopperExt as _, Progress, Ready, Recording, RecordingId,
    Standing, Ticket, WaitError, WaitErrorKind, WaitEvent, WaitPolicy,
};
use tokio::time::Instant;

use crate::{request, stream};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn recording() -> Recording {
    Recording::new(RecordingId::new("vod").unwrap())
}

fn ticket() -> Ticket {
    let plan = ScriptedStopper::new().plan(&request()).unwrap();
    plan.ticket().unwrap().clone()
}

fn busy(check_again_in: Duration) -> FollowReply {
    FollowReply::in_progress("transcoding", check_again_in)
}

fn fails(kind: ErrorKind) -> FollowReply {
    FollowReply::error(kind, Effect::NONE)
}

/// Waits, and notes when each look but the first was due.
async fn wait_noting_pauses(stopper: &ScriptedStopper, policy: WaitPolicy<'_>) -> Vec<Duration> {
    let mut pauses = Vec::new();
    let policy = policy.with_observer(|event| {
        if let WaitEvent::InProgress { next_look_in, .. }
        | WaitEvent::LookFailed { next_look_in, .. } = event
        {
            pauses.push(next_look_in);
        }
    });
    let _ = stopper.wait(&ticket(), policy).await;
    pauses
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_is_seen_at_once() {
    let stopper = ScriptedStopper::new().on_follow(FollowReply::ready(recording()));
    let begun = Instant::now();
    let ready = stopper.wait(&ticket(), WaitPolicy::new()).await.unwrap();
    assert_eq!(ready.recording(), &recording());
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

/// What waiting for the cut 0:00:30 to 0:02:00 says of it, where the provider gives the recording
/// this duration.
async fn verdict(ticket: &Ticket, duration: Option<Duration>) -> Option<CutVerdict> {
    let said = match duration {
        Some(duration) => recording().with_duration(duration),
        None => recording(),
    };
    let stopper = ScriptedStopper::new()
        .on_follow(busy(secs(1)))
        .on_follow(FollowReply::ready(said.clone()));
    let ready = stopper.wait(ticket, WaitPolicy::new()).await.unwrap();
    assert_eq!(
        ready.recording(),
        &said,
        "it comes out whatever the verdict"
    );
    ready.verdict()
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_no_surer_of_the_cut_than_the_provider_s_words_allow() {
    assert_eq!(
        verdict(&ticket(), None).await,
        Some(CutVerdict::Unconfirmed)
    );
    assert_eq!(
        verdict(&ticket(), Some(secs(91))).await,
        Some(CutVerdict::Confirmed)
    );
    let whole = Ticket::new("scripted", stream("room"));
    for duration in [None, Some(secs(91)), Some(secs(3600))] {
        assert_eq!(verdict(&whole, duration).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_is_clearly_longer_or_shorter_than_the_cut_is_reported_as_such() {
    for actual in [secs(3600), secs(101), secs(79), secs(0)] {
        assert_eq!(
            verdict(&ticket(), Some(actual)).await,
            Some(CutVerdict::Differs { actual })
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_adapter_s_doubt_is_not_resolved_on_the_way() {
    // The provider reports a duration that the adapter's documents don't vouch for.
    let doubtful = Ready::new(
        ticket(),
        recording().with_duration(secs(90)),
        Some(CutVerdict::Unconfirmed),
    );
    let said = doubtful.clone();
    let stopper = ScriptedStopper::new().on_follow(FollowReply::with(move |_| {
        Ok(Progress::Ready(said.clone()))
    }));
    let ready = stopper.wait(&ticket(), WaitPolicy::new()).await.unwrap();
    assert_eq!(ready, doubtful);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_ready_before_a_look_has_said_so() {
    let stopper = ScriptedStopper::new()
        .on_follow(busy(secs(5)).times(2))
        .on_follow(fails(ErrorKind::Unavailable))
        .on_follow(FollowReply::ready(recording()));
    stopper.wait(&ticket(), WaitPolicy::new()).await.unwrap();
    assert_eq!((stopper.follows().len(), stopper.unused()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn no_look_comes_before_the_provider_wants_it() {
    let stopper = ScriptedStopper::new()
        .on_follow(busy(secs(7)).times(3))
        .on_follow(busy(secs(90)))
        .on_follow(FollowReply::ready(recording()));
    let begun = Instant::now();
    let pauses = wait_noting_pauses(&stopper, WaitPolicy::new()).await;
    assert_eq!(pauses.len(), 4);
    for (pause, least) in pauses.iter().zip([7, 7, 7, 90]) {
        assert!(*pause >= secs(least), "{pauses:?}");
    }
    assert!(
        begun.elapsed() >= pauses.iter().sum::<Duration>(),
        "it only announced them"
    );
}

#[tokio::test(start_paused = true)]
async fn looks_become_rarer_up_to_the_longest_pause() {
    let stopper = ScriptedStopper::new().on_follow(busy(Duration::ZERO).always());
    let policy = WaitPolicy::new()
        .with_pauses(secs(1), secs(8))
        .with_timeout(secs(120));
    let pauses = wait_noting_pauses(&stopper, policy).await;
    for (pause, least) in pauses.iter().zip([1, 2, 4, 8, 8, 8]) {
        let most = secs(least) * 5 / 4;
        assert!((secs(least)..=most).contains(pause), "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_within_the_timeout_and_says_what_it_last_saw() {
    let stopper = ScriptedStopper::new()
        .on_follow(FollowReply::in_progress("queued", secs(5)))
        .on_follow(busy(secs(5)).always());
    let begun = Instant::now();
    let policy = WaitPolicy::new().with_timeout(secs(60));
    let error = stopper.wait(&ticket(), policy).await.unwrap_err();
    assert!(begun.elapsed() <= secs(60), "{:?}", begun.elapsed());
    assert!(begun.elapsed() >= secs(55), "it left time unused");
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(error.ticket(), Some(&ticket()));
    assert_eq!(error.elapsed(), begun.elapsed());
    assert!(error.error().is_none() && error.source().is_none());
    let Some(Progress::InProgress(progress)) = error.progress() else {
        panic!("{error:?}");
    };
    assert_eq!(progress.stage(), "transcoding");
    assert_eq!(
        error.to_string(),
        format!(
            "scripted: the recording isn't ready after {} s of waiting; the last stage seen is \
             `transcoding`; follow the ticket to go on",
            begun.elapsed().as_secs()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_that_the_provider_allows_only_after_the_timeout_is_not_waited_for() {
    let stopper = ScriptedStopper::new().on_follow(FollowReply::with(|_| {
        Err(Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(secs(50)))
    }));
    let begun = Instant::now();
    let policy = WaitPolicy::new().with_timeout(secs(40));
    let error = stopper.wait(&ticket(), policy).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(stopper.follows().len(), 1);
}

/// `check_again_in` is when a look is worth its call, and the end of the waiting is worth one too.
#[tokio::test(start_paused = true)]
async fn what_is_ready_shortly_before_the_timeout_is_seen() {
    for (timeout, advised, looks) in [(1, 10, 2), (9, 10, 2), (14, 10, 3), (7200, 7200, 2)] {
        let advised = secs(advised);
        let stopper = ScriptedStopper::new()
            .on_follow(busy(advised).times(looks - 1))
            .on_follow(FollowReply::ready(recording()));
        let begun = Instant::now();
        let policy = WaitPolicy::new().with_timeout(secs(timeout));
        let ready = stopper.wait(&ticket(), policy).await;
        assert!(ready.is_ok(), "{timeout} s: {ready:?}");
        let left = secs(timeout).saturating_sub(begun.elapsed());
        assert!(
            left <= secs(2) && !left.is_zero(),
            "{timeout} s: {left:?} left"
        );

        // If it isn't ready then, that was the last look.
        let stopper = ScriptedStopper::new().on_follow(busy(advised).always());
        let begun = Instant::now();
        let policy = WaitPolicy::new().with_timeout(secs(timeout));
        let error = stopper.wait(&ticket(), policy).await.unwrap_err();
        assert_eq!(error.kind(), WaitErrorKind::TimedOut);
        assert_eq!(stopper.follows().len(), looks);
        assert!(begun.elapsed() < secs(timeout));
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_ends_with_the_timeout() {
    let stopper = ScriptedStopper::new().on_follow(busy(secs(1)).after(secs(3600)));
    let begun = Instant::now();
    let policy = WaitPolicy::new().with_timeout(secs(10));
    let error = stopper.wait(&ticket(), policy).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(begun.elapsed(), secs(10));
    assert_eq!(error.elapsed(), secs(10));
    assert!(error.progress().is_none());
    assert_eq!(
        error.to_string(),
        "scripted: the recording isn't ready after 10 s of waiting; follow the ticket to go on"
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_timeout_it_waits_for_as_long_as_it_takes() {
    let stopper = ScriptedStopper::new()
        .on_follow(busy(secs(86_400)).times(100))
        .on_follow(FollowReply::ready(recording()));
    let policy = WaitPolicy::new().with_timeout(Duration::MAX);
    assert!(stopper.wait(&ticket(), policy).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn passing_errors_do_not_end_a_wait() {
    let passing = [
        ErrorKind::Connect,
        ErrorKind::Timeout,
        ErrorKind::Interrupted,
        ErrorKind::RateLimited,
        ErrorKind::Unavailable,
        ErrorKind::UnexpectedResponse,
        ErrorKind::ProviderFailed,
        ErrorKind::Conflict,
    ];
    let mut stopper = ScriptedStopper::new();
    for kind in passing {
        stopper = stopper.on_follow(fails(kind));
    }
    let stopper = stopper.on_follow(FollowReply::ready(recording()));
    let mut told = Vec::new();
    let policy = WaitPolicy::new().with_observer(|event| {
        if let WaitEvent::LookFailed { error, .. } = event {
            told.push(error.kind());
        }
    });
    assert!(stopper.wait(&ticket(), policy).await.is_ok());
    assert_eq!(told, passing);
}

#[tokio::test(start_paused = true)]
async fn errors_that_waiting_does_not_mend_end_it_at_once() {
    for kind in [
        ErrorKind::InvalidTicket,
        ErrorKind::Unauthorized,
        ErrorKind::Configuration,
        ErrorKind::Unsupported,
        ErrorKind::InvalidRequest,
        ErrorKind::NotFound,
        ErrorKind::Rejected,
        ErrorKind::Internal,
    ] {
        let stopper = ScriptedStopper::new()
            .on_follow(busy(secs(1)))
            .on_follow(fails(kind))
            .on_follow(FollowReply::ready(recording()));
        let error = stopper
            .wait(&ticket(), WaitPolicy::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), WaitErrorKind::Follow, "{kind}");
        assert_eq!(error.error().map(Error::kind), Some(kind));
        assert_eq!(error.progress().map(Progress::as_str), Some("in_progress"));
        assert_eq!(error.ticket(), Some(&ticket()));
        assert_eq!(
            error.to_string(),
            "scripted: following the recording failed, and waiting won't mend it; \
             the last stage seen is `transcoding`"
        );
        assert!(error.source().unwrap().is::<Error>());
        assert_eq!(stopper.follows().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn giving_up_while_the_looks_fail_gives_the_last_error_and_the_last_stage() {
    let stopper = ScriptedStopper::new()
        .on_follow(busy(secs(1)))
        .on_follow(fails(ErrorKind::Unavailable).always());
    let policy = WaitPolicy::new().with_timeout(secs(60));
    let error = stopper.wait(&ticket(), policy).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::TimedOut);
    assert_eq!(error.error().map(Error::kind), Some(ErrorKind::Unavailable));
    assert_eq!(error.progress().map(Progress::as_str), Some("in_progress"));
    let said = error.to_string();
    assert!(
        said.contains("`transcoding`; the last look failed;"),
        "{said}"
    );
    assert_eq!(
        error.into_error().map(|error| error.kind()),
        Some(ErrorKind::Unavailable)
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_that_passed_is_forgotten_once_a_look_succeeds() {
    let stopper = ScriptedStopper::new()
        .on_follow(fails(ErrorKind::Unavailable))
        .on_follow(busy(secs(1)).always());
    let policy = WaitPolicy::new().with_timeout(secs(60));
    let error = stopper.wait(&ticket(), policy).await.unwrap_err();
    assert!(error.error().is_none());
}

#[tokio::test(start_paused = true)]
async fn no_look_comes_before_retry_after_and_none_waits_longer_than_a_minute_for_it() {
    for (asked, waited) in [(50, 50), (240, 60)] {
        let stopper = ScriptedStopper::new()
            .on_follow(FollowReply::with(move |_| {
                Err(Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(secs(asked)))
            }))
            .on_follow(FollowReply::ready(recording()));
        let begun = Instant::now();
        assert!(stopper.wait(&ticket(), WaitPolicy::new()).await.is_ok());
        let took = begun.elapsed();
        assert!(took >= secs(waited) && took < secs(waited + 20), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_failed_ends_the_wait_with_the_reason() {
    let stopper = ScriptedStopper::new()
        .on_follow(busy(secs(1)))
        .on_follow(FollowReply::failed("the input has no video"));
    let error = stopper
        .wait(&ticket(), WaitPolicy::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::Failed);
    assert_eq!(error.progress().map(Progress::as_str), Some("failed"));
    assert_eq!(
        error.to_string(),
        "scripted: the recording failed: the input has no video"
    );
}

#[tokio::test(start_paused = true)]
async fn each_look_follows_the_newest_ticket() {
    let newer = ticket().with_recording(RecordingId::new("clip").unwrap());
    let learned = newer.clone();
    let stopper = ScriptedStopper::new()
        .on_follow(FollowReply::with(move |_| {
            let progress = InProgress::new(learned.clone(), "clipping", secs(5));
            Ok(Progress::InProgress(progress))
        }))
        .on_follow(fails(ErrorKind::Unavailable))
        .on_follow(fails(ErrorKind::Unauthorized));
    let error = stopper
        .wait(&ticket(), WaitPolicy::new())
        .await
        .unwrap_err();
    assert_eq!(stopper.follows(), [ticket(), newer.clone(), newer.clone()]);
    assert_eq!(error.ticket(), Some(&newer));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_failed_half_way_is_gone_on_from_its_own_ticket() {
    let newer = ticket().with_recording(RecordingId::new("clip").unwrap());
    let learned = newer.clone();
    let stopper = ScriptedStopper::new()
        .on_follow(FollowReply::with(move |_| {
            let cut = Effect::new(Certainty::No, Certainty::Yes);
            Err(Error::new(ErrorKind::Interrupted, "the connection broke")
                .with_effect(cut)
                .with_ticket(learned.clone()))
        }))
        .on_follow(FollowReply::ready(recording()));
    assert!(stopper.wait(&ticket(), WaitPolicy::new()).await.is_ok());
    assert_eq!(stopper.follows(), [ticket(), newer]);
}

#[tokio::test(start_paused = true)]
async fn the_observer_is_told_the_stage_the_time_and_the_next_look() {
    let stopper = ScriptedStopper::new()
        .on_follow(busy(secs(5)).times(2))
        .on_follow(FollowReply::ready(recording()));
    let mut told = Vec::new();
    let policy = WaitPolicy::new().with_observer(|event| {
        if let WaitEvent::InProgress {
            progress,
            elapsed,
            next_look_in,
            ..
        } = event
        {
            told.push((progress.stage().to_owned(), elapsed, next_look_in));
        }
    });
    stopper.wait(&ticket(), policy).await.unwrap();
    let [(stage, zero, first_pause), (_, elapsed, _)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((stage.as_str(), *zero), ("transcoding", Duration::ZERO));
    // The timer counts in milliseconds.
    assert!(elapsed.abs_diff(*first_pause) <= Duration::from_millis(2));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_dropped_looks_no_more() {
    let stopper = Arc::new(ScriptedStopper::new().on_follow(busy(secs(1)).always()));
    let ticket = ticket();
    tokio::select! {
        _ = stopper.wait(&ticket, WaitPolicy::new()) => panic!("the script never ends"),
        () = tokio::time::sleep(secs(20)) => {}
    }
    let looks = stopper.follows().len();
    assert!(looks > 2);
    tokio::time::sleep(secs(600)).await;
    assert_eq!(stopper.follows().len(), looks);
    assert_eq!(Arc::strong_count(&stopper), 1, "no task holds on to it");
}

#[tokio::test]
async fn a_ticket_of_another_provider_is_refused_without_waiting() {
    let stopper = ScriptedStopper::new().with_provider("betamax");
    let error = stopper
        .wait(&ticket(), WaitPolicy::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::Follow);
    assert_eq!(
        error.error().map(Error::kind),
        Some(ErrorKind::InvalidTicket)
    );
    assert_eq!(ticket().stream(), &stream("room"));
}

/// A stop whose cut is owed, then these looks, and what the wait says of both.
async fn owed_then(looks: Vec<FollowReply>, timeout: Duration) -> (Effect, Standing) {
    let owed = ScriptedStopper::new().on_stop(StopReply::cut_owed());
    let stopper = looks.into_iter().fold(owed, ScriptedStopper::on_follow);
    let policy = WaitPolicy::new().with_timeout(timeout);
    let error = stopper.stop_and_wait(&request(), policy).await.unwrap_err();
    answers_alike_when_kept(&error);
    (error.effect(), error.standing())
}

/// What a program goes by after a restart.
fn answers_alike_when_kept(error: &WaitError) {
    let kept = serde_json::to_string(&error.report()).unwrap();
    let report: ErrorReport = serde_json::from_str(&kept).unwrap();
    assert_eq!(report, error.report());
    assert_eq!(report.effect(), error.effect());
    assert_eq!(report.standing(), error.standing());
    assert_eq!(report.ticket(), error.ticket());
    assert!(report.message().starts_with(&error.to_string()));
    let kind = match (error.kind(), error.error()) {
        (WaitErrorKind::Stop | WaitErrorKind::Follow, Some(error)) => error.kind().as_str(),
        (kind, _) => kind.as_str(),
    };
    assert_eq!(report.kind_name(), kind);
}

#[tokio::test(start_paused = true)]
async fn what_the_looks_did_of_an_owed_cut_is_never_denied() {
    use Certainty::{No, Unknown, Yes};
    let made = || {
        FollowReply::with(|ticket| {
            let id = RecordingId::new("clip")?;
            let ticket = ticket.clone().with_recording(id);
            Ok(Progress::InProgress(InProgress::new(
                ticket,
                "preparing",
                secs(1),
            )))
        })
    };
    let lost = || FollowReply::error(ErrorKind::Rejected, Effect::new(No, Unknown));
    let refused = || fails(ErrorKind::Unauthorized);
    for (looks, cut, standing) in [
        // Nothing was sent for the cut.
        (vec![refused()], No, Standing::CutOwed),
        (vec![busy(secs(1)), refused()], No, Standing::CutOwed),
        // The clip was made while waiting, and then it went wrong.
        (vec![made(), refused()], Yes, Standing::DoneInPart),
        (
            vec![made(), FollowReply::failed("errored")],
            Yes,
            Standing::DoneInPart,
        ),
        (vec![made(), busy(secs(3600))], Yes, Standing::DoneInPart),
        // It may have been made.
        (vec![lost(), refused()], Unknown, Standing::Unknown),
        (vec![lost(), made(), refused()], Yes, Standing::DoneInPart),
        (vec![made().after(secs(3600))], Unknown, Standing::Unknown),
        // Nothing makes a cut that failed.
        (
            vec![FollowReply::failed("refused")],
            No,
            Standing::DoneInPart,
        ),
    ] {
        let seen = owed_then(looks.clone(), secs(60)).await;
        assert_eq!(seen, (Effect::new(Yes, cut), standing), "{looks:?}");
    }
}

/// A look that makes the cut that is owed.
fn makes_the_cut() -> FollowReply {
    FollowReply::with(|ticket| {
        let id = RecordingId::new("clip")?;
        let ticket = ticket.clone().with_recording(id);
        let progress = InProgress::new(ticket, "preparing", secs(5));
        Ok(Progress::InProgress(progress))
    })
}

/// How a wait for an owed cut ends, and after how long, where it is ended by its caller.
async fn ended(
    looks: Vec<FollowReply>,
    policy: WaitPolicy<'_>,
) -> (WaitErrorKind, Certainty, Standing, Duration, usize) {
    let owed = ScriptedStopper::new().on_stop(StopReply::cut_owed());
    let stopper = looks.into_iter().fold(owed, ScriptedStopper::on_follow);
    let begun = Instant::now();
    let error = stopper.stop_and_wait(&request(), policy).await.unwrap_err();
    assert_eq!(error.effect().stopped, Certainty::Yes);
    answers_alike_when_kept(&error);
    assert!(error.ticket().is_some());
    let (cut, standing) = (error.effect().cut, error.standing());
    let looks = stopper.follows().len();
    (error.kind(), cut, standing, begun.elapsed(), looks)
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_cancelled_ends_its_pause_at_once_and_a_look_with_its_answer() {
    use Certainty::{No, Yes};
    const CANCELLED: WaitErrorKind = WaitErrorKind::Cancelled;
    let after = |seconds| WaitPolicy::new().with_cancel(tokio::time::sleep(secs(seconds)));
    let (owed, done) = (Standing::CutOwed, Standing::DoneInPart);

    let seen = ended(vec![busy(secs(50)).always()], after(20)).await;
    assert_eq!(seen, (CANCELLED, No, owed, secs(20), 1), "in a pause");
    let seen = ended(vec![makes_the_cut().after(secs(30))], after(20)).await;
    assert_eq!(seen, (CANCELLED, Yes, done, secs(30), 1), "in a look");
    let fails = fails(ErrorKind::Unavailable).after(secs(30));
    let seen = ended(vec![fails], after(20)).await;
    assert_eq!(
        seen,
        (CANCELLED, No, owed, secs(30), 1),
        "in one that fails"
    );
    let lost = FollowReply::error(ErrorKind::Timeout, Effect::new(No, Certainty::Unknown));
    let unknown = (
        CANCELLED,
        Certainty::Unknown,
        Standing::Unknown,
        secs(30),
        1,
    );
    let seen = ended(vec![lost.after(secs(30))], after(20)).await;
    assert_eq!(seen, unknown, "in one that is lost");
    let fails = FollowReply::failed("errored").after(secs(30));
    let seen = ended(vec![fails], after(20)).await;
    assert_eq!(
        seen,
        (WaitErrorKind::Failed, No, done, secs(30), 1),
        "in the last"
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_given_up_on_may_have_made_the_cut_that_was_owed() {
    use Certainty::{No, Unknown, Yes};
    const CANCELLED: WaitErrorKind = WaitErrorKind::Cancelled;
    let after = |seconds| WaitPolicy::new().with_abort(tokio::time::sleep(secs(seconds)));
    let hangs = || busy(secs(1)).after(secs(3600));

    let unknown = (CANCELLED, Unknown, Standing::Unknown, secs(20), 1);
    assert_eq!(ended(vec![hangs()], after(20)).await, unknown);
    let seen = ended(vec![makes_the_cut(), hangs()], after(20)).await;
    assert_eq!(seen, (CANCELLED, Yes, Standing::DoneInPart, secs(20), 2));
    let seen = ended(vec![busy(secs(50))], after(20)).await;
    assert_eq!(seen, (CANCELLED, No, Standing::CutOwed, secs(20), 1));
    // Cancelled first, and given up on when the answer doesn't come.
    let both = after(20).with_cancel(tokio::time::sleep(secs(10)));
    assert_eq!(ended(vec![hangs()], both).await, unknown);
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_given_up_on_only_where_asked_and_then_says_what_it_may_have_done() {
    let hangs = || ScriptedStopper::new().on_stop(StopReply::accepted().after(secs(30)));
    let stopper = hangs();
    let policy = WaitPolicy::new().with_abort(tokio::time::sleep(secs(20)));
    let error = stopper.stop_and_wait(&request(), policy).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::Cancelled);
    let unknown = Effect::new(Certainty::Unknown, Certainty::Unknown);
    assert_eq!(error.effect(), unknown);
    assert_eq!(error.ticket(), Some(&ticket()));
    assert!(stopper.follows().is_empty());

    // Cancelled: it comes to its end, and no look is taken.
    let stopper = hangs();
    let policy = WaitPolicy::new().with_cancel(tokio::time::sleep(secs(20)));
    let error = stopper.stop_and_wait(&request(), policy).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::Cancelled);
    assert_eq!(error.effect(), Effect::new(Certainty::Yes, Certainty::Yes));
    assert!(stopper.follows().is_empty());
    assert_eq!(
        error.to_string(),
        "scripted: cancelled before the recording was ready; follow the ticket to go on"
    );
}

#[tokio::test]
async fn what_is_cancelled_before_it_begins_sends_nothing() {
    let stopper = ScriptedStopper::new().on_stop(StopReply::accepted());
    let policy = WaitPolicy::new().with_cancel(async {});
    let error = stopper.stop_and_wait(&request(), policy).await.unwrap_err();
    assert_eq!(error.standing(), Standing::NothingDone);
    let policy = WaitPolicy::new().with_abort(async {});
    let error = stopper.wait(&ticket(), policy).await.unwrap_err();
    assert_eq!(error.kind(), WaitErrorKind::Cancelled);
    assert!(error.effect().is_none() && stopper.stops().is_empty());
    assert!(stopper.follows().is_empty());
}
