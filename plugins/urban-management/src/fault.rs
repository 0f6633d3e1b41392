//! Everything that can be wrong with a message, with its stable code and the words a clerk reads.
//!
//! No text holds the secret, the signature that was expected, or personal data. Where a text shows what came, it shows
//! at most [`SHOWN_CHARS_MAX`] characters of it.

use thiserror::Error;
use xiezhi_sdk::model::fault::Fault;
use xiezhi_sdk::model::place::CoordinateError;
use xiezhi_sdk::model::town::TownCodeError;
use xiezhi_sdk::model::uscc::UsccError;

/// Most characters of a message that a fault text repeats: enough to find the place, too few to copy a body.
const SHOWN_CHARS_MAX: usize = 40;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Problem {
    /// Not a form.
    #[error("报文不是有效的表单（application/x-www-form-urlencoded）：{0}")]
    FormMalformed(&'static str),
    /// A percent escape gives bytes that are no UTF-8.
    #[error("字段解码后不是UTF-8文字，请按UTF-8编码后再做百分号转义")]
    Encoding,
    /// A field is absent or empty.
    #[error("缺少必填字段“{0}”，请补齐后重发")]
    FieldMissing(String),
    /// A form field comes twice.
    #[error("字段“{0}”重复出现，请只保留一个")]
    FieldDuplicate(String),
    /// The application key is not the agreed one.
    #[error("appKey“{0}”与约定的不一致，请核对接入参数")]
    AppKey(String),
    /// The signature does not fit the fields.
    #[error("签名不符：内容在签名后被改动，或双方密钥不一致；请核对密钥和签名方法（SM3，字段按名称排序，值不转义）")]
    SignMismatch,
    /// The link has no secret: the gateway's operator must act.
    #[error("网关未配置本单位的签名密钥（sign_secret），请网关运维人员配置后重新处理，报送方无需操作")]
    SecretMissing,
    /// Another setting of the link is absent or out of range: the gateway's operator must act.
    #[error("网关配置项“{0}”缺失或超出范围，请网关运维人员改正后重新处理，报送方无需操作")]
    SettingInvalid(&'static str),
    /// The time stamp is no time.
    #[error("timestamp“{0}”不是有效的北京时间，应为14位数字 yyyyMMddHHmmss")]
    TimestampInvalid(String),
    /// The time stamp is too far from the time of receipt.
    #[error("timestamp与收到时间相差{difference_s}秒，超过允许的{window_s}秒，请校准时钟后重新签名发送")]
    TimestampStale {
        /// How far, in seconds.
        difference_s: i64,
        /// How far it may be, in seconds.
        window_s: i64,
    },
    /// The nonce has another shape.
    #[error("nonce应为8至64位字母或数字")]
    NonceInvalid,
    /// The business content is no JSON.
    #[error("bizContent不是有效的JSON，解析到第{0}字节处出错")]
    JsonMalformed(usize),
    /// The method is not known.
    #[error(
        "method“{0}”未约定，可用：case.transfer、case.transfer.batch、case.feedback、case.receipt、punish.feedback"
    )]
    MethodUnknown(String),
    /// The interface version is not known.
    #[error("version“{0}”不支持，现行版本为1.0")]
    VersionUnknown(String),
    /// A field of the business content breaks its rule.
    #[error("字段“{field}”{rule}")]
    BizInvalid {
        /// The field.
        field: String,
        /// The rule, as the end of the sentence.
        rule: String,
    },
    /// A batch is empty or too long.
    #[error("批量报送应为1至{max}条，实为{found}条，请分批报送")]
    BatchSize {
        /// How many there are.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// A social credit code is damaged.
    #[error(transparent)]
    Uscc(#[from] UsccError),
    /// A town code has another shape.
    #[error(transparent)]
    StreetCode(#[from] TownCodeError),
    /// A grid code has another shape or lies in another town.
    #[error("单元网格编码{0}（6位区划+3位街道+3位社区+3位顺序码）")]
    GridCode(&'static str),
    /// A case type code has another shape or belongs to another district.
    #[error("事部件编码{0}（事件10位：6位区划+2位大类+2位小类；部件或事项16位）")]
    EventCode(&'static str),
    /// A coordinate is no point.
    #[error(transparent)]
    Coordinate(#[from] CoordinateError),
    /// Only one of the two axes came.
    #[error("坐标x、y应同时填写或同时不填")]
    CoordinateHalf,
    /// The datum is absent or not known.
    #[error("坐标系“{0}”不支持，应为EPSG:4490（CGCS2000）或EPSG:4326（WGS84）")]
    CrsUnknown(String),
    /// The record kind cannot be written in this format.
    #[error("城管格式不支持发送“{0}”类记录，只支持派遣、督办、撤回、联合惩戒、解除和回执")]
    KindUnwritten(String),
    /// A receipt of the department shall be sent to the department.
    #[error("城管发来的回执不能再发回城管")]
    DirectionInvalid,
}

impl Problem {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::FormMalformed(_) => "urban.form-malformed",
            Self::Encoding => "urban.encoding",
            Self::FieldMissing(_) => "urban.field-missing",
            Self::FieldDuplicate(_) => "urban.field-duplicate",
            Self::AppKey(_) => "urban.app-key",
            Self::SignMismatch => "urban.sign-mismatch",
            Self::SecretMissing => "urban.secret-missing",
            Self::SettingInvalid(_) => "urban.setting-invalid",
            Self::TimestampInvalid(_) => "urban.timestamp-invalid",
            Self::TimestampStale { .. } => "urban.timestamp-stale",
            Self::NonceInvalid => "urban.nonce-invalid",
            Self::JsonMalformed(_) => "urban.json-malformed",
            Self::MethodUnknown(_) => "urban.method-unknown",
            Self::VersionUnknown(_) => "urban.version-unknown",
            Self::BizInvalid { .. } => "urban.biz-invalid",
            Self::BatchSize { .. } => "urban.batch-size",
            Self::Uscc(error) => error.code(),
            Self::StreetCode(_) => "urban.street-code",
            Self::GridCode(_) => "urban.grid-code",
            Self::EventCode(_) => "urban.event-code",
            Self::Coordinate(_) | Self::CoordinateHalf => "urban.coordinate",
            Self::CrsUnknown(_) => "urban.crs-unknown",
            Self::KindUnwritten(_) => "urban.kind-unwritten",
            Self::DirectionInvalid => "urban.direction-invalid",
        }
    }

    /// A field of the business content that breaks a rule.
    pub(crate) fn biz(field: &str, rule: impl Into<String>) -> Self {
        Self::BizInvalid { field: field.to_owned(), rule: rule.into() }
    }

    /// The fault of a whole message, without a place.
    pub(crate) fn fault(&self) -> Fault {
        Fault::new(self.code(), self.to_string())
    }
}

/// The beginning of a text, as much of it as a fault may repeat.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

/// Every code of the table above, for the test that holds them against the page.
#[cfg(test)]
pub(crate) const CODES: [&str; 28] = [
    "urban.form-malformed",
    "urban.encoding",
    "urban.field-missing",
    "urban.field-duplicate",
    "urban.app-key",
    "urban.sign-mismatch",
    "urban.secret-missing",
    "urban.setting-invalid",
    "urban.timestamp-invalid",
    "urban.timestamp-stale",
    "urban.nonce-invalid",
    "urban.json-malformed",
    "urban.method-unknown",
    "urban.version-unknown",
    "urban.biz-invalid",
    "urban.batch-size",
    "uscc.length",
    "uscc.scientific-notation",
    "uscc.character",
    "uscc.region",
    "uscc.check-character",
    "urban.street-code",
    "urban.grid-code",
    "urban.event-code",
    "urban.coordinate",
    "urban.crs-unknown",
    "urban.kind-unwritten",
    "urban.direction-invalid",
];
