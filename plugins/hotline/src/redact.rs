//! Blotting out what in a free text could lead to the person who complained (投诉举报处理暂行办法 art. 33).
//!
//! Found are: numbers that look like telephones or identity cards, however they are spaced; mail addresses; and what stands
//! behind a label such as `投诉人：`. A name in the middle of a sentence is not found: no rule tells it from other words.

use xiezhi_formats::cell::half_width;
use xiezhi_sdk::model::Uscc;
use xiezhi_sdk::model::personal::IdNumber;

/// What stands where something was blotted out.
pub(crate) const BLOT: &str = "〔已隐去〕";
/// Digits of a mobile number.
const MOBILE_DIGITS: usize = 11;
/// Characters of an identity number.
const ID_CHARS: usize = 18;
/// Most digits looked at from one place: an international prefix, a mobile number and some blanks fit twice.
const RUN_DIGITS_MAX: usize = 40;
/// A run of digits without a gap, at least this long and of no known kind, may be two numbers written together.
const LONG_RUN_DIGITS: usize = 12;
/// Behind a word such as 电话, this many digits are enough: a local number has seven, a short one five.
const NAMED_DIGITS_MIN: usize = 5;
/// How far before a number such a word may stand, in characters.
const NAMED_DISTANCE: usize = 10;
/// Most characters blotted out behind a label: an address is longer than a name.
const LABELLED_CHARS_MAX: usize = 60;
/// A person who complains by telephone is at least this old, so that numbers with a recent date in them stay readable.
const AGE_MIN: i16 = 5;
/// Words that announce a number.
const NUMBER_WORDS: [&str; 13] =
    ["电话", "手机", "联系方式", "号码", "身份证", "证件号", "微信", "QQ", "qq", "tel", "Tel", "phone", "mobile"];
/// Words for the person who complains.
const CALLER_LABELS: [&str; 12] = [
    "投诉人",
    "举报人",
    "来电人",
    "来访人",
    "诉求人",
    "反映人",
    "联系人",
    "申诉人",
    "报料人",
    "投诉者",
    "举报者",
    "来电者",
];
/// Words that may stand between such a label and its colon.
const LABEL_PARTS: [&str; 20] = [
    "的",
    "姓名",
    "名称",
    "联系电话",
    "手机号码",
    "电话号码",
    "手机号",
    "手机",
    "电话",
    "联系方式",
    "身份证号码",
    "身份证号",
    "身份证",
    "证件号码",
    "通讯地址",
    "联系地址",
    "地址",
    "住址",
    "邮箱",
    "微信号",
];

/// A text and how many places in it were blotted out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redacted {
    pub(crate) text: String,
    pub(crate) count: usize,
}

/// Blots a text out. `year` is the present one.
pub(crate) fn redact(text: &str, year: i16) -> Redacted {
    let original: Vec<char> = text.chars().collect();
    let plain: Vec<char> = original.iter().copied().map(folded).collect();
    let scan = Scan { plain: &plain, birth_year_max: year.saturating_sub(AGE_MIN) };
    let mut redacted = Redacted { text: String::with_capacity(text.len()), count: 0 };
    let mut at = 0;
    while let Some(&c) = original.get(at) {
        let (kept, end) = match scan.found(at) {
            Found::Nothing => (at + 1, at + 1),
            Found::Code(end) => (end, end),
            Found::Secret { from, end } => (from, end),
        };
        if kept == at + 1 && end == kept {
            redacted.text.push(c);
        } else {
            redacted.text.extend(original.get(at..kept).unwrap_or_default());
            if end > kept {
                redacted.text.push_str(BLOT);
                redacted.count += 1;
            }
        }
        at = end.max(at + 1);
    }
    redacted
}

/// One spelling for what people write in several: width, stars, dashes.
fn folded(c: char) -> char {
    match half_width(c) {
        '—' | '–' | '‐' | '‑' | '−' | '·' | '\u{a0}' | '\t' => '-',
        '×' | '●' | '•' => '*',
        'x' => 'X',
        other => other,
    }
}

/// What begins at a place.
enum Found {
    Nothing,
    /// A credit code: it stays, whatever its digits look like.
    Code(usize),
    /// Something to blot out from `from` on; what stands before it stays.
    Secret {
        from: usize,
        end: usize,
    },
}

struct Scan<'t> {
    plain: &'t [char],
    birth_year_max: i16,
}

impl Scan<'_> {
    fn found(&self, at: usize) -> Found {
        if let Some((from, end)) = self.labelled(at) {
            return Found::Secret { from, end };
        }
        let before = at.checked_sub(1).and_then(|before| self.plain.get(before)).copied();
        if !before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            if let Some(end) = self.credit_code(at) {
                return Found::Code(end);
            }
            if let Some(end) = self.mail(at) {
                return Found::Secret { from: at, end };
            }
        }
        let starts = self.plain.get(at).is_some_and(char::is_ascii_digit) && !before.is_some_and(is_digit);
        match self.number(at).filter(|_| starts) {
            Some(end) => Found::Secret { from: at, end },
            None => Found::Nothing,
        }
    }

    /// The value behind a label and a colon; `被投诉人` is somebody else.
    fn labelled(&self, at: usize) -> Option<(usize, usize)> {
        let label = CALLER_LABELS.iter().find(|label| self.reads(at, label))?;
        if at.checked_sub(1).and_then(|before| self.plain.get(before)) == Some(&'被') {
            return None;
        }
        let mut colon = at + label.chars().count();
        while let Some(part) = LABEL_PARTS.iter().find(|part| self.reads(colon, part)) {
            colon += part.chars().count();
        }
        let from = (self.plain.get(colon) == Some(&':')).then_some(colon + 1)?;
        let ends = |c: &char| matches!(c, ',' | '。' | ';' | '、' | '!' | '?' | '\n' | '\r');
        let rest = self.plain.get(from..)?;
        let length = rest.iter().take(LABELLED_CHARS_MAX).position(ends).unwrap_or(rest.len().min(LABELLED_CHARS_MAX));
        (length > 0).then_some((from, from + length))
    }

    fn reads(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(index, c)| self.plain.get(at + index) == Some(&folded(c)))
    }

    /// The end of a valid credit code that is not an identity number as well.
    fn credit_code(&self, at: usize) -> Option<usize> {
        let end = at + xiezhi_sdk::model::uscc::LENGTH;
        let text: String = self.plain.get(at..end)?.iter().collect();
        let ends = !self.plain.get(end).is_some_and(char::is_ascii_alphanumeric);
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
        let identity = IdNumber::parse(&text).is_ok() && birth(&text, 6, 4).is_some();
        (plain && ends && !identity && Uscc::parse(&text).is_ok()).then_some(end)
    }

    fn mail(&self, at: usize) -> Option<usize> {
        let word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%');
        let length = |from: usize| self.plain.get(from..).map_or(0, |rest| rest.iter().take_while(|c| word(c)).count());
        let name = length(at);
        let sign = at + name;
        let host = if self.plain.get(sign) == Some(&'@') { length(sign + 1) } else { 0 };
        (name > 0 && host > 0).then_some(sign + 1 + host)
    }

    /// The end of a number that begins here and looks like a person's.
    fn number(&self, at: usize) -> Option<usize> {
        let run = self.run(at);
        let digits: String = run.iter().map(|&(_, c)| c).collect();
        let end_of = |length: usize| {
            let &(last, _) = run.get(length.checked_sub(1)?)?;
            let open = self.plain.get(last + 1).copied().is_some_and(is_digit);
            (!open).then_some(last + 1)
        };
        for length in (10..=ID_CHARS).rev() {
            if let (Some(number), Some(end)) = (digits.get(..length), end_of(length))
                && self.is_personal(number)
            {
                return Some(end);
            }
        }
        let mut gapless = run.iter().enumerate().take_while(|&(index, &(place, _))| place == at + index).count();
        if digits.get(..gapless).is_some_and(|joined| joined.ends_with('X')) {
            gapless -= 1;
        }
        let joined = digits.get(..gapless).unwrap_or_default();
        let named = self.is_named(at) && gapless >= NAMED_DIGITS_MIN;
        let hidden = gapless >= LONG_RUN_DIGITS && (self.hides_one(joined));
        if named { end_of(run.len()).or(Some(at + gapless)) } else { hidden.then_some(at + gapless) }
    }

    /// Digits and stars from here on, with single gaps of a blank or a dash; an X may be the eighteenth.
    fn run(&self, at: usize) -> Vec<(usize, char)> {
        let mut run = Vec::new();
        let mut place = at;
        while run.len() < RUN_DIGITS_MAX {
            let Some(&c) = self.plain.get(place) else { break };
            if is_digit(c) || (c == 'X' && run.len() + 1 == ID_CHARS) {
                run.push((place, c));
            } else if !(matches!(c, ' ' | '-') && self.plain.get(place + 1).copied().is_some_and(is_digit)) {
                break;
            }
            place += 1;
        }
        run
    }

    fn is_personal(&self, number: &str) -> bool {
        let local = ["0086", "086", "86"].iter().find_map(|prefix| number.strip_prefix(prefix)).unwrap_or(number);
        is_mobile(number)
            || is_mobile(local)
            || is_landline(number)
            || self.is_identity(number)
            || is_old_identity(number)
    }

    fn is_identity(&self, number: &str) -> bool {
        if number.len() != ID_CHARS || !number.starts_with(|c: char| ('1'..='9').contains(&c)) {
            return false;
        }
        if number.contains('*') {
            return true;
        }
        birth(number, 6, 4).is_some_and(|year| year <= self.birth_year_max || IdNumber::parse(number).is_ok())
    }

    /// Whether numbers written together begin or end with a mobile number or hold an identity number.
    fn hides_one(&self, digits: &str) -> bool {
        let tail = digits.len().saturating_sub(MOBILE_DIGITS);
        let edge = [digits.get(..MOBILE_DIGITS), digits.get(tail..)].into_iter().flatten().any(is_mobile);
        let inside = |start: usize| {
            let piece = digits.get(start..start + ID_CHARS);
            piece.is_some_and(|piece| birth(piece, 6, 4).is_some() && IdNumber::parse(piece).is_ok())
        };
        edge || (0..digits.len().saturating_sub(ID_CHARS - 1)).any(inside)
    }

    fn is_named(&self, at: usize) -> bool {
        let before: String = self.plain.get(at.saturating_sub(NAMED_DISTANCE)..at).unwrap_or_default().iter().collect();
        NUMBER_WORDS.iter().any(|word| before.contains(word))
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '*'
}

fn is_mobile(number: &str) -> bool {
    let mut chars = number.chars();
    number.len() == MOBILE_DIGITS
        && chars.next() == Some('1')
        && chars.next().is_some_and(|c| ('3'..='9').contains(&c))
        && chars.all(is_digit)
}

/// Area code (010, 02x, 0xxx) and seven or eight digits.
fn is_landline(number: &str) -> bool {
    let mut chars = number.chars();
    (10..=12).contains(&number.len())
        && chars.next() == Some('0')
        && chars.next().is_some_and(|c| ('1'..='9').contains(&c))
        && chars.all(is_digit)
}

/// The fifteen digits of before 1999: region, `yymmdd`, three more.
fn is_old_identity(number: &str) -> bool {
    number.len() == 15
        && number.bytes().all(|b| b.is_ascii_digit())
        && number.get(..2).and_then(|region| region.parse().ok()).is_some_and(|region: u8| (11..=82).contains(&region))
        && birth(number, 6, 2).is_some()
}

/// The year of a birth date at a place, where month and day can be right.
fn birth(number: &str, at: usize, year_digits: usize) -> Option<i16> {
    let part = |from: usize, length: usize| number.get(from..from + length)?.parse::<i16>().ok();
    let year = part(at, year_digits)?;
    let (month, day) = (part(at + year_digits, 2)?, part(at + year_digits + 2, 2)?);
    let century = year_digits == 2 || (1900..2100).contains(&year);
    (century && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `#` stands for what is blotted out.
    fn check(text: &str, expected: &str) {
        let found = redact(text, 2026);
        assert_eq!(found.text, expected.replace('#', BLOT), "{text}");
        assert_eq!(found.count, expected.matches('#').count(), "{text}");
        assert_eq!(redact(&found.text, 2026).text, found.text, "blotting out twice changes nothing: {text}");
    }

    #[test]
    fn telephone_numbers_are_blotted_out() {
        for (text, expected) in [
            ("请回电13900000009，谢谢", "请回电#，谢谢"),
            ("139 0000 0009或139-0000-0009", "#或#"),
            ("１３９００００００９", "１３９００００００９"),
            ("１３９０００００００９", "#"),
            ("+8613900000009、008613900000009、86-139-0000-0009", "+#、#、#"),
            ("139****0009，130×××××009", "#，#"),
            ("座机010-60000009或0316 2000009", "座机#或#"),
            ("王先生13900000009110112190001010013", "王先生#"),
            ("联系电话：60000009", "联系电话：#"),
            ("手机尾号70009", "手机尾号#"),
            ("A13900000009B", "A#B"),
            ("充值2980 13900000009", "充值2980 #"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn identity_numbers_are_blotted_out() {
        for (text, expected) in [
            ("身份证110112190001010013", "身份证#"),
            ("本人(11010519491231002x)称", "本人(#)称"),
            ("110112 19000101 0013", "#"),
            ("号码错一位的110112190001010014也算", "号码错一位的#也算"),
            ("110112********0013", "#"),
            ("旧证110112490101001", "旧证#"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn what_a_label_announces_is_blotted_out() {
        for (text, expected) in [
            ("投诉人：张三，称商家失联", "投诉人：#，称商家失联"),
            ("举报人姓名:李 四;联系人的联系电话：无", "举报人姓名:#;联系人的联系电话：#"),
            ("投诉人地址：北京市通州区某街某号。其余略", "投诉人地址：#。其余略"),
            ("被投诉人：北京潞河云驿科技有限公司", "被投诉人：北京潞河云驿科技有限公司"),
            ("投诉人称无法退款", "投诉人称无法退款"),
            ("发送至zhang.san@example.com即可", "发送至#即可"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "2026-09-19 08:12:40充值2980.00元",
            "工单20260919110112000345、12315-1110112-202609200078",
            "信用代码911100001000044477和91110112MAYYT00167、9111010859963405XW",
            "1号院6号楼3层A-0017号，面积1234.56平方米",
            "任务号110112202609190346",
            "订单2026091900008",
            "漷㛃\u{20164}堃镕",
            "",
        ] {
            check(text, text);
        }
    }
}
