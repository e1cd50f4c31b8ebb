//! The list of simulated providers: all that is known of a single one outside its folder.

mod gcore;
mod gjirafa;
mod mux;
mod tpstreams;

use crate::{
    Builder, Handle, Simulator,
    provider::{Provider, handle},
    state::Shared,
};

/// Makes, of one line a provider, its settings in the builder and its handle in the simulator, and exports
/// what of it is public.
macro_rules! providers {
    ($($(#[$doc:meta])* $name:ident: $settings:ty),+ $(,)?) => {
        $(pub use self::$name::*;)+

        #[derive(Clone, Debug, Default)]
        pub(crate) struct Settings {
            $($name: $settings,)+
        }

        #[derive(Clone, Debug)]
        pub(crate) struct Providers {
            $($name: Handle<$settings>,)+
        }

        impl Providers {
            pub(crate) fn new(settings: Settings, shared: &Shared) -> Self {
                Self {
                    $($name: handle(settings.$name, shared.clone()),)+
                }
            }

            pub(crate) fn all(&self) -> Vec<Provider> {
                vec![$((*self.$name).clone(),)+]
            }
        }

        impl Simulator {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $name(&self) -> &Handle<$settings> {
                    &self.by_name().$name
                }
            )+
        }

        impl Builder {
            $(
                $(#[$doc])*
                ///
                /// Sets what of it can be chosen.
                pub fn $name(mut self, settings: $settings) -> Self {
                    self.settings.$name = settings;
                    self
                }
            )+
        }
    };
}

providers! {
    /// Simulated TPStreams.
    tpstreams: TpStreamsSettings,
    /// Simulated Gjirafa VP.
    gjirafa: GjirafaSettings,
    /// Simulated Mux.
    mux: MuxSettings,
    /// Simulated Gcore.
    gcore: GcoreSettings,
}
