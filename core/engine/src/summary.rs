//! Records in a few words, as cases and assignments show them. May hold what the sender wrote, names of people
//! included, so it goes into cases and messages but never into audit texts or logs.

use xiezhi_model::Record;

/// Longest title, in characters: one line on a page.
const TITLE_CHARS_MAX: usize = 120;
/// How much of the text a case keeps, in characters: a case is read and written with every change.
const KEPT_CHARS_MAX: usize = 500;

/// One line.
pub(crate) fn title(record: &Record) -> String {
    let text = match record {
        Record::Finding(r) => r.title.clone(),
        Record::Penalty(r) => format!("行政处罚：{}", r.violation),
        Record::Complaint(r) => r.issue.name.clone().unwrap_or_else(|| "投诉举报".to_owned()),
        Record::Alarm(r) => r.issue.name.clone().unwrap_or_else(|| r.text.clone()),
        Record::Indicator(_) => indicator(record),
        _ => record.reference().unwrap_or_default().to_owned(),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(TITLE_CHARS_MAX).collect()
}

/// What a case keeps of the text, for those who are assigned later; empty where it says no more than the title.
pub(crate) fn kept_text(record: &Record) -> String {
    let text = text(record);
    if text == title(record) {
        return String::new();
    }
    let mut kept: String = text.chars().take(KEPT_CHARS_MAX).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// The whole text.
pub(crate) fn text(record: &Record) -> String {
    match record {
        Record::Finding(r) if r.text.is_empty() => r.title.clone(),
        Record::Finding(r) => r.text.clone(),
        Record::Penalty(r) => format!("{}；{}；{}", r.violation, r.category, r.content),
        Record::Complaint(r) => r.text.clone(),
        Record::Alarm(r) => r.text.clone(),
        Record::Indicator(_) => indicator(record),
        _ => String::new(),
    }
}

fn indicator(record: &Record) -> String {
    let Record::Indicator(r) = record else { return String::new() };
    let states: Vec<_> = r.facilities.iter().map(|f| format!("{}{}", f.facility, state_in_chinese(&f.state))).collect();
    let at = r.data_time.map(|time| format!("{}，", time.to_spaced_beijing())).unwrap_or_default();
    match states.as_slice() {
        [] => format!("{at}监测数据{}项", r.measurements.len()),
        states => format!("{at}污染治理设施状态：{}", states.join("、")),
    }
}

/// HJ 212 facility states (`SBx-RS`), as the environment plugin names them.
fn state_in_chinese(state: &str) -> &str {
    match state {
        "off" => "停运",
        "running" => "运行",
        "calibrating" => "校准",
        "maintenance" => "维护",
        "alarm" => "报警",
        "blowing" => "反吹",
        other => other,
    }
}
