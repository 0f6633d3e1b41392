//! The format's page says what the plugin does.

use xiezhi_sdk::Plugin as _;

use super::outbound::{assignment, receipt, reminder};
use super::{RECEIVED_AT, context_at};
use crate::UrbanManagement;
use crate::fault::CODES;

const PAGE: &str = include_str!("../../../../docs/formats/urban-management.md");

#[test]
fn every_fault_code_is_on_the_page() {
    for code in CODES {
        assert!(PAGE.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn the_page_shows_true_output() {
    for record in [assignment(), reminder(), receipt()] {
        let encoded = UrbanManagement::encode(&record, &context_at(RECEIVED_AT)).unwrap();
        let body = String::from_utf8(encoded.body).unwrap();
        assert!(PAGE.contains(&body), "{body}");
    }
    let golden = std::str::from_utf8(super::GOLDEN).unwrap();
    let decoded = super::decode(super::GOLDEN).unwrap();
    let finding = serde_json::to_string_pretty(&decoded.document.records[0].record).unwrap();
    assert!(PAGE.contains(golden.trim_end()), "the sample itself");
    assert!(PAGE.contains(&finding), "{finding}");
}

#[test]
fn every_setting_is_on_the_page() {
    for name in ["app_key", "sign_secret", "replay_window_s"] {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
}
