//! What records become, read back.

use serde_json::json;
use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::record::Direction;

use super::*;
use crate::continuation::Items;
use crate::file::Detail;
use crate::line::lines;

fn encode_with(record: &Record, settings: Value) -> Result<Vec<u8>, Fault> {
    let encoded = Fiscal::encode(record, &context(settings))?;
    assert_eq!(encoded.content_type, "text/plain; charset=GB18030");
    Ok(encoded.body)
}

pub(super) fn encode(record: &Record) -> Vec<u8> {
    encode_with(record, Value::Null).unwrap()
}

/// The header and trailer as they begin, the detail line by columns, and the items as `code text`.
fn parts(bytes: &[u8], columns: &[Column]) -> (String, Vec<String>, Vec<String>) {
    assert!(bytes.ends_with(b"\r\n") && bytes.len().is_multiple_of(202));
    let lines: Vec<_> = lines(bytes).collect();
    lines.iter().for_each(|line| line.check_length().unwrap());
    let (head, tail) = (gb18030_text(lines[0].bytes).unwrap(), gb18030_text(lines.last().unwrap().bytes).unwrap());
    let detail = Detail { line: lines[1], continuations: lines[2..lines.len() - 1].to_vec() };
    let text = |column: &Column| detail.line.text(column).unwrap().text;
    let cells = columns.iter().skip(2).map(text).collect();
    let items =
        Items::read(&detail).unwrap().0.into_iter().map(|item| format!("{} {}", item.code, item.text)).collect();
    (format!("{}|{}", head.trim_end(), tail.trim_end()), cells, items)
}

fn check_file(record: &Record, columns: &[Column], ends: &str, cells: &[&str], items: &[&str]) {
    let (found_ends, found_cells, found_items) = parts(&encode(record), columns);
    assert_eq!(found_cells, cells);
    assert_eq!(found_items, items);
    assert_eq!(found_ends, ends);
}

fn joint_punishment() -> Record {
    serde_json::from_value(json!({
        "kind": "joint_punishment", "schema_version": 1, "request": "LH-2026-0003",
        "party": {"uscc": "91110112MAYYT0059L", "name": "北京台湖安居餐饮管理有限公司"},
        "measure_code": "6", "legal_basis": "《企业信息公示暂行条例》第十八条", "until": "2029-09-30",
        "due_at": "2026-10-09T23:59:59+08:00"
    }))
    .unwrap()
}

#[test]
fn an_assignment_says_who_what_why_and_by_when() {
    check_file(
        &testing::assignment("fiscal"),
        &crate::layout::assignment::ALL,
        "H11011220260921PQ      00000001out-0001|T00000001000000000000010000000000000263",
        &[
            "TZ-2026-0000017/1",
            "TZ-2026-0000017",
            "2",
            "5.3.9(1)",
            "20260921090600",
            "20260928235959",
            "91110112MAYYT00167",
            "110112009",
            "",
        ],
        &[
            "01 登记住所1层临街外摆经营",
            "02 现场无营业执照，登记主体与实际经营者不符。",
            "18 五（三）9（1）",
            "05 site_condition",
            "06 场所不具备特定条件",
            "07 urban-management",
            "08 11011220260921000873",
            "03 北京潞河云驿科技有限公司",
            "04 北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号",
            "09 116.661050000,39.889670000,CGCS2000",
        ],
    );
}

#[test]
fn the_other_kinds_say_what_they_must() {
    use crate::layout as l;
    check_file(
        &testing::reminder("fiscal"),
        &l::reminder::ALL,
        "H11011220260921DB      00000001out-0001|T00000001000000000000003000000000000048",
        &[
            "TZ-2026-0000017/1",
            "TZ-2026-0000017",
            "0002",
            "5.3.9(2)",
            "20260929090000",
            "20260928235959",
            "91110112MAYYT00167",
            "",
            "",
        ],
        &["01 逾期未反馈", "18 五（三）9（2）", "03 北京潞河云驿科技有限公司"],
    );
    let recall = json!({"kind": "recall", "schema_version": 1, "assignment": "T/1", "reason": "案件已合并"});
    check_file(
        &serde_json::from_value(recall).unwrap(),
        &l::recall::ALL,
        "H11011220260921CX      00000001out-0001|T00000001000000000000001000000000000010",
        &["T/1", ""],
        &["13 案件已合并"],
    );
    check_file(
        &joint_punishment(),
        &l::joint::ALL,
        "H11011220260921LHCJ    00000001out-0001|T00000001000000000000003000000000000061",
        &["LH-2026-0003", "20290930", "20261009235959", "91110112MAYYT0059L", "", ""],
        &["11 6", "12 《企业信息公示暂行条例》第十八条", "03 北京台湖安居餐饮管理有限公司"],
    );
    let lift =
        json!({"kind": "lift", "schema_version": 1, "request": "LH-1", "party": {"name": "甲"}, "reason": "信用修复"});
    check_file(
        &serde_json::from_value(lift).unwrap(),
        &l::lift::ALL,
        "H11011220260921JCCJ    00000001out-0001|T00000001000000000000002000000000000010",
        &["LH-1", "", "", ""],
        &["13 信用修复", "03 甲"],
    );
    check_file(
        &testing::receipt(),
        &l::receipt::ALL,
        "H11011220260921HZ      00000001out-0001|T00000001000000000000004000000000000086",
        &["in-0001", "2", "000001", "000002", ""],
        &[
            "02 3行中接收2行",
            "15 TZ-2026-0000017",
            "15 TZ-2026-0000018",
            "16 2,uscc.check-character,校验位错误，应为“7”",
        ],
    );
}

#[test]
fn what_is_written_and_also_read_reads_back() {
    let mut read = json(&only_record(&encode(&testing::receipt())));
    read["direction"] = json!("to_agency");
    read["case_numbers"] = json!(["TZ-2026-0000017", "TZ-2026-0000018"]);
    assert_eq!(read, json(&testing::receipt()));
}

#[test]
fn nothing_in_a_text_breaks_the_file() {
    let Record::Assignment(mut record) = testing::assignment("fiscal") else { panic!("an assignment was wanted") };
    record.title = "漷㛃\u{20164}堃镕\r\n第二行\n\n末行  ".to_owned();
    record.text = format!("甲\t乙\u{0}{}\u{e5e5}", "㛃".repeat(1_000));
    record.source_reference = " ".to_owned();
    let (_, _, items) = parts(&encode(&Record::Assignment(record)), &[]);
    assert_eq!(items[0], "01 漷㛃\u{20164}堃镕\n第二行\n\n末行  ");
    assert_eq!(items[1], format!("02 甲 乙 {}\u{fffd}", "㛃".repeat(1_000)));
    assert!(items.iter().all(|item| !item.starts_with("08")), "blank items are left out");
}

#[test]
fn a_receipt_for_the_worst_message_still_goes_out() {
    let row = json!({"row": 1, "code": "fiscal.number-invalid", "text": "栏".repeat(600)});
    let receipt = json!({
        "kind": "receipt", "schema_version": 1, "direction": "to_agency", "message_id": "㛃".repeat(42), "outcome": "refused",
        "code": "x", "text": "文".repeat(4_000), "rows": vec![row; 9_998]
    });
    let record: Record = serde_json::from_value(receipt).unwrap();
    let Record::Receipt(read) = only_record(&encode(&record)) else { panic!("a receipt was wanted") };
    assert_eq!((read.rows.len(), read.rows[0].text.chars().count()), (1_000, 200));
    assert_eq!(read.message_id.as_str(), "㛃".repeat(42));
}

#[test]
fn the_same_record_gives_the_same_bytes_and_another_message_another_number() {
    let record = testing::reminder("fiscal");
    assert_eq!(encode(&record), encode(&record));
    let mut other = context(Value::Null);
    other.message_id = MessageId::parse("out-0002").unwrap();
    assert_ne!(Fiscal::encode(&record, &other).unwrap().body, encode(&record));
}

#[test]
fn the_setting_names_the_region() {
    let bytes = encode_with(&testing::reminder("fiscal"), json!({"region_code": "110105"})).unwrap();
    assert!(bytes.starts_with(b"H110105"));
    for bad in [json!(""), json!("1101"), json!("11011X"), json!(110_112)] {
        let fault = encode_with(&testing::reminder("fiscal"), json!({"region_code": bad})).unwrap_err();
        check("setting", &fault, "fiscal.setting-invalid", None, Some("region_code"));
    }
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let notice = serde_json::from_value(json!({"kind": "notice", "schema_version": 1, "title": "t", "text": "x"}));
    check("kind", &encode_with(&notice.unwrap(), Value::Null).unwrap_err(), "fiscal.kind-unwritten", None, None);
    let Record::Receipt(mut theirs) = testing::receipt() else { panic!("a receipt was wanted") };
    theirs.direction = Direction::FromAgency;
    let fault = encode_with(&Record::Receipt(theirs), Value::Null).unwrap_err();
    check("direction", &fault, "fiscal.direction-invalid", None, None);
    let Record::JointPunishment(request) = joint_punishment() else { panic!("a request was wanted") };
    for (code, basis, field) in [("", "条例", "惩戒措施"), ("6", " ", "法律依据")] {
        let mut request = request.clone();
        (request.measure_code, request.legal_basis) = (code.to_owned(), basis.to_owned());
        let fault = encode_with(&Record::JointPunishment(request), Value::Null).unwrap_err();
        check("measure", &fault, "fiscal.field-missing", None, Some(field));
    }
    let mut request = request;
    request.request = "长".repeat(33);
    let fault = encode_with(&Record::JointPunishment(request), Value::Null).unwrap_err();
    check("too long", &fault, "fiscal.field-too-long", None, Some("请求编号"));
}
