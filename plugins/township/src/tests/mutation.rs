//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    testing::survives_damage::<Township>("township-wenjing", &[LEDGER, DAMAGED, INSPECTION, FEEDBACK, MEASURE]);
}
