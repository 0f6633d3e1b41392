//! The component border as the host sees it, generated from `plugins/wit`: the codec of 1.0.0, which 1.1.0 keeps.
//!
//! The generated code has `unsafe impl`s of wasmtime's lifting and lowering traits. They are sound because wasmtime's own
//! macro derives them from the same WIT that the component's types are checked against before any call: the size, the
//! alignment and the layout that the macro states are computed, not written by hand. Nothing here is hand-written.
#![allow(unsafe_code, reason = "generated lifting and lowering; see the proof in the module's text")]
#![allow(missing_docs, unreachable_pub, rust_2018_idioms, reason = "generated code")]
#![allow(clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "generated code")]
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "generated code")]
#![allow(clippy::allow_attributes_without_reason, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "../wit/xiezhi-plugin@1.0.0",
    world: "plugin",
    ownership: Borrowing { duplicate_if_necessary: true },
});

/// The interface by its exact name; wasmtime alone would also take a compatible version.
pub(crate) const INTERFACE: &str = "xiezhi:plugin/codec@1.0.0";

/// The interface's functions.
pub(crate) const FUNCTIONS: [&str; 3] = ["describe", "decode", "encode"];

/// What a plugin of `xiezhi:plugin@1.1.0` exports beside the codec. Its one function is called through its typed form,
/// whose fault is the codec's, so nothing is generated for it.
pub(crate) const SETTINGS_INTERFACE: &str = "xiezhi:plugin/settings@1.1.0";

/// The function of [`SETTINGS_INTERFACE`].
pub(crate) const SETTINGS_CHECK: &str = "check";
