//! `xiezhi plugin status` and `release`.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use xiezhi_model::AgencyId;
use xiezhi_model::plugin_state::RefusedPlugin;
use xiezhi_ports::{Clock as _, PluginState as _};

use super::print;
use crate::clock::SystemClock;
use crate::compose;

/// How to print.
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Whose plugin to release.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArguments {
    /// The agency.
    agency: AgencyId,
}

/// Prints the active versions, the quarantines, and the versions that were pinned and refused.
pub(crate) fn status(config: &Path, arguments: &StatusArguments) -> anyhow::Result<ExitCode> {
    compose::with_store(config, async |store| {
        let (active, quarantines) = (store.plugins_active().await?, store.quarantines().await?);
        let refused = store.plugins_refused().await?;
        if arguments.json {
            print::json(&json!({ "active": active, "quarantines": quarantines, "refused": refused }))?;
            return Ok(ExitCode::SUCCESS);
        }
        for plugin in active {
            let digest = plugin.plugin_digest;
            print::line(&format!("{:<22} {:<10} {digest}  since {}", plugin.agency, plugin.version, plugin.since))?;
        }
        for quarantine in quarantines {
            let (agency, since, fault) = (quarantine.agency, quarantine.since, quarantine.fault_code);
            print::line(&format!("{agency:<22} in quarantine since {since} ({fault})"))?;
        }
        for refused in refused {
            let RefusedPlugin { agency, plugin_digest, code, text, at } = refused;
            print::line(&format!("{agency:<22} refused {plugin_digest} at {at} ({code}): {text}"))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Ends a quarantine.
pub(crate) fn release(config: &Path, arguments: &ReleaseArguments) -> anyhow::Result<ExitCode> {
    compose::with_store(config, async |store| {
        let now = SystemClock.now();
        if store.quarantine_end(&arguments.agency, "operator", "人工解除", now).await? {
            print::line(&format!("{} is released; its held messages are tried again", arguments.agency))?;
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("the plugin of {} is not in quarantine", arguments.agency);
        Ok(ExitCode::FAILURE)
    })
}
