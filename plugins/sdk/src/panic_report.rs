//! Leaves a panic's text where the host finds it: a component without imports has no other way to say why it died.
//!
//! Layout, which the host's side relies on and which therefore never changes: 16 marker bytes, the text's length (u32,
//! little-endian; 0 means no panic), then the text (UTF-8). The marker is initial data, so that it stands in the memory
//! once; nothing reads it here.

use std::sync::atomic::{AtomicU8, Ordering};

/// Says where a report is. Random, so that no message holds it by chance.
const MARKER: [u8; 16] =
    [0x9e, 0x58, 0x5a, 0xc1, 0x07, 0xd3, 0x4b, 0x11, 0xf6, 0x2c, 0xa8, 0x90, 0x6d, 0x35, 0xe2, 0x7b];

/// Longest text kept, in bytes: the place and the start of the message tell an author enough.
const TEXT_BYTES_MAX: usize = 1024;

#[repr(C)]
struct Report {
    marker: [AtomicU8; 16],
    length: [AtomicU8; 4],
    text: [AtomicU8; TEXT_BYTES_MAX],
}

impl Report {
    const fn new() -> Self {
        let mut marker = [const { AtomicU8::new(0) }; 16];
        let mut at = 0;
        while at < MARKER.len() {
            #[expect(clippy::indexing_slicing, reason = "checked by the compiler: this runs in a constant")]
            {
                marker[at] = AtomicU8::new(MARKER[at]);
            }
            at += 1;
        }
        Self { marker, length: [const { AtomicU8::new(0) }; 4], text: [const { AtomicU8::new(0) }; TEXT_BYTES_MAX] }
    }

    /// Stores a text, cut between two characters where it is too long.
    fn store(&self, text: &str) {
        let kept = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
        for (cell, byte) in self.text.iter().zip(kept.bytes()) {
            cell.store(byte, Ordering::Relaxed);
        }
        let length = u32::try_from(kept.len()).unwrap_or_default();
        for (cell, byte) in self.length.iter().zip(length.to_le_bytes()) {
            cell.store(byte, Ordering::Relaxed);
        }
    }
}

/// `used` keeps the compiler from dropping stores that nothing in the guest reads.
#[used]
static REPORT: Report = Report::new();

/// Has every later panic of this instance reported. Cheap; called at the start of each export, because there is no other
/// moment at which a fresh instance runs code.
#[cfg(target_arch = "wasm32")]
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}: ", at.file(), at.line())).unwrap_or_default();
        REPORT.store(&format!("{place}{}", info.payload_as_str().unwrap_or("panic without a text")));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(cells: &[AtomicU8]) -> Vec<u8> {
        cells.iter().map(|cell| cell.load(Ordering::Relaxed)).collect()
    }

    #[test]
    fn a_report_is_marker_length_and_text() {
        let report = Report::new();
        assert_eq!(bytes(&report.length), [0; 4]);
        report.store("位置越界");
        assert_eq!(bytes(&report.marker), MARKER);
        assert_eq!(bytes(&report.length), 12_u32.to_le_bytes());
        assert_eq!(bytes(&report.text[..12]), "位置越界".as_bytes());
        report.store(&"监".repeat(1000));
        assert_eq!(bytes(&report.length), 1023_u32.to_le_bytes(), "341 whole characters fit");
        assert_eq!(bytes(&REPORT.length), [0; 4]);
    }
}
