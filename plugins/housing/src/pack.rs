//! Writing a ZIP archive: always the same bytes for the same parts, so its times are fixed.

use miniz_oxide::deflate::compress_to_vec;

/// Compression level: the usual one.
const LEVEL: u8 = 6;
/// 1 January 1980, midnight: the first time that the format knows.
const DATE: u16 = 0x0021;
const TIME: u16 = 0;
/// Version 2.0 of the format: deflated parts.
const VERSION: u16 = 20;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const DEFLATED: u16 = 8;

/// An archive being written.
#[derive(Debug, Default)]
pub(crate) struct Pack {
    body: Vec<u8>,
    directory: Vec<u8>,
    parts: u16,
}

impl Pack {
    /// Adds a part.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) {
        let packed = compress_to_vec(content, LEVEL);
        let at = self.body.len();
        let mut shared = Vec::new();
        shorts(&mut shared, &[VERSION, FLAGS, DEFLATED, TIME, DATE]);
        longs(&mut shared, &[crc32fast::hash(content), length(packed.len()), length(content.len())]);
        shorts(&mut shared, &[u16::try_from(name.len()).unwrap_or(u16::MAX), 0]);
        self.body.extend_from_slice(b"PK\x03\x04");
        self.body.extend_from_slice(&shared);
        self.body.extend_from_slice(name.as_bytes());
        self.body.extend_from_slice(&packed);
        self.directory.extend_from_slice(b"PK\x01\x02");
        shorts(&mut self.directory, &[VERSION]);
        self.directory.extend_from_slice(&shared);
        // Comment, disk, attributes: none.
        shorts(&mut self.directory, &[0, 0, 0]);
        longs(&mut self.directory, &[0, length(at)]);
        self.directory.extend_from_slice(name.as_bytes());
        self.parts = self.parts.saturating_add(1);
    }

    /// The archive.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let at = self.body.len();
        self.body.extend_from_slice(&self.directory);
        self.body.extend_from_slice(b"PK\x05\x06");
        shorts(&mut self.body, &[0, 0, self.parts, self.parts]);
        longs(&mut self.body, &[length(self.directory.len()), length(at)]);
        shorts(&mut self.body, &[0]);
        self.body
    }
}

fn shorts(bytes: &mut Vec<u8>, numbers: &[u16]) {
    numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
}

fn longs(bytes: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
}

/// A message of the gateway is far below four gigabytes.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
