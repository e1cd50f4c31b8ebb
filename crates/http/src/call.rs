use livecut_core::{Effect, Step, StopWatch, StreamId};

/// One step of a plan, about to be made, and what it can change.
///
/// ```
/// use livecut_core::{Certainty, Effect, Method, Purpose, Step, StreamId};
/// use livecut_http::Call;
///
/// let stream = StreamId::new("4PtERT9d9uK")?;
/// let stop = Step::new(Purpose::Stop, Method::Post, "https://example.com/stop");
/// // A provider that stops and cuts in this one call.
/// let call = Call::new(
///     &stream,
///     &stop,
///     Effect::NONE,
///     Effect::new(Certainty::Yes, Certainty::Yes),
/// );
/// # let _ = call;
/// # Ok::<(), livecut_core::InvalidId>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    pub(crate) stream: &'a StreamId,
    pub(crate) step: &'a Step,
    pub(crate) before: Effect,
    pub(crate) after: Effect,
    pub(crate) watch: Option<&'a StopWatch>,
}

impl<'a> Call<'a> {
    /// A step that changes something: `before` is the operation's effect if this
    /// request isn't applied (what earlier steps did), `after` if it is.
    ///
    /// A failure that proves the request not applied has the effect `before`;
    /// any other has what the two agree on, and the rest unknown. Where they are equal, the
    /// step is a read that comes after steps which did something.
    pub fn new(stream: &'a StreamId, step: &'a Step, before: Effect, after: Effect) -> Self {
        Self {
            stream,
            step,
            before,
            after,
            watch: None,
        }
    }

    /// A step that changes nothing, before anything was changed.
    pub fn read(stream: &'a StreamId, step: &'a Step) -> Self {
        Self::new(stream, step, Effect::NONE, Effect::NONE)
    }

    /// Has the watch kept right while the call is under way.
    pub(crate) fn watched(mut self, watch: Option<&'a StopWatch>) -> Self {
        self.watch = watch;
        self
    }

    /// Tells the watch what the operation has done by now, or may have.
    pub(crate) fn tell(&self, effect: Effect) {
        if let Some(watch) = self.watch {
            watch.set_effect(effect);
        }
    }

    /// Repeating it changes nothing: it reads, or the provider documents as much.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.before == self.after || self.step.is_repeatable()
    }
}
