//! Makes a plugin of what rustc builds: a core module becomes a component that the gateway admits, and a folder with a
//! plugin crate becomes a core module. Knows nothing of running one, so that what builds plugins does not have to compile
//! a WebAssembly engine.

mod cargo;
mod project;

use thiserror::Error;
use wit_component::ComponentEncoder;

pub use cargo::{PLUGIN_PROFILE, WASM_TARGET, cargo_build, core_module_file, has_wasm_target};
pub use project::{Project, ProjectError};

/// Makes a core module, built for `wasm32-unknown-unknown` with the SDK, a component, and checks the result.
///
/// The same module gives the same bytes.
///
/// # Errors
/// [`ComponentizeError`] says which step failed and why.
pub fn componentize(core_module: &[u8]) -> Result<Vec<u8>, ComponentizeError> {
    let encoder = ComponentEncoder::default().validate(true);
    let mut encoder = encoder.module(core_module).map_err(|error| ComponentizeError::Module(format!("{error:#}")))?;
    encoder.encode().map_err(|error| ComponentizeError::Encode(format!("{error:#}")))
}

/// Why a core module did not become a component.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ComponentizeError {
    /// Not a core module, or one without the SDK's description of the world.
    #[error("core module cannot be read, build it for wasm32-unknown-unknown with xiezhi_sdk::export_plugin!: {0}")]
    Module(String),
    /// It imports something, lacks an export, or the result is not valid.
    #[error("core module cannot be made a component: {0}")]
    Encode(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plugin_is_refused_with_a_reason() {
        let empty_module = b"\0asm\x01\0\0\0";
        let component = b"\0asm\x0d\0\x01\0";
        for (name, bytes) in [("text", b"hello".as_slice()), ("a component", component)] {
            assert!(componentize(bytes).is_err(), "{name}");
        }
        // A module with no world is a component that exports nothing: the host's admission refuses it.
        assert!(componentize(empty_module).is_ok());
    }
}
