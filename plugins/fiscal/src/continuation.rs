//! Texts that no column holds: each is an item of continuation lines (`C`), whose pieces are counted in bytes.
//!
//! A piece says how many bytes of its column are text, so that blanks at a cut are not lost, and whether the item goes on
//! (`0`), goes on after a line break (`1`) or ends (`2`).

use xiezhi_formats::charset::gb18030_text;

use crate::file::Detail;
use crate::layout::continuation as columns;
use crate::line::Line;
use crate::problem::{Problem, code};

/// Most characters of an item: as much as a description may have anywhere.
pub(crate) const ITEM_CHARS_MAX: usize = 4_000;

/// What an item is, 栏目.
pub(crate) mod item {
    pub(crate) const TITLE: (&str, &str) = ("01", "标题");
    pub(crate) const TEXT: (&str, &str) = ("02", "内容");
    pub(crate) const NAME: (&str, &str) = ("03", "单位名称");
    pub(crate) const ADDRESS: (&str, &str) = ("04", "地址");
    pub(crate) const CATEGORY: (&str, &str) = ("05", "事项类别");
    pub(crate) const CATEGORY_NAME: (&str, &str) = ("06", "事项类别名称");
    pub(crate) const SOURCE: (&str, &str) = ("07", "来源单位");
    pub(crate) const SOURCE_NUMBER: (&str, &str) = ("08", "来源编号");
    pub(crate) const COORDINATE: (&str, &str) = ("09", "经纬度");
    pub(crate) const DEVICE: (&str, &str) = ("10", "设备");
    pub(crate) const MEASURE: (&str, &str) = ("11", "惩戒措施");
    pub(crate) const LEGAL_BASIS: (&str, &str) = ("12", "法律依据");
    pub(crate) const REASON: (&str, &str) = ("13", "原因");
    pub(crate) const FAULT_CODE: (&str, &str) = ("14", "错误代码");
    pub(crate) const CASE: (&str, &str) = ("15", "案件编号");
    pub(crate) const ROW: (&str, &str) = ("16", "错误行");
    pub(crate) const ROWS_LEFT: (&str, &str) = ("17", "未列出行数");
    pub(crate) const CLAUSE_NAME: (&str, &str) = ("18", "依据条款名称");
    pub(crate) const ALL: [(&str, &str); 18] = [
        TITLE,
        TEXT,
        NAME,
        ADDRESS,
        CATEGORY,
        CATEGORY_NAME,
        SOURCE,
        SOURCE_NUMBER,
        COORDINATE,
        DEVICE,
        MEASURE,
        LEGAL_BASIS,
        REASON,
        FAULT_CODE,
        CASE,
        ROW,
        ROWS_LEFT,
        CLAUSE_NAME,
    ];
}

/// How a piece ends, 续行标志.
pub(crate) mod mark {
    /// The item goes on.
    pub(crate) const ON: &str = "0";
    /// The item goes on after a line break.
    pub(crate) const BREAK: &str = "1";
    /// The item ends.
    pub(crate) const END: &str = "2";
}

/// A text.
#[derive(Debug)]
pub(crate) struct Item {
    /// Its 栏目.
    pub(crate) code: String,
    pub(crate) text: String,
    /// Where its first piece begins in the message.
    pub(crate) at: usize,
}

/// The items of a detail.
#[derive(Debug)]
pub(crate) struct Items(pub(crate) Vec<Item>);

impl Items {
    /// Reads the continuation lines of a detail.
    pub(crate) fn read(detail: &Detail<'_>) -> Result<Self, Problem> {
        let mut items: Vec<Item> = Vec::new();
        let mut open = false;
        for (nth, line) in (1..).zip(&detail.continuations) {
            line.check_length()?;
            check_place(detail, line, nth)?;
            let code = known_item(line)?;
            let (at, piece) = piece(line)?;
            match items.last_mut().filter(|_| open) {
                Some(last) if last.code == code => last.text.push_str(&piece),
                Some(_) => return Err(wrong(line, &columns::ITEM, "上一栏目尚未结束（续行标志 2），不能开始新栏目")),
                None => items.push(Item { code, text: piece, at }),
            }
            let (_, raw) = line.raw(&columns::MARK);
            open = match raw {
                b"0" => true,
                b"1" => {
                    items.iter_mut().next_back().into_iter().for_each(|last| last.text.push('\n'));
                    true
                }
                b"2" => false,
                _ => {
                    return Err(wrong(
                        line,
                        &columns::MARK,
                        "续行标志应为0（接下行）、1（换行后接下行）或2（本栏目结束）",
                    ));
                }
            };
            if let Some(last) = items.last().filter(|last| last.text.chars().count() > ITEM_CHARS_MAX) {
                let text = format!("一个栏目的文本不得超过{ITEM_CHARS_MAX}个字");
                return Err(Problem::new(code::FIELD_TOO_LONG, last.at, text).in_field(columns::TEXT.name));
            }
        }
        match detail.continuations.last() {
            Some(last) if open => Err(wrong(last, &columns::MARK, "最后一个栏目没有结束（续行标志 2），可能缺少续行")),
            _ => Ok(Self(items)),
        }
    }

    /// The text of an item that comes at most once.
    pub(crate) fn one(&self, (code, name): (&'static str, &'static str)) -> Result<Option<&Item>, Problem> {
        let mut found = self.all(code);
        let first = found.next().filter(|item| !item.text.trim().is_empty());
        match found.next() {
            None => Ok(first),
            Some(second) => {
                let text = format!("栏目{code}（{name}）在一行明细中只能有一个");
                Err(Problem::new(code::CONTINUATION_INVALID, second.at, text).in_field(columns::ITEM.name))
            }
        }
    }

    /// Every item of a code.
    pub(crate) fn all(&self, code: &'static str) -> impl Iterator<Item = &Item> {
        self.0.iter().filter(move |item| item.code == code)
    }
}

/// Bytes of text on a continuation line, for the control total.
pub(crate) fn text_bytes(line: &Line<'_>) -> Result<i64, Problem> {
    line.check_length()?;
    line.amount(&columns::LENGTH)
}

fn check_place(detail: &Detail<'_>, line: &Line<'_>, nth: usize) -> Result<(), Problem> {
    let owner = detail.line.raw(&crate::layout::monitor::SEQ).1;
    if line.raw(&columns::SEQ).1 != owner {
        return Err(wrong(line, &columns::SEQ, "续行的序号应与所属明细（D 行）的序号相同"));
    }
    match line.count(&columns::NUMBER)? {
        number if number == nth => Ok(()),
        _ => Err(wrong(line, &columns::NUMBER, "续行号应从00001起连续，可能缺少或重复了续行")),
    }
}

fn known_item(line: &Line<'_>) -> Result<String, Problem> {
    let cell = line.text(&columns::ITEM)?;
    match item::ALL.iter().any(|(code, _)| *code == cell.text) {
        true => Ok(cell.text),
        false => Err(cell.problem(code::CODE_UNKNOWN, "栏目代码不在表中，请按接口说明填写")),
    }
}

/// The text of a line, as long as its length column says.
fn piece(line: &Line<'_>) -> Result<(usize, String), Problem> {
    let length = line.count(&columns::LENGTH)?;
    let (at, raw) = line.raw(&columns::TEXT);
    let Some((text, filler)) = raw.split_at_checked(length) else {
        let text = format!("文本长度不得超过{}字节", columns::TEXT.bytes);
        return Err(wrong(line, &columns::LENGTH, &text));
    };
    if filler.iter().any(|&byte| byte != b' ') {
        let text = "文本长度与文本不符：长度之后应全是半角空格；长度按字节（不是按字）计算";
        return Err(wrong(line, &columns::LENGTH, text));
    }
    let text = gb18030_text(text).map_err(|problem| problem.moved(at).in_field(columns::TEXT.name))?;
    Ok((at, text))
}

fn wrong(line: &Line<'_>, column: &crate::layout::Column, text: &str) -> Problem {
    Problem::new(code::CONTINUATION_INVALID, line.at + column.at, text).in_field(column.name)
}
