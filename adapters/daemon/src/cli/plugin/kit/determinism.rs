//! The same arguments give the same bytes, in another instance too.

use xiezhi_model::Digest;

use super::answer;
use super::caller::Caller;
use super::report::Report;
use super::vectors::Vectors;

/// Gives every vector to the plugin twice and compares the digests of all that it answers.
pub(crate) fn check(caller: &Caller<'_>, vectors: &Vectors, report: &mut Report<'_>) {
    let (first, second) = (answers(caller, vectors), answers(caller, vectors));
    let differing = first.iter().zip(&second).find(|(first, second)| first != second);
    let result = match differing {
        Some(((name, _), _)) => Err(format!("{name} gives another answer the second time")),
        None => {
            let digests: Vec<&[u8]> = first.iter().map(|(_, digest)| digest.as_bytes().as_slice()).collect();
            Ok(format!("{} answers twice the same, digest {}", first.len(), Digest::of_parts(&digests)))
        }
    };
    report.record("determinism", "vectors", result);
}

fn answers(caller: &Caller<'_>, vectors: &Vectors) -> Vec<(String, Digest)> {
    let decoded = vectors.decode.iter().map(|vector| {
        let text = match caller.read(&vector.input, &vector.context) {
            Ok(answer) => answer::decoded(&answer).to_string(),
            Err(what) => what,
        };
        (format!("decode {}", vector.name), Digest::of(text.as_bytes()))
    });
    let encoded = vectors.encode.iter().map(|vector| {
        let text = answer::encoded(&caller.encode(&vector.record, &vector.context)).to_string();
        (format!("encode {}", vector.name), Digest::of(text.as_bytes()))
    });
    decoded.chain(encoded).collect()
}
