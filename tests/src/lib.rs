//! What crosses livecut's crates: contracts, faults, security.
#![forbid(unsafe_code)]
