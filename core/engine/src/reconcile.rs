//! Holding what was published from here against the credit system's list. Pure: both lists come in as values.
//!
//! What should be there follows from the decided acts and their receipts alone. An entry whose latest message has no receipt is
//! under way and not compared: it may be there or not, and both are right. One whose message was given up is told: nobody else
//! brings it there.

use std::collections::{BTreeMap, BTreeSet};

use xiezhi_model::UtcTime;
use xiezhi_model::act::{ActAnswer, ActKind, ActStatus, LegalAct, Stopped};
use xiezhi_model::reconciliation::{Difference, DifferenceKind, FieldDifference, Reconciliation};
use xiezhi_model::record::LedgerEntry;

/// Statuses of entries in the credit system's list, as its plugin reads them.
const LISTED: &str = "abnormal_listed";
const REMOVED: &str = "abnormal_removed";
const ANNULLED: &str = "abnormal_annulled";

/// Columns of the authority that decided a removal or correction.
const REMOVED_BY: [&str; 2] = ["ReDecOrg", "ReDecOrgCN"];

/// One entry as it should be.
struct Expected<'a> {
    /// What was said last.
    last: &'a LegalAct,
    fields: Vec<(&'static str, String)>,
}

/// A message of an entry that is sent no more.
struct Halt<'a> {
    act: &'a LegalAct,
    answer: &'a ActAnswer,
    stopped: &'a Stopped,
    /// What was said last of the entry.
    last: &'a LegalAct,
}

/// An entry here.
enum Here<'a> {
    UnderWay,
    /// The message that should bring it about is sent no more.
    Stopped(Halt<'a>),
    /// The listing was not taken, and waits for a person or needs none, because it was annulled: not there.
    Refused(&'a LegalAct),
    Public(Expected<'a>),
}

/// Compares the decided acts of publication with the list there.
///
/// `acts` are all decided listings, removals and corrections, in any order, as they were after the list was read; `moving` are the
/// keys of entries whose acts changed while it was read: they count as under way. `unreadable` are the rows of the list that the
/// plugin could not read.
#[must_use]
pub fn reconcile(
    acts: &[LegalAct],
    moving: &BTreeSet<String>,
    there: &[LedgerEntry],
    unreadable: Vec<String>,
    now: UtcTime,
) -> Reconciliation {
    let here = entries(acts);
    let mut found = Reconciliation {
        at: now,
        entries_here: 0,
        entries_there: count(there.len() + unreadable.len()),
        alike: 0,
        under_way: 0,
        refused: 0,
        unreadable,
        differences: Vec::new(),
    };
    let mut left: BTreeMap<&str, &LedgerEntry> = BTreeMap::new();
    for entry in there {
        if left.insert(entry.reference.as_str(), entry).is_some() {
            let proposal = "公示系统中同一条目号出现多次，请与公示系统核对".to_owned();
            found.differences.push(difference(&entry.reference, DifferenceKind::Extra, None, Vec::new(), proposal));
        }
    }
    for (key, entry) in &here {
        let held = left.remove(key.as_str());
        match entry {
            _ if moving.contains(key) => found.under_way += 1,
            Here::UnderWay => found.under_way += 1,
            Here::Stopped(halt) => {
                let proposal = resumption(halt, held.is_some());
                found.differences.push(difference(key, DifferenceKind::Stopped, Some(halt.act), Vec::new(), proposal));
            }
            Here::Refused(last) => {
                found.refused += 1;
                found.differences.extend(held.map(|_| there_though_refused(key, last)));
            }
            Here::Public(expected) => {
                found.entries_here += 1;
                match compare(key, expected, held, found.unreadable.is_empty()) {
                    Some(difference) => found.differences.push(difference),
                    None => found.alike += 1,
                }
            }
        }
    }
    for (key, _) in left {
        let proposal = "本地没有决定列入该条目：请核对是否由其他机关列入；如系误列，请与公示系统核对后更正".to_owned();
        found.differences.push(difference(key, DifferenceKind::Extra, None, Vec::new(), proposal));
    }
    found.differences.sort_by(|one, other| (&one.entry, one.kind).cmp(&(&other.entry, other.kind)));
    found
}

/// The entries here, by key.
fn entries(acts: &[LegalAct]) -> BTreeMap<String, Here<'_>> {
    let mut of_entry: BTreeMap<String, Vec<&LegalAct>> = BTreeMap::new();
    for act in acts.iter().filter(|act| act.kind.is_published() && act.status == ActStatus::Decided) {
        of_entry.entry(act.entry_key()).or_default().push(act);
    }
    let here = of_entry.into_iter().map(|(key, mut acts)| {
        // As `LegalAct::is_said_after` has it: a listing comes before what takes it back, whatever the clock was then.
        acts.sort_by_key(|act| (act.terms.takes_back.is_some(), act.closed_at(), act.id.nth()));
        (key, standing(&acts))
    });
    here.collect()
}

/// How one entry should be, by its acts in the order of their decisions.
fn standing<'a>(acts: &[&'a LegalAct]) -> Here<'a> {
    let Some(last) = acts.last().copied() else { return Here::UnderWay };
    let is_sent = |answer: &ActAnswer| answer.status.is_owed() && answer.stopped.is_none();
    if acts.iter().any(|act| act.answers.is_empty() || act.answers.iter().any(is_sent)) {
        return Here::UnderWay;
    }
    // Of what took it back only the last word stands there: an annulment after a removal takes the removal's place.
    let told = || acts.iter().filter(|act| act.kind == ActKind::ListIn || act.id == last.id).copied();
    // What was public before it was sent anew is there still: the refusal is of a repetition.
    let is_public = |act: &LegalAct| act.answers.iter().all(|answer| answer.public_since().is_some());
    let listing = acts.iter().copied().find(|act| act.kind == ActKind::ListIn);
    // Whoever confirmed the removal or annulment of an entry has it.
    let was_taken_back = last.kind != ActKind::ListIn && is_public(last);
    for act in told() {
        // A listing that certainly never arrived is as one that was refused: its removal had nothing to remove.
        let is_told = |stopped: &Stopped| {
            act.id == last.id || (last.kind == ActKind::ListOut && !was_taken_back && !stopped.was_never_taken)
        };
        let stopped = act.answers.iter().find_map(|answer| Some((answer, answer.stopped.as_ref()?)));
        if let Some((answer, stopped)) = stopped.filter(|(_, stopped)| is_told(stopped)) {
            return Here::Stopped(Halt { act, answer, stopped, last });
        }
    }
    if !was_taken_back && !listing.is_none_or(is_public) {
        return Here::Refused(last);
    }
    Here::Public(Expected { last, fields: told().flat_map(fields_of).collect() })
}

/// What the list should say of a decided act, by column.
fn fields_of(act: &LegalAct) -> Vec<(&'static str, String)> {
    let decided_on = act.closed_at().map(|at| at.beijing_date().to_string()).unwrap_or_default();
    let cause = act.terms.cause.clone().unwrap_or_default();
    let decision = act.decision.clone().unwrap_or_default();
    let (mut fields, authority) = match act.kind {
        ActKind::ListIn => {
            (vec![("SpeCause", cause), ("AbnTime", decided_on), ("PenDecNo", decision)], ["DecOrg", "DecorgCN"])
        }
        ActKind::ListOut => {
            (vec![("RemExcpres", cause), ("RemDate", decided_on), ("RePenDecNo", decision)], REMOVED_BY)
        }
        _ => (vec![("RemDate", decided_on), ("RePenDecNo", decision)], REMOVED_BY),
    };
    fields.extend(of_authority(act, authority));
    fields
}

/// Code and name of the authority that decided an act; of one that was decided before they were kept, nothing.
fn of_authority(act: &LegalAct, columns: [&'static str; 2]) -> impl Iterator<Item = (&'static str, String)> {
    let texts = act.authority.iter().flat_map(|authority| [&authority.code, &authority.name]);
    // As the plugin writes them.
    let texts = texts.map(|text| text.trim().to_owned());
    columns.into_iter().zip(texts)
}

/// What to do about an entry whose message was given up.
fn resumption(halt: &Halt<'_>, is_there: bool) -> String {
    let Halt { act, answer, stopped, last } = halt;
    let id = act.message_id(&answer.agency);
    let there =
        if is_there { "对方名录中有该条目，请一并核对" } else { "对方名录中没有该条目" };
    let anew = if stopped.was_never_taken { format!("，或者xiezhi act resend {}", act.id) } else { String::new() };
    let then = if last.id == act.id {
        String::new()
    } else {
        format!("；此后已决定{}（{}），待列入有回执后再推送", last.kind.to_chinese(), last.id)
    };
    format!(
        "{}（{}）报文已停止推送（{}），尚无回执；{there}；处理后按原编号重发：xiezhi message redrive {id}{anew}{then}",
        act.kind.to_chinese(),
        act.id,
        stopped.reason
    )
}

/// A listing that was refused is not expected there; the list has it all the same.
fn there_though_refused(key: &str, last: &LegalAct) -> Difference {
    let proposal = match last.kind {
        ActKind::ListIn => "列入未被公示系统接收，对方名录中却有该条目：请与公示系统核对，勿重复列入".to_owned(),
        _ => format!(
            "该条目已决定{}（{}），未被公示系统接收，对方名录中却有该条目：请核对后重新推送{}",
            last.kind.to_chinese(),
            last.id,
            last.id
        ),
    };
    difference(key, DifferenceKind::Extra, Some(last), Vec::new(), proposal)
}

fn compare(key: &str, expected: &Expected<'_>, held: Option<&LedgerEntry>, all_read: bool) -> Option<Difference> {
    let act = expected.last;
    let Some(held) = held else {
        // An entry that is public must not be sent anew because its row could not be read, nor one that was taken back.
        let proposal = if act.kind != ActKind::ListIn {
            "该条目已决定移出或更正，对方名录应保留其记录：请与公示系统核对其记录，不要重新推送列入".to_owned()
        } else if all_read {
            format!(
                "请与公示系统核对；确未公示的，由办案人员或审核人员重新推送：xiezhi act resend {} --reason …",
                act.id
            )
        } else {
            "对方名录有无法读取的条目，本条目可能在其中：请先查明无法读取的条目并重新对账，此前不要重新推送".to_owned()
        };
        return Some(difference(key, DifferenceKind::Missing, Some(act), Vec::new(), proposal));
    };
    let status = match act.kind {
        ActKind::ListIn => LISTED,
        ActKind::ListOut => REMOVED,
        _ => ANNULLED,
    };
    let mut fields = Vec::new();
    let mut differs = |field: &str, here: &str, there: &str| {
        if here != there {
            let (field, here, there) = (field.to_owned(), here.to_owned(), there.to_owned());
            fields.push(FieldDifference { field, here, there });
        }
    };
    differs("status", status, held.status.as_deref().unwrap_or_default());
    let code = |party: &xiezhi_model::record::Party| party.uscc.as_ref().map(ToString::to_string).unwrap_or_default();
    differs("UniSCID", &code(&act.party), &code(&held.party));
    if let Some(name) = &act.party.name {
        differs("EntName", name.trim(), held.party.name.as_deref().unwrap_or_default());
    }
    for (field, here) in &expected.fields {
        differs(field, here, held.extra.get(*field).map_or("", String::as_str));
    }
    if fields.is_empty() {
        return None;
    }
    let proposal = match act.kind {
        ActKind::ListIn => "请核对决定书；以本地决定为准的，由公示系统更正，或者拟办更正（correction）后重新列入",
        _ => "请核对决定书；以本地决定为准的，重新推送移出或更正，或者由公示系统更正",
    };
    Some(difference(key, DifferenceKind::Different, Some(act), fields, proposal.to_owned()))
}

fn difference(
    entry: &str,
    kind: DifferenceKind,
    act: Option<&LegalAct>,
    fields: Vec<FieldDifference>,
    proposal: String,
) -> Difference {
    Difference { entry: entry.to_owned(), kind, act: act.map(|act| act.id.clone()), fields, proposal }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
