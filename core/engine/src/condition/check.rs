//! What is wrong with a condition before it is ever evaluated: unknown variables, functions and fields, and shapes whose
//! cost grows with the square of a record.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, LiteralValue, operators};

use super::{fields, guard};

/// Functions that conditions may call, beside the operators. `matches` is left out: the interpreter compiles its
/// pattern anew on every evaluation. Conversions to floating point are left out: readings and money are no floats.
const FUNCTIONS: [&str; 6] = ["contains", "endsWith", "int", "size", "startsWith", "string"];
const OPERATORS: [&str; 19] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::IN,
    operators::NOT_STRICTLY_FALSE,
];

/// What an expression is over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// `record`, of one of these kinds, and `sender`.
    Record(&'a [String]),
    /// `file`: an entity's file.
    File,
}

/// Everything wrong with an expression.
pub(crate) fn check(expression: &IdedExpr, scope: Scope<'_>) -> Vec<String> {
    let mut walk = Walk { scope, bound: Vec::new(), loops: 0, problems: Vec::new() };
    walk.visit(expression);
    walk.problems
}

struct Walk<'a> {
    scope: Scope<'a>,
    /// Variables that a macro around the current place binds.
    bound: Vec<&'a str>,
    /// Macros around the current place.
    loops: usize,
    problems: Vec<String>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, expression: &'a IdedExpr) {
        match &expression.expr {
            Expr::Unspecified => {}
            Expr::Literal(LiteralValue::Double(_)) => {
                self.report("uses a floating-point number: compare whole numbers or texts".to_owned());
            }
            Expr::Literal(_) => {}
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => {
                let path = guard::path(&select.operand).map(|mut path| {
                    path.push(&select.field);
                    path
                });
                match path.as_deref() {
                    Some([root, path @ ..]) if *root == self.root() && !self.bound.contains(root) => self.field(path),
                    _ => self.visit(&select.operand),
                }
            }
            Expr::Call(call) => {
                let name = call.func_name.as_str();
                if !FUNCTIONS.contains(&name) && !OPERATORS.contains(&name) {
                    self.report(format!("unknown function {name}: use one of {}", FUNCTIONS.join(", ")));
                }
                call.target.iter().for_each(|target| self.visit(target));
                call.args.iter().for_each(|arg| self.visit(arg));
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| match &entry.expr {
                EntryExpr::StructField(field) => self.visit(&field.value),
                EntryExpr::MapEntry(entry) => {
                    self.visit(&entry.key);
                    self.visit(&entry.value);
                }
            }),
            Expr::Struct(made) => self.report(format!("unknown type {}", made.type_name)),
            Expr::Comprehension(macro_call) => {
                self.visit(&macro_call.iter_range);
                self.loops += 1;
                if self.loops > 1 {
                    self.report("a macro inside a macro costs the square of the record: split the rule".to_owned());
                }
                let before = self.bound.len();
                self.bound.extend([macro_call.iter_var.as_str(), macro_call.accu_var.as_str()]);
                self.bound.extend(macro_call.iter_var2.as_deref());
                for part in [&macro_call.accu_init, &macro_call.loop_cond, &macro_call.loop_step, &macro_call.result] {
                    self.visit(part);
                }
                self.bound.truncate(before);
                self.loops -= 1;
            }
        }
    }

    /// The variable whose fields are known.
    fn root(&self) -> &'static str {
        match self.scope {
            Scope::Record(_) => "record",
            Scope::File => "file",
        }
    }

    fn variable(&mut self, name: &'a str) {
        let is_known = match self.scope {
            Scope::Record(_) => matches!(name, "record" | "sender"),
            Scope::File => name == "file",
        };
        if !self.bound.contains(&name) && !is_known {
            let seen = match self.scope {
                Scope::Record(_) => "a condition sees record and sender",
                Scope::File => "an indicator sees file",
            };
            self.report(format!("unknown variable {name}: {seen}"));
        }
    }

    fn field(&mut self, path: &[&str]) {
        match self.scope {
            // With several kinds, a field of one of them is enough: for the others the condition is false.
            Scope::Record(kinds) if !kinds.is_empty() && !kinds.iter().any(|kind| fields::exists(kind, path)) => {
                self.report(format!("a record of kind {} has no field {}", kinds.join(" or "), path.join(".")));
            }
            Scope::File if path.first().is_some_and(|field| !fields::FILE.contains(field)) => {
                self.report(format!("a file has no field {}", path.join(".")));
            }
            Scope::Record(_) | Scope::File => {}
        }
    }

    fn report(&mut self, problem: String) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::condition::Language;

    #[test]
    fn mistakes_are_named() {
        let cases = [
            ("record.issue.code = 'a'", "does not compile"),
            ("recrod.issue.code == 'a'", "unknown variable recrod"),
            ("record.title.matches('a.*')", "unknown function matches"),
            ("f.state == 'off' && record.people.exists(f, f.role == 'x')", "unknown variable f"),
            ("record.titel == 'a'", "a record of kind finding has no field titel"),
            ("has(record.facilities)", "has no field facilities"),
            ("record.party.usci == 'a'", "has no field party.usci"),
            ("record.issue.kode == 'a'", "has no field issue.kode"),
            ("record.schema_version > 0.5", "floating-point"),
            ("record.people.exists(a, record.people.exists(b, a == b))", "macro inside a macro"),
            ("record.?title == 'a'", "does not compile"),
            ("optional.of(1).hasValue()", "unknown"),
            ("Type{a: 1} == 1", "unknown type Type"),
        ];
        for (text, wanted) in cases {
            let problems = Language::new().compile(text, &["finding".to_owned()]).err().unwrap_or_default();
            assert!(problems.iter().any(|problem| problem.contains(wanted)), "{text}: {problems:?}");
            assert!(problems.iter().all(|problem| !problem.contains('\n')), "{text}: {problems:?}");
        }
        let long = format!("record.title == '{}'", "x".repeat(5_000));
        assert!(Language::new().compile(&long, &[]).is_err());
    }

    #[test]
    fn a_field_of_one_of_the_kinds_is_enough() {
        let kinds = ["finding".to_owned(), "complaint".to_owned()];
        let language = Language::new();
        assert!(language.compile("record.title == 'a' && record.party.coordinate.datum == 'wgs84'", &kinds).is_ok());
        assert!(language.compile("record.kind == 'finding' && record.schema_version == 1", &kinds).is_ok());
    }
}
