//! The items of a `CP` area: `name=value`, parted by `;` and `,` (HJ 212-2017, 6.3.2).
//!
//! The standard parts different items by `;` and the categories of one item by `,`; devices mix them up, and every name
//! repeats its factor, so both are read alike. A value in `//…//` is taken whole, separators included.

use xiezhi_sdk::model::fault::Fault;

use crate::escape::QUOTE;
use crate::fault;

/// One `name=value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    /// The name, without blanks.
    pub(crate) name: &'a str,
    /// The value, without blanks around it.
    pub(crate) value: &'a str,
    /// Where the name stands in the message.
    pub(crate) offset: usize,
}

impl<'a> Item<'a> {
    /// The value without the `//` that encloses a text.
    pub(crate) fn text(&self) -> &'a str {
        self.value.strip_prefix(QUOTE).and_then(|rest| rest.strip_suffix(QUOTE)).unwrap_or(self.value)
    }
}

/// Splits the text between `CP=&&` and `&&`, which starts at `offset` in the message.
pub(crate) fn items(text: &str, offset: usize) -> Result<Vec<Item<'_>>, Fault> {
    let mut items = Vec::new();
    let mut at = 0;
    // Every round takes at least one byte of a segment of at most 1024.
    while let Some(rest) = text.get(at..) {
        let skipped = rest.len().saturating_sub(rest.trim_start_matches(is_between).len());
        let rest = rest.get(skipped..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        let start = at.saturating_add(skipped);
        let name_end = rest.find(['=', ';', ',']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(name_end);
        let item_offset = offset.saturating_add(start);
        let Some(value) = after.strip_prefix('=') else {
            return Err(fault::invalid("CP", name, item_offset, "应为“名称=值”，各项以分号分隔"));
        };
        let name = name.trim();
        if name.is_empty() {
            return Err(fault::invalid("CP", after, item_offset, "等号前缺少名称"));
        }
        let value_bytes = value_length(value);
        let value = value.get(..value_bytes).unwrap_or_default();
        items.push(Item { name, value: value.trim(), offset: item_offset });
        at = start.saturating_add(name_end).saturating_add(1).saturating_add(value_bytes);
    }
    Ok(items)
}

/// The value of the first item of a name.
pub(crate) fn find<'i, 'a>(items: &'i [Item<'a>], name: &str) -> Option<&'i Item<'a>> {
    items.iter().find(|item| item.name == name)
}

fn is_between(character: char) -> bool {
    matches!(character, ';' | ',') || character.is_ascii_whitespace()
}

/// How many bytes belong to the value that starts `text`.
fn value_length(text: &str) -> usize {
    let separator = || text.find([';', ',']).unwrap_or(text.len());
    let Some(inside) = text.strip_prefix(QUOTE) else { return separator() };
    // Overlapping on purpose: a text that itself ends in `/` closes with `///`.
    let quotes = inside.as_bytes().windows(QUOTE.len()).enumerate().filter(|(_, two)| *two == QUOTE.as_bytes());
    for (at, _) in quotes {
        let end = at.saturating_add(QUOTE.len());
        let after = inside.get(end..).unwrap_or_default().trim_ascii_start();
        if after.is_empty() || after.starts_with([';', ',']) {
            return end.saturating_add(QUOTE.len());
        }
    }
    separator()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        items(text, 0).unwrap().iter().map(|item| (item.name, item.value)).collect()
    }

    #[test]
    fn items_split_at_both_separators_but_not_inside_a_text() {
        for (text, expected) in [
            ("", vec![]),
            (" DataTime=1", vec![("DataTime", "1")]),
            ("a-Rtd=1,a-Flag=N; b-Rtd= 2 ;", vec![("a-Rtd", "1"), ("a-Flag", "N"), ("b-Rtd", "2")]),
            ("i=//停;运,x=1//;k=2", vec![("i", "//停;运,x=1//"), ("k", "2")]),
            ("i=////;k=2", vec![("i", "////"), ("k", "2")]),
            ("i=//a///;k=2", vec![("i", "//a///"), ("k", "2")]),
            ("i=//a///;k=//b//", vec![("i", "//a///"), ("k", "//b//")]),
            ("i=//open;k=2", vec![("i", "//open"), ("k", "2")]),
            ("k=", vec![("k", "")]),
        ] {
            assert_eq!(pairs(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_item_is_named_with_its_place() {
        for (text, offset) in [("a=1;b;c=2", 14), ("=1", 10), ("a=1; =2", 15)] {
            assert_eq!(items(text, 10).unwrap_err().offset, Some(offset), "{text}");
        }
    }

    #[test]
    fn a_text_loses_its_quotes() {
        let item = |value| Item { name: "i", value, offset: 0 };
        assert_eq!(item("//日志//").text(), "日志");
        assert_eq!(item("////").text(), "");
        assert_eq!(item("//").text(), "//");
        assert_eq!(item("N").text(), "N");
    }
}
