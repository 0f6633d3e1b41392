//! What flat tables become, and what is wrong with bad ones.

use super::*;

#[test]
fn the_sample_table_says_the_same_as_the_sample_message() {
    let Record::Penalty(mut from_xml) = only_record(PENALTY) else { panic!("a penalty was wanted") };
    let Record::Penalty(from_table) = only_record(PENALTY_TABLE) else { panic!("a penalty was wanted") };
    from_xml.extra.retain(|name, _| !name.starts_with("Header_"));
    assert_eq!(from_table, from_xml);
    assert_eq!(decode(PENALTY_TABLE).unwrap().document.records[0].row, 2, "the header is row 1");
    let with_mark = [b"\xef\xbb\xbf", PENALTY_TABLE].concat();
    assert_eq!(decode(&with_mark).unwrap().document.records, decode(PENALTY_TABLE).unwrap().document.records);
}

#[test]
fn chinese_headings_titles_and_damage_by_spreadsheets_are_read() {
    let decoded = decode(CHINESE_TABLE).unwrap();
    let [record] = decoded.document.records.try_into().unwrap();
    assert_eq!(record.row, 3);
    assert_eq!(
        serde_json::to_value(&record.record).unwrap(),
        json!({
            "kind": "penalty", "schema_version": 1, "reference": "京通城管罚〔2026〕0456号",
            "party": {"name": "北京漷南㛃\u{20164}数智商务服务有限公司", "uscc": "91110112MAYYT00242"},
            "violation": "擅自设置户外广告", "category": "罚款;其他", "content": "罚款人民币3000元,限期拆除",
            "fine": 300_000, "decided_on": "2026-09-07", "published_until": "2027-09-07",
            "authority": "北京市通州区城市管理综合行政执法局（测试）",
            "extra": {
                "CF_CFJGDM": "11110112MAYYG0082W", "CF_SY": "未经许可，在沿街设置广告牌匾，\n经责令改正拒不改正",
                "CF_XDR_LB": "法人及非法人组织"
            }
        })
    );
    let [fault] = decoded.document.row_faults.try_into().unwrap();
    assert_eq!(fault.row, 5, "as a spreadsheet numbers it: title, header, a row of two lines, an empty one");
    // The comma in `1,500元` moved every cell behind it.
    let offset = usize::try_from(fault.fault.offset.unwrap()).unwrap();
    let field = (fault.fault.code.as_str(), fault.fault.field.as_deref());
    assert_eq!(field, ("reform.amount-invalid", Some("罚款金额（万元）")));
    let (wanted, _, _) = encoding_rs::GB18030.encode("500元");
    assert!(CHINESE_TABLE[offset..].starts_with(&wanted), "the offset counts the bytes of GB18030");
}

const HEADER: &str = "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_WFXW,CF_CFLB,CF_JDRQ,CF_CFJG,BZ\n";
const ROW: &str = "甲公司,91110112MAYYT0059L,文号,行为,罚款,2026/09/22,机关,\n";

#[test]
fn bad_tables_are_refused_whole() {
    let cases = [
        ("no header", ROW.to_owned(), "reform.structure", "甲公司", None),
        ("header too far down", format!("{}{HEADER}{ROW}", "题名\n".repeat(5)), "reform.structure", "题名", None),
        ("no columns in common", "a,b\nc,d\n".to_owned(), "reform.structure", "a,b", None),
        ("column twice", HEADER.replace("BZ", "CF_WSH"), "reform.field-repeated", "CF_WSH\n", Some("CF_WSH")),
        ("quote in the header", format!("\"{HEADER}{ROW}"), "reform.quote", "\"CF", None),
        ("too many rows", format!("{HEADER}{}终", ROW.repeat(1_004)), "reform.limit", "终", None),
    ];
    for (label, text, code, at, field) in cases {
        let fault = decode(text.as_bytes()).unwrap_err();
        check_fault(label, &fault, code, Some(place(text.as_bytes(), at)), field);
    }
    let fault = decode(HEADER.as_bytes()).unwrap_err();
    check_fault("no rows", &fault, "reform.field-missing", Some(HEADER.len() as u64), None);
    check_fault("empty", &decode(b"").unwrap_err(), "reform.structure", Some(0), None);
}

#[test]
fn bad_rows_of_a_table_are_named() {
    let swap = |from: &str, to: &str| ROW.replace(from, to);
    let wide = swap("机关,", &format!("机关,{}", ",".repeat(80)));
    let long = swap("机关,", &format!("机关,{}", "长".repeat(7_000)));
    let cases = [
        ("code", swap("0059L", "0059M"), "uscc.check-character", "91110112MAYYT0059M", Some("CF_XDR_SHXYM")),
        (
            "spreadsheet",
            swap("91110112MAYYT0059L", "9.11101E+17"),
            "uscc.scientific-notation",
            "9.1",
            Some("CF_XDR_SHXYM"),
        ),
        ("no number", swap("文号", " "), "reform.field-missing", "甲公司", Some("CF_WSH")),
        ("date", swap("2026/09/22", "\"  26/9/22\""), "reform.time-invalid", "26/9/22", Some("CF_JDRQ")),
        ("more cells than columns", swap("机关,", "机关,注,多"), "reform.structure", "多", None),
        ("cell too long", long, "reform.limit", "长长长", None),
        (
            "remark too long",
            swap("机关,", &format!("机关,{}", "注".repeat(513))),
            "reform.field-too-long",
            "注注",
            Some("BZ"),
        ),
        ("quote", swap("机关,", "机关,\"注"), "reform.quote", "\"注", None),
    ];
    for (label, bad, code, at, field) in cases {
        let text = format!("{HEADER}{ROW}{bad}");
        let decoded = decode(text.as_bytes()).unwrap();
        assert_eq!(decoded.document.records.len(), 1, "{label}");
        let [fault] = decoded.document.row_faults.try_into().unwrap();
        assert_eq!(fault.row, 3, "{label}");
        let start = HEADER.len() + ROW.len();
        let wanted = place(&text.as_bytes()[start..], at) + start as u64;
        check_fault(label, &fault.fault, code, Some(wanted), field);
    }
    let text = format!("{HEADER}{wide}");
    assert_eq!(only_row_fault(text.as_bytes()).fault.code, "reform.limit");
}
