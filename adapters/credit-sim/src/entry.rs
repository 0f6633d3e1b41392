//! One entry of the list, with all its columns: as it is held, written to the journal and shown to a trainer.

use serde::{Deserialize, Serialize};

/// Where an entry stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryStatus {
    /// 列入, or 标记 of an individual business.
    #[default]
    Listed,
    /// 移出: contact was found again, the report was made up for.
    Removed,
    /// 撤销: the listing was wrong. A visitor does not see it any more.
    Annulled,
}

/// An entry. Texts are empty where nothing is known; dates are `YYYY-MM-DD`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    /// `BusExcList`: up to 64 letters, digits and hyphens.
    pub key: String,
    /// Where it stands.
    pub status: EntryStatus,
    /// `EntName`, the newest.
    pub name: String,
    /// `UniSCID`, the newest.
    pub uscc: String,
    /// `RegNO`.
    pub registration_number: String,
    /// `PriPID`.
    pub entity_id: String,
    /// `LeRep`.
    pub representative: String,
    /// `RegOrg`.
    pub registrar: String,
    /// `SpeCause`.
    pub cause: String,
    /// `SpeCauseCN`.
    pub cause_text: String,
    /// `AbnTime`.
    pub listed_on: String,
    /// `DecOrg`.
    pub authority_code: String,
    /// `DecorgCN`.
    pub authority: String,
    /// `PenDecNo` of the listing.
    pub decision: String,
    /// `AnomalyRea`.
    pub reason: String,
    /// `RemExcpres`.
    pub removal_cause: String,
    /// `RemExcpresCN`.
    pub removal_cause_text: String,
    /// `RemDate`.
    pub removed_on: String,
    /// `ReDecOrg`.
    pub removal_authority_code: String,
    /// `ReDecOrgCN`.
    pub removal_authority: String,
    /// `PenDecNo` of the removal; `RePenDecNo` of an export.
    pub removal_decision: String,
    /// `RemoveRea`.
    pub removal_reason: String,
    /// Names before the newest, oldest first.
    pub former_names: Vec<String>,
    /// Credit codes before the newest, oldest first.
    pub former_codes: Vec<String>,
    /// Message that listed it; empty for one put by hand.
    pub listed_by: String,
    /// Message that removed or annulled it.
    pub removed_by: String,
    /// When it came, in milliseconds since 1970.
    pub received_at_ms: i64,
    /// When it was removed or annulled here, in milliseconds since 1970; 0 before that.
    pub removal_received_at_ms: i64,
}

/// Longest key, in characters.
const KEY_CHARS_MAX: usize = 64;

/// Whether a text can be the key of an entry.
pub(crate) fn is_key(text: &str) -> bool {
    (1..=KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl Entry {
    /// Columns of an export and the texts in them, in the order of the list.
    pub(crate) fn columns(&self) -> [(&'static str, &str); 22] {
        let is_move = match self.status {
            EntryStatus::Listed => "",
            EntryStatus::Removed => "1",
            EntryStatus::Annulled => "2",
        };
        [
            ("PriPID", &self.entity_id),
            ("EntName", &self.name),
            ("RegNO", &self.registration_number),
            ("UniSCID", &self.uscc),
            ("LeRep", &self.representative),
            ("RegOrg", &self.registrar),
            ("SpeCause", &self.cause),
            ("SpeCauseCN", &self.cause_text),
            ("AbnTime", &self.listed_on),
            ("DecOrg", &self.authority_code),
            ("DecorgCN", &self.authority),
            ("PenDecNo", &self.decision),
            ("AnomalyRea", &self.reason),
            ("IsMove", is_move),
            ("RemExcpres", &self.removal_cause),
            ("RemExcpresCN", &self.removal_cause_text),
            ("RemDate", &self.removed_on),
            ("ReDecOrg", &self.removal_authority_code),
            ("ReDecOrgCN", &self.removal_authority),
            ("RePenDecNo", &self.removal_decision),
            ("RemoveRea", &self.removal_reason),
            ("BusExcList", &self.key),
        ]
    }

    /// Why a trainer's entry cannot be held, if it cannot: it must be readable in an export, it need not be right.
    pub(crate) fn fault(&self) -> Option<String> {
        if !is_key(&self.key) {
            return Some(format!("key {:?} is not 1 to {KEY_CHARS_MAX} letters, digits and hyphens", self.key));
        }
        let former = self.former_names.iter().chain(&self.former_codes).map(|text| ("EntName", text.as_str()));
        for (column, text) in self.columns().into_iter().chain(former) {
            if text.chars().count() > column_chars_max(column) || !text.chars().all(is_xml_character) {
                return Some(format!("{column} is too long or has a character that XML cannot carry"));
            }
        }
        if self.former_names.len() > FORMER_MAX || self.former_codes.len() > FORMER_MAX {
            return Some(format!("more than {FORMER_MAX} former names or codes"));
        }
        for (field, text) in [("name", &self.name), ("cause", &self.cause)] {
            if text.is_empty() {
                return Some(format!("{field} is missing"));
            }
        }
        let removed = self.status != EntryStatus::Listed;
        if date(&self.listed_on).is_none()
            || (removed || !self.removed_on.is_empty()) && date(&self.removed_on).is_none()
        {
            return Some("listed_on, and removed_on of a removed entry, must be dates YYYY-MM-DD".to_owned());
        }
        None
    }
}

/// Most former names, and most former codes, of an entry put by hand; a removal adds one at most.
const FORMER_MAX: usize = 16;

/// A real day written `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Option<jiff::civil::Date> {
    (text.len() == 10).then(|| jiff::civil::Date::strptime("%Y-%m-%d", text).ok()).flatten()
}

/// Longest text of a column, in characters: the lengths of the list where they are known, 2,000 for the grounds.
pub(crate) fn column_chars_max(column: &str) -> usize {
    match column {
        "AnomalyRea" | "RemoveRea" => 2000,
        "EntName" | "RemExcpresCN" => 200,
        "SpeCauseCN" | "DecorgCN" | "ReDecOrgCN" => 128,
        "PriPID" => 36,
        _ => 64,
    }
}

/// Whether XML 1.0 can carry a character.
pub(crate) fn is_xml_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}
