//! The code tables of the list, and the shape of a credit code (GB 32100-2015), as this side of the wire has them.
//!
//! Written down a second time on purpose: a mistake in the gateway's tables shall meet a refusal here.

/// The 31 characters of a credit code; a character's value is its place.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Digits of a registration number (GS 15).
const REGISTRATION_DIGITS: usize = 15;

/// Which of the three lists an entity belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Enterprise,
    Individual,
    Cooperative,
}

impl Kind {
    /// All of them: an entity that has only a registration number may be any.
    pub(crate) const ALL: [Self; 3] = [Self::Enterprise, Self::Individual, Self::Cooperative];

    /// The kind that a credit code tells by its first two characters.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        match code.get(..2)? {
            "91" => Some(Self::Enterprise),
            "92" => Some(Self::Individual),
            "93" => Some(Self::Cooperative),
            _ => None,
        }
    }

    /// Words of a `SpeCause`, where the table has the code.
    pub(crate) fn cause(self, code: &str) -> Option<&'static str> {
        Some(match (self, code) {
            (Self::Enterprise | Self::Cooperative, "1") => "未按规定的期限公示年度报告的",
            (Self::Enterprise, "2") => "未在责令的期限内公示有关企业信息的",
            (Self::Enterprise, "3") => "公示企业信息隐瞒真实情况、弄虚作假的",
            (Self::Enterprise | Self::Cooperative, "4") => "通过登记的住所或者经营场所无法联系的",
            (Self::Cooperative, "3") => "公示信息隐瞒真实情况、弄虚作假的",
            (Self::Individual, "1") => "年度报告隐瞒真实情况、弄虚作假的",
            (Self::Individual, "2") => "通过登记的经营场所或者经营者住所无法联系的",
            (Self::Individual, "3") => "未按规定报送年度报告的",
            _ => return None,
        })
    }

    /// Words of a `RemExcpres`, where the table has the code.
    pub(crate) fn removal(self, code: &str) -> Option<&'static str> {
        Some(match (self, code) {
            (Self::Enterprise | Self::Cooperative, "1") => "已补报未报年份的年度报告并公示，申请移出",
            (Self::Enterprise, "2") => "已履行公示义务，申请移出",
            (Self::Enterprise | Self::Cooperative, "3") => "已更正其公示的信息，申请移出",
            (Self::Enterprise, "4") => "依法办理住所或者经营场所变更登记后，申请移出",
            (Self::Enterprise, "5") => "通过登记的住所或者经营场所可以重新取得联系，申请移出",
            (Self::Enterprise | Self::Cooperative, "7") | (Self::Individual, "5") => "已注销或者被吊销营业执照",
            (Self::Cooperative, "4") => "已依法办理住所变更登记，申请移出",
            (Self::Cooperative, "5") => "通过登记的住所可以重新取得联系，申请移出",
            (Self::Individual, "1") => "已更正年度报告，申请恢复正常记载状态",
            (Self::Individual, "2") => "已办理经营场所变更登记，申请恢复正常记载状态",
            (Self::Individual, "3") => "已补报年度报告，申请恢复正常记载状态",
            (Self::Individual, "4") => "已重新取得联系，申请恢复正常记载状态",
            _ => return None,
        })
    }
}

/// Whether a text is a credit code of an entity that can be on the list: 18 characters of the alphabet, six digits of a
/// region, a first pair of the three kinds, the right check character (mod 31).
pub(crate) fn is_credit_code(text: &str) -> bool {
    let Some((body, check)) = text.split_at_checked(17) else { return false };
    let region = body.get(2..8).unwrap_or_default();
    if Kind::of_code(text).is_none() || !region.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    // 3^(i-1) mod 31 is the weight of position i.
    let mut weight = 1;
    let mut sum = 0;
    for character in body.chars() {
        let Some(value) = ALPHABET.find(character) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    let wanted = (31 - sum % 31) % 31;
    check.len() == 1 && ALPHABET.find(check) == Some(wanted)
}

/// Whether a text can be a registration number (注册号).
pub(crate) fn is_registration_number(text: &str) -> bool {
    text.len() == REGISTRATION_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text can be the code of an authority: six digits (GB/T 2260).
pub(crate) fn is_authority_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_codes_are_checked_by_shape_and_mod_31() {
        for (text, right) in [
            ("91110112MAYYT00167", true),
            ("91110112MAYYT00168", false),
            ("91110112MAYYT0016", false),
            ("91110112MAYYT001677", false),
            ("91110112MAIYT00167", false),
            ("91A10112MAYYT00167", false),
            ("51110112MAYYT00167", false),
            ("北京市通州区", false),
            ("", false),
        ] {
            assert_eq!(is_credit_code(text), right, "{text}");
        }
    }

    #[test]
    fn lost_contact_is_another_code_for_each_kind() {
        let codes = Kind::ALL.map(|kind| {
            (1..9).find(|code| kind.cause(&code.to_string()).is_some_and(|words| words.contains("无法联系")))
        });
        assert_eq!(codes, [Some(4), Some(2), Some(4)]);
    }
}
