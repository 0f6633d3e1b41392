//! Tests of the plugin as its host calls it: messages in, records out, and back. The pieces share these builders.

mod answers;
mod inbound;
mod mutation;
mod outbound;
mod page;
mod refused;

use serde_json::{Value, json};
use xiezhi_formats::testing;
use xiezhi_sdk::model::Record;
use xiezhi_sdk::model::fault::{Fault, RowFault};
use xiezhi_sdk::model::record::Finding;
use xiezhi_sdk::{Context, Decoded, Input, Plugin};

use crate::Planning;

const PARCEL: &str = include_str!("../../../tests/samples/01-planning-parcel.geojson");
const SWAPPED: &str = include_str!("../../../tests/samples/neg/geojson-clockwise-latlon.geojson");
const ILLEGAL: &str = include_str!("../../../tests/samples/own/planning-illegal-building.geojson");
const BATCH: &str = include_str!("../../../tests/samples/own/planning-batch.geojson");
const FEEDBACK: &str = include_str!("../../../tests/samples/own/planning-feedback.geojson");
/// The ring of the sample: counter-clockwise, 835.03 square metres.
const RING: &str = "[[116.6912,39.9461],[116.6916,39.9461],[116.6916,39.94632],[116.6912,39.94632],[116.6912,39.9461]]";

fn context(settings: Value) -> Context {
    testing::context("planning", settings)
}

fn decode_with(text: &str, settings: Value) -> Result<Decoded, Fault> {
    Planning::decode(&Input::Message(text.as_bytes()), &context(settings))
}

fn decode(text: &str) -> Result<Decoded, Fault> {
    decode_with(text, Value::Null)
}

/// A collection with further members, around some features.
fn collection(more: &str, features: &str) -> String {
    format!("{{\"type\":\"FeatureCollection\",{more}\"features\":[{features}]}}")
}

/// The `crs` of the samples.
const CRS: &str = "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::4490\"}},";

/// A feature.
fn feature(geometry: &str, properties: &str) -> String {
    format!("{{\"type\":\"Feature\",\"geometry\":{geometry},\"properties\":{{{properties}}}}}")
}

/// A polygon of some rings.
fn polygon(rings: &str) -> String {
    format!("{{\"type\":\"Polygon\",\"coordinates\":[{rings}]}}")
}

/// Properties with everything required, and one of them replaced (`null` takes it away) or added.
fn properties(name: &str, value: &str) -> String {
    let required = [
        ("TBBH", "\"110112202609000001\""),
        ("XZQDM", "\"110112\""),
        ("XZDM", "\"110112104\""),
        ("ZL", "\"宋庄镇小堡村北街66号\""),
        ("WFLX", "\"02\""),
        ("ZDMJ", "835.03"),
        ("FXSJ", "\"2026-09-07T10:20:00+08:00\""),
        ("CLJD", "\"责令限期改正\""),
        ("ZFJGDM", "\"11110112MAYYG0023R\""),
    ];
    let mut members: Vec<String> =
        required.iter().map(|(key, usual)| format!("\"{key}\":{}", if *key == name { value } else { usual })).collect();
    if !required.iter().any(|(key, _)| *key == name) {
        members.push(format!("\"{name}\":{value}"));
    }
    members.join(",")
}

/// A message of one parcel with one property replaced.
fn parcel(name: &str, value: &str) -> String {
    collection(CRS, &feature(&polygon(RING), &properties(name, value)))
}

/// The only record of a message in which nothing is wrong.
fn only_record(text: &str) -> Record {
    testing::only_record(decode(text).unwrap())
}

/// The only row fault of a message of which nothing could be used.
fn only_row_fault(text: &str) -> RowFault {
    testing::only_row_fault(decode(text).unwrap())
}

fn finding(text: &str) -> Finding {
    match only_record(text) {
        Record::Finding(finding) => *finding,
        other => panic!("a finding was wanted, not {}", other.kind()),
    }
}

/// The only finding with settings.
fn finding_with(text: &str, settings: Value) -> Finding {
    let document = decode_with(text, settings).unwrap().document;
    assert_eq!(document.row_faults, []);
    match document.records.into_iter().next().unwrap().record {
        Record::Finding(finding) => *finding,
        other => panic!("a finding was wanted, not {}", other.kind()),
    }
}

fn value(record: &Record) -> Value {
    serde_json::to_value(record).unwrap()
}
