//! What records become, read back as JSON.

use super::*;
use xiezhi_sdk::model::record::Direction;

pub(super) fn encode(record: &Record) -> String {
    encode_with(record, Value::Null)
}

fn encode_with(record: &Record, settings: Value) -> String {
    let encoded = Planning::encode(record, &context(settings)).unwrap();
    assert_eq!(encoded.content_type, "application/geo+json");
    String::from_utf8(encoded.body).unwrap()
}

fn record(value: Value) -> Record {
    serde_json::from_value(value).unwrap()
}

/// The head, the geometry and the properties of the one feature.
fn pieces(text: &str) -> (Value, Value, Value) {
    let mut message: Value = serde_json::from_str(text).unwrap();
    let feature = message["features"][0].clone();
    assert_eq!(message["features"].as_array().unwrap().len(), 1);
    assert_eq!((&message["type"], &feature["type"]), (&json!("FeatureCollection"), &json!("Feature")));
    message.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "features" | "type"));
    (message, feature["geometry"].clone(), feature["properties"].clone())
}

#[test]
fn an_assignment_says_who_what_why_where_and_by_when() {
    let sent = encode(&testing::assignment("planning"));
    assert!(sent.starts_with("{\n  \"type\": \"FeatureCollection\",\n  \"YWLX\": \"PQ\","), "{sent}");
    let (head, geometry, properties) = pieces(&sent);
    assert_eq!(
        head,
        json!({
            "YWLX": "PQ", "XXBS": "out-0001", "FSF": "11110112MAYYG0015Y", "JSF": "11110112MAYYG0023R",
            "FSSJ": "2026-09-21T10:00:00+08:00",
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
        })
    );
    assert_eq!(geometry, json!({"type": "Point", "coordinates": [116.66105, 39.88967]}));
    assert!(sent.contains("116.66105") && !sent.contains("116.661050"), "no digit is made up: {sent}");
    assert_eq!(
        properties,
        json!({
            "PQBH": "TZ-2026-0000017/1", "XTAJBH": "TZ-2026-0000017", "ZXBDM": "2", "ZXBMC": "协办",
            "YJTK": "5.3.9(1)", "YJTKMC": "五（三）9（1）", "SXLB": "site_condition", "SXLBMC": "场所不具备特定条件",
            "PQBT": "登记住所1层临街外摆经营", "PQNR": "现场无营业执照，登记主体与实际经营者不符。",
            "LYDW": "urban-management", "LYBH": "11011220260921000873",
            "PQSJ": "2026-09-21T09:06:00+08:00", "FKQX": "2026-09-28T23:59:59+08:00",
            "DSRMC": "北京潞河云驿科技有限公司", "DSRDM": "91110112MAYYT00167",
            "ZL": "北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号", "XZDM": "110112009"
        })
    );
}

#[test]
fn the_other_requests_have_their_business_types() {
    let punishment = json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "CJ-1", "measure_code": "3.1",
        "party": {"uscc": "91110112MAYYT00167"}, "legal_basis": "《企业信息公示暂行条例》第十八条",
        "until": "2027-09-21", "due_at": "2026-10-12T23:59:59+08:00"
    });
    let lift = json!({
        "kind": "lift", "schema_version": 1, "request": "CJ-1", "party": {"name": "测试"}, "reason": "信用修复"
    });
    let recall = json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "重复派遣"});
    let cases = [
        (
            testing::reminder("planning"),
            "DB",
            json!({
                "PQBH": "TZ-2026-0000017/1", "XTAJBH": "TZ-2026-0000017", "DBCS": 2, "YJTK": "5.3.9(2)",
                "YJTKMC": "五（三）9（2）", "DBBT": "逾期未反馈", "FKQX": "2026-09-28T23:59:59+08:00",
                "DBSJ": "2026-09-29T09:00:00+08:00", "DSRMC": "北京潞河云驿科技有限公司", "DSRDM": "91110112MAYYT00167"
            }),
        ),
        (record(recall), "CH", json!({"PQBH": "T/1", "CHYY": "重复派遣"})),
        (
            record(punishment),
            "LHCJ",
            json!({
                "QQBH": "CJ-1", "CSDM": "3.1", "FLYJ": "《企业信息公示暂行条例》第十八条", "JZRQ": "2027-09-21",
                "FKQX": "2026-10-12T23:59:59+08:00", "DSRDM": "91110112MAYYT00167"
            }),
        ),
        (record(lift), "JCCJ", json!({"QQBH": "CJ-1", "JCYY": "信用修复", "DSRMC": "测试"})),
    ];
    let mut written = vec![testing::assignment("planning").kind()];
    for (record, business, expected) in &cases {
        let sent = encode(record);
        assert_eq!(sent, encode(record), "the same twice");
        let (head, geometry, properties) = pieces(&sent);
        assert_eq!((&head["YWLX"], &geometry, &properties), (&json!(business), &Value::Null, expected));
        written.push(record.kind());
    }
    written.push("receipt");
    assert_eq!(Planning::describe().writes, written);
}

#[test]
fn a_receipt_reads_back_as_it_was_written() {
    let Record::Receipt(mut wanted) = testing::receipt() else { panic!("a receipt was wanted") };
    wanted.direction = Direction::FromAgency;
    assert_eq!(only_record(&encode(&testing::receipt())), Record::Receipt(wanted));
}

#[test]
fn an_assignment_can_be_answered_with_what_it_says() {
    let (.., properties) = pieces(&encode(&testing::assignment("planning")));
    let answer = FEEDBACK.replace("TZ-2026-0000017/1", properties["PQBH"].as_str().unwrap());
    assert_eq!(only_record(&answer), only_record(FEEDBACK));
}

#[test]
fn wgs84_needs_no_crs_and_nothing_in_a_field_breaks_the_message() {
    let nasty = "\"},]\\\r\n\t\u{0}漷㛃\u{20164}堃镕</script>";
    let Record::Assignment(mut assignment) = testing::assignment("planning") else { panic!("an assignment") };
    assignment.title = nasty.to_owned();
    assignment.party.coordinate.as_mut().unwrap().datum = xiezhi_sdk::model::place::Datum::Wgs84;
    let (head, _, properties) = pieces(&encode(&Record::Assignment(assignment)));
    assert_eq!((head.get("crs"), properties["PQBT"].as_str()), (None, Some(nasty)));
}

#[test]
fn settings_name_both_ends() {
    let sent = encode_with(&testing::reminder("planning"), json!({"sender_code": "110112", "receiver_code": "GZ"}));
    let (head, ..) = pieces(&sent);
    assert_eq!((&head["FSF"], &head["JSF"]), (&json!("110112"), &json!("GZ")));
    for name in ["sender_code", "receiver_code"] {
        let fault = Planning::encode(&testing::reminder("planning"), &context(json!({name: "a b"}))).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref()), ("planning.setting-invalid", Some(name)));
    }
}

#[test]
fn other_records_are_refused() {
    let notice = record(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    let fault = Planning::encode(&notice, &context(Value::Null)).unwrap_err();
    assert_eq!(fault.code, "planning.kind-unwritten");
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = Direction::FromAgency;
    let fault = Planning::encode(&Record::Receipt(theirs), &context(Value::Null)).unwrap_err();
    assert_eq!((fault.code.as_str(), fault.offset), ("planning.direction-invalid", None));
}

#[test]
fn a_joint_punishment_names_its_measure_and_its_basis() {
    testing::needs_measure::<Planning>(&context(Value::Null), "planning.measure-incomplete", ["CSDM", "FLYJ"]);
}
