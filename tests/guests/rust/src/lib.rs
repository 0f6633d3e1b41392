//! A guest built with the SDK, as an author would: obeys the contract, or breaks it in the way the message asks for.
//! Real formats are in `plugins/`; this one only shows what the border does.
#![allow(clippy::panic, clippy::indexing_slicing, reason = "breaking is what this guest is for")]
#![allow(unconditional_recursion, reason = "likewise")]

use std::cell::Cell;

use xiezhi_sdk::model::MessageId;
use xiezhi_sdk::model::record::{Direction, Receipt, ReceiptOutcome, SCHEMA_VERSION};
use xiezhi_sdk::{
    Context, Decoded, Document, Encoded, Fault, Input, Manifest, Part, Plugin, Record, RowFault, RowRecord,
};

thread_local! {
    /// How many messages this instance has seen; more than one would mean that instances are shared.
    static SEEN: Cell<u32> = const { Cell::new(0) };
}

/// The plugin.
#[derive(Debug)]
pub struct Guest;

impl Plugin for Guest {
    fn describe() -> Manifest {
        Manifest {
            id: "rust-guest".to_owned(),
            version: "1.0.0".to_owned(),
            formats: vec!["echo/1".to_owned()],
            reads: vec!["receipt".to_owned()],
            writes: vec!["receipt".to_owned()],
        }
    }

    fn decode(input: &Input<'_>, context: &Context) -> Result<Decoded, Fault> {
        let seen = SEEN.get().saturating_add(1);
        SEEN.set(seen);
        let bytes = match input {
            Input::Message(bytes) => bytes.to_vec(),
            Input::Parts(parts) => parts.concat(),
        };
        match bytes.as_slice() {
            b"panic" => panic!("看不懂这一行: {seen}"),
            b"long panic" => panic!("{}", "监".repeat(2000)),
            b"index" => Ok(decoded(&context.message_id, &format!("{}", bytes[bytes.len()]))),
            b"recurse" => Ok(decoded(&context.message_id, &deep(&[1; 64]).to_string())),
            b"allocate" => {
                let mut held: Vec<Vec<u8>> = Vec::new();
                loop {
                    held.push(vec![u8::from(held.is_empty()); 1 << 20]);
                }
            }
            b"long fault" => Err(Fault::new("echo.long", "监".repeat(2000)).at(4).in_field("x")),
            b"row fault" => Ok(Decoded {
                document: Document {
                    records: Vec::new(),
                    row_faults: vec![RowFault { row: 2, fault: Fault::new("echo.row", "第二行不对").at(17) }],
                },
                ..Decoded::default()
            }),
            b"part" => Ok(Decoded {
                parts: vec![Part {
                    key: "k".to_owned(),
                    index: 1,
                    total: 2,
                    expires_after_ms: 60_000,
                    body: b"half".to_vec(),
                }],
                ..Decoded::default()
            }),
            _ => Ok(decoded(&context.message_id, &format!("{seen}:{}", String::from_utf8_lossy(&bytes)))),
        }
    }

    fn check_settings(context: &Context) -> Vec<Fault> {
        match context.setting_text("wish") {
            Some("none") => Vec::new(),
            Some("panic") => panic!("看不懂这个设置"),
            Some("many") => vec![Fault::new("echo.setting", "设置不对").in_field("wish"); 200],
            _ => vec![Fault::new("echo.setting", "缺少设置 wish").in_field("wish")],
        }
    }

    fn encode(record: &Record, context: &Context) -> Result<Encoded, Fault> {
        match record {
            Record::Receipt(receipt) => Ok(Encoded {
                body: format!("{}>{}", context.message_id, receipt.text).into_bytes(),
                content_type: "text/plain; charset=utf-8".to_owned(),
            }),
            _ => Err(Fault::new("echo.kind", "只会写回执")),
        }
    }
}

/// Goes deeper until a stack is used up: each call keeps a copy on the stack in memory.
#[inline(never)]
fn deep(above: &[u64; 64]) -> u64 {
    let mut own = std::hint::black_box(*above);
    own[0] = own[0].wrapping_add(1);
    let below = deep(&own);
    below.wrapping_add(std::hint::black_box(own)[0])
}

fn decoded(message_id: &MessageId, text: &str) -> Decoded {
    let receipt = Receipt {
        schema_version: SCHEMA_VERSION,
        direction: Direction::FromAgency,
        message_id: message_id.clone(),
        outcome: ReceiptOutcome::Accepted,
        code: None,
        text: text.to_owned(),
        rows: Vec::new(),
        case_numbers: Vec::new(),
    };
    Decoded {
        document: Document {
            records: vec![RowRecord { row: 1, record: Record::Receipt(Box::new(receipt)) }],
            row_faults: Vec::new(),
        },
        reply: Some(Encoded { body: b"ok".to_vec(), content_type: "text/plain".to_owned() }),
        parts: Vec::new(),
    }
}

xiezhi_sdk::export_plugin!(Guest);
