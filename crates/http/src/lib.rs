//! What every livecut adapter needs to speak HTTP: the effect of a fault, retry, deadlines, capped bodies, redaction.
#![forbid(unsafe_code)]
