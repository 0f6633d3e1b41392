//! Which of the two layouts a message has: `ExchangeMessage` XML or the flat table.

use xiezhi_formats::charset::Source;
use xiezhi_formats::setting::encoding_fallback;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Decoded, Input};

use crate::problem::{FORMAT, Problem, code};
use crate::{exchange, settings, table};

/// Longest message. A row has about 2 kB, so a full batch fits; transcoding needs three times as much memory.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most rows in a message: a sender splits larger batches.
pub(crate) const ROWS_MAX: u32 = 1_000;

/// Reads a message.
pub(crate) fn message(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
    let Input::Message(bytes) = input else {
        return Err(
            Problem::new(code::PARTS_UNSUPPORTED, 0, "发改报文不分包，无法按分包处理").fault_without_place(FORMAT)
        );
    };
    if bytes.len() > MESSAGE_BYTES_MAX {
        let text = format!("报文超过{}MB，请拆分后发送", MESSAGE_BYTES_MAX / (1024 * 1024));
        return Err(Problem::new(code::LIMIT, MESSAGE_BYTES_MAX, text).fault(FORMAT));
    }
    let items = settings::inbound(context)?;
    // A table has no declaration: it is UTF-8 if it can be, as spreadsheet programs write it with a byte order mark, and
    // otherwise GB18030, as they write it without.
    let source = Source::xml(FORMAT, bytes, encoding_fallback(FORMAT, context)?)?;
    let text = source.text();
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        exchange::read(&source, &items, context)
    } else {
        table::read(&source)
    }
}
