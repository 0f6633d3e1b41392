//! The link's settings, checked once per call.

use xiezhi_sdk::Context;
use xiezhi_sdk::model::fault::Fault;

use crate::fault::Problem;

/// How far a time stamp may be from the time of receipt unless the link says otherwise: five minutes, the usual allowance
/// for clocks that are set over the network.
const REPLAY_WINDOW_DEFAULT_S: i64 = 300;
/// The widest window that a link may set: a day, for sending again after an outage.
const REPLAY_WINDOW_MAX_S: i64 = 86_400;

/// What the plugin needs to know about the link.
pub(crate) struct Settings<'a> {
    /// The application key agreed with the agency.
    pub(crate) app_key: &'a str,
    /// The shared signing secret, as the host resolved it.
    pub(crate) secret: &'a str,
    /// How far a time stamp may be from the time of receipt, in seconds, either way.
    pub(crate) replay_window_s: i64,
}

impl<'a> Settings<'a> {
    /// Reads the settings.
    ///
    /// # Errors
    /// `urban.secret-missing` and `urban.setting-invalid`, which an operator must mend.
    pub(crate) fn read(context: &'a Context) -> Result<Self, Fault> {
        let given = |name: &str| context.setting_text(name).filter(|text| !text.is_empty());
        let secret = given("sign_secret").ok_or_else(|| Problem::SecretMissing.fault().in_field("sign_secret"))?;
        let invalid = |name: &'static str| Problem::SettingInvalid(name).fault().in_field(name);
        let app_key = given("app_key").ok_or_else(|| invalid("app_key"))?;
        let replay_window_s = match context.settings.get("replay_window_s") {
            None => REPLAY_WINDOW_DEFAULT_S,
            Some(value) => value
                .as_i64()
                .filter(|seconds| (1..=REPLAY_WINDOW_MAX_S).contains(seconds))
                .ok_or_else(|| invalid("replay_window_s"))?,
        };
        Ok(Self { app_key, secret, replay_window_s })
    }
}
