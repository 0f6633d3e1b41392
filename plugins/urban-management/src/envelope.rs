//! The signed envelope: who sends what, when, and that nobody changed it on the way.
//!
//! Opening checks from the outside in: form, application key, signature, time, version. Nothing inside `bizContent` is
//! looked at before the signature is right.

use xiezhi_sdk::model::UtcTime;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Context, Encoded};

use crate::fault::{Problem, shown};
use crate::form::{self, Field, Form};
use crate::settings::Settings;
use crate::sign::{self, SIGN_FIELD};

/// The interface version that is read and written.
const VERSION: &str = "1.0";
/// Length of `timestamp`, `yyyyMMddHHmmss`.
const TIMESTAMP_BYTES: usize = 14;
/// Length of the nonce that is written: 64 bits as hex, so that two messages of one second never share it.
const NONCE_BYTES: usize = 16;
/// Lengths of a nonce that are read.
const NONCE_BYTES_READ: std::ops::RangeInclusive<usize> = 8..=64;

/// An envelope whose signature and time are right.
pub(crate) struct Envelope<'a> {
    /// What the message does.
    pub(crate) method: &'a Field<'a>,
    /// The business content.
    pub(crate) biz: &'a Field<'a>,
}

/// Checks a form and gives its content.
///
/// # Errors
/// A fault of the envelope, with the field and its byte.
pub(crate) fn open<'a>(form: &'a Form<'a>, context: &Context) -> Result<Envelope<'a>, Fault> {
    let settings = Settings::read(context)?;
    let app_key = form.required("appKey")?;
    let timestamp = form.required("timestamp")?;
    let nonce = form.required("nonce")?;
    let method = form.required("method")?;
    let version = form.required("version")?;
    let biz = form.required("bizContent")?;
    let signature = form.required(SIGN_FIELD)?;
    if app_key.value != settings.app_key {
        return Err(app_key.fault(&Problem::AppKey(shown(&app_key.value))));
    }
    if !sign::is_expected(&signature.value, &sign::sign(settings.secret, form.pairs())) {
        return Err(signature.fault(&Problem::SignMismatch));
    }
    check_time(timestamp, context.at, settings.replay_window_s)?;
    if !NONCE_BYTES_READ.contains(&nonce.value.len()) || !nonce.value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(nonce.fault(&Problem::NonceInvalid));
    }
    if version.value != VERSION {
        return Err(version.fault(&Problem::VersionUnknown(shown(&version.value))));
    }
    Ok(Envelope { method, biz })
}

/// Writes and signs a form. The nonce follows from the message id, so that writing again gives the same bytes.
///
/// # Errors
/// Where the link's settings are not right.
pub(crate) fn seal(method: &str, biz: &str, context: &Context) -> Result<Encoded, Fault> {
    let settings = Settings::read(context)?;
    let timestamp = context.at.to_compact_beijing();
    let digest = sign::sm3_hex(context.message_id.as_str()).to_ascii_lowercase();
    let nonce = digest.get(..NONCE_BYTES).unwrap_or_default();
    let fields = [
        ("appKey", settings.app_key),
        ("timestamp", timestamp.as_str()),
        ("nonce", nonce),
        ("method", method),
        ("version", VERSION),
        ("bizContent", biz),
    ];
    let signature = sign::sign(settings.secret, fields.into_iter());
    let signed = fields.into_iter().chain([(SIGN_FIELD, signature.as_str())]);
    Ok(Encoded {
        body: form::write(signed).into_bytes(),
        content_type: "application/x-www-form-urlencoded; charset=UTF-8".to_owned(),
    })
}

fn check_time(timestamp: &Field<'_>, received_at: UtcTime, window_s: i64) -> Result<(), Fault> {
    let invalid = || timestamp.fault(&Problem::TimestampInvalid(shown(&timestamp.value)));
    if timestamp.value.len() != TIMESTAMP_BYTES {
        return Err(invalid());
    }
    let sent_at = UtcTime::parse_compact_beijing(&timestamp.value).map_err(|_| invalid())?;
    let difference_ms = received_at.ms_since(sent_at).saturating_abs();
    if difference_ms > window_s.saturating_mul(1_000) {
        // Rounded up, so that the text never says that the limit itself was too far.
        let difference_s = difference_ms.saturating_add(999) / 1_000;
        return Err(timestamp.fault(&Problem::TimestampStale { difference_s, window_s }));
    }
    Ok(())
}
