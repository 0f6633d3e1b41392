//! The rules of the tree, each proved by a check of its own; every breach is printed, then the command fails.

mod crates;
mod pages;
mod sources;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use xiezhi_kit::place;

/// Proves every rule.
pub(crate) fn run() -> anyhow::Result<()> {
    let tree = Tree::load()?;
    let mut breaches = crates::check()?;
    breaches.extend(sources::check(&tree));
    breaches.extend(pages::check(&tree));
    for breach in &breaches {
        eprintln!("tidy: {breach}");
    }
    if !breaches.is_empty() {
        bail!("{} rule(s) of the tree are broken", breaches.len());
    }
    println!("tidy: {} source files and {} pages keep the rules", tree.sources.len(), tree.pages.len());
    Ok(())
}

/// One file.
pub(crate) struct File {
    /// Path below the root, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// The source files and pages of the tree.
pub(crate) struct Tree {
    /// Rust files.
    pub(crate) sources: Vec<File>,
    /// Markdown files.
    pub(crate) pages: Vec<File>,
}

impl Tree {
    fn load() -> anyhow::Result<Self> {
        let root = place::root();
        let mut tree = Self { sources: Vec::new(), pages: Vec::new() };
        tree.collect(&root, &root)?;
        Ok(tree)
    }

    fn collect(&mut self, root: &Path, folder: &Path) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path: PathBuf = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name == "target" || name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                self.collect(root, &path)?;
                continue;
            }
            let list = match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") => &mut self.sources,
                Some("md") => &mut self.pages,
                _ => continue,
            };
            let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            let path = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            list.push(File { path, text });
        }
        Ok(())
    }
}
