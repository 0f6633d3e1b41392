//! Damaged messages: whatever the bytes, there is an answer, it is the same twice, and every fault says something.

use std::hash::{BuildHasher, Hasher};

use super::*;

/// How many damaged messages are tried.
const ROUNDS: usize = 3_000;
/// A setting in the environment that repeats a run.
const SEED: &str = "XIEZHI_TEST_SEED";

/// A small generator (xorshift), so that a seed says everything.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below.max(1) as u64).unwrap()
    }
}

fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.next(bytes.len());
    let end = (at + 1 + random.next(40)).min(bytes.len());
    match random.next(5) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => bytes[at] ^= 1 << random.next(8),
        2 => {
            let piece = bytes[at.min(end)..end].to_vec();
            bytes.splice(at..at, piece);
        }
        3 => {
            let from = random.next(other.len());
            let to = (from + random.next(60)).min(other.len());
            bytes.splice(at.min(end)..end, other[from..to].iter().copied());
        }
        _ => {
            bytes.drain(at.min(end)..end);
        }
    }
}

fn check_fault(fault: &Fault, length: usize) {
    assert!(fault.code.contains('.') && fault.code.len() <= 64, "{fault:?}");
    assert!(!fault.text.is_empty() && fault.text.len() <= 2_000, "{fault:?}");
    assert!(fault.offset.unwrap() <= length as u64, "{fault:?}");
}

#[test]
fn no_damage_brings_the_plugin_down() {
    let fresh = std::collections::hash_map::RandomState::new().build_hasher().finish() | 1;
    let seed = std::env::var(SEED).ok().and_then(|text| text.parse().ok()).unwrap_or(fresh);
    println!("{SEED}={seed}");
    let mut random = Random(seed);
    let feedback = gb(&message("CLFK", "<BWST><FKXX><PQBH>T/1</PQBH><JGDM>1</JGDM></FKXX></BWST>"));
    let receipt = gb(&message("HZ", "<BWST><HZXX><YXXBS>m</YXXBS><HZJGDM>1</HZJGDM></HZXX></BWST>"));
    let batch = gb(&message("XSYS", &row(CASE, UNIT, "<RYXX><XM>测试㛃</XM></RYXX>").repeat(3)));
    let corpus = [CLUE, LOST_CONTACT, MISMATCH, &feedback, &receipt, &batch];
    let (mut refused, mut read) = (0, 0);
    for _ in 0..ROUNDS {
        let mut bytes = corpus[random.next(corpus.len())].to_vec();
        let other = corpus[random.next(corpus.len())];
        for _ in 0..=random.next(4) {
            damage(&mut bytes, other, &mut random);
        }
        let answer = decode(&bytes);
        assert_eq!(answer, decode(&bytes));
        match answer {
            Err(fault) => {
                refused += 1;
                check_fault(&fault, bytes.len());
            }
            Ok(decoded) => {
                read += 1;
                assert!(!decoded.document.records.is_empty() || !decoded.document.row_faults.is_empty());
                decoded.document.row_faults.iter().for_each(|row| check_fault(&row.fault, bytes.len()));
            }
        }
    }
    assert!(refused > ROUNDS / 10 && read > ROUNDS / 100, "{refused} refused, {read} read");
}
