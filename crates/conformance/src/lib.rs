//! The suite that every livecut adapter must pass, ours or yours.
#![forbid(unsafe_code)]
