//! 五（一）2: what an address claims and what it does not show.

use super::*;

fn gaps(more: Value) -> String {
    only_entry(with(address(), more)).extra.remove("condition_gaps").unwrap_or_default()
}

#[test]
fn what_an_address_does_not_show_is_noted_and_costs_nothing() {
    let planned = |more: Value| with(json!({"planning_obtained": true}), more);
    let operating = |more: Value| {
        with(
            json!({"kind": "operating", "planning_obtained": true, "condition": 4,
        "other_basis": "第九条"}),
            more,
        )
    };
    for (more, expected) in [
        (json!({}), "planning,condition"),
        (json!({"planning_obtained": false, "planning_number": "建字第110112202600012号"}), "planning,condition"),
        (json!({"planning_number": "建字第110112202600012号", "condition": 1}), "title_number"),
        (planned(json!({"condition": "1", "title_number": "京（2026）通不动产权第0012345号"})), ""),
        (planned(json!({"condition": "2"})), "appraisal_grade,appraisal_number"),
        (planned(json!({"condition": "2", "appraisal_grade": "B", "appraisal_number": "J-1"})), ""),
        (planned(json!({"condition": "3"})), "completion_number"),
        (planned(json!({"condition": 3, "completion_number": "2026-通-竣-7"})), ""),
        (planned(json!({"condition": "4"})), "other_basis"),
        (operating(json!({})), "premises,tax,foreign_investment"),
        (
            operating(
                json!({"premises_consistent": false, "operates_and_pays_tax": false, "foreign_investment": "no"}),
            ),
            "premises,tax,foreign_investment",
        ),
        (operating(json!({"self_published": true, "operates_and_pays_tax": true, "foreign_investment": "yes"})), ""),
        (
            operating(
                json!({"premises_consistent": true, "operates_and_pays_tax": true, "foreign_investment": "none"}),
            ),
            "",
        ),
    ] {
        assert_eq!(gaps(more.clone()), expected, "{more}");
    }
    let entry = only_entry(address());
    let note = "依据五（一）2：未说明建筑物已取得规划手续；未声明符合情形（1）至（4）中的任何一种";
    assert_eq!(entry.extra.get("condition_note").map(String::as_str), Some(note));
}

#[test]
fn unit_codes_are_checked_by_shape() {
    for good in ["110112005012GB00031F00020015", "110112 005012 JC00031 W00000000", "110112005012ZX00031Q00020015"] {
        let entry = only_entry(with(address(), json!({"unit_code": good})));
        assert_eq!(entry.extra["unit_code"], good.replace(' ', ""), "{good}");
    }
    for bad in [
        "110112005012GB00031F0002001",
        "110112005012GB00031F000200155",
        "110112005012AB00031F00020015",
        "110112005012GI00031F00020015",
        "110112005012GB00031X00020015",
        "110112005012GB00031W00020015",
        "11011200501OGB00031F00020015",
        "110112005012gb00031F00020015",
        "１10112005012GB00031F00020015",
    ] {
        let fault = only_row_fault(&message(&[with(address(), json!({"unit_code": bad}))])).fault;
        assert_eq!(
            (fault.code.as_str(), fault.field.as_deref()),
            ("address-filing.unit-code-invalid", Some("unit_code")),
            "{bad}"
        );
    }
}

#[test]
fn odd_document_numbers_are_noted_or_refused_as_the_link_says() {
    for (name, value, is_odd) in [
        ("title_number", "京（2026）通不动产权第0012345号", false),
        ("title_number", "京(2026)通不动产权第0012345号", false),
        ("title_number", "X京房权证通字第1234567号", true),
        ("title_number", "京（26）通不动产权第0012345号", true),
        ("title_number", "京（2026）通不动产权第12345号", true),
        ("title_number", "京（2026）不动产权第0012345号", true),
        ("planning_number", "建字第110112202600012号", false),
        ("planning_number", "乡字第110112202600012号", false),
        ("planning_number", "2026规自（通）建字0012号", false),
        ("planning_number", "2026规自(通)建字0012号", false),
        ("planning_number", "建字第12号", true),
        ("planning_number", "见附件", true),
    ] {
        let text = message(&[with(address(), json!({name: value}))]);
        let Record::LedgerEntry(entry) = only_record(&text) else { panic!("an entry was wanted") };
        assert_eq!(entry.extra[name], value, "{value}: it is kept as it is written");
        assert_eq!(entry.extra.contains_key("number_note"), is_odd, "{value}");
        let strict = decode_with(&text, json!({"document_number_check": "refuse"})).unwrap().document;
        let codes: Vec<_> = strict.row_faults.iter().map(|row| row.fault.code.as_str()).collect();
        let expected: &[&str] = if is_odd { &["address-filing.document-number-invalid"] } else { &[] };
        assert_eq!(codes, expected, "{value}");
    }
    for bad in [json!("maybe"), json!(true)] {
        let fault = decode_with(LEDGER, json!({"document_number_check": bad})).unwrap_err();
        assert_eq!(fault.code, "address-filing.setting-invalid");
    }
}
