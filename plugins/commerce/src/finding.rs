//! 检查发现 (`FINDING`), and the classes of issues that reports and findings share.

use xiezhi_formats::fields::chars_max;
use xiezhi_formats::xml::Element;
use xiezhi_sdk::model::record::{Finding, Issue, SCHEMA_VERSION};

use crate::party::{self, owned};
use crate::problem::{Problem, code};

/// Classes of issues (`ISSUECODE`), a table of our own after the clauses of the measure that concern the bureau.
const CLASSES: [(&str, &str); 6] = [
    ("01", "实际经营地与登记住所不一致且未自行公示"),
    ("02", "未按规定报送外商投资信息"),
    ("03", "不符合外商投资准入要求"),
    ("04", "登记住所无法联系"),
    ("05", "报送或登记材料涉嫌虚假"),
    ("99", "其他"),
];
/// Fields of an issue, wherever it stands.
pub(crate) const ISSUE_FIELDS: [&str; 4] = ["ISSUE", "ISSUECODE", "ISSUENAME", "LEGALBASIS"];
/// Fields of a finding that have a place in the record.
const FIELDS: [&str; 3] = ["FINDNO", "TITLE", "CONTENT"];
/// Characters of an issue that make a title of one line where the format has none.
const TITLE_CHARS: usize = 60;

/// Reads one finding.
pub(crate) fn finding(row: &Element<'_>) -> Result<Finding, Problem> {
    let number = row.required("FINDNO", chars_max::NUMBER)?;
    let issue = issue(row)?.ok_or_else(|| row.missing("ISSUECODE"))?;
    let title = row.required("TITLE", chars_max::NAME)?;
    let found_at = row.optional("FINDTIME", chars_max::CODE)?.map(|value| party::time(&value)).transpose()?;
    let known = [FIELDS.as_slice(), ISSUE_FIELDS.as_slice(), &["FINDTIME"]].concat();
    let mut extra = party::extra(row, &known)?;
    Ok(Finding {
        schema_version: SCHEMA_VERSION,
        reference: number.text.to_owned(),
        party: party::party(row, &mut extra)?,
        issue,
        title: title.text.to_owned(),
        text: owned(row.optional("CONTENT", chars_max::TEXT)?).unwrap_or_default(),
        found_at,
        legal_basis: owned(row.optional("LEGALBASIS", chars_max::LINE)?),
        people: party::people(row)?,
        extra,
        ..Finding::default()
    })
}

/// The class of an issue, where the sender gives one.
pub(crate) fn issue(row: &Element<'_>) -> Result<Option<Issue>, Problem> {
    let name = row.optional("ISSUENAME", chars_max::NAME)?;
    let Some(class) = row.optional("ISSUECODE", chars_max::CODE)? else { return Ok(None) };
    let Some((code, usual)) = CLASSES.into_iter().find(|&(code, _)| code == class.text) else {
        let list: Vec<String> = CLASSES.iter().map(|(code, name)| format!("{code} {name}")).collect();
        return Err(class.problem(code::CODE_UNKNOWN, format!("问题类别 ISSUECODE 应为：{}", list.join("、"))));
    };
    Ok(Some(Issue {
        code_system: "sw-issue".to_owned(),
        code: code.to_owned(),
        name: Some(owned(name).unwrap_or_else(|| usual.to_owned())),
    }))
}

/// One line out of a description.
pub(crate) fn title(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut title: String = line.chars().take(TITLE_CHARS).collect();
    if title.len() < text.len() {
        title.push('…');
    }
    title
}
