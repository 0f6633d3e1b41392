//! What devices report: states of systems (type 1) and components (type 2), and the types that are kept as they are.
//!
//! 火警 (bit 1) becomes an alarm: an event, not a case. Every other state is an indicator. A device with a wrong clock or a
//! damaged description still reports its fire: neither costs the object.

use std::collections::BTreeMap;

use xiezhi_formats::charset::gb18030_text;
use xiezhi_sdk::model::record::{Alarm, FacilityState, Indicator, Issue, Party, SCHEMA_VERSION};
use xiezhi_sdk::model::{Record, UtcTime};

use crate::component::{self, FIRE_BIT, NORMAL_BIT, STATES};
use crate::frame::{Frame, Header};
use crate::label;
use crate::problem::{Problem, code};
use crate::settings::address_text;
use crate::unit::Unit;

/// Bytes of a system's state without its label: type, address, state (8.3.1.1).
const SYSTEM_BYTES: usize = 4;
/// Most systems in a unit of 1024 bytes.
const SYSTEMS_MAX: u8 = 102;
/// Bytes of a component's state without its label (8.3.1.2).
const COMPONENT_BYTES: usize = 40;
/// Most components in a unit of 1024 bytes.
const COMPONENTS_MAX: u8 = 22;
/// Bytes of 部件说明.
const DESCRIPTION_BYTES: usize = 31;

/// What a state is of.
struct State<'b> {
    /// The system, and the component where there is one: `1-1` or `1-1-42-00060102`.
    facility: String,
    /// In words.
    name: String,
    bits: u16,
    description: &'b [u8],
    label: &'b [u8],
    extra: BTreeMap<String, String>,
}

/// The sender's number of a frame: its address, its time and its serial number. The serial number alone comes again after
/// 65536 frames.
pub(crate) fn reference(header: &Header) -> String {
    let time = label::read(&header.label);
    let time = time.map_or_else(|| hex(&header.label), UtcTime::to_compact_beijing);
    format!("{}-{time}-{:05}", address_text(header.source), header.serial)
}

/// The states of systems.
pub(crate) fn systems(frame: &Frame<'_>, unit: &Unit<'_>) -> Result<Vec<Record>, Problem> {
    let objects = unit.objects(SYSTEM_BYTES, SYSTEMS_MAX)?;
    let read = |(index, (_, body, label)): (usize, (usize, &[u8], &[u8]))| {
        let &[kind, address, low, high] = body else { return None };
        let state = State {
            facility: format!("{kind}-{address}"),
            name: component::system(kind),
            bits: u16::from_le_bytes([low, high]),
            description: &[],
            label,
            extra: numbers(&[("系统类型", kind.into()), ("系统地址", address.into())]),
        };
        Some(record(frame, unit, index, state))
    };
    Ok(objects.enumerate().filter_map(read).collect())
}

/// The states of components.
pub(crate) fn components(frame: &Frame<'_>, unit: &Unit<'_>) -> Result<Vec<Record>, Problem> {
    let objects = unit.objects(COMPONENT_BYTES, COMPONENTS_MAX)?;
    let read = |(index, (_, body, label)): (usize, (usize, &[u8], &[u8]))| {
        let &[system, system_address, kind, a0, a1, a2, a3, low, high, ref description @ ..] = body else {
            return None;
        };
        let address = u32::from_le_bytes([a0, a1, a2, a3]);
        let mut extra =
            numbers(&[("系统类型", system.into()), ("系统地址", system_address.into()), ("部件类型", kind.into())]);
        extra.insert("部件地址".to_owned(), format!("{address:08X}"));
        let state = State {
            facility: format!("{system}-{system_address}-{kind}-{address:08X}"),
            name: format!("{}{}", component::system(system), component::component(kind)),
            bits: u16::from_le_bytes([low, high]),
            description: description.get(..DESCRIPTION_BYTES).unwrap_or_default(),
            label,
            extra,
        };
        Some(record(frame, unit, index, state))
    };
    Ok(objects.enumerate().filter_map(read).collect())
}

fn numbers(list: &[(&str, u32)]) -> BTreeMap<String, String> {
    list.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect()
}

fn record(frame: &Frame<'_>, unit: &Unit<'_>, index: usize, state: State<'_>) -> Record {
    let State { facility, name, bits, description, label: time, mut extra } = state;
    let place = description_text(description, &mut extra);
    let at = object_time(time, &mut extra);
    extra.insert("部件状态".to_owned(), format!("{bits:04X}"));
    if bits & NORMAL_BIT == 0 {
        // Many devices never set bit 0 (the sample of the public codec does not), so this is only a note.
        extra.insert("位0".to_owned(), "0（标准含义为测试状态）".to_owned());
    }
    let reference = format!("{}-{}", reference(&frame.header), index.saturating_add(1));
    let party = device(&frame.header);
    let words = component::states(bits);
    if bits & FIRE_BIT != 0 {
        let place = if place.is_empty() { String::new() } else { format!("（{place}）") };
        return Record::Alarm(Box::new(Alarm {
            schema_version: SCHEMA_VERSION,
            reference,
            party,
            issue: Issue {
                code_system: "gb26875-state".to_owned(),
                code: "1".to_owned(),
                name: Some("火警".to_owned()),
            },
            text: format!("{name}{place}：{words}"),
            at,
            severity: Some("火警".to_owned()),
            extra,
        }));
    }
    Record::Indicator(Box::new(Indicator {
        reference,
        party,
        period: if unit.flag == 1 { "system_state" } else { "component_state" }.to_owned(),
        data_time: at,
        facilities: facilities(&facility, bits),
        log: Some(if place.is_empty() {
            format!("{name}：{words}")
        } else {
            format!("{name}（{place}）：{words}")
        }),
        extra,
        ..Indicator::default()
    }))
}

/// One entry for each bit; `running` for a component that only says that it is well, `test` for one that says nothing.
fn facilities(facility: &str, bits: u16) -> Vec<FacilityState> {
    let entry = |state: &str| FacilityState { facility: facility.to_owned(), state: state.to_owned() };
    let set: Vec<_> = STATES.iter().filter(|(bit, ..)| bits & bit != 0).map(|(_, _, word)| entry(word)).collect();
    match set.is_empty() {
        false => set,
        true => vec![entry(if bits & NORMAL_BIT != 0 { "running" } else { "test" })],
    }
}

/// 部件说明 up to the zeros that fill it. A device that cut a character in two loses that character; what is no GB 18030
/// at all is kept in hexadecimal.
fn description_text(bytes: &[u8], extra: &mut BTreeMap<String, String>) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let text = bytes.get(..end).unwrap_or_default();
    let read = match gb18030_text(text) {
        Ok(read) => read,
        Err(problem) => match text.get(..problem.at).map(gb18030_text) {
            Some(Ok(read)) if problem.code == code::ENCODING_TRUNCATED => {
                extra.insert("部件说明_TS".to_owned(), "末尾汉字被截断，已舍去".to_owned());
                read
            }
            _ => {
                extra.insert("部件说明_HEX".to_owned(), hex(text));
                String::new()
            }
        },
    };
    let read = read.trim();
    if !read.is_empty() {
        extra.insert("部件说明".to_owned(), read.to_owned());
    }
    read.to_owned()
}

fn object_time(label: &[u8], extra: &mut BTreeMap<String, String>) -> Option<UtcTime> {
    let time = label::read(label);
    if time.is_none() {
        extra.insert("时间标签".to_owned(), hex(label));
    }
    time
}

/// A unit of the standard whose objects the plugin does not take apart.
pub(crate) fn kept(frame: &Frame<'_>, unit: &Unit<'_>, name: &str) -> Record {
    let mut extra = numbers(&[("类型标志", unit.flag.into()), ("信息对象数目", unit.count.into())]);
    extra.insert("信息对象".to_owned(), hex(unit.objects));
    Record::Indicator(Box::new(Indicator {
        reference: reference(&frame.header),
        party: device(&frame.header),
        period: format!("type_{}", unit.flag),
        data_time: label::read(&frame.header.label),
        log: Some(name.to_owned()),
        extra,
        ..Indicator::default()
    }))
}

fn device(header: &Header) -> Party {
    Party { device: Some(address_text(header.source)), ..Party::default() }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
