//! The code tables of component states: 系统类型, 部件类型 and the state bits of type 2 (8.3.1, tables 4 to 6).
//!
//! Only codes that were checked against a text of the standard have a name here; any other code is shown as a number.

/// 系统类型标志 (table 4), as far as checked.
const SYSTEMS: [(u8, &str); 6] = [
    (1, "火灾报警系统"),
    (11, "消火栓系统"),
    (12, "自动喷水灭火系统"),
    (18, "防烟排烟系统"),
    (19, "防火门及卷帘系统"),
    (22, "消防应急照明和疏散指示系统"),
];
/// 部件类型 (table 5), as far as checked.
const COMPONENTS: [(u8, &str); 5] = [
    (23, "手动火灾报警按钮"),
    (40, "感烟火灾探测器"),
    (42, "点型光电感烟火灾探测器"),
    (91, "消防水泵"),
    (117, "防火卷帘控制器"),
];
/// The state bits from bit 1 on: name for officials, word for `facilities.state`.
pub(crate) const STATES: [(u16, &str, &str); 8] = [
    (FIRE_BIT, "火警", "fire"),
    (1 << 2, "故障", "fault"),
    (1 << 3, "屏蔽", "shielded"),
    (1 << 4, "监管", "supervised"),
    (1 << 5, "启动", "started"),
    (1 << 6, "反馈", "feedback"),
    (1 << 7, "延时", "delayed"),
    (1 << 8, "电源故障", "power-fault"),
];
/// Bit 0: 1 is normal operation, 0 is a test.
pub(crate) const NORMAL_BIT: u16 = 1;
/// Bit 1: 火警.
pub(crate) const FIRE_BIT: u16 = 1 << 1;

/// The name of a system.
pub(crate) fn system(code: u8) -> String {
    named(&SYSTEMS, code, "系统类型")
}

/// The name of a component.
pub(crate) fn component(code: u8) -> String {
    named(&COMPONENTS, code, "部件类型")
}

fn named(table: &[(u8, &str)], code: u8, kind: &str) -> String {
    table
        .iter()
        .find(|(known, _)| *known == code)
        .map_or_else(|| format!("{kind}{code}"), |(_, name)| (*name).to_owned())
}

/// The names of the bits that are set, joined.
pub(crate) fn states(state: u16) -> String {
    let names: Vec<&str> = STATES.iter().filter(|(bit, ..)| state & bit != 0).map(|(_, name, _)| *name).collect();
    match names.is_empty() {
        false => names.join("、"),
        true if state & NORMAL_BIT != 0 => "正常".to_owned(),
        true => "测试".to_owned(),
    }
}
