//! `docs/formats/host-unit.md` says what the code does.

use super::outbound::{encode, notice};
use super::*;
use crate::problem::{FORMAT, code};

const PAGE: &str = include_str!("../../../../docs/formats/host-unit.md");

#[test]
fn every_fault_code_is_explained() {
    testing::page_explains(PAGE, FORMAT, &code::ALL);
}

#[test]
fn every_member_that_is_read_is_on_the_page() {
    for row in crate::members::HOST_UNIT.rows {
        for (name, _) in row.names {
            assert!(PAGE.contains(&format!("`{name}`")), "{}.{name}", row.name);
        }
    }
}

#[test]
fn the_examples_are_true() {
    let example = |language: &str, heading: &str| {
        let section = PAGE.split(heading).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
        let block = section.split(language).nth(1).unwrap();
        block.split("```").next().unwrap().to_owned()
    };
    let section = "## Example: an answer comes in";
    let came = example("```json\n", section);
    let record = serde_json::to_string_pretty(&only_record(&came)).unwrap();
    assert!(PAGE.contains(&record), "the record should be:\n{record}");
    let sent = encode(&notice());
    assert_eq!(example("```json\n", "## Example: a notice goes out"), sent, "the outbound example should be:\n{sent}");
    assert_eq!(only_record(&example("```json\n", "## How to answer")).kind(), "receipt");
}
