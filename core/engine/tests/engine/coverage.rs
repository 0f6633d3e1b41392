//! `docs/policy-coverage.md` says what the shipped policy carries out: compared with the rules, so that it cannot drift.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use xiezhi_model::ClauseId;

use crate::support::policy;

const PAGE: &str = include_str!("../../../../docs/policy-coverage.md");
/// Every clause of the measure that lays a duty on somebody.
const CLAUSES: [&str; 27] = [
    "4.1", "4.2", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.2.5", "5.2.6", "5.2.7", "5.3.8", "5.3.8(1)", "5.3.8(2)",
    "5.3.8(3)", "5.3.8(4)", "5.3.8(5)", "5.3.8(6)", "5.3.8(7)", "5.3.8(8)", "5.3.9", "5.3.9(1)", "5.3.9(2)",
    "5.3.9(3)", "5.3.9(4)", "5.3.9(5)", "6.1", "6.2", "6.3",
];
/// How a reason begins.
const REASONS: [&str; 4] = ["not data: ", "by acts: ", "by mechanism: ", "open: "];
/// Where the tests are that the page may name.
const TESTS: [&str; 3] = ["core/engine/tests/engine", "tests/e2e/tests", "tests/year/tests"];

/// One row of the page's table.
struct Row {
    clause: String,
    rules: Vec<String>,
    tests: Vec<String>,
    reason: String,
}

/// The texts in backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let cells = |line: &str| -> Option<Vec<String>> {
        let inner = line.strip_prefix("| `")?.strip_suffix('|')?;
        let cells: Vec<String> = inner.split('|').map(|cell| cell.trim().to_owned()).collect();
        (cells.len() == 5).then_some(cells)
    };
    let row = |cells: Vec<String>| Row {
        clause: cells[0].trim_end_matches('`').to_owned(),
        rules: quoted(&cells[2]),
        tests: quoted(&cells[3]),
        reason: cells[4].clone(),
    };
    PAGE.lines().filter_map(cells).map(row).collect()
}

#[test]
fn every_clause_stands_on_the_page_once_with_rules_or_a_reason() {
    let rows = rows();
    assert_eq!(rows.iter().map(|row| row.clause.as_str()).collect::<Vec<_>>(), CLAUSES);
    for Row { clause, rules, reason, .. } in rows {
        assert!(ClauseId::parse(&clause).is_ok(), "{clause}");
        let has_reason = REASONS.iter().any(|word| reason.starts_with(word));
        assert_eq!((rules.is_empty(), reason.is_empty()), (has_reason, !has_reason), "{clause}: {reason}");
    }
}

#[test]
fn the_page_and_the_shipped_rules_agree() {
    let mut shipped: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let policy = policy();
    let rules = policy.rules.into_iter().map(|rule| (rule.clause, rule.id));
    let indicators = policy.indicators.into_iter().map(|indicator| (indicator.clause, indicator.id));
    let expiry = policy.expiry.into_iter().map(|expiry| (expiry.clause, expiry.id));
    for (clause, id) in rules.chain(indicators).chain(expiry) {
        shipped.entry(clause.to_string()).or_default().insert(id.to_string());
    }
    let page: BTreeMap<String, BTreeSet<String>> = rows()
        .into_iter()
        .filter(|row| !row.rules.is_empty())
        .map(|row| (row.clause, row.rules.into_iter().collect()))
        .collect();
    assert_eq!(page, shipped);
}

#[test]
fn the_tests_that_the_page_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = String::new();
    for folder in TESTS {
        let files = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|path| path.is_file()) {
            sources.push_str(&std::fs::read_to_string(file).unwrap());
        }
    }
    for row in rows() {
        assert!(row.rules.is_empty() || !row.tests.is_empty(), "{}: rules without a test", row.clause);
        for test in row.tests {
            assert!(sources.contains(&format!("fn {test}(")), "{}: there is no test {test}", row.clause);
        }
    }
}
