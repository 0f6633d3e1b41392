//! Messages for a component without vectors, and the numbers that damage is drawn from.

/// Small pieces of usual formats: whatever a plugin expects, most of these are wrong in another way.
pub(crate) const GENERATED: [(&str, &[u8]); 6] = [
    ("text", "编号;名称\n1;甲\n".as_bytes()),
    ("csv", "序号,单位名称,日期\r\n1,\"甲,乙\",2026-09-21\r\n".as_bytes()),
    ("xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><报文><行 号=\"1\">甲</行></报文>".as_bytes()),
    ("json", "{\"rows\":[{\"id\":1,\"name\":\"甲\",\"at\":\"2026-09-21T10:00:00+08:00\"}]}".as_bytes()),
    ("form", b"appKey=a&timestamp=20260921090530&bizContent=%7B%7D&sign=00"),
    ("binary", b"\x40\x40\x01\x00\x01\x01\x00\x1a\x0b\x15\x09\x1a\x00\xff\xfe\x00\x23\x23"),
];

/// A small generator (xorshift): a seed says everything.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Zero would stay zero, so the lowest bit is set.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `below`, or 0.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).unwrap_or(1)).unwrap_or_default()
    }
}
