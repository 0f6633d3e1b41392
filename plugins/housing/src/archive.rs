//! The container of a workbook: a ZIP archive, read so that no byte is inflated beyond what a part may have.
//!
//! What spreadsheets write and nothing else: one disk, no encryption, no ZIP64, stored or deflated. Knows no part's meaning.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::problem::{Problem, code};

/// Most parts of a workbook; one with pictures and many sheets has about a hundred.
const PARTS_MAX: usize = 512;
/// Longest part, inflated. The sheet of a full table has about 3 MB, and two parts must fit into the guest's memory together
/// with their elements.
pub(crate) const PART_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The end record stands within its own length and that of the longest comment before the end.
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 0xffff;
const END_SIGN: &[u8] = b"PK\x05\x06";
const ENTRY_SIGN: &[u8] = b"PK\x01\x02";
const LOCAL_SIGN: &[u8] = b"PK\x03\x04";
/// Lengths of the fixed parts of a directory entry and of a local header.
const ENTRY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// Flag of an encrypted part.
const ENCRYPTED: u16 = 1;
/// A number that stands in a ZIP64 field instead.
const ELSEWHERE: u32 = u32::MAX;

/// An archive whose directory was read.
#[derive(Debug)]
pub(crate) struct Archive<'b> {
    bytes: &'b [u8],
    entries: Vec<Entry<'b>>,
}

/// One entry of the directory.
#[derive(Debug, Clone, Copy)]
struct Entry<'b> {
    name: &'b [u8],
    flags: u16,
    method: u16,
    checksum: u32,
    packed_bytes: usize,
    bytes: usize,
    /// Where its local header stands.
    at: usize,
}

/// A part, inflated and checked.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) text: String,
    /// Where it begins in the message; all faults in it point there, because bytes inside it have no place of their own.
    pub(crate) at: usize,
}

impl<'b> Archive<'b> {
    /// Reads the directory.
    pub(crate) fn open(bytes: &'b [u8]) -> Result<Self, Problem> {
        let end = end_record(bytes).ok_or_else(|| damaged(bytes.len(), "文件不完整"))?;
        let number = |at| short(bytes, end + at).unwrap_or_default();
        let count = usize::from(number(10));
        if number(4) != 0 || number(6) != 0 || usize::from(number(8)) != count || count == 0xffff {
            return Err(unsupported(end, "分卷或 ZIP64 压缩"));
        }
        if count > PARTS_MAX {
            return Err(Problem::new(code::LIMIT, end, format!("工作簿部件超过{PARTS_MAX}个，请只保留报送的工作表")));
        }
        let mut at = size(bytes, end + 16).ok_or_else(|| damaged(end, "目录位置不对"))?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let (entry, entry_bytes) = Entry::read(bytes, at).ok_or_else(|| damaged(at.min(end), "目录已损坏"))?;
            entries.push(entry);
            at = at.saturating_add(entry_bytes);
        }
        Ok(Self { bytes, entries })
    }

    /// A part as text, where it is there.
    pub(crate) fn part(&self, name: &str) -> Result<Option<Part>, Problem> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name.as_bytes())) else {
            return Ok(None);
        };
        // A damaged directory may lead anywhere.
        let at = entry.at.min(self.bytes.len());
        if entry.flags & ENCRYPTED != 0 {
            return Err(unsupported(at, "加密"));
        }
        if entry.bytes > PART_BYTES_MAX {
            return Err(too_long(at));
        }
        let packed = self.packed(entry).ok_or_else(|| damaged(at, name))?;
        let inflated = match entry.method {
            0 => packed.to_vec(),
            // A part that is longer than the directory says is as damaged as a shorter one.
            8 => decompress_to_vec_with_limit(packed, entry.bytes).map_err(|_| damaged(at, name))?,
            _ => return Err(unsupported(at, "DEFLATE 以外的压缩方法")),
        };
        if inflated.len() != entry.bytes || crc32fast::hash(&inflated) != entry.checksum {
            return Err(damaged(at, name));
        }
        let text = String::from_utf8(inflated).map_err(|_| damaged(at, name))?;
        Ok(Some(Part { text, at }))
    }

    /// The bytes of an entry as they stand in the archive.
    fn packed(&self, entry: &Entry<'_>) -> Option<&'b [u8]> {
        let header = self.bytes.get(entry.at..)?;
        if !header.starts_with(LOCAL_SIGN) {
            return None;
        }
        let before = LOCAL_BYTES + usize::from(short(header, 26)?) + usize::from(short(header, 28)?);
        header.get(before..before.checked_add(entry.packed_bytes)?)
    }
}

impl<'b> Entry<'b> {
    /// The entry at a place, and how many bytes it has.
    fn read(bytes: &'b [u8], at: usize) -> Option<(Self, usize)> {
        let record = bytes.get(at..)?;
        if !record.starts_with(ENTRY_SIGN) {
            return None;
        }
        let name_bytes = usize::from(short(record, 28)?);
        let name = record.get(ENTRY_BYTES..ENTRY_BYTES + name_bytes)?;
        let entry = Self {
            name,
            flags: short(record, 8)?,
            method: short(record, 10)?,
            checksum: long(record, 16)?,
            packed_bytes: size(record, 20)?,
            bytes: size(record, 24)?,
            at: size(record, 42)?,
        };
        Some((entry, ENTRY_BYTES + name_bytes + usize::from(short(record, 30)?) + usize::from(short(record, 32)?)))
    }
}

/// Where the end record stands: the last place whose comment reaches exactly to the end.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(COMMENT_BYTES_MAX);
    (first..=last).rev().find(|&at| {
        bytes.get(at..).is_some_and(|rest| rest.starts_with(END_SIGN))
            && short(bytes, at + 20).is_some_and(|comment| at + END_BYTES + usize::from(comment) == bytes.len())
    })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

/// A size or place; `None` where it stands in a ZIP64 field.
fn size(bytes: &[u8], at: usize) -> Option<usize> {
    long(bytes, at).filter(|&number| number != ELSEWHERE).and_then(|number| usize::try_from(number).ok())
}

/// Something is wrong with the file itself.
pub(crate) fn damaged(at: usize, what: &str) -> Problem {
    let text = format!("工作簿文件已损坏（{what}），请用表格软件打开检查并另存为 .xlsx 后重新发送");
    Problem::new(code::XLSX_DAMAGED, at, text)
}

fn unsupported(at: usize, what: &str) -> Problem {
    let text = format!("工作簿使用了不支持的{what}，请取消密码并另存为普通 .xlsx 后重新发送");
    Problem::new(code::XLSX_UNSUPPORTED, at, text)
}

fn too_long(at: usize) -> Problem {
    let text = format!("工作表解压后超过{}MB，请删去空白行和多余内容或拆分后发送", PART_BYTES_MAX / (1024 * 1024));
    Problem::new(code::LIMIT, at, text)
}
