//! Code tables: devices and towns, and that no code or name stands for two of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use xiezhi_model::AgencyId;
use xiezhi_model::codes::DeviceTable;
use xiezhi_model::town::TownTable;

use crate::document;
use crate::keys::data::{DEVICES, TOWNS};
use crate::policy::unknown_agency;
use crate::problem::Problems;

/// Loads the devices.
pub(crate) fn load_devices(file: &Path, problems: &mut Problems) -> DeviceTable {
    let table: DeviceTable = document::load(file, "codes.devices", DEVICES, problems).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (index, device) in table.devices.iter().enumerate() {
        if !seen.insert((&device.agency, &device.id, device.effective_from)) {
            let path = format!("codes.devices.device[{}].id", index.saturating_add(1));
            let text =
                format!("device {} of {} is there twice from {}", device.id, device.agency, device.effective_from);
            problems.add(file, path, text);
        }
    }
    table
}

/// Tells where a device is of an agency that is not configured.
pub(crate) fn check_agencies(file: &Path, table: &DeviceTable, known: &BTreeSet<AgencyId>, problems: &mut Problems) {
    for (index, device) in table.devices.iter().enumerate() {
        if !known.contains(&device.agency) {
            let path = format!("codes.devices.device[{}].agency", index.saturating_add(1));
            problems.add(file, path, unknown_agency(&device.agency, known));
        }
    }
}

/// Loads the towns.
pub(crate) fn load_towns(file: &Path, problems: &mut Problems) -> TownTable {
    let table: TownTable = document::load(file, "codes.towns", TOWNS, problems).unwrap_or_default();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, town) in table.towns.iter().enumerate() {
        let names = std::iter::once(&town.name).chain(&town.other_names).map(String::as_str);
        let codes = std::iter::once(&town.code).chain(&town.old_codes).map(|code| code.as_str());
        for text in codes.chain(names) {
            if let Some(other) = seen.insert(text, &town.name) {
                let path = format!("codes.towns.town[{}]", index.saturating_add(1));
                problems.add(file, path, format!("{text} already stands for {other}"));
            }
        }
    }
    table
}
