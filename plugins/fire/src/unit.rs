//! The application data unit: its type and its objects (8.3). Knows which types there are, not what a state means.

use xiezhi_sdk::model::fault::Fault;

use crate::frame::Frame;
use crate::label::LABEL_BYTES;
use crate::payload::Payload;
use crate::problem::{FORMAT, Problem, code};

/// What a type flag says that the plugin reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 1: 上传建筑消防设施系统状态.
    SystemState,
    /// 2: 上传建筑消防设施部件运行状态.
    ComponentState,
    /// A type of the standard whose objects are kept as they are.
    Kept(&'static str),
    /// A type of our own: one object with a text.
    Text(Text),
}

/// The types of our own that come from the department (the standard leaves 128 to 254 to users).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// 200: inspection record.
    Inspection,
    /// 201: feedback on an assignment.
    Feedback,
    /// 202: feedback on a measure of joint punishment.
    MeasureFeedback,
    /// 203: receipt for a message.
    Receipt,
}

impl Kind {
    fn of(flag: u8) -> Option<Self> {
        Some(match flag {
            1 => Self::SystemState,
            2 => Self::ComponentState,
            3 => Self::Kept("建筑消防设施部件模拟量值"),
            4 => Self::Kept("建筑消防设施操作信息"),
            5 => Self::Kept("建筑消防设施软件版本"),
            6 => Self::Kept("建筑消防设施系统配置情况"),
            7 => Self::Kept("建筑消防设施部件配置情况"),
            8 => Self::Kept("建筑消防设施系统时间"),
            21 | 24..=28 => Self::Kept("用户信息传输装置信息"),
            200 => Self::Text(Text::Inspection),
            201 => Self::Text(Text::Feedback),
            202 => Self::Text(Text::MeasureFeedback),
            203 => Self::Text(Text::Receipt),
            _ => return None,
        })
    }
}

/// An application data unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit<'b> {
    pub(crate) flag: u8,
    pub(crate) kind: Kind,
    /// 信息对象数目.
    pub(crate) count: u8,
    /// The objects.
    pub(crate) objects: &'b [u8],
    /// Where the objects begin in the message.
    pub(crate) objects_at: usize,
}

impl<'b> Unit<'b> {
    /// Reads type and number of objects.
    pub(crate) fn read(frame: &Frame<'b>) -> Result<Self, Problem> {
        let at = frame.unit_at();
        let [flag, count, objects @ ..] = frame.unit else {
            let text = "应用数据单元为空：发送数据和应答帧至少应有类型标志和信息对象数目，请检查发送程序";
            return Err(Problem::new(code::UNIT_INVALID, at, text).in_field("应用数据单元"));
        };
        let Some(kind) = Kind::of(*flag) else {
            let text = format!(
                "类型标志{flag}不在网关接收范围内：设备数据请用1至8、21、24至28，监督检查用200，反馈用201、202，回执用203"
            );
            return Err(Problem::new(code::TYPE_UNSUPPORTED, at, text).in_field("类型标志"));
        };
        Ok(Self { flag: *flag, kind, count: *count, objects, objects_at: at + 2 })
    }

    /// The objects of a type whose objects all have `bytes` bytes before their time label, each with its place.
    pub(crate) fn objects(
        &self,
        bytes: usize,
        count_max: u8,
    ) -> Result<impl Iterator<Item = (usize, &'b [u8], &'b [u8])> + use<'b>, Problem> {
        let size = bytes + LABEL_BYTES;
        let expected = usize::from(self.count) * size;
        if self.count == 0 || self.count > count_max || self.objects.len() != expected {
            let text = format!(
                "信息对象数目为{}，按每个{size}字节应有{expected}字节，实有{}字节（类型{}最多{count_max}个），请检查发送程序",
                self.count,
                self.objects.len(),
                self.flag
            );
            return Err(Problem::new(code::UNIT_INVALID, self.objects_at - 1, text).in_field("信息对象数目"));
        }
        let at = self.objects_at;
        let object = move |(index, object): (usize, &'b [u8])| {
            let (body, label) = object.split_at_checked(bytes).unwrap_or_default();
            (at + index * size, body, label)
        };
        Ok(self.objects.chunks_exact(size).enumerate().map(object))
    }

    /// The text of a type of our own: `length(2) text(length) label(6)`, one object.
    pub(crate) fn payload(&self) -> Result<Payload<'b>, Fault> {
        let wrong =
            |at: usize, text: String| Problem::new(code::UNIT_INVALID, at, text).in_field("信息对象").fault(FORMAT);
        if self.count != 1 {
            let text = format!("类型{}的信息对象数目应为1，实为{}", self.flag, self.count);
            return Err(wrong(self.objects_at - 1, text));
        }
        let Some((length, rest)) = self.objects.split_first_chunk::<2>() else {
            return Err(wrong(self.objects_at, "信息对象缺少文本长度".to_owned()));
        };
        let length = usize::from(u16::from_le_bytes(*length));
        match rest.split_at_checked(length) {
            Some((text, label)) if label.len() == LABEL_BYTES => {
                Ok(Payload::new(text, self.objects_at + 2, label, self.objects_at + 2 + length))
            }
            _ => {
                let text = format!(
                    "文本长度{length}与应用数据单元不符：文本之后应正好是{LABEL_BYTES}字节时间标签，按字节（不是按字）计算"
                );
                Err(wrong(self.objects_at, text))
            }
        }
    }
}
