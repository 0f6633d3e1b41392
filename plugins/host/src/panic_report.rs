//! Finds the text that the SDK's panic hook left in a dead guest's memory.
//!
//! The text is the guest's word: it explains, and proves nothing. The layout is the SDK's (`plugins/sdk`,
//! `panic_report`): marker, length (u32, little-endian; 0 means no panic), text.

/// Says where a report is; the same bytes as in the SDK.
const MARKER: [u8; 16] =
    [0x9e, 0x58, 0x5a, 0xc1, 0x07, 0xd3, 0x4b, 0x11, 0xf6, 0x2c, 0xa8, 0x90, 0x6d, 0x35, 0xe2, 0x7b];

/// Longest text taken over, in bytes.
const TEXT_BYTES_MAX: usize = 1024;

/// How far into the memory to look: a module's data lies behind its stack, in the first few megabytes.
const SCAN_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The panic's text, if the memory holds a report. Control characters are replaced, since it goes into pages and logs.
pub(crate) fn find(memory: &[u8]) -> Option<String> {
    let scanned = memory.get(..SCAN_BYTES_MAX.min(memory.len()))?;
    let at = scanned.windows(MARKER.len()).position(|window| window == MARKER)?;
    let report = scanned.get(at.checked_add(MARKER.len())?..)?;
    let (length, text) = report.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length == 0 || length > TEXT_BYTES_MAX {
        return None;
    }
    let text = String::from_utf8_lossy(text.get(..length)?);
    Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(length: u32, text: &[u8]) -> Vec<u8> {
        [&[0; 100], MARKER.as_slice(), &length.to_le_bytes(), text].concat()
    }

    #[test]
    fn finds_a_report_and_nothing_else() {
        for (name, memory, expected) in [
            ("a report", memory(9, "位置\n\u{7}x rest".as_bytes()), Some("位置  x")),
            ("no panic yet", memory(0, b"text"), None),
            ("a length beyond the buffer", memory(2000, &[b'a'; 3000]), None),
            ("a length beyond the memory", memory(10, b"short"), None),
            ("cut in the length", [MARKER.as_slice(), &[1, 0]].concat(), None),
            ("no marker", vec![1; 4096], None),
            ("nothing", Vec::new(), None),
        ] {
            assert_eq!(find(&memory).as_deref(), expected, "{name}");
        }
    }
}
