//! The demo's messages, in order, and what is expected of each and of all together.

use serde_json::Value;
use xiezhi_kit::sample;

use super::summary::Summary;

/// What shall become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Settled, with so many records and refused rows.
    Done { records: u64, row_faults: u64 },
    /// Refused as a whole, with this fault.
    Dead(&'static str),
    /// Kept until its other parts arrive.
    Waiting,
    /// Dropped and counted: the same message came before.
    Duplicate,
}

/// One message.
#[derive(Debug)]
pub(crate) struct Message {
    /// Sender.
    pub(crate) agency: &'static str,
    /// Sender's id.
    pub(crate) id: &'static str,
    /// File under `tests/samples`.
    pub(crate) sample: &'static str,
    /// What shall become of it.
    pub(crate) expected: Expected,
}

const fn message(agency: &'static str, id: &'static str, sample: &'static str, expected: Expected) -> Message {
    Message { agency, id, sample, expected }
}

const fn done(records: u64) -> Expected {
    Expected::Done { records, row_faults: 0 }
}

const fn partly(records: u64, row_faults: u64) -> Expected {
    Expected::Done { records, row_faults }
}

/// The bodies that the measure names, one link of each: every one gets at least one message in its own format.
const BODIES: [&str; 16] = [
    "planning",
    "housing",
    "police",
    "fire",
    "environment",
    "emergency",
    "urban-management",
    "development-reform",
    "commerce",
    "fiscal",
    "township-wenjing",
    "hotline",
    "address-filing",
    "host-zhongguancun-tongzhou",
    "market-supervision",
    "credit-publicity",
];

/// The messages, in order of sending.
pub(crate) const MESSAGES: &[Message] = &[
    message("police", "demo-police-1", "03-police-clue.gb18030.xml", done(1)),
    message("environment", "demo-env-1", "05b-env-stream.hj212", done(4)),
    message("urban-management", "demo-urban-1", "07-urban-case.form.txt", done(1)),
    message("urban-management", "demo-urban-2", "own/urban-lost-contact.form.txt", done(1)),
    message("police", "demo-police-2", "own/police-lost-contact.gb18030.xml", done(1)),
    message("urban-management", "demo-urban-3", "own/urban-changed-use.form.txt", done(1)),
    message("urban-management", "demo-urban-4", "own/urban-illegal-building.form.txt", done(1)),
    message(
        "urban-management",
        "demo-urban-5",
        "own/urban-batch.form.txt",
        Expected::Done { records: 2, row_faults: 1 },
    ),
    message("environment", "demo-env-2", "05c-env-dataack.hj212", done(1)),
    // Two messages that complete each other: the record comes out of the one that arrives last.
    message("environment", "demo-env-7", "own/env-part-1.hj212", done(0)),
    message("environment", "demo-env-8", "own/env-part-2.hj212", done(1)),
    message("environment", "demo-env-3", "neg/hj212-bad-crc.hj212", Expected::Dead("hj212.crc-mismatch")),
    message("environment", "demo-env-4", "neg/hj212-modbus-crc.hj212", Expected::Dead("hj212.crc-modbus")),
    message("environment", "demo-env-5", "neg/hj212-bad-length.hj212", Expected::Dead("hj212.length-mismatch")),
    message("environment", "demo-env-6", "neg/hj212-missing-part.hj212", Expected::Waiting),
    message(
        "police",
        "demo-police-3",
        "neg/police-declared-gb18030-is-utf8.xml",
        Expected::Dead("police.encoding-mismatch"),
    ),
    message("police", "demo-police-4", "neg/police-truncated-gb18030.bin", Expected::Dead("police.encoding-truncated")),
    message("police", "demo-police-1", "03-police-clue.gb18030.xml", Expected::Duplicate),
    message("planning", "demo-planning-1", "01-planning-parcel.geojson", done(1)),
    message("planning", "demo-planning-2", "own/planning-illegal-building.geojson", done(1)),
    message("planning", "demo-planning-3", "own/planning-batch.geojson", partly(2, 1)),
    message(
        "planning",
        "demo-planning-4",
        "neg/geojson-clockwise-latlon.geojson",
        Expected::Dead("planning.coordinate-range"),
    ),
    message("housing", "demo-housing-1", "02-housing-appraisal.xlsx", done(2)),
    message("housing", "demo-housing-2", "02b-housing-appraisal.gb18030.csv", done(2)),
    message("housing", "demo-housing-3", "own/housing-appraisal-damaged.xlsx", partly(2, 4)),
    message("fire", "demo-fire-1", "04-fire-alarm.bin", done(1)),
    message("fire", "demo-fire-2", "04b-fire-inspection-user200.bin", done(1)),
    message("fire", "demo-fire-3", "04c-fire-ack.bin", done(1)),
    message("fire", "demo-fire-4", "04d-fire-stream.bin", done(3)),
    message("fire", "demo-fire-5", "neg/fire-bad-checksum.bin", partly(0, 1)),
    message("fire", "demo-fire-6", "own/fire-damaged-stream.bin", partly(2, 4)),
    message("environment", "demo-env-9", "05-env-standard-example.hj212", Expected::Dead("hj212.command-unsupported")),
    message("emergency", "demo-emergency-1", "06-emergency-cap-cn.xml", done(1)),
    message("emergency", "demo-emergency-2", "06b-emergency-cap12.xml", done(1)),
    message("emergency", "demo-emergency-3", "own/emergency-gale-warning.xml", done(1)),
    message("emergency", "demo-emergency-4", "own/emergency-exercise.cap12.xml", done(1)),
    message("development-reform", "demo-reform-1", "08-ndrc-penalty-exchange.xml", done(1)),
    message("development-reform", "demo-reform-2", "08b-ndrc-penalty.csv", done(1)),
    message("development-reform", "demo-reform-3", "own/reform-penalty-batch.xml", partly(1, 2)),
    message("development-reform", "demo-reform-4", "own/reform-restoration.xml", done(1)),
    message("commerce", "demo-commerce-1", "09-commerce-fie.soap.xml", done(1)),
    message("commerce", "demo-commerce-2", "own/commerce-finding.soap.xml", done(1)),
    message("commerce", "demo-commerce-3", "own/commerce-report-batch.soap.xml", partly(2, 1)),
    message("fiscal", "demo-fiscal-1", "10-fiscal-monitor.gbk.txt", done(2)),
    message("fiscal", "demo-fiscal-2", "neg/fiscal-bad-total.gbk.txt", Expected::Dead("fiscal.total-mismatch")),
    message("fiscal", "demo-fiscal-3", "own/fiscal-cut-name.gbk.txt", partly(2, 1)),
    message("township-wenjing", "demo-township-1", "11-township-ledger.utf8bom.csv", done(3)),
    message("township-wenjing", "demo-township-2", "own/township-inspection.utf8bom.csv", done(1)),
    message("hotline", "demo-hotline-1", "12-complaints.ndjson", done(2)),
    message("address-filing", "demo-filing-1", "own/address-filing-ledger.json", done(6)),
    message("address-filing", "demo-filing-2", "own/address-filing-bad-rows.json", partly(1, 4)),
    message("host-zhongguancun-tongzhou", "demo-host-1", "own/host-unit-tenants.json", partly(2, 1)),
    message("market-supervision", "demo-bureau-1", "own/market-supervision-inspection.json", partly(7, 1)),
    message("market-supervision", "demo-bureau-2", "own/market-supervision-annual-report.json", done(4)),
    message("market-supervision", "demo-bureau-3", "own/market-supervision-lost-contact.json", done(1)),
    message("credit-publicity", "demo-publicity-1", "own/credit-publicity-list.xml", partly(3, 1)),
];

impl Message {
    /// The message's bytes.
    pub(crate) fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        sample(self.sample)
    }

    /// The answer that the push shall get: taken in first, judged later.
    pub(crate) fn answer(&self) -> (u16, &'static str) {
        match self.expected {
            Expected::Duplicate => (202, "duplicate"),
            _ => (202, "accepted"),
        }
    }

    /// Compares with the inbox entry; says what differs.
    pub(crate) fn compare(&self, entry: &Value) -> Option<String> {
        let status = entry.get("status").and_then(Value::as_str).unwrap_or_default();
        let fault = entry.get("fault").and_then(|fault| fault.get("code")).and_then(Value::as_str);
        let records = entry.get("records").and_then(Value::as_u64).unwrap_or_default();
        let row_faults = entry.get("row_faults").and_then(Value::as_array).map_or(0, |rows| rows.len() as u64);
        let as_expected = match self.expected {
            Expected::Done { records: r, row_faults: f } => status == "done" && (records, row_faults) == (r, f),
            Expected::Dead(code) => status == "dead" && fault == Some(code),
            Expected::Waiting => status == "waiting",
            Expected::Duplicate => true,
        };
        (!as_expected).then(|| {
            format!(
                "{} ({}): expected {:?}, found {status}, {records} records, {row_faults} row faults, fault {fault:?}",
                self.id, self.sample, self.expected
            )
        })
    }
}

/// The body that the gateway calls itself.
pub(crate) const CREDIT: &str = "credit-publicity";

/// The department that answers what it is assigned.
pub(crate) const ANSWERING: &str = "police";

/// Who must have something to do after all messages.
const ASSIGNED: [&str; 9] = [
    "planning",
    "housing",
    "police",
    "fire",
    "environment",
    "emergency",
    "urban-management",
    "commerce",
    "market-supervision",
];

/// The enterprise that four departments report as lost.
pub(crate) const SHARED_ENTITY: &str = "91110112MAYYT00167";

/// What shall have come of all messages together; says what did not.
pub(crate) fn compare_cases(summary: &Summary) -> Vec<String> {
    let mut differences = Vec::new();
    let shared: Vec<&Value> = summary
        .cases
        .iter()
        .filter(|case| case.get("category").and_then(Value::as_str) == Some("lost_contact"))
        .filter(|case| case.get("party").and_then(|party| party.get("uscc")?.as_str()) == Some(SHARED_ENTITY))
        .collect();
    let sources = shared.first().and_then(|case| case.get("source_agencies")?.as_array()).map_or(0, Vec::len);
    if shared.len() != 1 || sources != 4 {
        differences.push(format!(
            "four departments reported {SHARED_ENTITY}: expected one case with four sources, found {} case(s), {sources} source(s)",
            shared.len()
        ));
    }
    for agency in ASSIGNED {
        if summary.agencies.get(agency).is_none_or(|figures| figures.assigned == 0) {
            differences.push(format!("{agency} has no assignment, expected at least one"));
        }
    }
    // What is written for the credit system goes to it at once, and is counted there.
    let silent = BODIES.iter().filter(|agency| **agency != CREDIT && summary.written(agency) == 0);
    differences.extend(silent.map(|agency| format!("no message was written for {agency}")));
    let answered = summary.answered(ANSWERING);
    if answered == 0 || answered != summary.agencies.get(ANSWERING).map_or(0, |figures| figures.assigned) {
        differences.push(format!("{ANSWERING} answered every assignment, but {answered} stand(s) as answered"));
    }
    differences
}
