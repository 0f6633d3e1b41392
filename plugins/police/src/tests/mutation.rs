//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use super::*;

#[test]
fn no_damage_brings_the_plugin_down() {
    let feedback = gb(&message("CLFK", "<BWST><FKXX><PQBH>T/1</PQBH><JGDM>1</JGDM></FKXX></BWST>"));
    let receipt = gb(&message("HZ", "<BWST><HZXX><YXXBS>m</YXXBS><HZJGDM>1</HZJGDM></HZXX></BWST>"));
    let measure = gb(&message("CSFK", "<BWST><CSXX><CJBH>L</CJBH><CSJGDM>1</CSJGDM></CSXX></BWST>"));
    let batch = gb(&message("XSYS", &row(CASE, UNIT, "<RYXX><XM>测试㛃</XM></RYXX>").repeat(3)));
    testing::survives_damage::<Police>(
        "police",
        &[CLUE, LOST_CONTACT, MISMATCH, &feedback, &receipt, &measure, &batch],
    );
}
