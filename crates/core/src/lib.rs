//! The contract of livecut: the trait LiveStreamStopper, the normalized CutRange, and errors that say what a failed call may have done.
#![forbid(unsafe_code)]
