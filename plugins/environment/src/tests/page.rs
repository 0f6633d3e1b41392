//! The format's page and the source keep what they promise.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use xiezhi_sdk::{Input, Plugin as _};

use super::{context, json as json_of};
use crate::{Environment, fault};

const PAGE: &str = include_str!("../../../../docs/formats/environment.md");
const STREAM: &[u8] = include_bytes!("../../../../tests/samples/05b-env-stream.hj212");

#[test]
fn every_fault_code_is_explained_on_the_page() {
    for code in fault::ALL {
        assert!(PAGE.contains(&format!("| `{code}` |")), "{code}");
    }
    for setting in ["accept_modbus_crc", "factors_2005", "part_timeout_ms", "st", "pw", "mn"] {
        assert!(PAGE.contains(&format!("| `{setting}` |")), "{setting}");
    }
}

/// The text of the page's code block that follows a heading.
fn block(heading: &str, nth: usize) -> String {
    let section = PAGE.split_once(heading).unwrap().1;
    let block = section.split("```").nth(nth * 2 + 1).unwrap();
    block.split_once('\n').unwrap().1.trim_end().to_owned()
}

#[test]
fn the_inbound_example_is_the_true_output() {
    let decoded = Environment::decode(&Input::Message(STREAM), &context()).unwrap();
    let given = block("## Example: a facility that stands still", 0);
    assert_eq!(given, String::from_utf8_lossy(STREAM).lines().nth(1).unwrap());
    let shown: serde_json::Value = serde_json::from_str(&block("## Example: a facility that stands still", 1)).unwrap();
    assert_eq!(shown, json_of(&decoded.document.records[1].record));
    let reply = block("## Example: a facility that stands still", 2);
    let answers = String::from_utf8(decoded.reply.unwrap().body).unwrap();
    assert_eq!(reply, answers.lines().nth(1).unwrap());
}

#[test]
fn the_outbound_example_is_the_true_output() {
    let record = serde_json::from_str(&block("## Example: an assignment", 0)).unwrap();
    let encoded = Environment::encode(&record, &context()).unwrap();
    assert_eq!(block("## Example: an assignment", 1), String::from_utf8(encoded.body).unwrap().trim_end());
}

#[test]
fn the_manifest_says_what_the_plugin_does() {
    let manifest = serde_json::to_value(Environment::describe()).unwrap();
    for format in Environment::describe().formats {
        assert!(PAGE.contains(&format!("`{format}`")), "{format}");
    }
    assert_eq!(
        manifest,
        json!({"id": "environment", "version": "1.0.0", "formats": ["hj212/2017", "hj212/2005", "hj212/2025"],
            "reads": ["indicator", "feedback", "receipt"], "writes": ["assignment", "reminder", "receipt"]})
    );
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn no_float_touches_a_reading() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 10);
    for path in found {
        let source = fs::read_to_string(&path).unwrap();
        for float in [concat!("f", "32"), concat!("f", "64")] {
            assert!(!source.contains(float), "{} names {float}", path.display());
        }
    }
}
