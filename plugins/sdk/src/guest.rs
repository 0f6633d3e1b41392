//! The generated interface, implemented for any [`Plugin`]: JSON in, the author's pure function, JSON out.
//!
//! Decides nothing about the message. The host checks every answer again; what is cut here only spares an author a
//! refusal for a text or a field name that is too long.

use std::marker::PhantomData;

use xiezhi_model::Record;
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::{Context, Decoded, Encoded, Input, Part, Plugin, SETTINGS_FAULTS_MAX};

use crate::bindings::exports::xiezhi::plugin1_0_0::codec as wit;
use crate::bindings::exports::xiezhi::plugin1_1_0::settings;
use crate::{panic_report, text};

/// Takes from the memory that a guest begins with before it makes it grow, which stops the host for a moment.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// The code of a fault that says: host and plugin do not speak the same version of the records.
const CODE_UNREADABLE: &str = "sdk.unreadable";

/// A plugin as the component exports it; made by [`export_plugin!`](crate::export_plugin).
#[derive(Debug)]
pub struct Exported<P>(PhantomData<P>);

impl<P: Plugin + 'static> wit::Guest for Exported<P> {
    fn describe() -> Vec<u8> {
        panic_report::install();
        // A manifest is texts only, so this cannot fail; an empty answer would be refused at admission.
        serde_json::to_vec(&P::describe()).unwrap_or_default()
    }

    fn decode(input: wit::Input, context: Vec<u8>) -> Result<wit::Decoded, wit::Fault> {
        panic_report::install();
        let context = read_context(&context)?;
        let decoded = match &input {
            wit::Input::Message(bytes) => P::decode(&Input::Message(bytes), &context),
            wit::Input::Parts(parts) => P::decode(&Input::Parts(parts.iter().map(Vec::as_slice).collect()), &context),
        };
        write_decoded(decoded.map_err(write_fault)?)
    }

    fn encode(record: Vec<u8>, context: Vec<u8>) -> Result<wit::Encoded, wit::Fault> {
        panic_report::install();
        let context = read_context(&context)?;
        let record: Record = serde_json::from_slice(&record).map_err(|error| unreadable("记录", &error))?;
        P::encode(&record, &context).map(write_encoded).map_err(write_fault)
    }
}

impl<P: Plugin + 'static> settings::Guest for Exported<P> {
    fn check(context: Vec<u8>) -> Vec<settings::Fault> {
        panic_report::install();
        match read_context(&context) {
            Ok(context) => P::check_settings(&context).into_iter().take(SETTINGS_FAULTS_MAX).map(write_fault).collect(),
            Err(fault) => vec![fault],
        }
    }
}

fn read_context(json: &[u8]) -> Result<Context, wit::Fault> {
    serde_json::from_slice(json).map_err(|error| unreadable("上下文", &error))
}

/// The host wrote JSON that this plugin cannot read: the host knows a record kind or version that this plugin does not.
fn unreadable(what: &str, error: &serde_json::Error) -> wit::Fault {
    write_fault(Fault::new(
        CODE_UNREADABLE,
        format!("插件读不懂网关给出的{what}（第 {} 行第 {} 列），请升级插件或核对版本", error.line(), error.column()),
    ))
}

fn write_decoded(decoded: Decoded) -> Result<wit::Decoded, wit::Fault> {
    let mut document = decoded.document;
    for row in &mut document.row_faults {
        text::clip(&mut row.fault.text, text::FAULT_TEXT_BYTES_MAX);
        row.fault.field = text::field(row.fault.field.take());
    }
    let document = serde_json::to_vec(&document)
        .map_err(|_| write_fault(Fault::new(CODE_UNREADABLE, "插件无法写出解析结果，请联系插件作者")))?;
    Ok(wit::Decoded {
        document,
        reply: decoded.reply.map(write_encoded),
        parts: decoded.parts.into_iter().map(write_part).collect(),
    })
}

fn write_part(part: Part) -> wit::Part {
    wit::Part {
        key: part.key,
        index: part.index,
        total: part.total,
        expires_after_ms: part.expires_after_ms,
        body: part.body,
    }
}

fn write_encoded(encoded: Encoded) -> wit::Encoded {
    wit::Encoded { body: encoded.body, content_type: encoded.content_type }
}

fn write_fault(mut fault: Fault) -> wit::Fault {
    text::clip(&mut fault.text, text::FAULT_TEXT_BYTES_MAX);
    wit::Fault { code: fault.code, text: fault.text, offset: fault.offset, field: text::field(fault.field) }
}
