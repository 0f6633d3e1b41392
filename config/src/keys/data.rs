//! The keys of the files that hold data: policy, calendar, codes, and the plugins' lock file.

use xiezhi_model::policy::AssignTo;
use xiezhi_model::town::TownCode;
use xiezhi_model::{CivilDate, ClauseId, Digest, RuleId, Uscc};

use super::agency::{AGENCY, NAME};
use super::{Key, Need, Shape, integer, key};

const DATE: Shape = Shape::Parsed { form: "a date such as \"2026-10-01\"", parse: |t| read(CivilDate::parse(t)) };
const RULE: Shape = Shape::Parsed { form: "a rule id such as 5.3.9-2-lost-contact", parse: |t| read(RuleId::parse(t)) };
const CLAUSE: Shape = Shape::Parsed { form: "a clause such as 5.3.9(2)", parse: |t| read(ClauseId::parse(t)) };
const ASSIGN_TO: Shape = Shape::Parsed {
    form: "an agency id such as urban-management, or @town or @sender",
    parse: |t| read(AssignTo::parse(t)),
};
const USCC: Shape = Shape::Parsed { form: "a unified social credit code of 18 characters", parse: is_uscc };
const TOWN: Shape = Shape::Parsed { form: "a town code of 9 digits", parse: is_town };
const AREA: Shape = Shape::Parsed { form: "an area code of 6 digits (GB/T 2260)", parse: is_area };
const SHA256: Shape = Shape::Parsed { form: "a SHA-256 digest of 64 lower-case hex digits", parse: is_digest };
/// Where a table is from: a notice's title, number and address.
const SOURCE: Shape = Shape::Text { bytes_max: 2_000 };
/// A short name from outside: a category, a version, a device's number.
const WORD: Shape = Shape::Text { bytes_max: 100 };
/// A condition or a reason.
const PROSE: Shape = Shape::Text { bytes_max: 4_000 };

/// The keys of a policy file.
pub const POLICY: &[Key] = &[
    key("id", WORD, Need::Required, "", "The policy's id."),
    key("version", WORD, Need::Required, "", "Its version; every step of a case's history names it."),
    key("title", SOURCE, Need::Required, "", "The measure's title."),
    key("source", SOURCE, Need::Required, "", "Where the text is from."),
    key("effective_from", DATE, Need::Required, "", "First day on which the rules apply."),
    key("effective_to", DATE, Need::Optional("no last day"), "", "Last day on which they apply."),
    key("category", Shape::List(&Shape::Table(CATEGORY)), Need::Optional("none"), "", "Categories that rules may use."),
    key("rule", Shape::List(&Shape::Table(RULES)), Need::Optional("none"), "", "The rules, all of which are tried."),
    key(
        "reminders.count_max",
        integer(0, 1_000),
        Need::Required,
        "reminders",
        "Most reminders for one assignment; after the last one the case is escalated.",
    ),
    key("reminders.interval", Shape::Table(CLOCK), Need::Required, "", "From one reminder to the next."),
    key(
        "steps.accept",
        Shape::Table(CLOCK),
        Need::Optional("no such step"),
        "steps",
        "How long an agency has to accept or return an assignment.",
    ),
    key(
        "steps.remind_before",
        Shape::Table(CLOCK),
        Need::Optional("no such step"),
        "",
        "How long before its deadline an agency is told that it is near (临期提醒).",
    ),
    key(
        "steps.verify",
        Shape::Table(CLOCK),
        Need::Optional("no such step"),
        "",
        "How long the bureau has to verify, after everything is fed back.",
    ),
    key(
        "authority.code",
        AREA,
        Need::Optional("nothing can be published"),
        "",
        "Code of the deciding authority, GB/T 2260.",
    ),
    key("authority.name", NAME, Need::Optional("needed with `authority.code`"), "", "Its full name."),
    key(
        "publication.list_in",
        Shape::Table(CLOCK),
        Need::Optional("no such clock"),
        "",
        "By when a decided listing must be public, counted from its proposal (查实).",
    ),
    key("publication.list_out", Shape::Table(CLOCK), Need::Optional("no such clock"), "", "Likewise a removal."),
    key("publication.correction", Shape::Table(CLOCK), Need::Optional("no such clock"), "", "Likewise a correction."),
    key(
        "publication.object",
        Shape::Table(CLOCK),
        Need::Optional("at any time"),
        "",
        "How long after it became public an entry may be objected to (公示后异议).",
    ),
    key(
        "publication.accept",
        Shape::Table(CLOCK),
        Need::Optional("no such clock"),
        "",
        "By when an objection must be accepted or not.",
    ),
    key(
        "publication.verify",
        Shape::Table(CLOCK),
        Need::Optional("no such clock"),
        "",
        "By when an accepted objection must be decided.",
    ),
    key(
        "kept.periods",
        Shape::List(&WORD),
        Need::Optional("none"),
        "",
        "Periods of indicator records that the entities' files (一户一档) hold, such as `inspection`.",
    ),
    key(
        "indicator",
        Shape::List(&Shape::Table(INDICATOR)),
        Need::Optional("none"),
        "",
        "What is counted over the entities' files, and what follows from it.",
    ),
    key(
        "expiry.id",
        RULE,
        Need::Optional("a joint punishment that ends waits for an officer"),
        "",
        "The rule by which lifting is proposed when a joint punishment's last day is over.",
    ),
    key(
        "expiry.version",
        integer(1, u32::MAX as i64),
        Need::Optional("needed with `expiry.id`"),
        "",
        "Version, raised with every change.",
    ),
    key("expiry.clause", CLAUSE, Need::Optional("needed with `expiry.id`"), "", "The clause that it carries out."),
    key("expiry.reason", PROSE, Need::Optional("needed with `expiry.id`"), "", "Why, in Chinese."),
    key(
        "expiry.clock",
        Shape::Table(CLOCK),
        Need::Optional("needed with `expiry.id`"),
        "",
        "How long the receivers have to say that they ended it.",
    ),
];

const CATEGORY: &[Key] = &[
    key("id", WORD, Need::Required, "", "Id, such as `lost_contact`."),
    key("name", NAME, Need::Required, "", "Chinese name."),
];

const RULES: &[Key] = &[
    key("id", RULE, Need::Required, "", "Id, unique in the policy."),
    key("version", integer(1, u32::MAX as i64), Need::Required, "", "Version, raised with every change."),
    key("clause", CLAUSE, Need::Required, "", "The clause that the rule carries out."),
    key("kinds", Shape::List(&WORD), Need::Required, "", "Record kinds it looks at."),
    key("when", PROSE, Need::Required, "", "CEL condition over `record` and `sender`."),
    key("category", WORD, Need::Required, "", "Category of the case."),
    key("reason", PROSE, Need::Required, "", "Why, in Chinese, for the case history."),
    key("effective_from", DATE, Need::Optional("the policy's"), "", "First day on which the rule applies."),
    key("effective_to", DATE, Need::Optional("the policy's"), "", "Last day on which the rule applies."),
    key("assign", Shape::List(&Shape::Table(ASSIGN)), Need::Optional("none"), "", "Who must act."),
    key(
        "propose",
        Shape::List(&Shape::Table(PROPOSE)),
        Need::Optional("none"),
        "",
        "Legal acts that are proposed; two persons decide each.",
    ),
];

const PROPOSE: &[Key] = &[
    key("act", Shape::OneOf(ACTS), Need::Required, "", "Which act (`docs/acts.md`)."),
    key("reason", PROSE, Need::Required, "", "Why, in Chinese."),
    key(
        "causes",
        Shape::Named(&WORD),
        Need::Optional("none"),
        "",
        "Codes of the credit system by the first two digits of the credit code; `other` for the rest.",
    ),
    key("measure_code", WORD, Need::Optional("none"), "", "Code in 全国失信惩戒措施基础清单."),
    key("legal_basis", PROSE, Need::Optional("none"), "", "Legal basis of a joint punishment."),
    key(
        "days",
        integer(1, 3_660),
        Need::Optional("no end"),
        "days",
        "How long a joint punishment holds, from the day on which it is proposed.",
    ),
    key("receivers", Shape::List(&AGENCY), Need::Optional("as the act says"), "", "Who is told."),
    key("clock", Shape::Table(CLOCK), Need::Optional("none"), "", "How long the receivers have to answer or act."),
];

const ACTS: &[&str] = &[
    "list_in",
    "list_out",
    "correction",
    "joint_punishment",
    "lift",
    "interview",
    "rectify",
    "suspend",
    "resume",
    "cancel",
];

const INDICATOR: &[Key] = &[
    key("id", RULE, Need::Required, "", "Id, unique among rules and indicators."),
    key("version", integer(1, u32::MAX as i64), Need::Required, "", "Version, raised with every change."),
    key("clause", CLAUSE, Need::Required, "", "The clause that it carries out."),
    key("subject", Shape::OneOf(&["host_unit", "entity"]), Need::Required, "", "Whose indicator it is."),
    key("category", WORD, Need::Required, "", "Category of the case; its own."),
    key("name", NAME, Need::Required, "", "What is counted, in Chinese."),
    key("count", PROSE, Need::Required, "", "CEL over `file`: true, false or a whole number (`docs/ledger.md`)."),
    key("base", PROSE, Need::Optional("none"), "", "What a share is of, as `count`."),
    key("base_min", integer(0, 1_000_000), Need::Optional("0"), "", "The least base of which a share is taken."),
    key(
        "threshold",
        Shape::Table(THRESHOLD),
        Need::Required,
        "",
        "From which number on somebody must act; one of these.",
    ),
    key(
        "rest_days",
        integer(1, 3_660),
        Need::Required,
        "days",
        "It is not raised again for so long after its case was closed.",
    ),
    key("assign", Shape::List(&Shape::Table(ASSIGN)), Need::Optional("none"), "", "Who must act."),
    key(
        "propose",
        Shape::List(&Shape::Table(PROPOSE)),
        Need::Optional("none"),
        "",
        "Acts that are proposed one after the other, each when the one before is decided and its time is over.",
    ),
];

const THRESHOLD: &[Key] = &[
    key("at_least", integer(1, 1_000_000), Need::Optional("none"), "", "The count is at least this."),
    key("below_percent", integer(1, 100), Need::Optional("none"), "%", "The share is below this."),
    key("at_least_percent", integer(1, 100), Need::Optional("none"), "%", "The share is at least this."),
];

const ASSIGN: &[Key] = &[
    key(
        "to",
        ASSIGN_TO,
        Need::Required,
        "",
        "The agency; or `@town`, the township agency of the party's town; or `@sender`, whoever reported.",
    ),
    key("role", Shape::OneOf(&["lead", "co"]), Need::Required, "", "主办 or 协办."),
    key("clock", Shape::Table(CLOCK), Need::Required, "", "How long it has."),
    key(
        "next",
        Shape::List(&ASSIGN_TO),
        Need::Optional("a person says"),
        "",
        "Who gets it, one after another, when the agency before returns it; the clock is counted anew.",
    ),
];

const CLOCK: &[Key] = &[
    key("amount", integer(1, 10_000), Need::Required, "", "How many."),
    key("unit", Shape::OneOf(&["working_day", "calendar_day", "hour"]), Need::Required, "", "Of what."),
];

/// The keys of a calendar file.
pub const CALENDAR: &[Key] = &[
    key("year", integer(2000, 2100), Need::Required, "", "The year; one file each."),
    key("source", SOURCE, Need::Required, "", "The notice that the table is from."),
    key("off", Shape::List(&DATE), Need::Required, "", "Days off (放假), weekends inside a holiday included."),
    key("make_up", Shape::List(&DATE), Need::Required, "", "Weekend days that are worked (调休上班)."),
];

/// The keys of `codes/devices.toml`.
pub const DEVICES: &[Key] = &[
    key("source", SOURCE, Need::Optional("none"), "", "Where the list is from."),
    key("device", Shape::List(&Shape::Table(DEVICE)), Need::Optional("none"), "", "The devices."),
];

const DEVICE: &[Key] = &[
    key("agency", AGENCY, Need::Required, "", "The agency whose messages name the device."),
    key("id", WORD, Need::Required, "", "The device's number (HJ 212 `MN`)."),
    key("uscc", USCC, Need::Required, "", "The entity that the device stands at."),
    key("name", NAME, Need::Required, "", "The entity's name."),
    key("effective_from", DATE, Need::Required, "", "From when the device stands there."),
];

/// The keys of `codes/towns.toml`.
pub const TOWNS: &[Key] = &[
    key("source", SOURCE, Need::Optional("none"), "", "Where the list is from."),
    key("town", Shape::List(&Shape::Table(TOWN_KEYS)), Need::Optional("none"), "", "The towns."),
];

const TOWN_KEYS: &[Key] = &[
    key("code", TOWN, Need::Required, "", "Today's code."),
    key("name", NAME, Need::Required, "", "Today's name."),
    key("old_codes", Shape::List(&TOWN), Need::Optional("none"), "", "Codes that older data carries for it."),
    key("other_names", Shape::List(&NAME), Need::Optional("none"), "", "Names that are also in use."),
];

/// The keys of the plugins' lock file.
pub const LOCK: &[Key] =
    &[key("plugin", Shape::Named(&Shape::Table(PLUGIN)), Need::Required, "", "The plugins by id: `[plugin.police]`.")];

const PLUGIN: &[Key] = &[
    key("sha256", SHA256, Need::Required, "", "SHA-256 of the component."),
    key("bytes", integer(1, i64::MAX), Need::Required, "bytes", "Size of the component."),
    key(
        "previous",
        Shape::List(&SHA256),
        Need::Optional("none"),
        "",
        "The versions before, newest first: `xiezhi plugin rollback` goes back to the first.",
    ),
];

fn read<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), String> {
    result.map(drop).map_err(|error| error.to_string())
}

fn is_uscc(text: &str) -> Result<(), String> {
    read(Uscc::try_from(text.to_owned()))
}

fn is_area(text: &str) -> Result<(), String> {
    let right = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if right { Ok(()) } else { Err(format!("is \"{}\"; must be an area code of 6 digits", crate::shape::shown(text))) }
}

fn is_town(text: &str) -> Result<(), String> {
    let nine = text.len() == 9 && TownCode::parse(text).is_ok();
    if nine { Ok(()) } else { Err(format!("is \"{}\"; must be a town code of 9 digits", crate::shape::shown(text))) }
}

fn is_digest(text: &str) -> Result<(), String> {
    read(Digest::try_from(text.to_owned()))
}
