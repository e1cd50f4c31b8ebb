//! livecut adapter for Gjirafa VP: stop a live video and cut its recording.
#![forbid(unsafe_code)]
