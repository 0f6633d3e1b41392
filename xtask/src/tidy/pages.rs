//! Pages against the tree: every command and file that a page names exists, and so does every symbol of the map.

use std::collections::BTreeSet;

use xiezhi_kit::place;

use super::{File, Tree};

/// Subcommands of `xiezhi`.
const XIEZHI_COMMANDS: [&str; 54] = [
    "serve",
    "check",
    "status",
    "plugin new",
    "plugin build",
    "plugin test",
    "plugin inspect",
    "plugin decode",
    "plugin encode",
    "plugin shadow",
    "plugin install",
    "plugin rollback",
    "plugin status",
    "plugin release",
    "message list",
    "message show",
    "message redrive",
    "case list",
    "case show",
    "case assign",
    "case answer",
    "case verify",
    "case close",
    "case suspend",
    "case resume",
    "case reopen",
    "policy test",
    "policy check",
    "policy explain",
    "policy replay",
    "entity list",
    "entity show",
    "act list",
    "act show",
    "act propose",
    "act approve",
    "act refuse",
    "act preview",
    "act resend",
    "act object",
    "credit reconcile",
    "credit report",
    "account add",
    "account password",
    "account close",
    "account list",
    "audit verify",
    "topology print",
    "topology check",
    "topology apply",
    "agency send",
    "agency receive",
    "credit-sim",
    "help",
];
/// Commands that have subcommands: a page may name them alone, but not with a subcommand that is not above.
const XIEZHI_GROUPS: [&str; 11] =
    ["credit", "policy", "plugin", "message", "case", "entity", "act", "account", "audit", "topology", "agency"];
/// Top folders: a text in backquotes that begins with one of them is a path.
const FOLDERS: [&str; 9] =
    ["core/", "plugins/", "adapters/", "config/", "tests/", "docs/", "xtask/", ".ci/", ".cargo/"];
/// The page whose every symbol must exist.
const MAP: &str = "ARCHITECTURE.md";

/// Checks every page.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut breaches: Vec<String> = tree.pages.iter().flat_map(check_page).collect();
    match tree.pages.iter().find(|page| page.path == MAP) {
        Some(map) => breaches.extend(check_symbols(map, tree)),
        None => breaches.push(format!("{MAP} is missing")),
    }
    breaches
}

fn check_page(page: &File) -> Vec<String> {
    let mut breaches = Vec::new();
    let xtask = crate::command_names();
    let xtask: Vec<&str> = xtask.iter().map(String::as_str).collect();
    for (at, line) in page.text.lines().enumerate() {
        for (program, commands) in [("cargo xtask ", &xtask[..]), ("xiezhi ", &XIEZHI_COMMANDS[..])] {
            for rest in after_each(line, program) {
                let known = commands.iter().any(|command| is_command(rest, command))
                    || program == "xiezhi " && XIEZHI_GROUPS.iter().any(|group| is_alone(rest, group));
                let is_call = rest.starts_with(|c: char| c.is_ascii_lowercase());
                let call = rest.split('`').next().unwrap_or(rest);
                if is_call && in_code(line, rest, &page.text, at) && !known {
                    breaches.push(format!("{}:{}: there is no command `{program}{call}`", page.path, at + 1));
                }
            }
        }
        for path in quoted(line).filter(|text| FOLDERS.iter().any(|folder| text.starts_with(folder))) {
            let plain = !path.contains(['<', '*', '…', ' ', '{', '$']);
            let file = path.split(['#', ':']).next().unwrap_or(path);
            if plain && !place::root().join(file).exists() {
                breaches.push(format!("{}:{}: there is no `{path}`", page.path, at + 1));
            }
        }
    }
    breaches
}

/// Whether `rest` begins with the command, ending there or at something that is no part of a word.
fn is_command(rest: &str, command: &str) -> bool {
    rest.strip_prefix(command).is_some_and(|tail| !tail.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
}

/// Whether `rest` begins with the command, and no further word follows.
fn is_alone(rest: &str, command: &str) -> bool {
    let next = rest.strip_prefix(command).and_then(|tail| tail.strip_prefix(' '));
    is_command(rest, command) && !next.is_some_and(|next| next.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// What follows each occurrence of `program` that begins a word.
fn after_each<'a>(line: &'a str, program: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(program).filter_map(move |(at, _)| {
        let before = line.get(..at)?.chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_').then(|| line.get(at + program.len()..))?
    })
}

/// Whether a place in a line is code: inside backquotes, or in a fenced or indented block.
fn in_code(line: &str, rest: &str, text: &str, at: usize) -> bool {
    let before = line.len() - rest.len();
    let quotes = line.get(..before).unwrap_or_default().matches('`').count();
    let fences = text.lines().take(at).filter(|line| line.trim_start().starts_with("```")).count();
    quotes % 2 == 1 || fences % 2 == 1 || line.starts_with("    ")
}

fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Every Rust symbol in backquotes on the map stands in the sources.
fn check_symbols(map: &File, tree: &Tree) -> Vec<String> {
    let words: BTreeSet<&str> =
        tree.sources.iter().flat_map(|file| file.text.split(|c: char| !c.is_alphanumeric() && c != '_')).collect();
    let mut breaches = Vec::new();
    for (at, line) in map.text.lines().enumerate() {
        for text in quoted(line) {
            let path = text.trim_end_matches("()").trim_end_matches('!');
            let is_symbol = !path.is_empty()
                && path.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':')
                && (path.contains("::") || path.contains('_') || path.starts_with(|c: char| c.is_ascii_uppercase()));
            let missing = path.split("::").find(|part| !part.is_empty() && !words.contains(part));
            if let (true, Some(missing)) = (is_symbol, missing) {
                breaches.push(format!("{}:{}: the sources have no `{missing}` (in `{text}`)", map.path, at + 1));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_files_that_are_not_there_are_named() {
        let page = File {
            path: "p.md".into(),
            text: "run `cargo xtask fly` or `xiezhi case list`, see `docs/nowhere.md`\n    xiezhi case eat\n".into(),
        };
        let breaches = check_page(&page);
        assert_eq!(breaches.len(), 3, "{breaches:?}");
    }
}
