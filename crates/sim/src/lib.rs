//! Simulated live video providers on loopback, for tests and demos of livecut.
#![forbid(unsafe_code)]
