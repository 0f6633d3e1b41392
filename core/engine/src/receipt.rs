//! Receipts (回执): what the sender is told of its message.

use xiezhi_model::Record;
use xiezhi_model::fault::Fault;
use xiezhi_model::record::{Direction, Receipt, ReceiptOutcome, RowResult, SCHEMA_VERSION};

use crate::ReceiptMode;
use crate::work::Work;

/// What outgoing ids of receipts derive from in place of a rule.
const RULE: &str = "receipt";
/// What a sender does with a message or row that was refused. The same id with other bytes would be quarantined.
const MEND: &str = "请更正后以新的报文编号重新报送";
/// Most case numbers spelt out in the text; all are in the record.
const NUMBERS_NAMED_MAX: usize = 3;

/// Drafts the receipt of a message that was used, wholly or in part.
pub(crate) fn settled(work: &mut Work<'_>, records: usize) {
    let faulty = work.row_faults.len();
    if !wanted(work, faulty > 0) {
        return;
    }
    let numbers = work.case_numbers.clone();
    let named: Vec<_> = numbers.iter().take(NUMBERS_NAMED_MAX).map(ToString::to_string).collect();
    let cases = match numbers.len() {
        0 => String::new(),
        n if n > NUMBERS_NAMED_MAX => format!("，涉及案件{}等{n}件", named.join("、")),
        _ => format!("，涉及案件{}", named.join("、")),
    };
    let (outcome, text) = if faulty == 0 {
        (ReceiptOutcome::Accepted, format!("已受理：共{records}条记录{cases}"))
    } else {
        (ReceiptOutcome::Partial, format!("部分受理：共{records}条记录，{faulty}条有误{cases}；有误的{MEND}"))
    };
    let receipt = Receipt { outcome, code: None, text, case_numbers: numbers, ..blank(work) };
    draft(work, receipt);
}

/// Drafts the receipt of a message that could not be used.
pub(crate) fn refused(work: &mut Work<'_>, fault: &Fault) {
    if !wanted(work, true) {
        return;
    }
    let text = format!("未受理：{}{}。{MEND}", fault.text.trim_end_matches('。'), place(fault));
    let receipt = Receipt { outcome: ReceiptOutcome::Refused, code: Some(fault.code.clone()), text, ..blank(work) };
    draft(work, receipt);
}

/// Where a fault is, for a clerk; empty when it is nowhere in particular.
pub(crate) fn place(fault: &Fault) -> String {
    match (&fault.offset, &fault.field) {
        (Some(offset), Some(field)) => format!("（字段{field}，从0起第{offset}字节）"),
        (Some(offset), None) => format!("（从0起第{offset}字节）"),
        (None, Some(field)) => format!("（字段{field}）"),
        (None, None) => String::new(),
    }
}

fn wanted(work: &Work<'_>, faulty: bool) -> bool {
    let agency = &work.message.agency;
    let mode = work.engine.agency(agency).map(|agency| agency.receipts);
    let asked = match mode {
        Some(ReceiptMode::Always) => true,
        Some(ReceiptMode::Faults) => faulty,
        Some(ReceiptMode::Never) | None => false,
    };
    asked && work.engine.sends(agency, "receipt")
}

fn blank(work: &Work<'_>) -> Receipt {
    let rows = work.row_faults.iter().map(|row| RowResult {
        row: row.row,
        code: row.fault.code.clone(),
        text: format!("{}{}", row.fault.text, place(&row.fault)),
    });
    Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::ToAgency,
        message_id: work.message.message_id.clone(),
        outcome: ReceiptOutcome::Accepted,
        code: None,
        text: String::new(),
        rows: rows.collect(),
        case_numbers: Vec::new(),
    }
}

fn draft(work: &mut Work<'_>, receipt: Receipt) {
    let sender = work.message.agency.clone();
    // A message that was redriven gets another receipt: the refusal that went out before is no longer true.
    let index = usize::try_from(work.message.redrives).unwrap_or(usize::MAX);
    work.draft(RULE, index, &sender, None, Record::Receipt(Box::new(receipt)));
}
