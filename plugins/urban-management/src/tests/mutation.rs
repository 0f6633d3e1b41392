//! Random damage: whatever comes, the plugin answers with records or with a fault that says something, never a panic.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use xiezhi_sdk::model::fault::Fault;

use super::{GOLDEN, GOLDEN_BIZ, decode, fields, signed};

/// Rounds per start: half a second of damage on a small machine.
const ROUNDS: u32 = 3_000;

/// A small generator (xorshift), so that a printed seed gives the same damage again.
struct Damage(u64);

impl Damage {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).unwrap()).unwrap()
    }

    fn apply(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.next(4) {
            let at = self.next(bytes.len());
            let other = self.next(bytes.len());
            match self.next(6) {
                0 if !bytes.is_empty() => bytes[at] = u8::try_from(self.next(256)).unwrap(),
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"%&={}[]\",+\0"[self.next(11)]),
                3 => bytes.truncate(at),
                4 => drop(bytes.drain(at.min(other)..at.max(other))),
                _ => {
                    let copy = bytes[at.min(other)..at.max(other)].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
        }
    }
}

fn check(fault: &Fault, bytes: usize) {
    assert!(fault.code.starts_with("urban.") || fault.code.starts_with("uscc."), "{}", fault.code);
    assert!(!fault.text.is_empty() && fault.text.len() <= 2_000);
    assert!(fault.offset.is_none_or(|offset| usize::try_from(offset).unwrap() <= bytes));
}

#[test]
fn damaged_messages_give_records_or_faults() {
    let seed = std::env::var("XIEZHI_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish() | 1);
    println!("seed {seed}; set XIEZHI_SEED to repeat it");
    let mut damage = Damage(seed);
    for _ in 0..ROUNDS {
        let mut body = GOLDEN.to_vec();
        damage.apply(&mut body);
        if let Err(fault) = decode(&body) {
            check(&fault, body.len());
        }
        // Signed after the damage, so that what stands behind the signature is reached too.
        let mut biz = GOLDEN_BIZ.as_bytes().to_vec();
        damage.apply(&mut biz);
        let biz = String::from_utf8_lossy(&biz).into_owned();
        for (method, biz) in [("case.transfer", biz.clone()), ("case.transfer.batch", format!("[{biz},{GOLDEN_BIZ}]"))]
        {
            let body = signed(&fields(method, &biz));
            match decode(&body) {
                Ok(decoded) => decoded.document.row_faults.iter().for_each(|refused| check(&refused.fault, body.len())),
                Err(fault) => check(&fault, body.len()),
            }
        }
    }
}
