//! Damaged samples: whatever bytes come, there is no panic, and every fault says what and where.

use std::time::{SystemTime, UNIX_EPOCH};

use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::{Input, Plugin as _};

use super::{context, decode};
use crate::{Environment, fault};

/// Inputs per seed: about a second in a test build.
const ROUNDS: u32 = 20_000;
/// Longest input, in bytes, so that repeating cannot grow without end.
const INPUT_BYTES_MAX: usize = 8_192;

const CORPUS: [&[u8]; 9] = [
    include_bytes!("../../../../tests/samples/05b-env-stream.hj212"),
    include_bytes!("../../../../tests/samples/05-env-standard-example.hj212"),
    include_bytes!("../../../../tests/samples/neg/hj212-missing-part.hj212"),
    include_bytes!("../../../../tests/samples/neg/hj212-bad-length.hj212"),
    include_bytes!("../../../../tests/samples/own/env-part-2.hj212"),
    include_bytes!("../../../../tests/samples/own/env-feedback.hj212"),
    include_bytes!("../../../../tests/samples/own/env-2005.hj212"),
    include_bytes!("../../../../tests/samples/own/env-2025.hj212"),
    include_bytes!("../../../../tests/samples/own/env-printed-defects.hj212"),
];

/// xorshift64*: enough to choose places, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(value).unwrap() % limit.max(1)
    }
}

fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = dice.below(bytes.len());
    match dice.below(6) {
        0 => bytes.truncate(at),
        1 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
        2 if !bytes.is_empty() => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
        3 => {
            let end = at + dice.below(bytes.len() - at);
            bytes.extend_from_within(at..end);
        }
        4 => {
            let other = CORPUS[dice.below(CORPUS.len())];
            let from = dice.below(other.len());
            let piece = &other[from..from + dice.below(other.len() - from)];
            bytes.splice(at..at, piece.iter().copied());
        }
        _ => drop(bytes.drain(at..at + dice.below(bytes.len() - at))),
    }
    bytes.truncate(INPUT_BYTES_MAX);
}

/// Gives every frame a right length and sum again, so that damage reaches the parsers behind them.
fn repair(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let segments = text.split("\r\n").filter_map(|line| line.get(6..line.len().checked_sub(4)?));
    segments.flat_map(crate::reply::frame).collect()
}

fn check(fault: &Fault, bytes: &[u8], seed: u64) {
    let known = fault::ALL.contains(&fault.code.as_str());
    let place = fault.offset.is_some_and(|offset| offset <= bytes.len() as u64);
    assert!(known && place && !fault.text.is_empty() && fault.text.len() <= 2_000, "seed {seed}: {fault:?}");
}

fn run(seed: u64) {
    let mut dice = Dice(seed | 1);
    for _ in 0..ROUNDS {
        let mut bytes = CORPUS[dice.below(CORPUS.len())].to_vec();
        for _ in 0..=dice.below(4) {
            mutate(&mut dice, &mut bytes);
        }
        if dice.below(2) == 0 {
            bytes = repair(&bytes);
        }
        match decode(&bytes) {
            Err(fault) => check(&fault, &bytes, seed),
            Ok(decoded) => {
                decoded.document.row_faults.iter().for_each(|row| check(&row.fault, &bytes, seed));
                let rows = decoded.document.row_faults.iter().map(|row| row.row);
                assert!(rows.is_sorted() && decoded.document.records.iter().is_sorted_by_key(|row| row.row));
                assert!(decoded.parts.iter().all(|part| part.key.len() <= 256 && part.index <= part.total));
            }
        }
        let parts = Environment::decode(&Input::Parts(vec![&bytes, CORPUS[2]]), &context());
        if let Err(fault) = parts {
            check(&fault, &[bytes, CORPUS[2].to_vec()].concat(), seed);
        }
    }
}

#[test]
fn damaged_messages_never_panic_and_every_fault_is_complete() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    for seed in [212, u64::from(now.subsec_nanos()) | (now.as_secs() << 32)] {
        println!("seed {seed}");
        run(seed);
    }
}
