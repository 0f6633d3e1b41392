//! The keys of an agency's file.

use xiezhi_model::AgencyId;

use super::{Key, Need, Shape, integer, key};

/// An agency id, as in [`AgencyId`].
pub(super) const AGENCY: Shape = Shape::Parsed { form: "an agency id such as urban-management", parse: is_agency };
/// Longest name shown to people, in bytes: 66 Chinese characters.
pub(super) const NAME: Shape = Shape::Text { bytes_max: 200 };

/// `message_bytes_max` of a link that sets none, as the table below writes it.
pub(crate) const MESSAGE_BYTES_DEFAULT: usize = 1_048_576;

/// The keys.
pub const KEYS: &[Key] = &[
    key("id", AGENCY, Need::Required, "", "The agency's id, unique. Case histories name it, so it never changes."),
    key("name", NAME, Need::Required, "", "The agency's name, as officials read it."),
    key(
        "link.transport",
        Shape::OneOf(&["embedded", "amqp", "credit", "internal"]),
        Need::Required,
        "",
        "How the agency is reached: `embedded` is the queue that it reads and fills over HTTP; `amqp` are its queues at the \
         broker (`amqp.addresses`); `credit` is the credit system, which the gateway itself calls over HTTPS; `internal` is \
         the bureau itself, which works with the gateway's own commands.",
    ),
    key(
        "link.token",
        Shape::Reference,
        Need::Optional(
            "required for `embedded`, not allowed for `internal`; with one, an `amqp` agency can push over HTTP too",
        ),
        "",
        "The agency's own bearer token, 16 to 4096 visible ASCII characters, different for each agency.",
    ),
    key(
        "link.broker_user",
        Shape::Text { bytes_max: 100 },
        Need::Optional("the agency's id; not allowed for `internal`"),
        "",
        "The agency's user at the broker. The broker itself vouches for it: a message in the agency's inbox whose `user-id` \
         is another, or missing, is refused.",
    ),
    key(
        "link.messages_per_s_max",
        integer(1, 100_000),
        Need::Optional("no limit; not allowed for `internal`"),
        "messages",
        "Most messages a second that the agency is sent; more wait in the outbox.",
    ),
    key(
        "link.credit",
        Shape::Table(super::credit::KEYS),
        Need::Optional("required for `credit`, not allowed otherwise"),
        "",
        "How the credit system is called.",
    ),
    key(
        "link.message_bytes_max",
        integer(1, 64 << 20),
        Need::Optional("1048576, or less where `http.body_bytes_max` or `plugins.input_bytes_max` is less"),
        "bytes",
        "Largest message of this agency; not above `http.body_bytes_max` and `plugins.input_bytes_max`.",
    ),
    key(
        "link.receipts",
        Shape::OneOf(&["always", "faults", "never"]),
        Need::Default("always"),
        "",
        "When the agency is sent a receipt: for every message, for those with faults, or never.",
    ),
    key(
        "plugin.component",
        AGENCY,
        Need::Optional("required except for `internal`, where it is not allowed"),
        "",
        "The plugin that reads and writes the agency's format: a name in the plugins' lock file.",
    ),
    key(
        "settings",
        Shape::Free,
        Need::Optional("empty"),
        "",
        "Settings for the plugin, which says which ones it knows. Any value may be \
         `{ secret = { file = \"…\" } }` or `{ secret = { env = \"…\" } }`; a key that ends in `secret`, `password` or `token` must be.",
    ),
];

fn is_agency(text: &str) -> Result<(), String> {
    AgencyId::parse(text).map(drop).map_err(|error| error.to_string())
}
