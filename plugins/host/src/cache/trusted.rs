//! The only hand-written unsafe code of the host: loading native code that this host made itself.
//!
//! [`Verified`] can only be made by [`verify`], in this module, and only from code whose authentication code is right.
//! Nothing else is ever loaded.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Code whose authentication code was right.
pub(super) struct Verified<'a>(&'a [u8]);

/// Compares, in constant time, the tag that came with the code with the one computed over it.
pub(super) fn verify<'a>(computed: Hmac<Sha256>, tag: &[u8], code: &'a [u8]) -> Option<Verified<'a>> {
    computed.verify_slice(tag).ok().map(|()| Verified(code))
}

/// Loads verified code. `None` when wasmtime finds that it was made by another version or for another processor.
#[expect(unsafe_code, reason = "wasmtime cannot check native code; the proof stands beside the call")]
pub(super) fn load(engine: &Engine, verified: &Verified<'_>) -> Option<Component> {
    // SAFETY: `deserialize` requires bytes that `Component::serialize` of this very wasmtime made, unchanged. The bytes
    // verified under HMAC-SHA-256 with a key that only this installation's cache has (mode 0600), and the host writes
    // that code over the output of `Component::serialize` alone; wasmtime's version and the engine's configuration are
    // part of what is authenticated. They are verified and loaded from the same slice in memory, so nobody can change
    // the file in between. Who can read the key already has this process's rights and gains nothing.
    unsafe { Component::deserialize(engine, verified.0) }.ok()
}
