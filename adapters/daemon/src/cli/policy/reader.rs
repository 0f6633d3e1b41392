//! Reading recorded messages again with the plugins of the present configuration.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use xiezhi_config::Loaded;
use xiezhi_engine::Joined;
use xiezhi_host::Host;
use xiezhi_model::message::InboxEntry;
use xiezhi_model::plugin::{Context, Decoded, Input, Part};
use xiezhi_model::{AgencyId, Digest};
use xiezhi_ports::{Codec as _, CodecError};

/// Most bytes of parts that are kept until their message is complete. Past it the waiting ones are given up.
const PARTS_BYTES_MAX: usize = 64 << 20;

/// What the plugins are told of each agency's link, and what the agencies are called.
pub(super) struct Links {
    settings: HashMap<AgencyId, Map<String, Value>>,
    names: HashMap<AgencyId, String>,
}

impl Links {
    pub(super) fn of(loaded: &Loaded) -> Self {
        let agencies = || loaded.agencies.iter();
        Self {
            settings: agencies().map(|agency| (agency.id.clone(), agency.settings.clone())).collect(),
            names: agencies().map(|agency| (agency.id.clone(), agency.name.clone())).collect(),
        }
    }

    /// The agency's Chinese name, or its id when it left the configuration.
    pub(super) fn name<'a>(&'a self, agency: &'a AgencyId) -> &'a str {
        self.names.get(agency).map_or(agency.as_str(), String::as_str)
    }

    /// What the sender's plugin makes of a message or its parts today.
    pub(super) fn read(
        &self,
        host: &Host,
        entry: &InboxEntry,
        input: &Input<'_>,
    ) -> Result<(Decoded, Digest), CodecError> {
        let context = Context {
            agency: entry.agency.clone(),
            at: entry.received_at,
            message_id: entry.message_id.clone(),
            settings: self.settings.get(&entry.agency).cloned().unwrap_or_default(),
        };
        host.decode(input, &context)
    }
}

/// Parts that wait for others, by sender and key, and by index.
#[derive(Default)]
pub(super) struct Waiting {
    parts: HashMap<(AgencyId, String), BTreeMap<u32, Part>>,
    bytes: usize,
}

impl Waiting {
    /// Keeps the parts of a message, and reads those that are complete with it together.
    pub(super) fn join(
        &mut self,
        links: &Links,
        host: &Host,
        entry: &InboxEntry,
        parts: &[Part],
    ) -> Result<Vec<Joined>, CodecError> {
        let mut joined = Vec::new();
        for part in parts {
            let key = (entry.agency.clone(), part.key.clone());
            let held = self.parts.entry(key.clone()).or_default();
            self.bytes += part.body.len();
            if let Some(before) = held.insert(part.index, part.clone()) {
                self.bytes -= before.body.len();
            }
            if (1..=part.total).all(|index| held.contains_key(&index)) {
                let complete = self.parts.remove(&key).unwrap_or_default();
                self.bytes -= complete.values().map(|part| part.body.len()).sum::<usize>();
                let bodies = complete.values().map(|part| part.body.as_slice()).collect();
                let (decoded, _) = links.read(host, entry, &Input::Parts(bodies))?;
                joined.push(Joined { key: part.key.clone(), decoded });
            }
        }
        if self.bytes > PARTS_BYTES_MAX {
            *self = Self::default();
        }
        Ok(joined)
    }
}
