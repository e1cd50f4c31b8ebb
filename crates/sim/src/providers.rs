//! The list of simulated providers: all that is known of a single one outside its folder.

mod gcore;
mod gjirafa;
mod mux;
mod tpstreams;

pub use self::{gcore::*, gjirafa::*, mux::*, tpstreams::*};

/// Hands the list to another macro.
macro_rules! providers {
    ($make:ident) => {
        $make! {
            /// Simulated TPStreams.
            tpstreams: crate::TpStreamsSettings,
            /// Simulated Gjirafa VP.
            gjirafa: crate::GjirafaSettings,
            /// Simulated Mux.
            mux: crate::MuxSettings,
            /// Simulated Gcore.
            gcore: crate::GcoreSettings,
        }
    };
}
pub(crate) use providers;
