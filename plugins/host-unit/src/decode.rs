//! A message's rows by their type, and whether it is from the host unit whose link it came by. The envelope and its limits are
//! those of `xiezhi-formats`' rows.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::rows::{self, Fields, Header};
use xiezhi_formats::{answers, ledger};
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::record::{LedgerEntry, Record};
use xiezhi_sdk::{Context, Decoded, Input};

use crate::members::HOST_UNIT;
use crate::order;
use crate::problem::{Problem, code};
use crate::settings::{self, Unit};

/// Key of `extra` for the host unit's number.
const NUMBER: &str = "host_unit_number";

/// The header, and whose message it is.
struct Opened {
    header: Header,
    number: String,
    name: Option<String>,
}

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let unit = settings::unit(context)?;
    rows::read(
        &HOST_UNIT,
        input,
        context,
        |header, fields| open(header, fields, unit),
        |kind, fields, opened, row| match kind {
            "tenant" => tenant(fields, opened).map(|entry| Record::LedgerEntry(Box::new(entry))),
            "feedback" => {
                order::feedback(fields, &opened.header, row).map(|feedback| Record::Feedback(Box::new(feedback)))
            }
            _ => answers::receipt(fields).map(|receipt| Record::Receipt(Box::new(receipt))),
        },
    )
}

fn open(header: Header, fields: &Fields<'_>, unit: Unit<'_>) -> Result<Opened, Problem> {
    let number = fields.required(NUMBER, chars_max::NUMBER)?;
    if unit.number.is_some_and(|wanted| wanted != number.text) {
        let text = "主办单位编号 host_unit_number 与本链路的主办单位不一致，报文可能发错了链路，请核对后重新发送";
        return Err(number.problem(code::SENDER_MISMATCH, text));
    }
    let said = fields.text("host_unit", chars_max::NAME)?;
    Ok(Opened { header, number: number.text.to_owned(), name: unit.name.map(str::to_owned).or(said) })
}

fn tenant(fields: &Fields<'_>, opened: &Opened) -> Result<LedgerEntry, Problem> {
    let mut entry = ledger::tenant(fields, &opened.header, opened.name.clone())?;
    entry.extra.insert(NUMBER.to_owned(), opened.number.clone());
    Ok(entry)
}
