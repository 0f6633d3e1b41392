//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let receipt = message("HZ", "<fields><HZ_XXBS>m</HZ_XXBS><HZ_JG>1</HZ_JG></fields>");
    let corpus = [PENALTY, PENALTY_TABLE, BATCH, CHINESE_TABLE, RESTORATION, FEEDBACK, MEASURE, receipt.as_bytes()];
    testing::survives_damage::<DevelopmentReform>("development-reform", &corpus);
}
