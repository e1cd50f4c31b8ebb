use std::borrow::Cow;

use livecut_core::{Cut, Effect, Result, Step, Ticket};

use crate::Response;

/// The calls of one operation, in their order: which comes next follows from what was answered so far.
///
/// It is pure. [`HttpClient::plan`](crate::HttpClient::plan) walks it without any answer, and
/// [`HttpClient::stop`](crate::HttpClient::stop) walks the same with them: so what is planned is what is sent.
/// [`HttpClient::run`](crate::HttpClient::run) does that for any other operation.
///
/// Whoever walks it keeps the account. Each error has the provider's name, what was done before it, the ticket as it
/// then is, and the kind [`CutOwed`](livecut_core::ErrorKind::CutOwed) if nothing but the cut is left to do.
///
/// ```
/// use livecut_core::{
///     Effect, Method, Purpose, Result, Step, StopOutcome, StopRequest, StreamId, Ticket,
/// };
/// use livecut_http::testing::MemoryServer;
/// use livecut_http::{HttpClient, HttpOptions, Response, Secret, Sequence};
///
/// /// A stop at a provider that wants to be told a stream's revision.
/// struct Stop {
///     stream: StreamId,
///     /// The call that comes next.
///     at: At,
///     /// What the first call tells.
///     revision: Option<String>,
/// }
///
/// enum At {
///     Read,
///     End,
///     Nothing,
/// }
///
/// impl Sequence for Stop {
///     type Output = StopOutcome;
///
///     fn next_call(&mut self) -> Result<Option<Step>> {
///         let url = format!("https://api.example.com/streams/{}", self.stream);
///         Ok(match self.at {
///             At::Read => {
///                 self.at = At::End;
///                 Some(Step::new(Purpose::Read, Method::Get, url))
///             }
///             At::End => {
///                 self.at = At::Nothing;
///                 // Without an answer there is a placeholder.
///                 let revision = self.revision.as_deref().unwrap_or("{revision}");
///                 Some(Step::new(Purpose::Stop, Method::Post, format!("{url}/end/{revision}")))
///             }
///             At::Nothing => None,
///         })
///     }
///
///     fn take(&mut self, answer: Result<Response>) -> Result<Option<StopOutcome>> {
///         let answer = answer?;
///         if self.revision.is_none() {
///             self.revision = Some(String::from_utf8_lossy(answer.body()).into_owned());
///             return Ok(None);
///         }
///         Ok(self.ticket().map(StopOutcome::new))
///     }
///
///     fn ticket(&self) -> Option<Ticket> {
///         Some(Ticket::new("example", self.stream.clone()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MemoryServer::new();
/// let options = HttpOptions::new().with_transport(server.clone());
/// let client = HttpClient::new("example", &[], Secret::new("hunter2")?, options)?;
/// let stream = StreamId::new("room-7")?;
/// let stop = || Ok(Stop { stream: stream.clone(), at: At::Read, revision: None });
///
/// let plan = client.plan(stop())?;
/// assert!(plan.steps()[1].url().ends_with("/room-7/end/{revision}"));
///
/// server.answer(200, "r12");
/// server.answer(200, "");
/// client.stop(&StopRequest::new(stream.clone()), stop()).await?;
/// assert_eq!(server.requests()[1].uri().path(), "/streams/room-7/end/r12");
/// # Ok(())
/// # }
/// ```
pub trait Sequence: Send {
    /// What the operation comes to.
    type Output;

    /// The next call, as far as the answers tell that were taken. `None`: there is none, for a plan ends here.
    ///
    /// A plan asks again and again, and gives no answer. What only an answer tells is a placeholder then, and a call that
    /// is made in some cases has a [condition](Step::with_condition).
    ///
    /// # Errors
    /// The call can't be made. Neither here nor in [`take`](Self::take) does an error need the provider's name, the
    /// ticket, or what was done before.
    fn next_call(&mut self) -> Result<Option<Step>>;

    /// Takes the answer to that call, or why there is none. `Some` ends the sequence.
    ///
    /// # Errors
    /// They end the sequence. An error about the answer is [made of it](Response::error), which says what the call may
    /// have done; one that isn't has the same effect.
    fn take(&mut self, answer: Result<Response>) -> Result<Option<Self::Output>>;

    /// What there is to go on with, by what is known. Before the first call it is what a plan shows: `None` if the
    /// ticket lacks what is only learned on the way.
    fn ticket(&self) -> Option<Ticket>;

    /// The cut as the provider will make it, as far as it is known: by default the ticket's.
    fn cut(&self) -> Option<Cut> {
        self.ticket()?.cut().copied()
    }

    /// What the step does if it is applied: by default [what its purpose says](livecut_core::Purpose::effect).
    fn effect_of(&self, step: &Step) -> Effect {
        step.purpose().effect()
    }

    /// What was done by the time that the sequence began, as an answer told: the stream had ended, say. An error after
    /// that has it in its effect. By default nothing.
    fn done_before(&self) -> Effect {
        Effect::NONE
    }

    /// The name of a lock that only one sequence of this client at a time can hold. The first call that asks for it waits
    /// until no other holds it, and it is held to the sequence's end. By default there is none.
    ///
    /// It is for a call that isn't idempotent and is looked for before it is made.
    fn lock(&self) -> Option<&str> {
        None
    }

    /// How an error with this effect leaves things, in [words](livecut_core::Error::with_aftermath) that fit the provider.
    /// By default there are none, and the error has those that fit all.
    fn aftermath(&self, effect: Effect) -> Option<Cow<'static, str>> {
        let _ = effect;
        None
    }
}
