//! The link's settings that this plugin reads, checked.

use serde_json::{Map, Value};
use xiezhi_formats::setting;
use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::problem::FORMAT;
use crate::table::{EntityKind, HISTORIC_REMOVAL, Which, built_in};

/// Tongzhou, GB/T 2260.
const AREA_CODE_DEFAULT: &str = "110112";
/// Digits of the serial in `Seq`; the samples have six.
const SERIAL_DIGITS_DEFAULT: i64 = 6;
/// Most codes that a link may give one table; the longest one known has seven.
const CODES_MAX: usize = 50;
/// Longest code of a table, in characters.
const CODE_CHARS_MAX: usize = 4;
/// Longest words of a cause, in characters, as a bank network's verification table has it.
pub(crate) const CAUSE_CHARS_MAX: usize = 128;
/// Longest words of a removal, in characters, from the same table.
pub(crate) const REMOVAL_CHARS_MAX: usize = 200;

/// Whether outgoing roots carry the gateway's message id, which receipts copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageIdPlace {
    /// In the attribute `MsgId`.
    Attribute,
    /// Nowhere: receipts can name only `Seq`.
    Absent,
}

/// The settings.
#[derive(Debug)]
pub(crate) struct Settings<'c> {
    /// `area_code`.
    pub(crate) area_code: &'c str,
    /// `seq_serial_digits`.
    pub(crate) serial_digits: u32,
    /// `message_id_attribute`.
    pub(crate) message_id: MessageIdPlace,
    /// `registration_number_kind`: what an entity without a credit code is.
    kind_without_code: Option<EntityKind>,
    causes: Option<&'c Map<String, Value>>,
    removals: Option<&'c Map<String, Value>>,
}

impl<'c> Settings<'c> {
    /// Reads and checks them.
    pub(crate) fn read(context: &'c Context) -> Result<Self, Fault> {
        let area_code = setting::word(FORMAT, context, "area_code", 6..=6, AREA_CODE_DEFAULT)?;
        if !area_code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(setting::invalid(FORMAT, "area_code", "应为6位行政区划代码"));
        }
        let digits = setting::integer(FORMAT, context, "seq_serial_digits", 6..=12, SERIAL_DIGITS_DEFAULT)?;
        let message_id = match context.settings.get("message_id_attribute") {
            None | Some(Value::Bool(true)) => MessageIdPlace::Attribute,
            Some(Value::Bool(false)) => MessageIdPlace::Absent,
            Some(_) => return Err(setting::invalid(FORMAT, "message_id_attribute", "应为 true 或 false")),
        };
        Ok(Self {
            area_code,
            serial_digits: u32::try_from(digits).unwrap_or_default(),
            message_id,
            kind_without_code: kind_without_code(context)?,
            causes: tables(context, "cause_codes", CAUSE_CHARS_MAX)?,
            removals: tables(context, "removal_codes", REMOVAL_CHARS_MAX)?,
        })
    }

    /// What an entity without a credit code is, where the link says so.
    pub(crate) fn kind_without_code(&self) -> Option<EntityKind> {
        self.kind_without_code
    }

    /// The words of a code, `None` where the kind's table has no such code.
    pub(crate) fn words(&self, which: Which, kind: EntityKind, code: &str) -> Option<&'c str> {
        match self.given(which, kind) {
            Some(table) => table.get(code).and_then(Value::as_str),
            None => built_in(which, kind).iter().find(|(known, _)| *known == code).map(|(_, words)| *words),
        }
    }

    /// Whether a code may stand in an entry that somebody else made, perhaps years ago.
    pub(crate) fn is_readable(&self, which: Which, kind: EntityKind, code: &str) -> bool {
        let historic = which == Which::Removal && kind == EntityKind::Enterprise && code == HISTORIC_REMOVAL;
        historic || self.words(which, kind, code).is_some()
    }

    /// The codes of a kind's table, for a fault's text.
    pub(crate) fn codes(&self, which: Which, kind: EntityKind) -> String {
        let codes: Vec<&str> = match self.given(which, kind) {
            Some(table) => table.keys().map(String::as_str).collect(),
            None => built_in(which, kind).iter().map(|(code, _)| *code).collect(),
        };
        codes.join("、")
    }

    /// The table of a kind that the link gives.
    fn given(&self, which: Which, kind: EntityKind) -> Option<&'c Map<String, Value>> {
        let tables = match which {
            Which::Cause => self.causes?,
            Which::Removal => self.removals?,
        };
        let (_, name) = EntityKind::ALL.into_iter().find(|(known, _)| *known == kind)?;
        tables.get(name)?.as_object()
    }
}

fn kind_without_code(context: &Context) -> Result<Option<EntityKind>, Fault> {
    const NAME: &str = "registration_number_kind";
    if !context.settings.contains_key(NAME) {
        return Ok(None);
    }
    let given = context.setting_text(NAME);
    let found = EntityKind::ALL.into_iter().find(|(_, name)| given == Some(*name));
    found
        .map(|(kind, _)| Some(kind))
        .ok_or_else(|| setting::invalid(FORMAT, NAME, "应为 enterprise、cooperative 或 individual"))
}

/// `[settings.cause_codes.enterprise]` and the like: a code and its words in each line.
fn tables<'c>(
    context: &'c Context,
    name: &'static str,
    words_chars_max: usize,
) -> Result<Option<&'c Map<String, Value>>, Fault> {
    let Some(value) = context.settings.get(name) else { return Ok(None) };
    let wrong = |rule: &str| setting::invalid(FORMAT, name, rule);
    let tables = value.as_object().ok_or_else(|| wrong("应为按主体类型分列的代码表"))?;
    for (kind, table) in tables {
        if !EntityKind::ALL.iter().any(|(_, known)| known == kind) {
            return Err(wrong("主体类型应为 enterprise、cooperative 或 individual"));
        }
        let rows = table.as_object().filter(|rows| (1..=CODES_MAX).contains(&rows.len()));
        let rows = rows.ok_or_else(|| wrong("每类主体应有1至50个代码"))?;
        for (code, words) in rows {
            let code_fits =
                (1..=CODE_CHARS_MAX).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
            let words = words.as_str().map_or(0, |words| words.trim().chars().count());
            if !code_fits || !(1..=words_chars_max).contains(&words) {
                return Err(wrong("每行应为代码（1至4位字母或数字）和不超过规定字数的名称"));
            }
        }
    }
    Ok(Some(tables))
}
