//! What is HTTP, and no provider's: requests as they arrived, answers, and the rules that every
//! request must keep.

mod answer;
mod json;
mod refusal;
mod request;
mod strict;

pub(crate) use self::{
    answer::Answer,
    json::Fields,
    refusal::{Refusal, RefusalKind},
    request::{Request, Segments},
    strict::{Body, Rules, check, check_body},
};
