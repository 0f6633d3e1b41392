//! A host with tight limits, and calls to it.

use xiezhi_host::{Host, HostSettings};
use xiezhi_model::plugin::{Context, Decoded, Input};
use xiezhi_model::{AgencyId, MessageId, UtcTime};
use xiezhi_ports::{Codec as _, CodecError};

/// Limits that a hostile guest reaches soon. The deadline leaves a busy machine time for an honest guest.
#[must_use]
pub fn settings() -> HostSettings {
    HostSettings {
        call_deadline_ms: 300,
        epoch_tick_ms: 5,
        memory_bytes_max: 16 << 20,
        input_bytes_max: 64 << 10,
        output_bytes_max: 1 << 20,
        component_bytes_max: 4 << 20,
        instances_max: 4,
        ..HostSettings::default()
    }
}

/// A host with [`settings`].
#[must_use]
pub fn host() -> Host {
    Host::new(settings()).expect("the host starts")
}

/// An agency's id.
#[must_use]
pub fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).expect("the id is valid")
}

/// A context for a call.
#[must_use]
pub fn context(agency_id: &str) -> Context {
    Context {
        agency: agency(agency_id),
        at: UtcTime::parse_rfc3339("2026-09-21T08:00:00Z").expect("the time is valid"),
        message_id: MessageId::parse("m-1").expect("the id is valid"),
        settings: serde_json::Map::new(),
    }
}

/// Decodes one message of an agency.
///
/// # Errors
/// As the host's.
pub fn decode(host: &Host, agency_id: &str, message: &[u8]) -> Result<Decoded, CodecError> {
    host.decode(&Input::Message(message), &context(agency_id)).map(|(decoded, _)| decoded)
}
