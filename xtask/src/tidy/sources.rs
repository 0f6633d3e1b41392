//! Headers, sizes, names and leftovers of source files.

use super::{File, Tree};

/// Longest file, in lines: longer ones are split by idea.
const FILE_LINES_MAX: usize = 600;
/// Nine files in ten are at most this long.
const FILE_LINES_MOSTLY: usize = 420;
/// Longest function, in lines: it fits a screen.
const FUNCTION_LINES_MAX: usize = 70;
/// Longest function of a test file, in lines: a table of cases reads better whole.
const TEST_FUNCTION_LINES_MAX: usize = 130;
/// Longest line, in characters; rustfmt leaves long texts alone, so a little room is given.
const LINE_CHARS_MAX: usize = 160;
/// File names that say nothing.
const EMPTY_NAMES: [&str; 5] = ["mod.rs", "utils.rs", "helpers.rs", "common.rs", "misc.rs"];

/// Checks every source file.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    // Put together here, so that this file does not break its own rule.
    let leftovers = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["#[ign", "ore"].concat()];
    let mut breaches: Vec<String> = tree.sources.iter().flat_map(|file| check_file(file, &leftovers)).collect();
    let mut lengths: Vec<usize> = tree.sources.iter().map(|file| file.text.lines().count()).collect();
    lengths.sort_unstable();
    let ninetieth = lengths.get(lengths.len() * 9 / 10).copied().unwrap_or_default();
    if ninetieth > FILE_LINES_MOSTLY {
        breaches.push(format!("one file in ten is longer than {ninetieth} lines; {FILE_LINES_MOSTLY} is the limit"));
    }
    breaches
}

fn check_file(file: &File, leftovers: &[String]) -> Vec<String> {
    let File { path, text } = file;
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push(format!("{path} does not begin with what it is for (//!)"));
    }
    if EMPTY_NAMES.iter().any(|name| path.ends_with(&format!("/{name}"))) {
        breaches.push(format!("{path}: a name that says nothing"));
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        breaches.push(format!("{path} has {lines} lines; {FILE_LINES_MAX} is the limit"));
    }
    for (at, line) in text.lines().enumerate() {
        if line.chars().count() > LINE_CHARS_MAX {
            breaches.push(format!("{path}:{}: a line of more than {LINE_CHARS_MAX} characters", at + 1));
        }
        if let Some(leftover) = leftovers.iter().find(|leftover| line.contains(leftover.as_str())) {
            breaches.push(format!("{path}:{}: {leftover} left behind", at + 1));
        }
    }
    let is_test = path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs");
    let longest = if is_test { TEST_FUNCTION_LINES_MAX } else { FUNCTION_LINES_MAX };
    for (name, at, lines) in functions(text) {
        if lines > longest {
            breaches.push(format!("{path}:{at}: function {name} has {lines} lines; {longest} is the limit"));
        }
    }
    breaches
}

/// Name, line and length of each function, by rustfmt's indentation: it ends at the brace that stands where it begins.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let Some(name) = function_name(trimmed) else { continue };
        let end = lines
            .iter()
            .skip(at)
            .position(|later| later.len() - later.trim_start().len() == indent && later.trim_start().starts_with('}'));
        // A declaration without a body ends with its semicolon.
        let declared = lines.iter().skip(at).position(|later| later.trim_end().ends_with(';'));
        match (end, declared) {
            (Some(end), Some(declared))
                if declared < end && !lines.iter().skip(at).take(declared + 1).any(|l| l.contains('{')) => {}
            (Some(end), _) => found.push((name, at + 1, end + 1)),
            (None, _) => {}
        }
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    for word in words.by_ref() {
        match word {
            "pub" | "crate" | "super" | "async" | "const" | "unsafe" | "extern" | "C" => {}
            "fn" => return words.next().map(str::to_owned),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_measured_by_indentation() {
        let text = "trait T {\n    fn declared(&self);\n}\nimpl X {\n    pub(crate) async fn long(\n        &self,\n    ) {\n        call();\n    }\n}\n";
        assert_eq!(functions(text), vec![("long".to_owned(), 5, 5)]);
    }

    #[test]
    fn a_bad_file_is_named_with_every_breach() {
        let file = File { path: "a/utils.rs".into(), text: format!("fn main() {{\n{}}}\n", "    x();\n".repeat(80)) };
        let breaches = check_file(&file, &["left".to_owned()]);
        assert_eq!(breaches.len(), 3, "{breaches:?}");
    }
}
