//! For the plugins' own tests: a context, records to send, random damage, and the table of faults on a format's page.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::hash::{BuildHasher, Hasher};

use serde_json::{Map, Value, json};
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::{AgencyId, MessageId, Record, UtcTime};
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::xml::{self, Element, Rules};

/// A setting in the environment that repeats a run.
pub const SEED: &str = "XIEZHI_TEST_SEED";
/// How many damaged messages are tried.
const ROUNDS: usize = 3_000;

/// What goes with a message in tests: received at 2026-09-21T10:00:00+08:00 as `out-0001`.
#[must_use]
pub fn context(agency: &str, settings: Value) -> Context {
    let settings = match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    };
    Context {
        agency: AgencyId::parse(agency).unwrap(),
        at: UtcTime::parse_rfc3339("2026-09-21T10:00:00+08:00").unwrap(),
        message_id: MessageId::parse("out-0001").unwrap(),
        settings,
    }
}

/// Decodes a whole message without settings.
///
/// # Errors
/// The plugin's fault.
pub fn decode<P: Plugin>(agency: &str, bytes: &[u8]) -> Result<Decoded, Fault> {
    P::decode(&Input::Message(bytes), &context(agency, Value::Null))
}

/// The only record of an answer that has nothing else in it.
///
/// # Panics
/// When it has.
#[must_use]
pub fn only_record(decoded: Decoded) -> Record {
    assert_eq!(decoded.document.row_faults, []);
    assert_eq!((decoded.reply, decoded.parts), (None, Vec::new()));
    let [row] = decoded.document.records.try_into().unwrap();
    assert_eq!(row.row, 1);
    row.record
}

/// The only row fault of an answer without records.
///
/// # Panics
/// When it has more or fewer.
#[must_use]
pub fn only_row_fault(decoded: Decoded) -> RowFault {
    assert_eq!(decoded.document.records, []);
    let [fault] = decoded.document.row_faults.try_into().unwrap();
    fault
}

/// An assignment to an agency.
#[must_use]
pub fn assignment(agency: &str) -> Record {
    serde_json::from_value(json!({
        "kind": "assignment", "schema_version": 1,
        "assignment": "TZ-2026-0000017/1", "case_number": "TZ-2026-0000017", "agency": agency, "role": "co",
        "clause": "5.3.9(1)", "category": "site_condition", "category_name": "场所不具备特定条件",
        "party": {
            "name": "北京潞河云驿科技有限公司", "uscc": "91110112MAYYT00167",
            "address": "北京市通州区文景街道云景东路1号院6号楼3层集群注册A-0017号", "town": "110112009",
            "coordinate": {
                "longitude_nanodegrees": 116_661_050_000_i64, "latitude_nanodegrees": 39_889_670_000_i64,
                "datum": "cgcs2000"
            }
        },
        "title": "登记住所1层临街外摆经营", "text": "现场无营业执照，登记主体与实际经营者不符。",
        "source_agency": "urban-management", "source_reference": "11011220260921000873",
        "assigned_at": "2026-09-21T09:06:00+08:00", "due_at": "2026-09-28T23:59:59+08:00"
    }))
    .unwrap()
}

/// A reminder of that assignment.
#[must_use]
pub fn reminder(agency: &str) -> Record {
    serde_json::from_value(json!({
        "kind": "reminder", "schema_version": 1, "assignment": "TZ-2026-0000017/1",
        "case_number": "TZ-2026-0000017", "agency": agency, "clause": "5.3.9(2)",
        "party": {"uscc": "91110112MAYYT00167", "name": "北京潞河云驿科技有限公司"}, "title": "逾期未反馈",
        "due_at": "2026-09-28T23:59:59+08:00", "level": 2, "sent_at": "2026-09-29T09:00:00+08:00"
    }))
    .unwrap()
}

/// A receipt to an agency for a message of which one row was refused.
#[must_use]
pub fn receipt() -> Record {
    serde_json::from_value(json!({
        "kind": "receipt", "schema_version": 1, "direction": "to_agency", "message_id": "in-0001",
        "outcome": "partial", "text": "3行中接收2行",
        "rows": [{"row": 2, "code": "uscc.check-character", "text": "校验位错误，应为“7”"}],
        "case_numbers": ["TZ-2026-0000017", "TZ-2026-0000018"]
    }))
    .unwrap()
}

/// A request of joint punishment that does not say which measure, or by what law, is refused; `fields` are the format's names
/// of the two.
///
/// # Panics
/// When it is written.
pub fn needs_measure<P: Plugin>(context: &Context, code: &str, fields: [&str; 2]) {
    let members = ["measure_code", "legal_basis"];
    for (blank, field) in members.into_iter().zip(fields) {
        let mut request = json!({
            "kind": "joint_punishment", "schema_version": 1, "request": "LHCJ-2026-0003", "measure_code": "B-08",
            "party": {"uscc": "91110112MAYYT00167"}, "legal_basis": "《全国失信惩戒措施基础清单》",
            "due_at": "2026-09-28T23:59:59+08:00"
        });
        request.as_object_mut().unwrap().insert(blank.to_owned(), json!(" "));
        let fault = P::encode(&serde_json::from_value(request).unwrap(), context).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.field.as_deref(), fault.offset), (code, Some(field), None));
    }
}

/// The fields of an XML text in order, each with its path from the root.
///
/// # Panics
/// When the text cannot be read.
#[must_use]
pub fn xml_fields(text: &str, rules: &Rules) -> Vec<(String, String)> {
    fn walk(element: &Element<'_>, path: &str, out: &mut Vec<(String, String)>) {
        let path = if path.is_empty() { element.name.to_owned() } else { format!("{path}/{}", element.name) };
        element.children.iter().for_each(|child| walk(child, &path, out));
        if element.children.is_empty() {
            out.push((path, element.text.to_string()));
        }
    }
    let mut out = Vec::new();
    walk(&xml::parse(text, rules).unwrap(), "", &mut out);
    out
}

/// What a test expects, one a line.
#[must_use]
pub fn expected_lines(expected: &str) -> Vec<&str> {
    expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// What becomes of a damaged credit code: as it is kept, and whether a doubt about it is noted, or the code of its fault.
pub type Mended = Result<(&'static str, bool), &'static str>;

/// The damaged credit codes of the sample `uscc-cases.tsv`, each with its label and with what must become of it where a
/// format can carry all of its characters.
///
/// # Panics
/// When the table has another length.
#[must_use]
pub fn damaged_codes(table: &str) -> Vec<(&str, &str, Mended)> {
    let expected = [
        Err("uscc.check-character"),
        Err("uscc.check-character"),
        Err("uscc.character"),
        Err("uscc.character"),
        Ok(("91110112MAYYT00167", false)),
        Ok(("91110112MAYYT00167", false)),
        Err("uscc.length"),
        Ok(("91110112MAYYT0010L", true)),
    ];
    let cases: Vec<_> = table.lines().filter_map(|line| line.split_once('\t')).collect();
    assert_eq!(cases.len(), expected.len());
    cases.into_iter().zip(expected).map(|((label, code), expected)| (label, code, expected)).collect()
}

/// A small generator (xorshift), so that a seed says everything.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// From the environment or fresh; prints the seed.
    #[must_use]
    pub fn seeded() -> Self {
        let fresh = std::collections::hash_map::RandomState::new().build_hasher().finish();
        let seed = std::env::var(SEED).ok().and_then(|text| text.parse().ok()).unwrap_or(fresh) | 1;
        println!("{SEED}={seed}");
        Self(seed)
    }

    /// A number below `below`, or 0.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below.max(1) as u64).unwrap_or_default()
    }
}

/// Cuts, flips, doubles, splices or drops a piece of a message.
pub fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len());
    let end = (at + 1 + random.below(40)).min(bytes.len());
    let start = at.min(end);
    match random.below(5) {
        0 => bytes.truncate(at),
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            let piece = bytes.get(start..end).unwrap_or_default().to_vec();
            bytes.splice(start..start, piece);
        }
        3 => {
            let from = random.below(other.len());
            let to = (from + random.below(60)).min(other.len());
            bytes.splice(start..end, other.get(from..to).unwrap_or_default().iter().copied());
        }
        _ => {
            bytes.drain(start..end);
        }
    }
}

/// What every fault owes its reader.
///
/// # Panics
/// When it owes it still.
pub fn check_fault(fault: &Fault, message_bytes: usize) {
    assert!(fault.code.contains('.') && fault.code.len() <= 64, "{fault:?}");
    assert!(!fault.text.is_empty() && fault.text.len() <= 2_000, "{fault:?}");
    assert!(!fault.text.is_ascii(), "not for a clerk: {fault:?}");
    assert!(fault.field.as_ref().is_none_or(|field| (1..=256).contains(&field.len())), "{fault:?}");
    assert!(fault.offset.is_some_and(|offset| offset <= message_bytes as u64), "{fault:?}");
}

/// Damages the messages of a corpus at random: whatever the bytes, there is an answer, it is the same twice, and every fault
/// says something. Both answers must occur, or the corpus proves nothing.
///
/// # Panics
/// When the plugin breaks its promise; the seed is printed before.
pub fn survives_damage<P: Plugin>(agency: &str, corpus: &[&[u8]]) {
    let mut random = Random::seeded();
    let (mut refused, mut read) = (0, 0);
    for _ in 0..ROUNDS {
        let mut bytes = corpus.get(random.below(corpus.len())).unwrap().to_vec();
        let other = corpus.get(random.below(corpus.len())).unwrap();
        for _ in 0..=random.below(4) {
            damage(&mut bytes, other, &mut random);
        }
        let answer = decode::<P>(agency, &bytes);
        assert_eq!(answer, decode::<P>(agency, &bytes), "not the same twice");
        match answer {
            Err(fault) => {
                refused += 1;
                check_fault(&fault, bytes.len());
            }
            Ok(decoded) => {
                read += 1;
                let document = &decoded.document;
                let empty = document.records.is_empty() && document.row_faults.is_empty() && decoded.parts.is_empty();
                assert!(!empty, "an answer without anything in it");
                document.row_faults.iter().for_each(|row| check_fault(&row.fault, bytes.len()));
            }
        }
    }
    assert!(refused > ROUNDS / 100 && read > ROUNDS / 100, "{refused} refused, {read} read");
}

/// Holds a page's table of fault codes against the plugin's list: rows that begin with `` | `code` | ``.
///
/// # Panics
/// When one has a code that the other lacks.
pub fn page_explains(page: &str, format: &str, codes: &[&str]) {
    let full = |code: &str| if code.contains('.') { code.to_owned() } else { format!("{format}.{code}") };
    for code in codes {
        assert!(page.contains(&format!("| `{}` |", full(code))), "{} is not in the page's table", full(code));
    }
    for line in page.lines().filter(|line| line.starts_with(&format!("| `{format}."))) {
        let code = line.split('`').nth(1).unwrap_or_default();
        assert!(codes.iter().any(|known| full(known) == code), "{code} is on the page but not in the code");
    }
}
