//! Records that must not leave for the public: what each is refused with.

use super::*;

#[test]
fn what_a_publication_lacks_is_named() {
    let long = |count: usize| "长".repeat(count);
    let cases: Vec<(&str, Record, Value, &str, &str)> = vec![
        ("no name", listing(), json!({"party": {"uscc": "91110112MAYYT00167"}}), "field-missing", "EntName"),
        ("nobody", listing(), json!({"party": {"name": "测试"}}), "party-unidentified", "UniSCID"),
        (
            "an old number of an unknown kind",
            listing(),
            json!({"party": {"name": "测试"}, "registration_number": "110112305984804"}),
            "entity-kind-unknown",
            "UniSCID",
        ),
        (
            "an office",
            listing(),
            json!({"party": {"name": "测试", "uscc": "11110112MAYYG0015Y"}}),
            "entity-kind-unknown",
            "UniSCID",
        ),
        ("a short old number", listing(), json!({"registration_number": "1101123"}), "number-invalid", "RegNO"),
        ("another cause", listing(), json!({"cause": "5"}), "code-unknown", "SpeCause"),
        ("no cause", listing(), json!({"cause": ""}), "code-unknown", "SpeCause"),
        ("a historic removal", removal(), json!({"cause": "6"}), "code-unknown", "RemExcpres"),
        ("a correction of another cause", correction(), json!({"cause": "5"}), "code-unknown", "SpeCause"),
        ("a correction without a reason", correction(), json!({"reason": " "}), "field-missing", "RemoveRea"),
        ("no decision", listing(), json!({"decision": " "}), "field-missing", "PenDecNo"),
        ("no authority", listing(), json!({"authority": null}), "field-missing", "DecorgCN"),
        ("no authority's code", removal(), json!({"authority_code": null}), "field-missing", "DecOrg"),
        ("a short authority's code", listing(), json!({"authority_code": "1101"}), "authority-invalid", "DecOrg"),
        ("letters as authority's code", listing(), json!({"authority_code": "11011X"}), "authority-invalid", "DecOrg"),
        ("another act", listing(), json!({"act": "list"}), "act-unknown", "OpType"),
        ("no key", listing(), json!({"entry": ""}), "entry-invalid", "BusExcList"),
        ("a key with blanks", listing(), json!({"entry": "e7 f0"}), "entry-invalid", "BusExcList"),
        ("a long key", listing(), json!({"entry": "e".repeat(65)}), "entry-invalid", "BusExcList"),
        ("long words", listing(), json!({"cause_name": long(129)}), "field-too-long", "SpeCauseCN"),
        ("long words of a removal", removal(), json!({"cause_name": long(201)}), "field-too-long", "RemExcpresCN"),
        ("a long authority", listing(), json!({"authority": long(129)}), "field-too-long", "DecorgCN"),
        ("a long number", listing(), json!({"decision": long(65)}), "field-too-long", "PenDecNo"),
        ("a long finding", listing(), json!({"reason": long(2001)}), "field-too-long", "AnomalyRea"),
        (
            "an identity number as a name",
            listing(),
            json!({"representative": "110112190001010013"}),
            "representative-invalid",
            "LeRep",
        ),
        ("a number behind a name", listing(), json!({"representative": "测试甲１"}), "representative-invalid", "LeRep"),
        (
            "an identity number in the finding",
            listing(),
            json!({"reason": "法定代表人110112190001010013未签收"}),
            "identity-number",
            "AnomalyRea",
        ),
        (
            "an identity number in a removal",
            removal(),
            json!({"reason": "１１０１１２１９０００１０１００１３已联系"}),
            "identity-number",
            "RemoveRea",
        ),
        (
            "a telephone number in a removal",
            removal(),
            json!({"reason": "法定代表人来电（138 0013 8000），已恢复联系"}),
            "identity-number",
            "RemoveRea",
        ),
        (
            "an identity number as the key of an entity",
            listing(),
            json!({"entity_id": "110112190001010013"}),
            "identity-number",
            "PriPID",
        ),
    ];
    for (label, record, members, code, field) in cases {
        let fault = encode_with(&changed(&record, members), Value::Null).unwrap_err();
        assert_eq!(fault.code, format!("credit-publicity.{code}"), "{label}: {}", fault.text);
        assert_eq!((fault.field.as_deref(), fault.offset), (Some(field), None), "{label}");
        assert!(!fault.text.is_ascii() && !fault.text.contains("110112190001010013"), "{label}: {}", fault.text);
    }
}

#[test]
fn settings_are_checked() {
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (n.to_string(), json!("原因"))).collect();
    for (name, bad) in [
        ("area_code", json!("1101")),
        ("area_code", json!("11011X")),
        ("seq_serial_digits", json!(5)),
        ("seq_serial_digits", json!(13)),
        ("message_id_attribute", json!("no")),
        ("registration_number_kind", json!("company")),
        ("cause_codes", json!([])),
        ("cause_codes", json!({"company": {"1": "原因"}})),
        ("cause_codes", json!({"enterprise": {}})),
        ("cause_codes", json!({"enterprise": {"12345": "原因"}})),
        ("cause_codes", json!({"enterprise": {"1": " "}})),
        ("cause_codes", json!({"enterprise": {"1": 1}})),
        ("cause_codes", json!({"enterprise": many})),
        ("removal_codes", json!({"individual": {"1": "长".repeat(201)}})),
    ] {
        for fault in [
            encode_with(&listing(), json!({name: bad})).unwrap_err(),
            decode_with(LIST_IN, json!({name: bad})).unwrap_err(),
        ] {
            assert_eq!(fault.code, "credit-publicity.setting-invalid", "{name} {bad}");
            assert_eq!(fault.field.as_deref(), Some(name), "{bad}");
        }
    }
    let fault = decode_with(LIST_IN, json!({"encoding_fallback": "big5"})).unwrap_err();
    assert_eq!(fault.code, "credit-publicity.setting-invalid");
}

#[test]
fn other_records_are_refused() {
    let notice = json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"});
    let fault = encode_with(&serde_json::from_value(notice).unwrap(), Value::Null).unwrap_err();
    assert_eq!(fault.code, "credit-publicity.kind-unwritten");
    let theirs = changed(&testing::receipt(), json!({"direction": "from_agency"}));
    let fault = encode_with(&theirs, Value::Null).unwrap_err();
    assert_eq!(fault.code, "credit-publicity.direction-invalid");
    let written = [
        listing().kind(),
        testing::assignment("credit-publicity").kind(),
        testing::reminder("credit-publicity").kind(),
        testing::receipt().kind(),
    ];
    assert_eq!(CreditPublicity::describe().writes, written);
}
