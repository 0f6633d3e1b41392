//! Messages of the gateway's own JSON design: `{"format", "header", "rows"}`, each row an object that says its `type`.
//!
//! Formats that have no public standard to follow share this envelope, so that one description serves all of them. Here are
//! the envelope, its limits, and fields whose names are declared; what a row means is the plugin's matter.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::money::DecimalText;
use xiezhi_sdk::model::{CivilDate, MessageId, Record, UtcTime};
use xiezhi_sdk::{Context, Decoded, Input, RowRecord};

use crate::charset::{Charset, Source};
use crate::fields::{Value, chars_max};
use crate::json::{self, Node, Object, Rules};
use crate::setting::encoding_fallback;
use crate::{Problem, code as shared};

/// Longest message. A row has about 1 kB, so a full batch fits.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most rows in a message: a sender splits larger batches.
pub const ROWS_MAX: usize = 1_000;
/// The design nests five deep (message, rows, row, list, item); eight leaves room.
const RULES: Rules = Rules { depth_max: 8, items_max: ROWS_MAX };
/// Most names of unread members that are noted.
const UNREAD_MAX: usize = 20;
/// Key of `extra` that lists members which the format does not have.
const UNREAD: &str = "unread_members";

/// Codes of this envelope's faults, beside [`crate::code`].
pub mod code {
    /// Parts of a multi-part message.
    pub const PARTS_UNSUPPORTED: &str = "parts-unsupported";
    /// `format` names another format or version.
    pub const VERSION_UNSUPPORTED: &str = "version-unsupported";
    /// `type` of a row is not one of the format's.
    pub const ROW_TYPE_UNKNOWN: &str = "row-type-unknown";
    /// `row_count` and the number of rows differ.
    pub const ROW_COUNT_MISMATCH: &str = "row-count-mismatch";
}

/// The members that an object of a format has: name, and what a clerk calls it.
pub type Names = &'static [(&'static str, &'static str)];

/// One type of row.
#[derive(Debug, Clone, Copy)]
pub struct RowType {
    /// Value of `type`.
    pub name: &'static str,
    /// What a clerk calls it.
    pub label: &'static str,
    /// Its members.
    pub names: Names,
}

/// A format with this envelope.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Prefix of its fault codes.
    pub prefix: &'static str,
    /// Value of `format`.
    pub version: &'static str,
    /// Members of `header`, beginning with [`HEADER`]'s.
    pub header: Names,
    /// The rows that it reads.
    pub rows: &'static [RowType],
}

/// Members of the message itself.
pub const MESSAGE: Names = &[("format", "格式版本"), ("header", "报文头"), ("rows", "报文行")];
/// Members that every format's header has.
pub const HEADER: [(&str, &str); 5] = [
    ("message_number", "报文编号"),
    ("sender", "发送方代码"),
    ("receiver", "接收方代码"),
    ("sent_at", "发送时间"),
    ("row_count", "行数"),
];

/// What every row of a message shares.
#[derive(Debug, Clone)]
pub struct Header {
    /// `message_number`.
    pub number: String,
    /// `sender`, as the message says; the authenticated link decides, this is only kept.
    pub sender: Option<String>,
}

/// Reads a message: `open` looks at what the format's header has beside [`HEADER`], `record` turns one row into a record.
///
/// # Errors
/// A fault where the envelope cannot be used. What is wrong with a row becomes a row fault.
pub fn read<H>(
    format: &Format,
    input: &Input<'_>,
    context: &Context,
    open: impl FnOnce(Header, &Fields<'_>) -> Result<H, Problem>,
    record: impl Fn(&'static str, &Fields<'_>, &H, u32) -> Result<Record, Problem>,
) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        let text = "本格式的报文不分包，无法按分包处理";
        return Err(Problem::new(code::PARTS_UNSUPPORTED, 0, text).fault_without_place(format.prefix));
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(shared::LIMIT, MESSAGE_BYTES_MAX, text).fault(format.prefix));
    }
    let source = Source::agreed(format.prefix, bytes, Charset::Utf8, encoding_fallback(format.prefix, context)?)?;
    let read = || -> Result<Decoded, Problem> {
        let message = Fields::of(&json::parse(source.text(), &RULES)?, "报文", MESSAGE)?;
        check_version(&message, format)?;
        let rows = message.node("rows")?;
        let nodes = rows.array("报文行 rows ")?;
        let fields = Fields::of(&message.node("header")?, "报文头 header ", format.header)?;
        let header = open(header(&fields, nodes.len())?, &fields)?;
        if nodes.is_empty() {
            return Err(rows.problem(shared::FIELD_MISSING, "报文没有内容：rows 中至少要有一行").in_field("rows"));
        }
        let mut decoded = Decoded::default();
        for (index, node) in nodes.iter().enumerate() {
            let row = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
            let made = row_fields(node, format).and_then(|(name, fields)| record(name, &fields, &header, row));
            match made {
                Ok(record) => decoded.document.records.push(RowRecord { row, record }),
                Err(problem) => decoded.document.row_faults.push(source.row_fault(row, problem)),
            }
        }
        Ok(decoded)
    };
    read().map_err(|problem| source.fault(problem))
}

fn check_version(message: &Fields<'_>, format: &Format) -> Result<(), Problem> {
    let version = message.required("format", chars_max::NUMBER)?;
    if version.text == format.version {
        return Ok(());
    }
    let text = format!("格式版本 format 应为 {}，请检查报文是否发错了链路", format.version);
    Err(version.problem(code::VERSION_UNSUPPORTED, text))
}

/// The header's own fields, checked; `receiver` and `sent_at` are checked and not kept.
fn header(fields: &Fields<'_>, row_count: usize) -> Result<Header, Problem> {
    let number = fields.required("message_number", MessageId::BYTES_MAX)?.text.to_owned();
    let sender = fields.text("sender", chars_max::NUMBER)?;
    fields.text("receiver", chars_max::NUMBER)?;
    fields.time("sent_at")?;
    if let Some(value) = fields.optional("row_count", chars_max::CODE)? {
        let said: usize = value.text.parse().map_err(|_| fields.wrong_number(&value, "应为整数"))?;
        if said != row_count {
            let text = format!("行数 row_count 与 rows 的实际行数（{row_count}行）不一致，报文可能不完整，请重新发送");
            return Err(value.problem(code::ROW_COUNT_MISMATCH, text));
        }
    }
    Ok(Header { number, sender })
}

fn row_fields<'t>(node: &Node<'t>, format: &Format) -> Result<(&'static str, Fields<'t>), Problem> {
    let fields = Fields::of(node, "行", &[("type", "行类型")])?;
    let wanted = fields.required("type", chars_max::CODE)?;
    match format.rows.iter().find(|row| row.name == wanted.text) {
        Some(row) => Ok((row.name, Fields { names: row.names, ..fields })),
        None => {
            let list: Vec<String> = format.rows.iter().map(|row| format!("{} {}", row.name, row.label)).collect();
            Err(wanted.problem(code::ROW_TYPE_UNKNOWN, format!("行类型 type 应为：{}", list.join("、"))))
        }
    }
}

/// An object whose members are declared. Asking for another name is a mistake of the plugin, which its tests find.
#[derive(Debug)]
pub struct Fields<'t> {
    object: Object<'t>,
    names: Names,
}

impl<'t> Fields<'t> {
    /// The members of an object; `what` names it in a fault's text.
    ///
    /// # Errors
    /// As [`Node::object`].
    pub fn of(node: &Node<'t>, what: &str, names: Names) -> Result<Self, Problem> {
        Ok(Self { object: node.object(what)?, names })
    }

    fn label(&self, name: &str) -> &'static str {
        let declared = self.names.iter().find(|(known, _)| *known == name);
        debug_assert!(declared.is_some(), "{name} is read but not declared");
        declared.map_or("", |(_, label)| label)
    }

    /// The problem in words that begin with what a clerk calls the field.
    fn labelled(&self, problem: Problem) -> Problem {
        let label = problem.field.as_deref().map_or("", |name| self.label(name));
        Problem { text: format!("{label} {}", problem.text), ..problem }
    }

    /// A field; absent, `null` and empty are the same.
    ///
    /// # Errors
    /// `structure` for an object or array, `field-too-long`.
    pub fn optional(&self, name: &str, chars_max: usize) -> Result<Option<Value<'_>>, Problem> {
        self.label(name);
        self.object.optional(name, chars_max).map_err(|problem| self.labelled(problem))
    }

    /// A field that must be there and not be empty.
    ///
    /// # Errors
    /// `field-missing`, and those of [`Fields::optional`].
    pub fn required(&self, name: &str, chars_max: usize) -> Result<Value<'_>, Problem> {
        self.optional(name, chars_max)?.ok_or_else(|| self.missing(name))
    }

    /// A problem that says which field is not there, at this object.
    #[must_use]
    pub fn missing(&self, name: &str) -> Problem {
        let text = format!("缺少{} {name} 或其内容为空，请补充", self.label(name));
        Problem { text, ..self.object.missing(name) }
    }

    /// A field's text.
    ///
    /// # Errors
    /// As [`Fields::optional`].
    pub fn text(&self, name: &str, chars_max: usize) -> Result<Option<String>, Problem> {
        Ok(self.optional(name, chars_max)?.map(|value| value.text.to_owned()))
    }

    /// A date, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `time-invalid`, and those of [`Fields::optional`].
    pub fn date(&self, name: &str) -> Result<Option<CivilDate>, Problem> {
        let value = self.optional(name, chars_max::CODE)?;
        value.map(|value| value.date()).transpose().map_err(|problem| self.labelled(problem))
    }

    /// A time, RFC 3339 with an offset.
    ///
    /// # Errors
    /// `time-invalid`, and those of [`Fields::optional`].
    pub fn time(&self, name: &str) -> Result<Option<UtcTime>, Problem> {
        let Some(value) = self.optional(name, chars_max::NUMBER)? else { return Ok(None) };
        UtcTime::parse_rfc3339(value.text).map(Some).map_err(|_| {
            let text = format!("{name} 应为带时区的时间，例如 2026-09-18T10:15:00+08:00");
            self.labelled(value.problem(shared::TIME_INVALID, text))
        })
    }

    /// `true` or `false`, not the words in quotes.
    ///
    /// # Errors
    /// `code-unknown`, and those of [`Fields::optional`].
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        let Some(value) = self.optional(name, chars_max::LINE)? else { return Ok(None) };
        match self.object.get(name).map(|member| member.node.raw()) {
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            _ => {
                let problem = value.problem(shared::CODE_UNKNOWN, format!("{name} 应为 true 或 false（不加引号）"));
                Err(self.labelled(problem))
            }
        }
    }

    /// A decimal number without an exponent, as a number or in quotes.
    ///
    /// # Errors
    /// `number-invalid`, and those of [`Fields::optional`].
    pub fn decimal(&self, name: &str) -> Result<Option<DecimalText>, Problem> {
        let Some(value) = self.optional(name, chars_max::CODE)? else { return Ok(None) };
        let decimal = DecimalText::parse(value.text).ok().filter(|decimal| !decimal.as_str().starts_with(['-', '+']));
        decimal.map(Some).ok_or_else(|| self.wrong_number(&value, "应为不带符号和指数的十进制数"))
    }

    /// A whole number in a range, as a number or in quotes.
    ///
    /// # Errors
    /// `number-invalid`, and those of [`Fields::optional`].
    pub fn integer(&self, name: &str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>, Problem> {
        let Some(value) = self.optional(name, chars_max::CODE)? else { return Ok(None) };
        let number = value.text.bytes().all(|b| b.is_ascii_digit()).then(|| value.text.parse().ok()).flatten();
        number
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(|| self.wrong_number(&value, &format!("应为{}至{}之间的整数", range.start(), range.end())))
    }

    /// A code of a table of codes and their meanings.
    ///
    /// # Errors
    /// `code-unknown`, and those of [`Fields::optional`].
    pub fn choice(&self, name: &str, table: Names) -> Result<Option<&'static str>, Problem> {
        let Some(value) = self.optional(name, chars_max::LINE)? else { return Ok(None) };
        match table.iter().find(|(code, _)| *code == value.text) {
            Some((code, _)) => Ok(Some(code)),
            None => {
                let list: Vec<String> = table.iter().map(|(code, meaning)| format!("{code} {meaning}")).collect();
                let problem = value.problem(shared::CODE_UNKNOWN, format!("{name} 应为：{}", list.join("、")));
                Err(self.labelled(problem))
            }
        }
    }

    /// A member that must be there, unread.
    ///
    /// # Errors
    /// `field-missing`.
    pub fn node(&self, name: &str) -> Result<Node<'t>, Problem> {
        self.label(name);
        self.object.get(name).map(|member| member.node).ok_or_else(|| self.missing(name))
    }

    /// The items of a list; none where it is absent.
    ///
    /// # Errors
    /// `structure`, and `limit` for more than `items_max`.
    pub fn items(&self, name: &str, items_max: usize) -> Result<Vec<Node<'t>>, Problem> {
        let Some(member) = self.object.get(name) else { return Ok(Vec::new()) };
        let what = format!("{} {name} ", self.label(name));
        let items = member.node.array(&what).map_err(|problem| problem.in_field(name))?;
        match items.get(items_max) {
            None => Ok(items),
            Some(first_too_many) => {
                let text = format!("{what}不得超过{items_max}项，请拆分后发送");
                Err(first_too_many.problem(shared::LIMIT, text).in_field(name))
            }
        }
    }

    /// A problem with a value that is no number of the kind.
    #[must_use]
    pub fn wrong_number(&self, value: &Value<'_>, wanted: &str) -> Problem {
        self.labelled(value.problem(shared::NUMBER_INVALID, format!("{} {wanted}", value.name)))
    }

    /// Names the members that the format does not have in `extra`. Their content is not kept: it may be personal data. A name
    /// that is no plain word may be, too.
    pub fn note_unread(&self, extra: &mut BTreeMap<String, String>) {
        let plain = |name: &str| {
            name.len() <= chars_max::CODE
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
        };
        let unknown = self.object.members.iter().map(|member| &*member.name);
        let unknown = unknown.filter(|name| !self.names.iter().any(|(known, _)| known == name));
        let mut names: Vec<&str> = unknown.map(|name| if plain(name) { name } else { "（名称不规范）" }).collect();
        if !names.is_empty() {
            names.sort_unstable();
            names.dedup();
            names.truncate(UNREAD_MAX);
            extra.insert(UNREAD.to_owned(), names.join("、"));
        }
    }
}
