//! `docs/formats/fiscal.md` says what the code does.

use super::outbound::encode;
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/fiscal.md");

/// A file as the page shows it: blanks at the ends of lines left out.
fn shown(bytes: &[u8]) -> String {
    let text = gb18030_text(bytes).unwrap();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn the_examples_are_true() {
    assert!(PAGE.contains(&shown(MONITOR)), "the file should be:\n{}", shown(MONITOR));
    let record = serde_json::to_string_pretty(&records(MONITOR).pop().unwrap()).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    let sent = shown(&encode(&testing::assignment("fiscal")));
    assert!(PAGE.contains(&sent), "the outbound file should be:\n{sent}");
}

#[test]
fn the_answer_that_the_page_teaches_is_accepted() {
    assert!(PAGE.contains(&shown(FEEDBACK)), "the answer should be:\n{}", shown(FEEDBACK));
    assert!(records(FEEDBACK).iter().all(|record| record.kind() == "feedback"));
}

#[test]
fn every_item_is_in_the_pages_table() {
    for (code, name) in crate::continuation::item::ALL {
        assert!(PAGE.contains(&format!("`{code}` {name}")), "{code} {name}");
    }
}
