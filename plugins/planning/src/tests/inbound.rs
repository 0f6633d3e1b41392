//! What good parcels become.

use super::*;

#[test]
fn the_sample_parcel_becomes_one_finding() {
    assert_eq!(
        value(&only_record(PARCEL)),
        json!({
            "kind": "finding", "schema_version": 1, "reference": "110112202609000123",
            "party": {
                "name": "北京宋庄画语文化传播有限公司", "uscc": "91110112MAYYT0040P",
                "address": "北京市通州区宋庄镇小堡村北街66号", "town": "110112104",
                "coordinate": {
                    "longitude_nanodegrees": 116_691_400_000_i64, "latitude_nanodegrees": 39_946_210_000_i64,
                    "datum": "cgcs2000"
                }
            },
            "issue": {"code_system": "gz-wflx", "code": "02", "name": "擅自改变房屋规划用途"},
            "title": "擅自改变房屋规划用途（图斑110112202609000123）",
            "text": "登记用途：工业；实际用途：商业、集中办公；占地面积（平方米）：835.03；处理阶段：责令限期改正。",
            "found_at": "2026-09-07T10:20:00+08:00",
            "stage": "责令限期改正",
            "extra": {
                "BDCDYH": "110112005012GB00031F00020015", "DJYT": "工业", "FXFS": "卫星影像比对",
                "GZQX": "2026-10-15", "JZMJ": "1240.5", "SJYT": "商业、集中办公", "XZMC": "宋庄镇",
                "XZQDM": "110112", "ZDMJ": "835.03", "ZDMJ_JS": "835.03", "ZFJGDM": "11110112MAYYG0023R",
                "ZFWSH": "京通规自责改〔2026〕第000045号", "name": "WFJS_TB_110112_202609"
            }
        })
    );
}

#[test]
fn a_multipolygon_with_a_hole_is_measured() {
    let finding = finding(ILLEGAL);
    assert_eq!(
        (finding.extra["ZDMJ_JS"].as_str(), finding.extra["geometry"].as_str()),
        ("2279.20", "2个多边形，1个孔洞")
    );
    assert_eq!(finding.extra["BDCDYH"], "110112005012GB00031F00020018", "printed with blanks");
    assert_eq!(finding.extra["ZDMJ"], "2279.20", "numbers keep their digits");
    assert!(!finding.extra.contains_key("GHXKZH"), "null is nothing");
    let middle = finding.party.coordinate.unwrap();
    assert_eq!((middle.longitude_nanodegrees, middle.latitude_nanodegrees), (116_660_600_000, 39_889_200_000));
}

#[test]
fn of_two_reports_of_one_parcel_the_newer_counts() {
    let document = decode(BATCH).unwrap().document;
    let rows: Vec<u32> = document.records.iter().map(|record| record.row).collect();
    assert_eq!(rows, [2, 3]);
    let Record::Finding(newest) = &document.records[1].record else { panic!("a finding was wanted") };
    assert_eq!(
        (newest.stage.as_deref(), newest.party.town.as_ref().unwrap().as_str()),
        (Some("立案调查"), "110112106")
    );
    assert_eq!(newest.found_at.unwrap().to_string(), "2026-09-20T15:00:00+08:00");
    let [old] = &document.row_faults[..] else { panic!("one fault was wanted") };
    assert_eq!((old.row, old.fault.code.as_str()), (1, "planning.superseded"));
    assert_eq!(old.fault.offset, Some(BATCH.match_indices("110112202609000140").nth(1).unwrap().0 as u64));
    // As new as each other: the later one counts. One that cannot be used counts for nothing.
    let row = |name, value| feature(&polygon(RING), &properties(name, value));
    let same = [row("DJYT", "\"甲\""), row("DJYT", "\"乙\""), row("ZDMJ", "0")].join(",");
    let document = decode(&collection(CRS, &same)).unwrap().document;
    let codes: Vec<_> = document.row_faults.iter().map(|fault| (fault.row, fault.fault.code.as_str())).collect();
    assert_eq!((document.records[0].row, codes), (2, vec![(1, "planning.superseded"), (3, "planning.number-invalid")]));
}

#[test]
fn a_clockwise_ring_is_taken_with_a_note() {
    let document = decode(BATCH).unwrap().document;
    let Record::Finding(clockwise) = &document.records[1].record else { panic!("a finding was wanted") };
    assert!(clockwise.extra["geometry_TS"].contains("RFC 7946"), "{clockwise:?}");
    assert_eq!(clockwise.extra["ZDMJ_JS"], "570.76", "the area has no sign");
    let Record::Finding(right) = &document.records[0].record else { panic!("a finding was wanted") };
    assert!(!right.extra.contains_key("geometry_TS"));
}

#[test]
fn people_are_kept_as_people() {
    let document = decode(BATCH).unwrap().document;
    let Record::Finding(finding) = &document.records[0].record else { panic!("a finding was wanted") };
    assert_eq!((finding.party.name.as_ref(), finding.party.uscc.as_ref()), (None, None));
    let [person] = &finding.people[..] else { panic!("one person was wanted") };
    assert_eq!((person.name.reveal(), person.role.as_deref()), ("测试丁", Some("当事人")));
    let shown = format!("{finding:?}");
    assert!(!shown.contains("110112190001040044") && !shown.contains("测试丁"), "personal data is masked: {shown}");
    let unnumbered = self::finding(&parcel("DSRMC", "\"测试㛃\u{20164}\""));
    assert_eq!((unnumbered.people[0].name.reveal(), unnumbered.party.name), ("测试㛃\u{20164}", None));
    let enterprise = self::finding(&parcel("DSRMC", "\"北京漷南堃镕商务有限公司\""));
    assert_eq!((enterprise.people.len(), enterprise.party.name.as_deref()), (0, Some("北京漷南堃镕商务有限公司")));
    for dropped in ["LXDH", "JBR", "ZJHM"] {
        assert!(!self::finding(&parcel(dropped, "\"13800000000\"")).extra.contains_key(dropped), "{dropped}");
    }
}

#[test]
fn the_datum_is_what_the_message_or_the_link_says() {
    let with = |crs: &str| collection(crs, &feature(&polygon(RING), &properties("DJYT", "\"甲\"")));
    let named = |name: &str| with(&format!("\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"{name}\"}}}},"));
    let datum = |text: &str, settings: Value| {
        let finding = finding_with(text, settings);
        let note = finding.extra.get("crs_TS").cloned();
        (value(&Record::Finding(Box::new(finding)))["party"]["coordinate"]["datum"].clone(), note.is_some())
    };
    for name in ["urn:ogc:def:crs:EPSG::4490", "EPSG:4490", "cgcs2000", "GCS_China_Geodetic_Coordinate_System_2000"] {
        assert_eq!(datum(&named(name), Value::Null), (json!("cgcs2000"), false), "{name}");
    }
    assert_eq!(datum(&named("urn:ogc:def:crs:OGC:1.3:CRS84"), Value::Null), (json!("wgs84"), false));
    for absent in ["", "\"crs\":null,"] {
        assert_eq!(datum(&with(absent), Value::Null), (json!("wgs84"), true));
        assert_eq!(datum(&with(absent), json!({"default_crs": "cgcs2000"})), (json!("cgcs2000"), true));
    }
}

#[test]
fn an_area_that_does_not_fit_is_noted_or_refused_as_the_link_says() {
    for (stated, noted) in
        [("795.27", false), ("795.26", true), ("878.97", false), ("878.98", true), ("\"835.03\"", false)]
    {
        let finding = finding(&parcel("ZDMJ", stated));
        assert_eq!(finding.extra.contains_key("ZDMJ_TS"), noted, "{stated}");
        assert_eq!(finding.extra["ZDMJ"], stated.trim_matches('"'));
    }
    assert!(!finding_with(&parcel("ZDMJ", "700"), json!({"area_tolerance_percent": 20})).extra.contains_key("ZDMJ_TS"));
    let document = decode_with(&parcel("ZDMJ", "700"), json!({"area_mismatch": "refuse"})).unwrap().document;
    let fault = &document.row_faults[0].fault;
    assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("planning.area-mismatch", Some("ZDMJ")));
    assert!(fault.text.contains("835.03"), "{}", fault.text);
}

#[test]
fn a_parcel_outside_the_district_is_noted() {
    let noted = |settings: Value| finding_with(PARCEL, settings).extra.contains_key("geometry_TS");
    assert!(!noted(Value::Null));
    assert!(noted(json!({"district_box": "116.6,39.6,116.6915,40.05"})), "it lies across the border");
    assert!(noted(json!({"district_box": "116.5,39.95,116.95,40.05"})));
}

#[test]
fn the_table_of_violations_is_the_links() {
    for (code, name) in [("01", "无证建设"), ("02", "擅自改变用途"), ("03", "超许可建设"), ("04", "临时建设逾期未拆除")]
    {
        let finding = finding(&parcel("WFLX", &format!("\"{code}\"")));
        assert_eq!((finding.issue.code.as_str(), finding.issue.name.as_deref()), (code, Some(name)));
    }
    let own = finding_with(&parcel("WFLX", "\"A1\""), json!({"violation_types": {"A1": "占压地下管线"}}));
    assert_eq!((own.issue.code_system.as_str(), own.issue.name.as_deref()), ("gz-wflx", Some("占压地下管线")));
}

#[test]
fn every_spelling_of_a_time_means_one() {
    for (written, expected) in [
        ("2026-09-07T02:20:00Z", "2026-09-07T10:20:00+08:00"),
        ("2026-09-07 10:20:00", "2026-09-07T10:20:00+08:00"),
        ("20260907102000", "2026-09-07T10:20:00+08:00"),
        ("2026/9/7", "2026-09-07T00:00:00+08:00"),
        ("2026年9月7日", "2026-09-07T00:00:00+08:00"),
    ] {
        let finding = finding(&parcel("FXSJ", &format!("\"{written}\"")));
        assert_eq!(finding.found_at.unwrap().to_string(), expected, "{written}");
    }
}

#[test]
fn damaged_codes_are_mended_or_cost_their_row() {
    let table = include_str!("../../../../tests/samples/neg/uscc-cases.tsv");
    for (label, code, expected) in testing::damaged_codes(table) {
        let text = parcel("DSRDM", &serde_json::to_string(code).unwrap());
        match expected {
            Ok((code, noted)) => {
                let finding = finding(&text);
                assert_eq!(finding.party.uscc.unwrap().as_str(), code, "{label}");
                assert_eq!(finding.extra.contains_key("DSRDM_TS"), noted, "{label}");
            }
            Err(code) => {
                let fault = only_row_fault(&text).fault;
                assert_eq!((fault.code.as_str(), fault.field.as_deref()), (code, Some("DSRDM")), "{label}");
            }
        }
    }
    for (code, _) in
        include_str!("../../../../tests/samples/16-uscc-valid.tsv").lines().filter_map(|l| l.split_once('\t'))
    {
        assert!(finding(&parcel("DSRDM", &format!("\"{code}\""))).party.uscc.is_some(), "{code}");
    }
}

#[test]
fn what_the_record_has_no_place_for_is_kept_or_named() {
    let more = "\"FJ\":[1],\"ZB\":{\"X\":1},\"BZ\":\" 漷㛃 \",\"SFCZ\":true,\"CS\":6,\"KONG\":\"\"";
    let properties = format!("{},{more}", properties("DJYT", "null"));
    let text = collection(CRS, &feature(&polygon(RING), &properties)).replace("\"Feature\",", "\"Feature\",\"id\":7,");
    let extra = finding(&text).extra;
    let kept = |name: &str| extra.get(name).map(String::as_str);
    assert_eq!((kept("BZ"), kept("SFCZ"), kept("CS"), kept("KONG")), (Some("漷㛃"), Some("true"), Some("6"), None));
    assert_eq!((kept("WDSX"), kept("id")), (Some("FJ、ZB"), Some("7")));
}

#[test]
fn heights_and_marks_change_nothing() {
    let heights = PARCEL.replace("39.9461\n", "39.9461,\n25.5\n").replace("39.94632\n", "39.94632,\n25.5\n");
    assert_ne!(heights, PARCEL);
    assert_eq!(only_record(&heights), only_record(PARCEL));
    assert_eq!(only_record(&format!("\u{feff}{PARCEL}")), only_record(PARCEL));
    assert_eq!(only_record(&PARCEL.replacen('{', "{\"YWLX\":\"WFTB\",", 1)), only_record(PARCEL));
    let gb = xiezhi_formats::charset::gb18030_bytes(PARCEL);
    let fallback = context(json!({"encoding_fallback": "gb18030"}));
    let decoded = Planning::decode(&Input::Message(&gb), &fallback).unwrap();
    assert_eq!(decoded.document, decode(PARCEL).unwrap().document);
}

#[test]
fn the_same_message_gives_the_same_answer() {
    for text in [PARCEL, SWAPPED, ILLEGAL, BATCH, FEEDBACK] {
        assert_eq!(decode(text), decode(text));
    }
    assert_eq!((Planning::describe().id.as_str(), Planning::describe()), ("planning", Planning::describe()));
}
