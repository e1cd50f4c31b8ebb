//! End a live stream and keep just the part you want, at whichever provider you use, and be told truthfully what happened.
#![forbid(unsafe_code)]
