//! Deciding again gives the same; the order of a batch changes no id. Random batches, seed printed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use xiezhi_engine::{CaseBook, Engine, IntakeMessage};
use xiezhi_model::record::Record;

use crate::support::{decide, engine, feedback, finish, message, urban};

const ROUNDS: usize = 200;
/// Valid codes of invented enterprises.
const ENTITIES: [&str; 6] = [
    "91110112MAYYT00167",
    "91110112MAYYT00242",
    "91110112MAYYT0032W",
    "91110112MAYYT0040P",
    "91110112MAYYT0059L",
    "91110112MAYYT0067F",
];
const CODES: [&str; 6] = ["1101120101", "1101120198", "1101120501", "1101120699", "1101120102", "ga"];

/// splitmix64; `XIEZHI_SEED` runs a failure again.
struct Random(u64);

impl Random {
    fn new(what: &str) -> Self {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| u64::from(since.subsec_nanos()));
        let seed = std::env::var("XIEZHI_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(clock);
        println!("{what}: XIEZHI_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A batch; `own` gives each message an entity of its own.
fn batch(random: &mut Random, own: bool) -> Vec<(IntakeMessage, Vec<Record>)> {
    let size = 1 + random.below(ENTITIES.len());
    let message_of = |nth: usize, random: &mut Random| {
        let sender = random.pick(&["police", "urban-management", "environment"]);
        let records = (0..1 + random.below(4)).map(|row| {
            let entity = if own { ENTITIES[nth] } else { random.pick(&ENTITIES) };
            match random.below(8) {
                0 if !own => feedback(&format!("TZ-2026-000000{}/1", 1 + random.below(size)), "done"),
                _ => urban(random.pick(&CODES), entity, &format!("{nth}-{}", row % 3)),
            }
        });
        (message(i64::try_from(nth).unwrap() + 1, sender), records.collect())
    };
    (0..size).map(|nth| message_of(nth, random)).collect()
}

fn decide_all(engine: &Engine, batch: &[(IntakeMessage, Vec<Record>)]) -> Vec<(i64, String)> {
    let mut book = CaseBook::default();
    let settle = |(message, records): &(IntakeMessage, Vec<Record>)| {
        let decision = decide(engine, message, records.clone(), &mut book);
        (message.seq.0, format!("{:?}", finish(engine, decision)))
    };
    batch.iter().map(settle).collect()
}

fn shuffled<T: Clone>(random: &mut Random, items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    for last in (1..items.len()).rev() {
        items.swap(last, random.below(last + 1));
    }
    items
}

#[test]
fn deciding_again_gives_the_same() {
    let engine = engine();
    let mut random = Random::new("deciding again");
    for _ in 0..ROUNDS {
        let batch = batch(&mut random, false);
        assert_eq!(decide_all(&engine, &batch), decide_all(&engine, &batch));
    }
}

#[test]
fn undoing_restores_the_book() {
    let engine = engine();
    let mut random = Random::new("undoing");
    for _ in 0..ROUNDS {
        let mut book = CaseBook::default();
        for (message, records) in batch(&mut random, false) {
            let before = book.clone();
            let decision = decide(&engine, &message, records.clone(), &mut book);
            book.undo(&decision);
            assert_eq!(book, before);
            assert_eq!(decide(&engine, &message, records, &mut book), decision);
        }
    }
}

#[test]
fn the_order_of_a_batch_changes_no_settlement_of_other_enterprises() {
    let engine = engine();
    let mut random = Random::new("order, enterprises apart");
    for _ in 0..ROUNDS {
        let batch = batch(&mut random, true);
        let other = shuffled(&mut random, &batch);
        let sorted: BTreeMap<_, _> = decide_all(&engine, &batch).into_iter().collect();
        assert_eq!(sorted, decide_all(&engine, &other).into_iter().collect::<BTreeMap<_, _>>());
    }
}

#[test]
fn the_order_of_a_batch_makes_no_id_twice_and_no_other_cases() {
    let engine = engine();
    let mut random = Random::new("order, enterprises shared");
    for _ in 0..ROUNDS {
        let mut batch = batch(&mut random, false);
        for (_, records) in &mut batch {
            records.retain(|record| record.kind() == "finding");
        }
        let run = |batch: &[(IntakeMessage, Vec<Record>)]| {
            let mut book = CaseBook::default();
            let mut keys = BTreeSet::new();
            let mut ids = Vec::new();
            for (message, records) in batch.iter().filter(|(_, records)| !records.is_empty()) {
                let settlement = finish(&engine, decide(&engine, message, records.clone(), &mut book));
                keys.extend(settlement.cases.iter().map(|write| write.case.join_key.clone()));
                ids.extend(settlement.outgoing.into_iter().map(|outgoing| outgoing.id));
            }
            let unique: BTreeSet<_> = ids.iter().cloned().collect();
            assert_eq!(unique.len(), ids.len(), "an id was used twice");
            (keys, ids.len())
        };
        let (keys, _) = run(&batch);
        let (other_keys, _) = run(&shuffled(&mut random, &batch));
        assert_eq!(keys, other_keys);
    }
}
