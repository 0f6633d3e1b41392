//! Puts the SDK and the starting plugin into the binary, so that `xiezhi plugin new` needs nothing else: writes a Rust file
//! with one entry for each file of their folders.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// What a plugin of its own needs of this tree, under the same paths.
const SDK: [&str; 4] = ["core/model", "plugins/sdk", "plugins/formats", "plugins/wit"];
/// The plugin that a new one starts from.
const TEMPLATE: &str = "plugins/example";

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = manifest.ancestors().nth(2).unwrap_or(&manifest).to_owned();
    let mut code = String::new();
    let mut sdk = Vec::new();
    for folder in SDK {
        collect(&root.join(folder), &mut sdk)?;
    }
    let mut template = Vec::new();
    collect(&root.join(TEMPLATE), &mut template)?;
    list("SDK", &root, &sdk, &mut code);
    list("TEMPLATE", &root.join(TEMPLATE), &template, &mut code);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("embedded.rs"), code)
}

/// Every file below a folder, sorted, so that the same tree gives the same binary.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        if name == "target" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn list(name: &str, base: &Path, files: &[PathBuf], code: &mut String) {
    // Writing to a text cannot fail.
    let _ = writeln!(code, "static {name}: &[(&str, &[u8])] = &[");
    for file in files {
        let path = file.strip_prefix(base).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let _ = writeln!(code, "    ({path:?}, include_bytes!({:?})),", file.display().to_string());
    }
    let _ = writeln!(code, "];");
}
