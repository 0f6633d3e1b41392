//! Guards: what a condition needs, read off its text, so that rules can be found by index instead of tried.
//!
//! Only a conjunct `record.issue.code == '…'`, `record.issue.code in ['…', …]` or the same of `sender` becomes a guard.
//! When such a conjunct is false the whole conjunction is false in CEL, whatever its other parts are or fail with, so
//! leaving the rule out gives the same answer as evaluating it.

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};

/// The values of which one must be there; `None` where any will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    /// Issue codes.
    pub(crate) codes: Option<BTreeSet<String>>,
    /// Senders.
    pub(crate) senders: Option<BTreeSet<String>>,
}

impl Guard {
    /// The guard of a condition.
    pub(crate) fn of(expression: &IdedExpr) -> Self {
        let mut guard = Self::default();
        guard.collect(expression);
        guard
    }

    fn collect(&mut self, expression: &IdedExpr) {
        let Expr::Call(call) = &expression.expr else { return };
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, args) => args.iter().for_each(|arg| self.collect(arg)),
            (operators::EQUALS, [left, right]) => {
                self.narrow(left, literals(right));
                self.narrow(right, literals(left));
            }
            (operators::IN, [subject, list]) => self.narrow(subject, literals(list)),
            _ => {}
        }
    }

    fn narrow(&mut self, subject: &IdedExpr, values: Option<BTreeSet<String>>) {
        let Some(values) = values else { return };
        let slot = match path(subject).as_deref() {
            Some(["record", "issue", "code"]) => &mut self.codes,
            Some(["sender"]) => &mut self.senders,
            _ => return,
        };
        *slot = Some(match slot.take() {
            Some(before) => before.intersection(&values).cloned().collect(),
            None => values,
        });
    }
}

/// The texts of a text literal or of a list of nothing but text literals.
fn literals(expression: &IdedExpr) -> Option<BTreeSet<String>> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(BTreeSet::from([text.inner().to_owned()])),
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
        let cases = [
            ("record.issue.code == 'a'", Some("a"), None),
            ("'a' == record.issue.code && sender == 'p'", Some("a"), Some("p")),
            ("record.issue.code in ['a', 'b'] && record.title.contains('x')", Some("a,b"), None),
            (
                "(record.issue.code in ['a', 'b'] && sender in ['p', 'q']) && record.issue.code == 'b'",
                Some("b"),
                Some("p,q"),
            ),
            ("record.issue.code == 'a' || sender == 'p'", None, None),
            ("!(record.issue.code == 'a')", None, None),
            ("record.issue.code != 'a'", None, None),
            ("record.issue.code == record.title", None, None),
            ("record.issue.code in ['a', record.title]", None, None),
            ("record.party.name == 'a'", None, None),
            ("record.issue.code == 'a' && record.issue.code == 'b'", Some(""), None),
        ];
        for (text, codes, senders) in cases {
            let guard = Guard::of(cel::Program::compile(text).unwrap().expression());
            let joined = |set: Option<BTreeSet<String>>| set.map(|s| s.into_iter().collect::<Vec<_>>().join(","));
            assert_eq!(joined(guard.codes).as_deref(), codes, "{text}");
            assert_eq!(joined(guard.senders).as_deref(), senders, "{text}");
        }
    }
}
