//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let texts = [NATIONAL, CAP12, GALE, EXERCISE, UPDATE, FEEDBACK];
    let corpus: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    testing::survives_damage::<Emergency>("emergency", &corpus);
}
