//! Code tables that are data: which entity a device stands for.

use serde::{Deserialize, Serialize};

use crate::uscc::Uscc;
use crate::{AgencyId, CivilDate};

/// A device and the entity it stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The agency whose messages name the device.
    pub agency: AgencyId,
    /// The device's number (HJ 212 `MN`).
    pub id: String,
    /// The entity.
    pub uscc: Uscc,
    /// The entity's name.
    pub name: String,
    /// From when the device stands there.
    pub effective_from: CivilDate,
}

/// The devices known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceTable {
    /// Where the list comes from.
    #[serde(default)]
    pub source: String,
    /// The devices.
    #[serde(default, rename = "device")]
    pub devices: Vec<Device>,
}

impl DeviceTable {
    /// The device as it stood on a day: the latest entry that was effective then.
    #[must_use]
    pub fn resolve(&self, agency: &AgencyId, id: &str, on: CivilDate) -> Option<&Device> {
        self.devices
            .iter()
            .filter(|device| device.agency == *agency && device.id == id && device.effective_from <= on)
            .max_by_key(|device| device.effective_from)
    }
}
