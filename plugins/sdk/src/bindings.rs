//! The component border, generated from `plugins/wit`. The only place of the SDK with unsafe code; none is hand-written.
//!
//! Why it is sound: the generated functions turn the canonical ABI's pointers and lengths into owned vectors. The ABI
//! promises that each such pair was allocated by this module's own `cabi_realloc` with that length and is handed over
//! for good; the host keeps the promise because the component model's runtime, not the caller, does the copying. What
//! goes out stays allocated until the host calls the generated `post-return` function. A guest that broke this could
//! harm only its own memory: the host gives each call a fresh instance and takes it away afterwards.
#![allow(unsafe_code, reason = "generated canonical-ABI glue; see the proof in the module's text")]
#![allow(missing_docs, unreachable_pub, rust_2018_idioms, reason = "generated code")]
#![allow(clippy::all, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "generated code")]
#![allow(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "generated code")]
#![allow(clippy::allow_attributes_without_reason, reason = "generated code")]

wit_bindgen::generate!({
    path: ["../wit/xiezhi-plugin@1.0.0", "../wit/xiezhi-plugin@1.1.0"],
    world: "xiezhi:plugin/plugin@1.1.0",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "xiezhi_sdk::bindings",
});
