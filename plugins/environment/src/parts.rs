//! Multi-part messages (`PNUM`, `PNO`): which frames belong together, and what they hold together.
//!
//! Parts have station, command and `DataTime` in common and a QN of their own each (HJ 212-2017, 6.4). The department's
//! commands also have the assignment or message that they are about, because two of them may fall into one second.

use std::collections::BTreeMap;

use xiezhi_sdk::Part;
use xiezhi_sdk::model::fault::Fault;

use crate::command::identity_field;
use crate::cp::{self, Item};
use crate::decode::Read;
use crate::escape::unescape;
use crate::fault;
use crate::segment::{PartNumber, part_fault};
use crate::settings::Settings;
use crate::station::data_time;

/// Longest identity in a key, in bytes: a message id. With station, command and time it stays within the 256 bytes that
/// the host takes.
const IDENTITY_BYTES_MAX: usize = 128;

/// The multi-part messages of one input, in the order of their first parts.
#[derive(Debug, Default)]
pub(crate) struct Groups<'a> {
    list: Vec<Group<'a>>,
    /// The place in `list` by key, so that many messages cost no search through all of them.
    places: BTreeMap<String, usize>,
}

/// The parts of one message, as far as they are there.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// What they have in common.
    key: String,
    /// How many there should be.
    total: u32,
    /// Those that are there, each index once.
    members: Vec<(u32, Read<'a>)>,
}

/// What the parts of a frame's message have in common.
fn key(read: &Read<'_>) -> Result<String, Fault> {
    let header = &read.header;
    let time = data_time(header, &read.items)?.to_compact_beijing();
    let mut key = format!("{}/{}/{time}", header.mn, header.cn);
    if let Some(name) = identity_field(header.cn) {
        let item = cp::find(&read.items, name).ok_or_else(|| fault::missing(name, header.cp_offset))?;
        let identity = unescape(item.text());
        if identity.len() > IDENTITY_BYTES_MAX {
            return Err(fault::invalid(name, item.value, item.offset, "编号过长，最多128字节"));
        }
        key.push('/');
        key.push_str(&identity);
    }
    Ok(key)
}

impl<'a> Groups<'a> {
    /// Adds a part to the message that it belongs to.
    pub(crate) fn add(&mut self, number: PartNumber, read: Read<'a>) -> Result<(), Fault> {
        let key = key(&read)?;
        let at = read.header.cn_offset;
        let Some(group) = self.places.get(&key).and_then(|place| self.list.get_mut(*place)) else {
            self.places.insert(key.clone(), self.list.len());
            self.list.push(Group { key, total: number.total, members: vec![(number.index, read)] });
            return Ok(());
        };
        if group.total != number.total {
            let text = format!("同一数据的 PNUM 前后矛盾：先为{}，后为{}", group.total, number.total);
            return Err(part_fault(&text, at));
        }
        if group.members.iter().any(|(index, _)| *index == number.index) {
            return Err(part_fault(&format!("第{}包重复出现", number.index), at));
        }
        group.members.push((number.index, read));
        Ok(())
    }

    /// The messages, whole or not.
    pub(crate) fn into_list(self) -> Vec<Group<'a>> {
        self.list
    }
}

impl<'a> Group<'a> {
    /// Whether every part is there.
    pub(crate) fn is_whole(&self) -> bool {
        u32::try_from(self.members.len()) == Ok(self.total)
    }

    /// The frames, by part number.
    pub(crate) fn into_reads(mut self) -> Vec<Read<'a>> {
        self.members.sort_by_key(|(index, _)| *index);
        self.members.into_iter().map(|(_, read)| read).collect()
    }

    /// What the host keeps until the rest arrives.
    pub(crate) fn to_parts(&self, settings: &Settings<'_>) -> Vec<Part> {
        let part = |(index, read): &(u32, Read<'_>)| Part {
            key: self.key.clone(),
            index: *index,
            total: self.total,
            expires_after_ms: settings.part_timeout_ms,
            body: read.bytes.to_vec(),
        };
        self.members.iter().map(part).collect()
    }
}

/// The items of all parts one after the other. What every part repeats (`DataTime` and the identity) is in it as often;
/// the readers take the first.
pub(crate) fn join<'a>(reads: &[Read<'a>]) -> Vec<Item<'a>> {
    reads.iter().flat_map(|read| read.items.iter().copied()).collect()
}
