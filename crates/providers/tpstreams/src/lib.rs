//! livecut adapter for TPStreams: stop a live stream and trim its recording.
#![forbid(unsafe_code)]
