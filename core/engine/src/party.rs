//! Who a record is about: devices and old town codes resolved, and the key under which findings about the same entity
//! and matter meet.

use std::borrow::Cow;
use std::collections::HashMap;

use xiezhi_model::codes::{Device, DeviceTable};
use xiezhi_model::record::Party;
use xiezhi_model::town::TownTable;
use xiezhi_model::{AgencyId, CivilDate, Digest, Record};

use crate::IntakeMessage;

/// Hex digits of the digest in the key of an entity without a code: 16 digits keep a million entities apart with a
/// chance of a clash below one in thirty million.
const NAME_KEY_DIGITS: usize = 16;

/// Fills in what the tables know of a party.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    /// Devices by their number; each number has few entries.
    devices: HashMap<String, DeviceTable>,
    towns: TownTable,
}

impl Resolver {
    pub(crate) fn new(devices: DeviceTable, towns: TownTable) -> Self {
        let mut by_id: HashMap<String, DeviceTable> = HashMap::new();
        for device in devices.devices {
            by_id.entry(device.id.clone()).or_default().devices.push(device);
        }
        Self { devices: by_id, towns }
    }

    fn device(&self, id: &str, agency: &AgencyId, on: CivilDate) -> Option<&Device> {
        self.devices.get(id)?.resolve(agency, id, on)
    }

    /// The party with code and name from its device, where the sender gave none, and with today's code of its town.
    pub(crate) fn resolve<'p>(&self, party: &'p Party, agency: &AgencyId, on: CivilDate) -> Cow<'p, Party> {
        let mut resolved = Cow::Borrowed(party);
        if let Some(device) = party.device.as_deref().and_then(|id| self.device(id, agency, on)) {
            if party.uscc.is_none() {
                resolved.to_mut().uscc = Some(device.uscc.clone());
            }
            if party.name.is_none() {
                resolved.to_mut().name = Some(device.name.clone());
            }
        }
        if let Some(town) = &party.town
            && let Some(current) = self.towns.resolve(town)
            && current.code != *town
        {
            resolved.to_mut().town = Some(current.code.clone());
        }
        resolved
    }

    /// The record with its party resolved; `None` when a case cannot be about it.
    pub(crate) fn resolve_record<'r>(
        &self,
        record: &'r Record,
        agency: &AgencyId,
        on: CivilDate,
    ) -> Option<Cow<'r, Record>> {
        let party = match record {
            Record::Finding(r) => &r.party,
            Record::Penalty(r) => &r.party,
            Record::Complaint(r) => &r.party,
            Record::LedgerEntry(r) => &r.party,
            Record::Indicator(r) => &r.party,
            Record::Alarm(r) => &r.party,
            Record::Restoration(r) => &r.party,
            _ => return None,
        };
        let Cow::Owned(resolved) = self.resolve(party, agency, on) else { return Some(Cow::Borrowed(record)) };
        let mut record = record.clone();
        match &mut record {
            Record::Finding(r) => r.party = resolved,
            Record::Penalty(r) => r.party = resolved,
            Record::Complaint(r) => r.party = resolved,
            Record::LedgerEntry(r) => r.party = resolved,
            Record::Indicator(r) => r.party = resolved,
            Record::Alarm(r) => r.party = resolved,
            Record::Restoration(r) => r.party = resolved,
            _ => return None,
        }
        Some(Cow::Owned(record))
    }
}

/// The entity's part of a join key: its code; else a digest of name and address; else the device; else the record
/// itself, so that findings about nobody in particular never meet.
pub(crate) fn entity_key(party: &Party, message: &IntakeMessage, index: usize) -> String {
    if let Some(uscc) = &party.uscc {
        return format!("uscc:{uscc}");
    }
    let name = normalised(party.name.as_deref());
    let address = normalised(party.address.as_deref());
    if !name.is_empty() || !address.is_empty() {
        let mut digest = Digest::of_parts(&[name.as_bytes(), address.as_bytes()]).to_hex();
        digest.truncate(NAME_KEY_DIGITS);
        return format!("name:{digest}");
    }
    match &party.device {
        Some(device) => format!("device:{}/{device}", message.agency),
        None => format!("message:{}/{index}", message.seq),
    }
}

/// The key under which later findings join a case: entity and category.
pub(crate) fn join_key(entity: &str, category: &str) -> String {
    format!("{entity}#{category}")
}

/// The entity's part of a join key.
pub(crate) fn entity_of(join_key: &str) -> &str {
    join_key.split_once('#').map_or(join_key, |(entity, _)| entity)
}

/// A name or address without what people write differently: width, case, blanks and punctuation.
fn normalised(text: Option<&str>) -> String {
    let half_width = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.unwrap_or_default()
        .chars()
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use xiezhi_model::{InboxSeq, MessageId, Uscc, UtcTime};

    fn party(name: &str, address: &str) -> Party {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Party { name: some(name), address: some(address), ..Party::default() }
    }

    fn message() -> IntakeMessage {
        IntakeMessage {
            seq: InboxSeq(7),
            agency: AgencyId::parse("environment").unwrap(),
            message_id: MessageId::parse("m").unwrap(),
            digest: Digest::ZERO,
            received_at: UtcTime::from_unix_ms(0).unwrap(),
            redrives: 0,
        }
    }

    #[test]
    fn the_same_entity_has_one_key_however_it_is_written() {
        let same = [
            ("北京甲（通州）有限公司", "云景东路1号院 6号楼"),
            ("北京甲(通州)有限公司 ", "云景东路１号院6号楼"),
            ("北京甲(通州)有限公司", "云景东路1号院，6号楼"),
        ];
        let keys: Vec<_> = same.iter().map(|(n, a)| entity_key(&party(n, a), &message(), 0)).collect();
        assert!(keys[0].starts_with("name:") && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert_ne!(entity_key(&party("甲乙", "丙"), &message(), 0), entity_key(&party("甲", "乙丙"), &message(), 0));
    }

    #[test]
    fn a_code_goes_before_a_name_and_a_device_before_nothing() {
        let mut named = party("甲", "");
        named.uscc = Some(Uscc::parse("91110112MAYYT00167").unwrap());
        assert_eq!(entity_key(&named, &message(), 0), "uscc:91110112MAYYT00167");
        let device = Party { device: Some("MN1".into()), ..Party::default() };
        assert_eq!(entity_key(&device, &message(), 0), "device:environment/MN1");
        assert_eq!(entity_key(&Party::default(), &message(), 3), "message:7/3");
    }
}
