//! Damaged files: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;
use crate::layout::measure;

#[test]
fn no_damage_brings_the_plugin_down() {
    let detail = line("D", &[(measure::SEQ, "00000001"), (measure::REQUEST, "LH-1"), (measure::APPLIED, "Y")]);
    let measures = text_file("CSFK", detail, vec![continuation(1, "02", "2", "㛃已执行")]);
    testing::survives_damage::<Fiscal>("fiscal", &[MONITOR, BAD_TOTAL, FEEDBACK, CUT_NAME, &measures]);
}
