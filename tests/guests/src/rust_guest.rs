//! The guest in `tests/guests/rust`, built with the SDK by the test itself.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// The component, built at most once in a process. Cargo decides whether there is something to do.
pub fn component() -> &'static [u8] {
    static COMPONENT: OnceLock<Vec<u8>> = OnceLock::new();
    COMPONENT.get_or_init(build)
}

fn build() -> Vec<u8> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--profile", "plugin", "--target", "wasm32-unknown-unknown"])
        .args(["--package", "xiezhi-guest-rust", "--message-format", "json-render-diagnostics"])
        .current_dir(workspace)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "the guest builds:\n{}", String::from_utf8_lossy(&output.stderr));
    let module = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "xiezhi_guest_rust")
        .find_map(|message| {
            let files = message["filenames"].as_array()?.clone();
            files.iter().filter_map(|file| file.as_str()).find(|file| file.ends_with(".wasm")).map(str::to_owned)
        })
        .expect("cargo names the module");
    xiezhi_componentize::componentize(&std::fs::read(module).expect("the module is there"))
        .expect("the guest becomes a component")
}
