//! The document that an element holds as text, and where each of its characters stands in the message around it.
//!
//! The text may be one CDATA section, several (because `]]>` cannot stand in one), escaped text, or a mixture. Only places
//! are computed here; the text itself is the one that the XML reader gave.

use xiezhi_formats::xml::Element;

use crate::problem::Problem;

const CDATA_START: &str = "<![CDATA[";
const CDATA_END: &str = "]]>";

/// A document inside a document.
#[derive(Debug)]
pub(crate) struct Embedded<'e> {
    text: &'e str,
    pieces: Vec<Piece>,
}

/// From `inner` on, the text runs parallel to the message at `outer`, until the next piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    inner: usize,
    outer: usize,
}

impl<'e> Embedded<'e> {
    /// The text of an element of the message `outer`.
    pub(crate) fn of(outer: &str, element: &'e Element<'_>) -> Self {
        let mut walk = Walk { inner: &element.text, from: element.text_at, cursor: 0, pieces: Vec::new() };
        let end = content(outer, element.at).map_or(element.at, |start| walk.go(outer, start));
        walk.piece(end);
        Self { text: &element.text, pieces: walk.pieces }
    }

    /// The document.
    pub(crate) fn text(&self) -> &'e str {
        self.text
    }

    /// The problem, whose place counts this document, at its place in the message's text.
    pub(crate) fn outward(&self, problem: Problem) -> Problem {
        let at = self.place(problem.at);
        Problem { at, ..problem }
    }

    fn place(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|piece| piece.inner <= at);
        let piece = next.checked_sub(1).and_then(|index| self.pieces.get(index));
        piece.map_or(at, |piece| piece.outer + (at - piece.inner))
    }
}

/// Where the content of the element that begins at `at` begins; `None` for `<a/>`.
fn content(outer: &str, at: usize) -> Option<usize> {
    let mut quote = None;
    let mut before = '<';
    for (index, c) in outer.get(at..)?.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (None, '>') => return (before != '/').then_some(at + index + 1),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        before = c;
    }
    None
}

/// A walk over the content of an element, in the message's text.
struct Walk<'e> {
    /// The text that the XML reader made of the content, without blanks at its ends.
    inner: &'e str,
    /// Where that text begins in the message: what stands before was dropped.
    from: usize,
    /// How much of the text was passed.
    cursor: usize,
    pieces: Vec<Piece>,
}

impl Walk<'_> {
    /// Goes to the end of the content and says where that is.
    fn go(&mut self, outer: &str, start: usize) -> usize {
        let mut at = start;
        loop {
            let rest = outer.get(at..).unwrap_or_default();
            let until = |end: &str| rest.find(end).map_or(rest.len(), |found| found + end.len());
            if let Some(section) = rest.strip_prefix(CDATA_START) {
                let length = section.find(CDATA_END).unwrap_or(section.len());
                self.run(section.get(..length).unwrap_or_default(), at + CDATA_START.len());
                at += CDATA_START.len() + length + CDATA_END.len();
            } else if rest.starts_with("<!--") {
                at += until("-->");
            } else if rest.starts_with("<?") {
                at += until("?>");
            } else if rest.starts_with('&') {
                self.reference(at);
                at += until(";");
            } else if rest.is_empty() || rest.starts_with('<') {
                return at.min(outer.len());
            } else {
                let length = rest.find(['<', '&']).unwrap_or(rest.len());
                self.run(rest.get(..length).unwrap_or_default(), at);
                at += length;
            }
        }
    }

    /// Text that stands in the message as it is, but for line ends: `\r\n` became one character.
    fn run(&mut self, text: &str, at: usize) {
        let skipped = self.from.saturating_sub(at).min(text.len());
        let (mut text, mut at) = (text.get(skipped..).unwrap_or_default(), at + skipped);
        while !text.is_empty() {
            self.piece(at);
            let pair = text.find("\r\n");
            self.cursor += pair.map_or(text.len(), |found| found + 1);
            let passed = pair.map_or(text.len(), |found| found + 2);
            text = text.get(passed..).unwrap_or_default();
            at += passed;
        }
    }

    /// An entity or character reference: one character of the text.
    fn reference(&mut self, at: usize) {
        if at >= self.from {
            self.piece(at);
            self.cursor += self.inner.get(self.cursor..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        }
    }

    /// From here on the text runs parallel to the message at `outer`.
    fn piece(&mut self, outer: usize) {
        let piece = Piece { inner: self.cursor, outer };
        match self.pieces.last() {
            Some(last) if last.outer + (piece.inner - last.inner) == outer => {}
            _ => self.pieces.push(piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use xiezhi_formats::xml::{self, Rules};

    use super::*;

    const RULES: Rules = Rules { root: "a", depth_max: 2, elements_max: 9, namespaces: false };

    /// Where each character of the text stands in the message, and the end.
    fn check(outer: &str, text: &str, places: &[usize]) {
        let root = xml::parse(outer, &RULES).unwrap();
        let embedded = Embedded::of(outer, &root);
        assert_eq!(embedded.text(), text, "{outer}");
        let found: Vec<_> = text.char_indices().map(|(at, _)| embedded.place(at)).collect();
        assert_eq!(found, places.get(..places.len() - 1).unwrap(), "{outer}");
        assert_eq!(embedded.place(text.len()), *places.last().unwrap(), "the end in {outer}");
    }

    #[test]
    fn every_way_to_embed_a_document_keeps_its_places() {
        check("<a>xyz</a>", "xyz", &[3, 4, 5, 6]);
        check("<a>  xyz </a>", "xyz", &[5, 6, 7, 8]);
        check("<a>\r\n xyz</a>", "xyz", &[6, 7, 8, 9]);
        check("<a><![CDATA[漷y]]></a>", "漷y", &[12, 15, 19]);
        check("<a>\n <![CDATA[ xy]]>\n</a>", "xy", &[15, 16, 20]);
        check("<a b='>' c=\"/>'\"><![CDATA[x]]></a>", "x", &[26, 30]);
        check("<a>&lt;x&#x6F37;&gt;</a>", "<x漷>", &[3, 7, 8, 16, 20]);
        check("<a><![CDATA[x]]]]><![CDATA[>y]]></a>", "x]]>y", &[12, 13, 14, 27, 28, 32]);
        check("<a>x<!-- < -->y<?z < ?>w</a>", "xyw", &[3, 14, 23, 24]);
        check("<a>x\r\ny\rz</a>", "x\ny\nz", &[3, 4, 6, 7, 8, 9]);
        check("<a>&#32;&#10; <![CDATA[]]>x</a>", "x", &[26, 27]);
        check("<a/>", "", &[0]);
        check("<a></a>", "", &[3]);
    }
}
