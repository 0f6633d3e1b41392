//! Guards: what a condition needs, read off its text, so that rules can be found by index instead of tried.
//!
//! Only a conjunct `record.issue.code == '…'`, `record.issue.code in ['…', …]` or the same of `record.issue.code_system`
//! and of `sender` becomes a guard. When such a conjunct is false the whole conjunction is false in CEL, whatever its other
//! parts are or fail with, so leaving the rule out gives the same answer as evaluating it. When every conjunct is one, the
//! guard says all that the condition says, and nothing needs to be evaluated.

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};
use xiezhi_model::AgencyId;
use xiezhi_model::record::Issue;

/// The values of which one must be there; `None` where any will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    /// Issue codes.
    pub(crate) codes: Option<BTreeSet<String>>,
    /// Code systems of the issue.
    pub(crate) systems: Option<BTreeSet<String>>,
    /// Senders.
    pub(crate) senders: Option<BTreeSet<String>>,
    /// Whether the condition says nothing else.
    pub(crate) is_whole: bool,
}

impl Guard {
    /// The guard of a condition.
    pub(crate) fn of(expression: &IdedExpr) -> Self {
        let mut guard = Self::default();
        guard.is_whole = guard.collect(expression);
        guard
    }

    /// Whether an issue and a sender are what the guard needs. A record without an issue never is, if it needs one.
    pub(crate) fn admits(&self, issue: Option<&Issue>, sender: &AgencyId) -> bool {
        let admits = |values: &Option<BTreeSet<String>>, found: Option<&str>| match values {
            Some(values) => found.is_some_and(|found| values.contains(found)),
            None => true,
        };
        admits(&self.codes, issue.map(|issue| issue.code.as_str()))
            && admits(&self.systems, issue.map(|issue| issue.code_system.as_str()))
            && admits(&self.senders, Some(sender.as_str()))
    }

    /// Takes up what the expression needs; whether that is all it says.
    fn collect(&mut self, expression: &IdedExpr) -> bool {
        let Expr::Call(call) = &expression.expr else { return false };
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, args) => {
                let mut whole = true;
                // Every conjunct is looked at, also after one that is no guard.
                for arg in args {
                    whole &= self.collect(arg);
                }
                whole
            }
            (operators::EQUALS, [left, right]) => {
                self.narrow(left, literal(right)) || self.narrow(right, literal(left))
            }
            (operators::IN, [subject, list]) => self.narrow(subject, literals(list)),
            _ => false,
        }
    }

    fn narrow(&mut self, subject: &IdedExpr, values: Option<BTreeSet<String>>) -> bool {
        let Some(values) = values else { return false };
        let slot = match path(subject).as_deref() {
            Some(["record", "issue", "code"]) => &mut self.codes,
            Some(["record", "issue", "code_system"]) => &mut self.systems,
            Some(["sender"]) => &mut self.senders,
            _ => return false,
        };
        *slot = Some(match slot.take() {
            Some(before) => before.intersection(&values).cloned().collect(),
            None => values,
        });
        true
    }
}

/// A text literal, as the one value that it admits.
fn literal(expression: &IdedExpr) -> Option<BTreeSet<String>> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(BTreeSet::from([text.inner().to_owned()])),
        _ => None,
    }
}

/// The texts of a list of nothing but text literals.
fn literals(expression: &IdedExpr) -> Option<BTreeSet<String>> {
    match &expression.expr {
        Expr::List(list) => list
            .elements
            .iter()
            .map(|element| match &element.expr {
                Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// `record.issue.code` as its segments; `None` for anything that is not a plain path.
pub(crate) fn path(expression: &IdedExpr) -> Option<Vec<&str>> {
    match &expression.expr {
        Expr::Ident(name) => Some(vec![name.as_str()]),
        Expr::Select(select) if !select.test => {
            let mut segments = path(&select.operand)?;
            segments.push(&select.field);
            Some(segments)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_must_hold_becomes_a_guard() {
        let (whole, part) = (true, false);
        let cases = [
            ("record.issue.code == 'a'", Some("a"), None, whole),
            ("'a' == record.issue.code && sender == 'p'", Some("a"), Some("p"), whole),
            ("record.issue.code in ['a', 'b'] && record.title.contains('x')", Some("a,b"), None, part),
            (
                "(record.issue.code in ['a', 'b'] && sender in ['p', 'q']) && record.issue.code == 'b'",
                Some("b"),
                Some("p,q"),
                whole,
            ),
            ("record.title.contains('x') && record.issue.code == 'a'", Some("a"), None, part),
            ("record.issue.code == 'a' || sender == 'p'", None, None, part),
            ("!(record.issue.code == 'a')", None, None, part),
            ("record.issue.code != 'a'", None, None, part),
            ("record.issue.code == record.title", None, None, part),
            ("record.issue.code in ['a', record.title]", None, None, part),
            ("record.issue.code == ['a']", None, None, part),
            ("record.issue.code in 'a'", None, None, part),
            ("record.party.name == 'a'", None, None, part),
            ("record.issue.code == 'a' && record.issue.code == 'b'", Some(""), None, whole),
            ("true", None, None, part),
        ];
        for (text, codes, senders, is_whole) in cases {
            let guard = Guard::of(cel::Program::compile(text).unwrap().expression());
            let joined = |set: Option<BTreeSet<String>>| set.map(|s| s.into_iter().collect::<Vec<_>>().join(","));
            assert_eq!(joined(guard.codes).as_deref(), codes, "{text}");
            assert_eq!(joined(guard.senders).as_deref(), senders, "{text}");
            assert_eq!(guard.is_whole, is_whole, "{text}");
        }
    }
}
