//! The simulated providers: what follows from there being a folder for each.

// <providers>
pub(crate) mod gcore;
pub(crate) mod gjirafa;
pub(crate) mod mediamtx;
pub(crate) mod mux;
pub(crate) mod nginx_rtmp;
pub(crate) mod tpstreams;

#[rustfmt::skip]
pub use self::{gcore::*, gjirafa::*, mediamtx::*, mux::*, nginx_rtmp::*, tpstreams::*};

/// Hands the list to another macro.
macro_rules! providers {
    ($make:ident) => {
        $make! { tpstreams, gjirafa, mux, gcore, nginx_rtmp, mediamtx }
    };
}
// </providers>
pub(crate) use providers;
