//! The shipped links: every town of the district has one, under an id that its code cannot change.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The value of a line such as `code = "110112001"`.
fn values<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    let value = |line: &'t str| line.strip_prefix(key)?.trim_start().strip_prefix('=');
    text.lines().filter_map(value).flat_map(|value| value.split('"').skip(1).step_by(2)).collect()
}

#[test]
fn every_town_has_its_link() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let towns = fs::read_to_string(root.join("codes/towns.toml")).unwrap();
    let mut links = BTreeMap::new();
    for entry in fs::read_dir(root.join("agencies")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(id) = name.strip_suffix(".toml").filter(|name| name.starts_with("township-")) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(values(&text, "id"), [id]);
        assert_eq!(values(&text, "component"), ["township"]);
        let [code] = values(&text, "town_code").try_into().unwrap();
        let old: Vec<String> = values(&text, "old_town_codes").into_iter().map(str::to_owned).collect();
        assert_eq!(links.insert(code.to_owned(), old), None, "{code} has two links");
    }
    let codes = values(&towns, "code");
    assert_eq!(codes.len(), 22);
    assert_eq!(links.keys().map(String::as_str).collect::<Vec<_>>(), codes);
    let mut old: Vec<String> = links.into_values().flatten().collect();
    old.sort_unstable();
    let mut known = values(&towns, "old_codes");
    known.sort_unstable();
    assert_eq!(old, known, "the old codes of the table");
}
