//! The TOML files of a folder.

use std::path::{Path, PathBuf};

use crate::problem::Problems;

/// Most files of one kind: a district has some dozens of agencies and one calendar a year.
const FILES_MAX: usize = 1_000;

/// The `*.toml` files directly in a folder, by name. Other files and subfolders are left alone.
pub(crate) fn toml_files(folder: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.add(folder, "", format!("folder cannot be read: {}", error.kind()));
            return Vec::new();
        }
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml") && path.is_file())
        .take(FILES_MAX.saturating_add(1))
        .collect();
    if files.len() > FILES_MAX {
        problems.add(folder, "", format!("more than {FILES_MAX} files"));
    }
    files.sort();
    files
}

/// The first part of the key paths in a file: `agencies.police` for `agencies/police.toml`.
pub(crate) fn prefix(area: &str, file: &Path) -> String {
    format!("{area}.{}", file.file_stem().unwrap_or_default().to_string_lossy())
}
