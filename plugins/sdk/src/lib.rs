//! What a plugin author in Rust needs: the types of `xiezhi-model`, the [`Plugin`] trait and [`export_plugin!`].
//!
//! A plugin crate has `crate-type = ["cdylib", "rlib"]`, implements [`Plugin`] on a type and ends with
//! `xiezhi_sdk::export_plugin!(TheType);`. It does not touch the component border: buffers, JSON and panics are the
//! business of this crate, and only on the guest's target. Natively the same type is called as plain Rust, so tests need
//! no host.

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
#[cfg(any(target_arch = "wasm32", test))]
mod panic_report;
#[cfg(any(target_arch = "wasm32", test))]
mod text;

/// The values of `xiezhi-model`, as a plugin may use them.
pub mod model {
    pub use xiezhi_model::*;

    /// Faults, without the codes of the model: those are the host's (`plugin.*`, `message.*` …). A plugin that gives one of
    /// `plugin.*` breaks its contract and ends in quarantine, so they are not here to be taken by accident.
    pub mod fault {
        pub use xiezhi_model::fault::{Fault, RowFault};
    }
}

pub use xiezhi_model::fault::{Fault, RowFault};
pub use xiezhi_model::plugin::{Context, Decoded, Document, Encoded, Input, Manifest, Part, Plugin, RowRecord};
pub use xiezhi_model::record::Record;

/// Makes a type that implements [`Plugin`] the component's exports. Does nothing on native targets, so that several
/// plugins can be linked into one native binary.
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::guest::Exported<$plugin>;
    $crate::bindings::export_component!(Exported with_types_in $crate::bindings);
        };
    };
}
