//! The warden: looks after the plugins in use. It takes up another version that the lock file pins, stops a plugin that keeps
//! failing (quarantine), and ends the quarantine when another version is there or an operator says so.

use anyhow::bail;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xiezhi_config::component_file;
use xiezhi_host::{Candidate, Host};
use xiezhi_model::plugin_state::{ActivePlugin, Quarantine, RefusedPlugin};
use xiezhi_model::{AgencyId, Digest, fields};
use xiezhi_ports::{Clock, Codec as _, Store, StoreError};

use super::link::Links;
use super::streak::Streak;
use super::worker::pause_or_stop;

/// Code of a version that lacks record kinds which the running policy counts on.
const CODE_KINDS: &str = "admission.kinds";
/// Code of a version whose file cannot be read.
const CODE_FILE: &str = "admission.file";

/// Code of a version whose admission panicked.
const CODE_PANIC: &str = "admission.panic";

/// What the warden has seen to already.
#[derive(Debug, Default)]
struct Seen {
    /// The activations that are recorded.
    active: HashMap<AgencyId, Digest>,
    /// The pinned versions that were refused, by the plugin's name: each is refused once.
    refused: HashMap<String, Digest>,
}

/// What the warden needs.
pub(crate) struct Warden {
    /// Quarantines and activations.
    pub(crate) store: Arc<dyn Store>,
    /// The plugins.
    pub(crate) host: Arc<Host>,
    /// Where failures are counted.
    pub(crate) links: Arc<Links>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Which agencies use which plugin, by its name in the lock file.
    pub(crate) agencies: BTreeMap<String, Vec<AgencyId>>,
    /// The lock file.
    pub(crate) lock: PathBuf,
    /// Folder of the components.
    pub(crate) directory: PathBuf,
    /// How often the lock file and the quarantines are looked at.
    pub(crate) every: Duration,
    /// Signalled when messages are pending again.
    pub(crate) inbox_wake: Arc<Notify>,
    /// Signalled when messages are to be published again.
    pub(crate) outbox_wake: Arc<Notify>,
}

impl Warden {
    /// Looks until `stop`, or until the store cannot be trusted any more.
    ///
    /// # Errors
    /// The store's, when its disposition is to stop.
    pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut seen = Seen::default();
        loop {
            if self.host.swap_appeared() {
                bail!(
                    "swap was turned on: plugins' memory is reset in a way that overlooks swapped pages; start again"
                );
            }
            if let Err(error) = self.round(&mut seen).await {
                pause_or_stop(&error, "the plugins' state could not be kept").await?;
            }
            self.links.show_usage();
            tokio::select! {
                () = self.links.failing() => {}
                () = tokio::time::sleep(self.every) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Does what is due. What a failed call left undone is due again in the next round.
    async fn round(&self, seen: &mut Seen) -> Result<(), StoreError> {
        self.stop_failing().await?;
        self.reload(seen).await?;
        self.record_active(seen).await?;
        self.look_at_quarantines().await
    }

    /// Records which plugin each agency's messages go to.
    async fn record_active(&self, seen: &mut Seen) -> Result<(), StoreError> {
        for agency in self.agencies.values().flatten() {
            let Some((manifest, plugin_digest)) = self.host.plugin(agency) else { continue };
            if seen.active.get(agency) == Some(&plugin_digest) {
                continue;
            }
            let (version, since) = (manifest.version, self.clock.now());
            let active = ActivePlugin { agency: agency.clone(), plugin_digest, version, since };
            if self.store.plugin_activated(&active).await? {
                let (agency, version) = (agency.as_str(), active.version.as_str());
                info!({ fields::AGENCY } = agency, { fields::PLUGIN_DIGEST } = %plugin_digest, version, "plugin is active");
            }
            seen.active.insert(agency.clone(), plugin_digest);
        }
        Ok(())
    }

    /// Puts the plugins in quarantine whose streak of failures is too long.
    async fn stop_failing(&self) -> Result<(), StoreError> {
        for (agency, streak) in self.links.take_failing() {
            let Streak { plugin, fault_code, messages, .. } = streak;
            let since = self.clock.now();
            let quarantine = Quarantine { agency: agency.clone(), plugin_digest: plugin, fault_code, since };
            if let Err(error) = self.store.quarantine_begin(&quarantine, &messages).await {
                self.links.put_back(&agency, quarantine, messages);
                return Err(error);
            }
            self.links.set_quarantined(&agency, Some(plugin));
            warn!(
                { fields::AGENCY } = agency.as_str(),
                { fields::PLUGIN_DIGEST } = %plugin,
                { fields::FAULT_CODE } = quarantine.fault_code.as_str(),
                "plugin is in quarantine: its agency's messages are held until another version or an operator ends it"
            );
        }
        Ok(())
    }

    /// Ends what another version has made needless, and takes up what operators ended.
    async fn look_at_quarantines(&self) -> Result<(), StoreError> {
        let mut stored = HashSet::new();
        for quarantine in self.store.quarantines().await? {
            let Quarantine { agency, plugin_digest, .. } = quarantine;
            let running = self.host.plugin(&agency).map(|(_, digest)| digest);
            if running.is_some_and(|running| running != plugin_digest) {
                let why = "已换用新版本";
                self.store.quarantine_end(&agency, "gateway", why, self.clock.now()).await?;
                continue;
            }
            self.links.set_quarantined(&agency, Some(plugin_digest));
            stored.insert(agency);
        }
        for agency in self.links.quarantined().into_iter().filter(|agency| !stored.contains(agency)) {
            self.links.set_quarantined(&agency, None);
            info!({ fields::AGENCY } = agency.as_str(), "plugin is out of quarantine");
            self.inbox_wake.notify_one();
            self.outbox_wake.notify_one();
        }
        Ok(())
    }

    /// Takes up other versions that the lock file pins.
    async fn reload(&self, seen: &mut Seen) -> Result<(), StoreError> {
        let lock = match xiezhi_config::load_lock(&self.lock) {
            Ok(lock) => lock,
            Err(problems) => {
                warn!(%problems, "the plugins' lock file cannot be used; the plugins in use stay");
                return Ok(());
            }
        };
        for (name, agencies) in &self.agencies {
            let Some(pinned) = lock.plugins.get(name).map(|locked| locked.sha256) else { continue };
            let runs = |agency: &&AgencyId| self.host.plugin(agency).is_some_and(|(_, digest)| digest == pinned);
            let others: Vec<&AgencyId> = agencies.iter().filter(|agency| !runs(agency)).collect();
            if others.is_empty() {
                seen.refused.remove(name);
            } else if seen.refused.get(name) != Some(&pinned) && !self.swap(name, pinned, &others).await? {
                seen.refused.insert(name.clone(), pinned);
            }
        }
        Ok(())
    }

    /// Compiles a version beside the serving path and gives it to the agencies, or records why not. `false` when at least
    /// one of them keeps the one before.
    async fn swap(&self, name: &str, pinned: Digest, agencies: &[&AgencyId]) -> Result<bool, StoreError> {
        let (host, file) = (Arc::clone(&self.host), component_file(&self.directory, name, pinned));
        let prepared = tokio::task::spawn_blocking(move || prepare(&host, &file, pinned)).await;
        let prepared = prepared.unwrap_or_else(|_| {
            Err(Refusal { code: CODE_PANIC.to_owned(), text: "the admission panicked; see the log".to_owned() })
        });
        let mut all = true;
        for &agency in agencies {
            let checked = match &prepared {
                Ok(candidate) => self.check_kinds(agency, candidate).map(|()| candidate),
                Err(refusal) => Err(refusal.clone()),
            };
            match checked {
                Ok(candidate) => self.host.activate(agency.clone(), candidate),
                Err(refusal) => {
                    all = false;
                    warn!(
                        { fields::AGENCY } = agency.as_str(),
                        { fields::PLUGIN_DIGEST } = %pinned,
                        { fields::FAULT_CODE } = refusal.code.as_str(),
                        reason = refusal.text.as_str(),
                        "plugin is not admitted, the one before stays"
                    );
                    let Refusal { code, text } = refusal;
                    let (agency, at) = (agency.clone(), self.clock.now());
                    self.store.plugin_refused(&RefusedPlugin { agency, plugin_digest: pinned, code, text, at }).await?;
                }
            }
        }
        Ok(all)
    }

    /// The policy was checked against what the running plugins read and write: a version may not take a kind away.
    fn check_kinds(&self, agency: &AgencyId, candidate: &Candidate) -> Result<(), Refusal> {
        let Some((before, _)) = self.host.plugin(agency) else { return Ok(()) };
        let after = candidate.manifest();
        let lost = |before: &[String], after: &[String]| -> Vec<String> {
            before.iter().filter(|kind| !after.contains(kind)).cloned().collect()
        };
        let missing = [lost(&before.reads, &after.reads), lost(&before.writes, &after.writes)].concat();
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!("新版本不再支持{}，需停机重启并检查规则后才能更换", missing.join("、"));
        Err(Refusal { code: CODE_KINDS.to_owned(), text })
    }
}

/// Why a pinned version does not run.
#[derive(Debug, Clone)]
struct Refusal {
    /// Stable code, such as `admission.import`.
    code: String,
    /// In words.
    text: String,
}

fn prepare(host: &Host, file: &std::path::Path, pinned: Digest) -> Result<Candidate, Refusal> {
    let bytes = std::fs::read(file).map_err(|error| Refusal {
        code: CODE_FILE.to_owned(),
        text: format!("{} cannot be read: {error}", file.display()),
    })?;
    host.prepare(&bytes, Some(pinned))
        .map_err(|error| Refusal { code: error.code().to_owned(), text: error.to_string() })
}
