//! The program `livecut`.
#![forbid(unsafe_code)]

fn main() {}
