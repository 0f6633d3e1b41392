//! What a document asks for, and whether it may: every rule of the system, as a decision without effects.

use crate::batch::{Batch, clipped};
use crate::entry::{Entry, EntryStatus, date, is_key};
use crate::receipt::Refusal;
use crate::table::{Kind, is_authority_code, is_credit_code, is_registration_number};

/// Words of an annulment whose decision has none.
const ANNULMENT_TEXT: &str = "列入经营异常名录的决定有误，予以撤销";
/// Columns that only a removal has.
const REMOVAL_COLUMNS: [&str; 7] =
    ["IsMove", "RemExcpres", "RemExcpresCN", "RemDate", "ReDecOrg", "ReDecOrgCN", "RemoveRea"];

/// Which message asks, and when it came.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) now_ms: i64,
}

/// Key of the entry that a batch names; checked before the entry is looked up.
pub(crate) fn key(batch: &Batch) -> Result<&str, Refusal> {
    let key = required(batch, "BusExcList")?;
    if is_key(key) {
        Ok(key)
    } else {
        Err(refusal("E0001", "BusExcList应为64位以内的字母、数字和连字符", key))
    }
}

/// The entry after the batch, given the entry before.
pub(crate) fn decide(batch: &Batch, before: Option<&Entry>, origin: Origin<'_>) -> Result<Entry, Refusal> {
    if batch.attribute("Seq").is_empty() {
        return Err(missing("Seq"));
    }
    match batch.attribute("OpType") {
        "" => Err(missing("OpType")),
        "IN" => list(batch, before, origin),
        "OUT" => remove(batch, before, origin),
        other => Err(refusal("E0103", "OpType应为IN或OUT", other)),
    }
}

fn list(batch: &Batch, before: Option<&Entry>, origin: Origin<'_>) -> Result<Entry, Refusal> {
    let key = key(batch)?;
    let name = required(batch, "EntName")?;
    let identity = Identity::read(batch)?;
    let cause = required(batch, "SpeCause")?;
    let listed_on = required(batch, "AbnTime")?;
    let (authority_code, authority) = (required(batch, "DecOrg")?, required(batch, "DecorgCN")?);
    let decision = required(batch, "PenDecNo")?;
    identity.check()?;
    if let Some(column) = REMOVAL_COLUMNS.into_iter().find(|column| !batch.column(column).is_empty()) {
        return Err(refusal("E0103", "列入报文不得含移出字段", column));
    }
    let Some(words) = identity.kinds().iter().find_map(|kind| kind.cause(cause)) else {
        return Err(refusal("E0103", "SpeCause不在该类主体的代码表中", cause));
    };
    authority_check("DecOrg", authority_code)?;
    if date(listed_on).is_none() {
        return Err(refusal("E0104", "AbnTime应为YYYY-MM-DD形式的真实日期", listed_on));
    }
    if before.is_some() {
        return Err(refusal("E0201", "该条目已由其他报文列入", key));
    }
    Ok(Entry {
        key: key.to_owned(),
        status: EntryStatus::Listed,
        name: name.to_owned(),
        uscc: identity.uscc.to_owned(),
        registration_number: identity.registration_number.to_owned(),
        entity_id: batch.column("PriPID").to_owned(),
        representative: batch.column("LeRep").to_owned(),
        registrar: batch.column("RegOrg").to_owned(),
        cause: cause.to_owned(),
        cause_text: or_else(batch.column("SpeCauseCN"), words),
        listed_on: listed_on.to_owned(),
        authority_code: authority_code.to_owned(),
        authority: authority.to_owned(),
        decision: decision.to_owned(),
        reason: batch.column("AnomalyRea").to_owned(),
        listed_by: origin.message_id.to_owned(),
        received_at_ms: origin.now_ms,
        ..Entry::default()
    })
}

fn remove(batch: &Batch, before: Option<&Entry>, origin: Origin<'_>) -> Result<Entry, Refusal> {
    let key = key(batch)?;
    let name = required(batch, "EntName")?;
    let identity = Identity::read(batch)?;
    let status = match required(batch, "IsMove")? {
        "1" => EntryStatus::Removed,
        "2" => EntryStatus::Annulled,
        other => return Err(refusal("E0103", "IsMove应为1或2", other)),
    };
    let removed_on = required(batch, "RemDate")?;
    let (authority_code, authority) = (required(batch, "ReDecOrg")?, required(batch, "ReDecOrgCN")?);
    let decision = required(batch, "PenDecNo")?;
    let words = removal_words(batch, status, &identity)?;
    authority_check("ReDecOrg", authority_code)?;
    let Some(removed) = date(removed_on) else {
        return Err(refusal("E0104", "RemDate应为YYYY-MM-DD形式的真实日期", removed_on));
    };
    let Some(before) = before else { return Err(refusal("E0202", "没有该条目", key)) };
    // A removed listing can still turn out to have been wrong; nothing follows an annulment.
    if before.status == EntryStatus::Annulled || (before.status == EntryStatus::Removed && status == before.status) {
        return Err(refusal("E0203", "该条目已移出或已撤销", key));
    }
    if date(&before.listed_on).is_some_and(|listed| removed < listed) {
        return Err(refusal("E0104", "RemDate早于列入日期", removed_on));
    }
    let mut entry = Entry {
        status,
        removal_cause: batch.column("RemExcpres").to_owned(),
        removal_cause_text: or_else(batch.column("RemExcpresCN"), words),
        removed_on: removed_on.to_owned(),
        removal_authority_code: authority_code.to_owned(),
        removal_authority: authority.to_owned(),
        removal_decision: decision.to_owned(),
        removal_reason: batch.column("RemoveRea").to_owned(),
        removed_by: origin.message_id.to_owned(),
        removal_received_at_ms: origin.now_ms,
        ..before.clone()
    };
    replaced(&mut entry.name, name, &mut entry.former_names);
    replaced(&mut entry.uscc, identity.uscc, &mut entry.former_codes);
    if !identity.registration_number.is_empty() {
        entry.registration_number = identity.registration_number.to_owned();
    }
    Ok(entry)
}

/// The table's words for the removal, after its code was checked against the kind.
fn removal_words(batch: &Batch, status: EntryStatus, identity: &Identity<'_>) -> Result<&'static str, Refusal> {
    let cause = batch.column("RemExcpres");
    let annulled = status == EntryStatus::Annulled;
    if annulled {
        required(batch, "RemoveRea")?;
    } else {
        required(batch, "RemExcpres")?;
    }
    identity.check()?;
    match identity.kinds().iter().find_map(|kind| kind.removal(cause)) {
        Some(_) if annulled => Ok(ANNULMENT_TEXT),
        Some(words) => Ok(words),
        None if annulled && cause.is_empty() => Ok(ANNULMENT_TEXT),
        None => Err(refusal("E0103", "RemExcpres不在该类主体的代码表中", cause)),
    }
}

/// What names the entity: a credit code, or a registration number where there is none.
struct Identity<'a> {
    uscc: &'a str,
    registration_number: &'a str,
    kind: Option<Kind>,
}

impl<'a> Identity<'a> {
    fn read(batch: &'a Batch) -> Result<Self, Refusal> {
        let (uscc, registration_number) = (batch.column("UniSCID"), batch.column("RegNO"));
        if uscc.is_empty() && registration_number.is_empty() {
            return Err(missing("UniSCID"));
        }
        Ok(Self { uscc, registration_number, kind: Kind::of_code(uscc) })
    }

    fn check(&self) -> Result<(), Refusal> {
        if !self.uscc.is_empty() && !is_credit_code(self.uscc) {
            return Err(refusal("E0102", "统一社会信用代码有误", self.uscc));
        }
        if self.uscc.is_empty() && !is_registration_number(self.registration_number) {
            return Err(refusal("E0102", "注册号应为15位数字", self.registration_number));
        }
        Ok(())
    }

    fn kinds(&self) -> &[Kind] {
        self.kind.as_ref().map_or(&Kind::ALL, std::slice::from_ref)
    }
}

/// Puts the newest text in place, and the one before behind the former ones.
fn replaced(current: &mut String, newest: &str, former: &mut Vec<String>) {
    if newest.is_empty() || current == newest {
        return;
    }
    let before = std::mem::replace(current, newest.to_owned());
    if !before.is_empty() {
        former.push(before);
    }
}

fn or_else(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
}

fn authority_check(column: &str, code: &str) -> Result<(), Refusal> {
    if is_authority_code(code) {
        Ok(())
    } else {
        Err(refusal("E0103", &format!("{column}应为6位行政区划代码"), code))
    }
}

fn required<'a>(batch: &'a Batch, column: &'static str) -> Result<&'a str, Refusal> {
    match batch.column(column) {
        "" => Err(missing(column)),
        text => Ok(text),
    }
}

fn missing(column: &str) -> Refusal {
    Refusal { code: "E0101", text: format!("缺少{column}") }
}

fn refusal(code: &'static str, text: &str, value: &str) -> Refusal {
    Refusal { code, text: format!("{text}：{}", clipped(value)) }
}
