//! Fields by their kind, and faults as a clerk reads them.

use xiezhi_sdk::model::record::Receipt;

use super::*;

const NAMES: Names = &[("type", "行类型"), ("flag", "标志"), ("count", "数量"), ("size", "大小"), ("at", "时间")];
const FORMAT: Format =
    Format { prefix: "t", version: "t/1", header: &HEADER, rows: &[RowType { name: "a", label: "甲", names: NAMES }] };

fn read_rows(rows: &str) -> Decoded {
    let text = format!("{{\"format\":\"t/1\",\"header\":{{\"message_number\":\"N\"}},\"rows\":{rows}}}");
    let record = |_: &'static str, fields: &Fields<'_>, header: &Header, _: u32| {
        let mut extra = BTreeMap::new();
        fields.note_unread(&mut extra);
        let shown = format!(
            "{} {:?} {:?} {:?} {:?} {extra:?}",
            header.number,
            fields.flag("flag")?,
            fields.integer("count", 1..=9)?,
            fields.decimal("size")?.map(|size| size.to_string()),
            fields.time("at")?.map(|at| at.to_string()),
        );
        let receipt = serde_json::json!({
            "schema_version": 1, "direction": "to_agency", "message_id": "m", "outcome": "accepted", "text": shown
        });
        let receipt: Receipt = serde_json::from_value(receipt).unwrap();
        Ok(Record::Receipt(Box::new(receipt)))
    };
    let context: Context = serde_json::from_value(serde_json::json!({
        "agency": "t", "at": "2026-09-21T10:00:00+08:00", "message_id": "m"
    }))
    .unwrap();
    read(&FORMAT, &Input::Message(text.as_bytes()), &context, |header, _| Ok(header), record).unwrap()
}

#[test]
fn fields_are_read_by_their_kind() {
    let decoded = read_rows(
        "[{\"type\":\"a\",\"flag\":true,\"count\":\"7\",\"size\":1.50,\"at\":\"2026-09-18T02:15:00Z\",\"漷\":1,\"x\":{}}]",
    );
    let Some(Record::Receipt(receipt)) = decoded.document.records.first().map(|row| &row.record) else { panic!() };
    let expected = "N Some(true) Some(7) Some(\"1.50\") Some(\"2026-09-18T10:15:00+08:00\") \
                    {\"unread_members\": \"x、（名称不规范）\"}";
    assert_eq!(receipt.text, expected);
}

#[test]
fn a_wrong_field_is_named_as_a_clerk_knows_it() {
    for (row, code, text) in [
        ("{\"type\":\"a\",\"flag\":1}", "t.code-unknown", "标志 flag 应为 true 或 false（不加引号）"),
        ("{\"type\":\"a\",\"count\":10}", "t.number-invalid", "数量 count 应为1至9之间的整数"),
        ("{\"type\":\"a\",\"count\":\"+7\"}", "t.number-invalid", "数量 count 应为1至9之间的整数"),
        ("{\"type\":\"a\",\"size\":1e3}", "t.number-invalid", "大小 size 应为不带符号和指数的十进制数"),
        ("{\"type\":\"a\",\"at\":\"x\"}", "t.time-invalid", "时间 at 应为带时区的时间，例如 2026-09-18T10:15:00+08:00"),
        ("{\"type\":\"b\"}", "t.row-type-unknown", "行类型 type 应为：a 甲"),
        ("{}", "t.field-missing", "缺少行类型 type 或其内容为空，请补充"),
    ] {
        let decoded = read_rows(&format!("[{row}]"));
        let fault = decoded.document.row_faults.first().map(|row| &row.fault).unwrap();
        assert_eq!((fault.code.as_str(), fault.text.as_str()), (code, text), "{row}");
    }
}
