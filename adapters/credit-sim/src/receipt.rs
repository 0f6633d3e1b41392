//! Writing what the system sends: receipts, pages of an export, and the public view.

use std::fmt::Write as _;

use jiff::tz::Offset;
use quick_xml::escape::escape;
use serde_json::{Value, json};

use crate::entry::{Entry, EntryStatus, date};

/// Why a message is refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

/// The root of a document that the system writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root<'a> {
    pub(crate) area_code: &'a str,
    /// Serial of the document; stands behind the day.
    pub(crate) serial: u64,
    pub(crate) now_ms: i64,
}

impl Root<'_> {
    fn attributes(&self) -> String {
        let day = beijing(self.now_ms).strftime("%Y%m%d").to_string();
        format!("AreaCode=\"{}\" Seq=\"{day}{:06}\"", escape(self.area_code), self.serial)
    }
}

/// Now in Beijing, which knows no summer time.
pub(crate) fn beijing(unix_ms: i64) -> jiff::civil::DateTime {
    Offset::constant(8).to_datetime(jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default())
}

/// A receipt with one item. `seq` is left out where it is empty.
pub(crate) fn receipt(root: Root<'_>, seq: &str, message_id: &str, refusal: Option<&Refusal>) -> String {
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpAnomalyReceipt {}><Item>", root.attributes());
    if !seq.is_empty() {
        element(&mut text, "Seq", seq);
    }
    element(&mut text, "MsgId", message_id);
    match refusal {
        None => element(&mut text, "ResCode", "1"),
        Some(refusal) => {
            element(&mut text, "ResCode", "3");
            element(&mut text, "ErrCode", refusal.code);
            element(&mut text, "RefuseRea", &refusal.text);
        }
    }
    text.push_str("</Item></OpAnomalyReceipt>");
    text
}

/// A page of the export.
pub(crate) struct Page<'a> {
    pub(crate) number: usize,
    pub(crate) count: usize,
    pub(crate) total: usize,
    pub(crate) entries: &'a [std::sync::Arc<Entry>],
}

impl Page<'_> {
    pub(crate) fn write(&self, root: Root<'_>) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpAnomalyList {} ExportDate=\"{}\" PageNO=\"{}\" PageCount=\"{}\" \
             Total=\"{}\">",
            root.attributes(),
            beijing(root.now_ms).date(),
            self.number,
            self.count,
            self.total
        );
        for entry in self.entries {
            text.push_str("<Item>");
            for (column, value) in entry.columns().into_iter().filter(|(_, value)| !value.is_empty()) {
                element(&mut text, column, value);
            }
            text.push_str("</Item>");
        }
        text.push_str("</OpAnomalyList>");
        text
    }
}

/// What a visitor sees of an entry; nothing of one that was listed wrongly.
pub(crate) fn public_view(entry: &Entry) -> Option<Value> {
    let removed = |text: &str| match entry.status {
        EntryStatus::Removed => Value::from(text),
        EntryStatus::Listed | EntryStatus::Annulled => Value::Null,
    };
    let view = json!({
        "企业名称": entry.name,
        "统一社会信用代码": entry.uscc,
        "列入经营异常名录原因": entry.cause_text,
        "列入日期": spelt(&entry.listed_on),
        "作出决定机关(列入)": entry.authority,
        "移出经营异常名录原因": removed(&entry.removal_cause_text),
        "移出日期": removed(&spelt(&entry.removed_on)),
        "作出决定机关(移出)": removed(&entry.removal_authority),
    });
    (entry.status != EntryStatus::Annulled).then_some(view)
}

/// A day as the public view spells it: `2026年9月29日`.
fn spelt(text: &str) -> String {
    date(text).map_or_else(|| text.to_owned(), |day| format!("{}年{}月{}日", day.year(), day.month(), day.day()))
}

fn element(text: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = write!(text, "<{name}>{}</{name}>", escape(value));
}
