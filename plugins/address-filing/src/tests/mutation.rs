//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let batch = message(&[address(), tenant(), tenant()]);
    let corpus = [LEDGER, BAD_ROWS, ANSWERS, &batch].map(str::as_bytes);
    testing::survives_damage::<AddressFiling>("address-filing", &corpus);
}
