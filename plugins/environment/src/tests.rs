//! The plugin as a whole, called as the host calls it.

mod bad_input;
mod dialects;
mod mutation;
mod page;
mod round_trip;
mod samples;

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::{AgencyId, MessageId, Record, UtcTime};
use xiezhi_sdk::{Context, Decoded, Input, Plugin as _};

use crate::{Environment, reply};

/// The station of the samples, which is in `config/codes/devices.toml`.
const MN: &str = "010000B110112000000003AF";
/// The password of the samples: it must never come out in a record or a fault.
const PW: &str = "123456";

fn context() -> Context {
    Context {
        agency: AgencyId::parse("environment").unwrap(),
        at: UtcTime::parse_compact_beijing("20260917101501007").unwrap(),
        message_id: MessageId::parse("m-1").unwrap(),
        settings: serde_json::Map::new(),
    }
}

fn context_with(name: &str, value: serde_json::Value) -> Context {
    let mut context = context();
    context.settings.insert(name.to_owned(), value);
    context
}

fn decode(message: &[u8]) -> Result<Decoded, Fault> {
    Environment::decode(&Input::Message(message), &context())
}

/// A frame of the sample's station with right length and check sum. `head` stands between `PW` and `CP`.
fn frame(cn: &str, head: &str, cp: &str) -> Vec<u8> {
    reply::frame(&format!("QN=20260917093000120;ST=31;CN={cn};PW={PW};MN={MN};{head}CP=&&{cp}&&"))
}

fn records(decoded: &Decoded) -> Vec<&Record> {
    decoded.document.records.iter().map(|row| &row.record).collect()
}

fn json(record: &Record) -> serde_json::Value {
    serde_json::to_value(record).unwrap()
}
