//! Wrong configurations and what is said of them: the folders of `tests/wrong`.
//!
//! A case is the configuration of `tests/right` with the case's files laid over it: `remove.txt` names what is taken
//! away, `env.txt` sets variables, and `expected.txt` is the whole list of problems. With `XIEZHI_BLESS=1` the lists are
//! written instead of compared; read the difference before committing it.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

#[path = "support/place.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use support::{Place, blessing, tests_folder};

/// What the configuration of `tests/right` is given; none of it may turn up in a problem.
const SECRETS: [&str; 6] = [
    "token-of-police-0123456789",
    "token-of-urban-0123456789",
    "sign-of-urban",
    "sign-nested",
    "written-right-here",
    "in-plain-sight",
];

#[test]
fn every_wrong_configuration_gets_its_whole_list_of_problems() {
    let wrong = tests_folder().join("wrong");
    let cases: BTreeSet<_> = std::fs::read_dir(&wrong).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(cases.len() >= 10, "the cases are gone");
    let mut differences = String::new();
    for case in &cases {
        let found = problems_of(case);
        for secret in SECRETS {
            assert!(!found.contains(secret), "{}: a problem shows a secret:\n{found}", case.display());
        }
        let file = case.join("expected.txt");
        if blessing() {
            std::fs::write(&file, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if found != expected {
            differences.push_str(&format!("{}\nexpected:\n{expected}found:\n{found}\n", case.display()));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

fn problems_of(case: &Path) -> String {
    let mut place = Place::right();
    place.lay_over(case);
    let problems = place.load().unwrap_err();
    let folder = format!("{}/", place.folder().display());
    problems.to_string().replace(&folder, "").replace(&place.folder().display().to_string(), ".") + "\n"
}
