//! Command numbers (CN, HJ 212-2017 table 9) and what each means to the gateway.
//!
//! Those that HJ 212-2025 adds are known from an open implementation, not from the standard's text.

/// What an inbound command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Monitoring data; the word is [`xiezhi_sdk::model::record::Indicator::period`].
    Data(&'static str),
    /// What a station says of its clock, intervals or hardware; the word is the indicator's period. No `DataTime` is
    /// needed: the exchange's own time stands for it.
    Parameter(&'static str),
    /// A station answers something that was sent to it.
    Answer(Answer),
    /// A sign of life (HJ 212-2025): it says only that the station works.
    Heartbeat,
    /// The department answers an assignment. Our own design.
    Feedback,
    /// The department confirms a message. Our own design.
    Receipt,
}

/// Which answer of a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 9011, answer to a request: `QnRtn`.
    Request,
    /// 9012, result of carrying it out: `ExeRtn`.
    Execution,
    /// 9013, answer to a notice.
    Notice,
    /// 9014, answer to data.
    Data,
}

/// 9011, answer to a request.
pub(crate) const REQUEST_ANSWER: &str = "9011";
/// 9014, answer to data.
pub(crate) const DATA_ANSWER: &str = "9014";
/// An assignment, from the gateway. CN 8101 to 8113 are our own design, in a range that the standard leaves free.
pub(crate) const ASSIGNMENT: &str = "8101";
/// A reminder, from the gateway.
pub(crate) const REMINDER: &str = "8102";
/// A receipt, from the gateway.
pub(crate) const RECEIPT_DOWN: &str = "8103";
/// Feedback, from the department.
pub(crate) const FEEDBACK: &str = "8111";
/// A receipt, from the department.
pub(crate) const RECEIPT_UP: &str = "8113";

impl Command {
    /// The command of a CN; `None` when the gateway does not take it.
    pub(crate) fn of(cn: &str) -> Option<Self> {
        Some(match cn {
            "2011" => Self::Data("realtime"),
            "2021" => Self::Data("facility_state"),
            "2031" => Self::Data("day"),
            "2041" => Self::Data("run_time"),
            "2051" => Self::Data("minute"),
            "2061" => Self::Data("hour"),
            // A 2081 tells when the station was switched on, a 3015 that a sample over the limit was kept.
            "2081" => Self::Data("boot"),
            "3015" => Self::Data("kept_sample"),
            "3020" => Self::Data("site_log"),
            // HJ 212-2025: raw readings, a single noise reading, a check against a standard sample, furnace temperature.
            "2013" => Self::Data("raw"),
            "2052" => Self::Data("noise_reading"),
            "2062" => Self::Data("standard_check"),
            "2111" => Self::Data("furnace_temperature"),
            "1001" => Self::Parameter("hardware_number"),
            "1011" => Self::Parameter("station_time"),
            "1061" => Self::Parameter("realtime_interval"),
            "1063" => Self::Parameter("minute_interval"),
            "3017" => Self::Parameter("sampling_cycle"),
            "3018" => Self::Parameter("sample_output_time"),
            "3019" => Self::Parameter("device_number"),
            REQUEST_ANSWER => Self::Answer(Answer::Request),
            "9012" => Self::Answer(Answer::Execution),
            "9013" => Self::Answer(Answer::Notice),
            DATA_ANSWER => Self::Answer(Answer::Data),
            "9015" => Self::Heartbeat,
            FEEDBACK => Self::Feedback,
            RECEIPT_UP => Self::Receipt,
            _ => return None,
        })
    }

    /// Whether a frame with the A bit is answered with 9014: data and the department's messages are, answers never,
    /// or two sides would answer each other for ever.
    pub(crate) fn is_acknowledged(self) -> bool {
        !matches!(self, Self::Answer(_))
    }
}

/// 1014, a station asks for a new key (HJ 212-2025).
pub(crate) const KEY_REQUEST: &str = "1014";

/// The requests that a station makes of its host: 1013, 现场机时间校准请求, and 1014.
pub(crate) fn is_request(cn: &str) -> bool {
    matches!(cn, "1013" | KEY_REQUEST)
}

/// The field that tells the department's messages of one second apart; part of the key of a multi-part message.
pub(crate) fn identity_field(cn: &str) -> Option<&'static str> {
    match cn {
        ASSIGNMENT | REMINDER | FEEDBACK => Some("AssignId"),
        RECEIPT_DOWN | RECEIPT_UP => Some("MsgId"),
        _ => None,
    }
}
