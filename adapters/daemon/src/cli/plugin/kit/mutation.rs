//! Damaged messages, made of good ones: the same seed makes the same damage.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::corpus::Random;

/// Where a message is cut off: at so many places spread over it.
const CUTS: usize = 48;
/// Bits that are flipped, one in each damaged message.
const FLIPS: usize = 64;
/// Pieces that are repeated, dropped or put in from another message.
const PIECES: usize = 24;
/// Longest such piece, in bytes: a few fields.
const PIECE_BYTES_MAX: usize = 60;

/// The classes of damage, in the order in which they are reported.
pub(crate) const CLASSES: [&str; 8] =
    ["truncated", "bits flipped", "piece repeated", "piece dropped", "spliced", "degenerate", "wrong encoding", "huge"];

/// A damaged message.
#[derive(Debug)]
pub(crate) struct Mutant {
    /// One of [`CLASSES`].
    pub(crate) class: &'static str,
    /// What was done.
    pub(crate) how: String,
    pub(crate) bytes: Vec<u8>,
}

/// Damages `message` in every way. One damaged message is in memory at a time, because some are huge.
pub(crate) fn each(message: &[u8], others: &[&[u8]], bytes_max: usize, seed: u64, then: &mut dyn FnMut(Mutant)) {
    let mut random = Random::new(seed);
    truncated(message, then);
    flipped(message, &mut random, then);
    pieces(message, &mut random, then);
    spliced(message, others, &mut random, then);
    degenerate(then);
    encodings(message, then);
    huge(message, bytes_max, then);
}

fn tell(then: &mut dyn FnMut(Mutant), class: &'static str, how: impl Into<String>, bytes: Vec<u8>) {
    then(Mutant { class, how: how.into(), bytes });
}

fn truncated(message: &[u8], then: &mut dyn FnMut(Mutant)) {
    let step = (message.len() / CUTS).max(1);
    // The last bytes one by one: that is where check sums and end marks are.
    let last = message.len().saturating_sub(8)..message.len();
    for at in (0..message.len()).step_by(step).chain(last) {
        tell(then, "truncated", format!("cut off at byte {at}"), message.get(..at).unwrap_or_default().to_vec());
    }
}

fn flipped(message: &[u8], random: &mut Random, then: &mut dyn FnMut(Mutant)) {
    for _ in 0..FLIPS {
        let (at, bit) = (random.below(message.len()), random.below(8));
        let mut bytes = message.to_vec();
        let Some(byte) = bytes.get_mut(at) else { return };
        *byte ^= 1 << bit;
        tell(then, "bits flipped", format!("bit {bit} of byte {at}"), bytes);
    }
}

fn pieces(message: &[u8], random: &mut Random, then: &mut dyn FnMut(Mutant)) {
    for _ in 0..PIECES {
        let (start, end) = piece(message, random);
        let mut bytes = message.to_vec();
        let copy = message.get(start..end).unwrap_or_default().to_vec();
        bytes.splice(start..start, copy);
        tell(then, "piece repeated", format!("bytes {start} to {end}"), bytes);
        let mut bytes = message.to_vec();
        bytes.drain(start..end);
        tell(then, "piece dropped", format!("bytes {start} to {end}"), bytes);
    }
}

fn spliced(message: &[u8], others: &[&[u8]], random: &mut Random, then: &mut dyn FnMut(Mutant)) {
    for _ in 0..PIECES {
        let Some(other) = others.get(random.below(others.len())) else { return };
        let (start, end) = piece(message, random);
        let (from, to) = piece(other, random);
        let mut bytes = message.to_vec();
        bytes.splice(start..end, other.get(from..to).unwrap_or_default().iter().copied());
        tell(then, "spliced", format!("bytes {start} to {end} by {} of another message", to - from), bytes);
        let half = [message.get(..start).unwrap_or_default(), other.get(from..).unwrap_or_default()].concat();
        tell(then, "spliced", format!("from byte {start} on, another message from its byte {from}"), half);
    }
}

/// Start and end of a piece; both lie in the message, the start at or before the end.
fn piece(message: &[u8], random: &mut Random) -> (usize, usize) {
    let start = random.below(message.len());
    let end = start.saturating_add(1).saturating_add(random.below(PIECE_BYTES_MAX)).min(message.len());
    (start.min(end), end)
}

fn degenerate(then: &mut dyn FnMut(Mutant)) {
    tell(then, "degenerate", "empty", Vec::new());
    for (name, byte) in [("NUL", 0_u8), ("0xFF", 0xff), ("blank", b' '), ("line feed", b'\n'), ("quote", b'"')] {
        for count in [1, 4096] {
            tell(then, "degenerate", format!("{count} times {name}"), vec![byte; count]);
        }
    }
    // Depth costs stack: each of these opens a level.
    for (name, open) in [("[", "["), ("{\"a\":", "{\"a\":"), ("<a>", "<a>"), ("(", "("), ("\\", "\\")] {
        tell(then, "degenerate", format!("20000 times {name}"), open.repeat(20_000).into_bytes());
    }
}

fn encodings(message: &[u8], then: &mut dyn FnMut(Mutant)) {
    const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
    tell(then, "wrong encoding", "a byte-order mark in front", [UTF8_MARK, message].concat());
    tell(then, "wrong encoding", "two byte-order marks in front", [UTF8_MARK, UTF8_MARK, message].concat());
    for (name, mark, encoding) in [("UTF-16LE", b"\xff\xfe", UTF_16LE), ("UTF-16BE", b"\xfe\xff", UTF_16BE)] {
        tell(then, "wrong encoding", format!("a mark of {name} in front"), [mark.as_slice(), message].concat());
        let (text, _, _) = encoding.decode(message);
        tell(then, "wrong encoding", format!("read as {name}"), text.into_owned().into_bytes());
        for from in [UTF_8, GB18030] {
            let Some(text) = text_in(message, from) else { continue };
            tell(then, "wrong encoding", format!("{} made {name}", from.name()), utf16(&text, mark));
        }
    }
    if let Some(text) = text_in(message, UTF_8) {
        tell(then, "wrong encoding", "UTF-8 made GB18030", GB18030.encode(&text).0.into_owned());
    }
    if let Some(text) = text_in(message, GB18030) {
        tell(then, "wrong encoding", "read as GB18030 and written as UTF-8", text.into_bytes());
    }
    // What was UTF-8 is taken for GB18030 and encoded once more: the usual double damage.
    let (text, _, _) = GB18030.decode(message);
    tell(then, "wrong encoding", "taken for GB18030, replaced where it is none", text.into_owned().into_bytes());
}

fn text_in(message: &[u8], encoding: &'static Encoding) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(message).map(std::borrow::Cow::into_owned)
}

fn utf16(text: &str, mark: &[u8; 2]) -> Vec<u8> {
    let unit = |unit: u16| if mark == b"\xff\xfe" { unit.to_le_bytes() } else { unit.to_be_bytes() };
    mark.iter().copied().chain(text.encode_utf16().flat_map(unit)).collect()
}

/// The message again and again, up to the longest that a plugin is given; whole, and its inner part alone.
fn huge(message: &[u8], bytes_max: usize, then: &mut dyn FnMut(Mutant)) {
    if message.is_empty() {
        return;
    }
    let repeated: Vec<u8> = message.iter().copied().cycle().take(bytes_max).collect();
    tell(then, "huge", format!("repeated up to {bytes_max} bytes"), repeated);
    // The middle line or third many times between the first and the last: rows without end in one envelope.
    let third = message.len() / 3;
    let (head, rest) = message.split_at(third);
    let (middle, tail) = rest.split_at(third);
    if middle.is_empty() {
        return;
    }
    let room = bytes_max.saturating_sub(head.len()).saturating_sub(tail.len());
    let mut bytes = head.to_vec();
    bytes.extend(middle.iter().copied().cycle().take(room));
    bytes.extend(tail);
    bytes.truncate(bytes_max);
    tell(then, "huge", format!("its middle repeated up to {bytes_max} bytes"), bytes);
}
