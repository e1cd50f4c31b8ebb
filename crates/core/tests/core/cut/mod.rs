//! `CutRange`: what it accepts, what it refuses, and the laws that it keeps.

mod constructors;
mod conversions;
mod properties;
mod refusals;
mod text;
