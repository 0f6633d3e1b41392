//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let receipt = collection("\"YWLX\":\"HZ\",", &feature("null", "\"YXXBS\":\"m\",\"HZJGDM\":\"1\""));
    let corpus: Vec<&[u8]> =
        [PARCEL, SWAPPED, ILLEGAL, BATCH, FEEDBACK, &receipt].iter().map(|text| text.as_bytes()).collect();
    testing::survives_damage::<Planning>("planning", &corpus);
}
