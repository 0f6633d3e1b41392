//! Conditions of rules: CEL, compiled and checked once, evaluated for every record.
//!
//! A condition sees two variables: `record` (the record as JSON) and `sender` (an agency id). A missing field makes it
//! false; any other failure makes it false too and is reported, because a rule that cannot be judged must not pass
//! unseen. Which names a condition may use is checked in `check` and `fields`, what it can be indexed by is in `guard`.

pub(crate) mod check;
pub(crate) mod fields;
pub(crate) mod guard;

use std::collections::HashMap;
use std::sync::Arc;

use cel::objects::Key;
use cel::{Context, Env, ExecutionError, Program, Value};
use xiezhi_model::{AgencyId, Record};

use check::Scope;
use guard::Guard;

/// Longest condition, in bytes. The shipped ones have at most 200; a longer one is several rules.
const CONDITION_BYTES_MAX: usize = 4_096;

/// The functions and operators that conditions are compiled with: the standard ones, without optional values.
pub(crate) struct Language {
    env: Arc<Env>,
}

impl Language {
    pub(crate) fn new() -> Self {
        // `Env::stdlib` would leave the functions of optional values in; the check refuses their names.
        Self { env: Arc::new(Env::stdlib().with_optional_support(false)) }
    }

    /// Compiles a condition over records of `kinds`, or says everything that is wrong with it.
    pub(crate) fn compile(&self, text: &str, kinds: &[String]) -> Result<Condition, Vec<String>> {
        let program = self.program(text, Scope::Record(kinds))?;
        let guard = Guard::of(program.expression());
        Ok(Condition { program, guard })
    }

    /// Compiles what an indicator counts, or says everything that is wrong with it.
    pub(crate) fn compile_count(&self, text: &str) -> Result<Count, Vec<String>> {
        Ok(Count { program: self.program(text, Scope::File)? })
    }

    fn program(&self, text: &str, scope: Scope<'_>) -> Result<Program, Vec<String>> {
        if text.len() > CONDITION_BYTES_MAX {
            return Err(vec![format!(
                "has {} bytes, more than {CONDITION_BYTES_MAX}: split it into several rules",
                text.len()
            )]);
        }
        let program = self.env.compile(text).map_err(|errors| {
            errors
                .errors
                .iter()
                .map(|error| format!("does not compile: {}", one_line(&error.to_string())))
                .collect::<Vec<_>>()
        })?;
        let problems = check::check(program.expression(), scope);
        if problems.is_empty() { Ok(program) } else { Err(problems) }
    }

    /// An entity's file, ready for any number of indicators.
    pub(crate) fn file_facts(&self, file: serde_json::Value) -> Facts {
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.add_variable_from_value("file", to_cel(file));
        Facts { context }
    }

    /// A record and its sender, ready for any number of conditions.
    pub(crate) fn facts(&self, record: &Record, sender: &AgencyId) -> Facts {
        let mut context = Context::with_env(Arc::clone(&self.env));
        // A record always serialises; should it not, `record` is null and every condition is reported as undecided.
        let json = serde_json::to_value(record).unwrap_or_default();
        context.add_variable_from_value("record", to_cel(json));
        context.add_variable_from_value("sender", sender.as_str());
        Facts { context }
    }
}

/// A compiled condition.
#[derive(Debug)]
pub(crate) struct Condition {
    program: Program,
    /// What must hold for the condition to hold, where that can be read off its text.
    pub(crate) guard: Guard,
}

/// A compiled count of an indicator.
#[derive(Debug)]
pub(crate) struct Count {
    program: Program,
}

impl Count {
    /// How much a file counts: a whole number, or 1 and 0 for true and false. A field that is absent counts nothing.
    ///
    /// # Errors
    /// Why it cannot be counted, in Chinese.
    pub(crate) fn of(&self, facts: &Facts) -> Result<i64, &'static str> {
        match self.program.execute(&facts.context) {
            Ok(Value::Bool(holds)) => Ok(i64::from(holds)),
            Ok(Value::Int(number)) if number >= 0 => Ok(number),
            Err(ExecutionError::NoSuchKey(_)) => Ok(0),
            Ok(_) => Err("结果不是真假或非负整数"),
            Err(ExecutionError::NoSuchOverload(_) | ExecutionError::ValuesNotComparable(..)) => Err("字段类型不符"),
            Err(_) => Err("运算出错"),
        }
    }
}

/// What conditions are evaluated over.
pub(crate) struct Facts {
    context: Context<'static, 'static>,
}

/// What a condition says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds.
    Holds,
    /// It does not, or a field it needs is absent.
    Fails,
    /// It cannot be judged; why, in Chinese and without any value of the record.
    Undecided(&'static str),
}

impl Condition {
    pub(crate) fn evaluate(&self, facts: &Facts) -> Verdict {
        match self.program.execute(&facts.context) {
            Ok(Value::Bool(true)) => Verdict::Holds,
            Ok(Value::Bool(false)) | Err(ExecutionError::NoSuchKey(_)) => Verdict::Fails,
            Ok(_) => Verdict::Undecided("结果不是真或假"),
            // The error's own text may quote values of the record, so it is not passed on.
            Err(ExecutionError::NoSuchOverload(_) | ExecutionError::ValuesNotComparable(..)) => {
                Verdict::Undecided("字段类型不符")
            }
            Err(ExecutionError::IndexOutOfBounds(_)) => Verdict::Undecided("列表下标越界"),
            Err(_) => Verdict::Undecided("运算出错"),
        }
    }
}

fn to_cel(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            // Always `int` where it fits: literals in conditions are `int` too.
            (Some(value), _) => Value::Int(value),
            (None, Some(value)) => Value::UInt(value),
            (None, None) => Value::Null,
        },
        serde_json::Value::String(text) => Value::String(Arc::new(text)),
        serde_json::Value::Array(items) => Value::List(Arc::new(items.into_iter().map(to_cel).collect())),
        serde_json::Value::Object(fields) => {
            let map: HashMap<Key, Value> =
                fields.into_iter().map(|(name, value)| (Key::from(name), to_cel(value))).collect();
            Value::Map(cel::objects::Map { map: Arc::new(map) })
        }
    }
}

/// The parser's messages span lines; a problem is one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Record {
        serde_json::from_value(serde_json::json!({
            "kind": "finding", "schema_version": 1, "reference": "A1", "title": "骗取公司登记案线索",
            "party": {"name": "甲", "town": "110112009"}, "issue": {"code_system": "ga-ywlx", "code": "XSYS"},
            "extra": {"n": "x"}
        }))
        .unwrap()
    }

    #[test]
    fn conditions_hold_fail_or_cannot_be_judged() {
        let language = Language::new();
        let facts = language.facts(&finding(), &AgencyId::parse("police").unwrap());
        let cases = [
            ("record.issue.code == 'XSYS'", Verdict::Holds),
            ("record.issue.code in ['XSYS', '02'] && sender == 'police'", Verdict::Holds),
            ("record.title.contains('骗取')", Verdict::Holds),
            ("record.schema_version >= 1", Verdict::Holds),
            ("has(record.party.uscc)", Verdict::Fails),
            ("record.party.uscc == 'x'", Verdict::Fails),
            ("record.party.uscc == 'x' || sender == 'police'", Verdict::Holds),
            ("!(record.party.uscc == 'x')", Verdict::Fails),
            ("record.people.exists(p, p.role == '被冒用人')", Verdict::Fails),
            ("record.title > 1", Verdict::Undecided("字段类型不符")),
            ("record.title", Verdict::Undecided("结果不是真或假")),
            ("1 / 0 == 1", Verdict::Undecided("运算出错")),
            // What guards rest on: a false conjunct makes the conjunction false, whatever the other part fails with.
            ("record.issue.code == 'other' && record.title > 1", Verdict::Fails),
            ("record.title > 1 && record.issue.code == 'other'", Verdict::Fails),
            ("sender == 'fire' && 1 / 0 == 1", Verdict::Fails),
        ];
        for (text, wanted) in cases {
            let condition = language.compile(text, &["finding".to_owned()]).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!(condition.evaluate(&facts), wanted, "{text}");
        }
    }
}
