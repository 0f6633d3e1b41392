//! Checks what a plugin returned against the contract of `plugin.wit`, and makes it the model's values.
//!
//! Nothing of an answer that breaks the contract is used: a plugin that lies in one place may lie in every place.

use std::collections::HashSet;

use xiezhi_model::Record;
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::{Decoded, Document, Encoded, Manifest, PARTS_MAX, Part};

use crate::bindings::exports::xiezhi::plugin::codec as wit;
use crate::failure;

/// Longest fault code, in bytes (`plugin.wit`).
const CODE_BYTES_MAX: usize = 64;
/// Longest fault text, in bytes (`plugin.wit`).
const TEXT_BYTES_MAX: usize = 2000;
/// Longest field name, in bytes: formats name fields in a few words.
const FIELD_BYTES_MAX: usize = 256;
/// Longest part key, in bytes (`plugin.wit`).
const PART_KEY_BYTES_MAX: usize = 256;
/// Longest time to wait for the other parts, in milliseconds: a week. What comes later is another message.
const PART_EXPIRY_MS_MAX: u64 = 7 * 24 * 60 * 60 * 1000;
/// Longest media type, in bytes: RFC 6838 allows 127 for each half.
const CONTENT_TYPE_BYTES_MAX: usize = 255;
/// Fault codes that start so are the host's: a plugin must not pretend that it was stopped.
const HOST_CODES: &str = "plugin.";

/// What is wrong with an answer, for the fault's detail.
type Broken = String;

/// The plugin's answer to `decode`: its records, or its own refusal as `Ok(Err)`.
///
/// # Errors
/// The host's fault, when the answer is larger than allowed or breaks the contract.
pub(crate) fn decoded(
    answer: Result<wit::Decoded, wit::Fault>,
    manifest: &Manifest,
    output_bytes_max: usize,
) -> Result<Result<Decoded, Fault>, Fault> {
    let decoded = match answer {
        Ok(decoded) => decoded,
        Err(refusal) => return fault(refusal).map(Err).map_err(|broken| failure::contract(&broken)),
    };
    let reply_bytes = decoded.reply.as_ref().map_or(0, |reply| reply.body.len());
    let parts_bytes = decoded.parts.iter().map(|part| part.body.len()).fold(0, usize::saturating_add);
    if decoded.document.len().saturating_add(reply_bytes).saturating_add(parts_bytes) > output_bytes_max {
        return Err(failure::output_too_large());
    }
    check_decoded(decoded, manifest).map(Ok).map_err(|broken| failure::contract(&broken))
}

/// The plugin's answer to `encode`; as [`decoded`].
pub(crate) fn encoded(
    answer: Result<wit::Encoded, wit::Fault>,
    output_bytes_max: usize,
) -> Result<Result<Encoded, Fault>, Fault> {
    match answer {
        Ok(encoded) if encoded.body.len() > output_bytes_max => Err(failure::output_too_large()),
        Ok(encoded) => check_encoded(encoded).map(Ok).map_err(|broken| failure::contract(&broken)),
        Err(refusal) => fault(refusal).map(Err).map_err(|broken| failure::contract(&broken)),
    }
}

fn check_decoded(decoded: wit::Decoded, manifest: &Manifest) -> Result<Decoded, Broken> {
    let document: Document = serde_json::from_slice(&decoded.document).map_err(|error| format!("document: {error}"))?;
    for row in &document.records {
        check_row(row.row)?;
        let kind = row.record.kind();
        if !manifest.reads.iter().any(|reads| reads == kind) {
            return Err(format!("row {}: record kind {kind} is not in the manifest's reads", row.row));
        }
    }
    for row in &document.row_faults {
        check_row(row.row)?;
        check_fault(&row.fault).map_err(|broken| format!("row {}: {broken}", row.row))?;
    }
    let reply = decoded.reply.map(check_encoded).transpose()?;
    Ok(Decoded { document, reply, parts: check_parts(decoded.parts)? })
}

fn check_row(row: u32) -> Result<(), Broken> {
    if row == 0 { Err("rows are counted from 1".to_owned()) } else { Ok(()) }
}

fn check_parts(parts: Vec<wit::Part>) -> Result<Vec<Part>, Broken> {
    let mut seen = HashSet::with_capacity(parts.len());
    for part in &parts {
        check_part(part).map_err(|broken| format!("part {} of {}: {broken}", part.index, part.total))?;
        if !seen.insert((part.key.as_str(), part.index)) {
            return Err(format!("part {} of {}: given twice", part.index, part.total));
        }
    }
    Ok(parts
        .into_iter()
        .map(|part| Part {
            key: part.key,
            index: part.index,
            total: part.total,
            expires_after_ms: part.expires_after_ms,
            body: part.body,
        })
        .collect())
}

fn check_part(part: &wit::Part) -> Result<(), Broken> {
    if !(2..=PARTS_MAX).contains(&part.total) {
        return Err(format!("the total must be 2 to {PARTS_MAX}"));
    }
    if !(1..=part.total).contains(&part.index) {
        return Err("the index must be 1 to the total".to_owned());
    }
    if part.key.is_empty() || part.key.len() > PART_KEY_BYTES_MAX || part.key.contains(char::is_control) {
        return Err(format!("the key must be printable, 1 to {PART_KEY_BYTES_MAX} bytes"));
    }
    if !(1..=PART_EXPIRY_MS_MAX).contains(&part.expires_after_ms) {
        return Err(format!("the expiry must be 1 to {PART_EXPIRY_MS_MAX} ms"));
    }
    Ok(())
}

/// A media type goes into headers of other protocols, so it must not be able to end a line there.
fn check_encoded(encoded: wit::Encoded) -> Result<Encoded, Broken> {
    let content_type = encoded.content_type;
    let printable = content_type.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !printable || content_type.is_empty() || content_type.len() > CONTENT_TYPE_BYTES_MAX {
        return Err(format!("the media type must be printable ASCII, 1 to {CONTENT_TYPE_BYTES_MAX} bytes"));
    }
    Ok(Encoded { body: encoded.body, content_type })
}

/// A fault of the plugin, checked.
///
/// # Errors
/// What breaks the contract, in words.
pub(crate) fn fault(refusal: wit::Fault) -> Result<Fault, Broken> {
    let fault = Fault { code: refusal.code, text: refusal.text, offset: refusal.offset, field: refusal.field };
    check_fault(&fault)?;
    Ok(fault)
}

fn check_fault(fault: &Fault) -> Result<(), Broken> {
    let is_code_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let shaped = fault.code.split_once('.').is_some_and(|(format, what)| !format.is_empty() && !what.is_empty());
    if !shaped || fault.code.len() > CODE_BYTES_MAX || !fault.code.bytes().all(is_code_byte) {
        return Err(format!("a fault's code must be <format>.<what> in lower case, at most {CODE_BYTES_MAX} bytes"));
    }
    if fault.code.starts_with(HOST_CODES) {
        return Err(format!("fault codes {HOST_CODES}* are the host's"));
    }
    if fault.text.is_empty() || fault.text.len() > TEXT_BYTES_MAX {
        return Err(format!("a fault's text must be 1 to {TEXT_BYTES_MAX} bytes"));
    }
    if fault.field.as_ref().is_some_and(|field| field.is_empty() || field.len() > FIELD_BYTES_MAX) {
        return Err(format!("a fault's field must be 1 to {FIELD_BYTES_MAX} bytes"));
    }
    Ok(())
}

/// Longest manifest, in bytes.
const MANIFEST_BYTES_MAX: usize = 64 * 1024;
/// Most formats in a manifest.
const FORMATS_MAX: usize = 32;
/// Longest version or format name in a manifest, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Reads and checks the answer to `describe`.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn manifest(json: &[u8]) -> Result<Manifest, Broken> {
    if json.len() > MANIFEST_BYTES_MAX {
        return Err(format!("it has {} bytes, allowed are {MANIFEST_BYTES_MAX}", json.len()));
    }
    let manifest: Manifest = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let named = |text: &String| !text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control);
    xiezhi_model::AgencyId::parse(&manifest.id).map_err(|error| format!("id: {error}"))?;
    let numbers = manifest.version.split(['-', '+']).next().unwrap_or_default();
    let semantic = numbers.split('.').count() == 3 && numbers.split('.').all(|part| part.parse::<u32>().is_ok());
    if !semantic || !named(&manifest.version) {
        return Err(format!("version must be semantic, such as 1.0.0, at most {NAME_BYTES_MAX} bytes"));
    }
    if manifest.formats.is_empty() || manifest.formats.len() > FORMATS_MAX || !manifest.formats.iter().all(named) {
        return Err(format!("formats must be 1 to {FORMATS_MAX} names of at most {NAME_BYTES_MAX} bytes"));
    }
    if manifest.reads.is_empty() && manifest.writes.is_empty() {
        return Err("it neither reads nor writes a record kind".to_owned());
    }
    match manifest.reads.iter().chain(&manifest.writes).find(|kind| !Record::KINDS.contains(&kind.as_str())) {
        Some(_) => Err("reads and writes must be record kinds of this gateway".to_owned()),
        None => Ok(manifest),
    }
}
