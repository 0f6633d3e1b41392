//! The host: which agency has which plugin, and the codec port over them.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use wasmtime::Engine;
use xiezhi_model::fault::{Fault, code};
use xiezhi_model::plugin::{Context, Decoded, Encoded, Input, Manifest};
use xiezhi_model::{AgencyId, Digest, Record};
use xiezhi_ports::{Codec, CodecError, CodecFailure, CodecUsage};

use crate::admission::{Admission, AdmissionError};
use crate::bindings::exports::xiezhi::plugin::codec as wit;
use crate::cache::Cache;
use crate::call::{self, CallLimits, SharedPlugin};
use crate::engine::{self, HostError};
use crate::gate::Gate;
use crate::inspection::{self, Inspection};
use crate::session::ReusedSession;
use crate::settings::HostSettings;
use crate::swap;
use crate::ticker::Ticker;
use crate::{contract, failure, settings_check};

/// Admits plugins and calls them. One for the process; shared by reference between threads.
pub struct Host {
    engine: Engine,
    settings: HostSettings,
    limits: CallLimits,
    cache: Option<Cache>,
    gate: Gate,
    swap_at_start: bool,
    /// Locked only to look up or to replace, never during a call: a replaced plugin finishes the calls it began.
    plugins: RwLock<HashMap<AgencyId, SharedPlugin>>,
    /// Kept for its `Drop`, which ends the thread.
    _ticker: Ticker,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Host {
    /// Sets up the engine, the compile cache and the clock thread. No plugin is admitted yet.
    ///
    /// # Errors
    /// [`HostError`]: the first setting out of range, or what this machine does not give.
    pub fn new(settings: HostSettings) -> Result<Self, HostError> {
        if let Some(problem) = settings.problems().into_iter().next() {
            return Err(problem.into());
        }
        let swap_at_start = swap::is_on();
        let engine = engine::build(&settings, swap_at_start)?;
        let cache = settings.cache_dir.as_deref().map(|dir| Cache::open(dir, &engine)).transpose()?;
        let ticker =
            Ticker::start(engine.clone(), Duration::from_millis(settings.epoch_tick_ms)).map_err(HostError::Ticker)?;
        Ok(Self {
            limits: CallLimits::of(&settings),
            gate: Gate::new(settings.instances_max),
            swap_at_start,
            plugins: RwLock::new(HashMap::new()),
            _ticker: ticker,
            engine,
            settings,
            cache,
        })
    }

    /// Whether the system began to swap after the engine was set up for one that does not: then plugins must not go on, because
    /// what one message left in memory might be overlooked. A new host is set up for it.
    #[must_use]
    pub fn swap_appeared(&self) -> bool {
        !self.swap_at_start && swap::is_on()
    }

    /// Admits a component as the agency's plugin, in place of the one before. Compiles, so it takes up to seconds.
    ///
    /// Repeating it changes nothing. Calls in progress end on the plugin that they began with. On an error the plugin
    /// before stays.
    ///
    /// # Errors
    /// [`AdmissionError`]: the first check that the component fails.
    pub fn admit(
        &self,
        agency: AgencyId,
        component: &[u8],
        pinned: Option<Digest>,
    ) -> Result<Manifest, AdmissionError> {
        let candidate = self.prepare(component, pinned)?;
        self.activate(agency, &candidate);
        Ok(candidate.manifest().clone())
    }

    /// Checks and compiles a component without giving it to an agency: seconds, outside of the serving path.
    ///
    /// # Errors
    /// As [`Host::admit`].
    pub fn prepare(&self, component: &[u8], pinned: Option<Digest>) -> Result<Candidate, AdmissionError> {
        let _place = self.gate.enter();
        self.admission().admit(component, pinned).map(|admitted| Candidate(Arc::new(admitted)))
    }

    /// Makes a prepared component the agency's plugin, at once. Calls in progress end on the plugin they began with.
    pub fn activate(&self, agency: AgencyId, candidate: &Candidate) {
        self.plugins.write().unwrap_or_else(PoisonError::into_inner).insert(agency, Arc::clone(&candidate.0));
    }

    /// Looks at a component without admitting it. Also tells of one that would be refused, and why.
    ///
    /// # Errors
    /// [`AdmissionError`] when it is too large, not a component or cannot be compiled.
    pub fn inspect(&self, component: &[u8]) -> Result<Inspection, AdmissionError> {
        let _place = self.gate.enter();
        inspection::inspect(&self.admission(), component)
    }

    /// What an agency's plugin finds wrong with its link's settings; nothing where it is of a version that cannot look.
    ///
    /// # Errors
    /// [`CodecError`] when the agency has no plugin, or the plugin fails instead of answering.
    pub fn check_settings(&self, context: &Context) -> Result<Vec<Fault>, CodecError> {
        let plugin = self.find(&context.agency)?;
        let _place = self.gate.enter();
        settings_check::run(&self.engine, &plugin, &self.limits, context)
            .map_err(|fault| blame_plugin(&context.agency, &plugin, fault))
    }

    /// One instance that is used again and again: what a call costs without the fresh instance. For measuring only; no
    /// message of an agency ever goes through one.
    ///
    /// # Errors
    /// [`CodecError`] when the agency has no plugin or it cannot be started.
    pub fn reused_session(&self, agency: &AgencyId) -> Result<ReusedSession<'_>, CodecError> {
        let plugin = self.find(agency)?;
        let place = self.gate.enter();
        ReusedSession::start(&self.engine, self.limits.clone(), plugin.clone(), place)
            .map_err(|fault| blame_plugin(agency, &plugin, fault))
    }

    fn admission(&self) -> Admission<'_> {
        Admission { engine: &self.engine, settings: &self.settings, cache: self.cache.as_ref() }
    }

    fn find(&self, agency: &AgencyId) -> Result<SharedPlugin, CodecError> {
        let plugins = self.plugins.read().unwrap_or_else(PoisonError::into_inner);
        plugins.get(agency).cloned().ok_or_else(|| CodecError {
            agency: agency.clone(),
            digest: None,
            failure: CodecFailure::Plugin,
            fault: Fault::new(code::PLUGIN_MISSING, "该单位没有可用的插件，请由运维人员检查插件配置"),
        })
    }

    /// Refuses what is longer than a plugin is given.
    fn check_input(&self, agency: &AgencyId, plugin: &SharedPlugin, bytes: usize) -> Result<(), CodecError> {
        let bytes_max = self.settings.input_bytes_max;
        if bytes <= bytes_max {
            return Ok(());
        }
        let text = format!("报文共 {bytes} 字节，超过上限 {bytes_max} 字节，请拆分后重新发送");
        Err(blame_input(agency, plugin, Fault::new(code::TOO_LARGE, text)))
    }
}

/// A component that passed admission and is no agency's plugin yet.
pub struct Candidate(SharedPlugin);

impl Candidate {
    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate").field("digest", &self.0.digest).finish_non_exhaustive()
    }
}

impl Codec for Host {
    fn usage(&self) -> CodecUsage {
        let plugins = self.plugins.read().unwrap_or_else(PoisonError::into_inner);
        let high = |plugin: &SharedPlugin| plugin.memory_high.load(Ordering::Relaxed) as u64;
        let memory_high = plugins.iter().map(|(agency, plugin)| (agency.clone(), high(plugin))).collect();
        CodecUsage { instances: self.gate.taken(), memory_high }
    }

    fn plugin(&self, agency: &AgencyId) -> Option<(Manifest, Digest)> {
        self.find(agency).ok().map(|plugin| (plugin.manifest.clone(), plugin.digest))
    }

    fn decode(&self, input: &Input<'_>, context: &Context) -> Result<(Decoded, Digest), CodecError> {
        let agency = &context.agency;
        let plugin = self.find(agency)?;
        self.check_input(agency, &plugin, input_bytes(input))?;
        let context = to_json(context).map_err(|fault| blame_input(agency, &plugin, fault))?;
        let answer = {
            let _place = self.gate.enter();
            call::in_fresh_instance(&self.engine, &plugin, &self.limits, |guest, store| {
                guest.xiezhi_plugin_codec().call_decode(store, to_wit(input), &context)
            })
        };
        answer
            .and_then(|answer| contract::decoded(answer, &plugin.manifest, self.limits.output_bytes_max))
            .map_err(|fault| blame_plugin(agency, &plugin, fault))?
            .map(|decoded| (decoded, plugin.digest))
            .map_err(|refusal| blame_input(agency, &plugin, refusal))
    }

    fn encode(&self, record: &Record, context: &Context) -> Result<(Encoded, Digest), CodecError> {
        let agency = &context.agency;
        let plugin = self.find(agency)?;
        let kind = record.kind();
        if !plugin.manifest.writes.iter().any(|writes| writes == kind) {
            let text = format!("该单位的插件不能发送 {kind} 类记录，请检查规则与插件清单");
            return Err(blame_input(agency, &plugin, Fault::new(code::KIND_UNSUPPORTED, text)));
        }
        let blamed = |fault| blame_input(agency, &plugin, fault);
        let (record, context) = (to_json(record).map_err(blamed)?, to_json(context).map_err(blamed)?);
        self.check_input(agency, &plugin, record.len())?;
        let answer = {
            let _place = self.gate.enter();
            call::in_fresh_instance(&self.engine, &plugin, &self.limits, |guest, store| {
                guest.xiezhi_plugin_codec().call_encode(store, &record, &context)
            })
        };
        answer
            .and_then(|answer| contract::encoded(answer, self.limits.output_bytes_max))
            .map_err(|fault| blame_plugin(agency, &plugin, fault))?
            .map(|encoded| (encoded, plugin.digest))
            .map_err(|refusal| blame_input(agency, &plugin, refusal))
    }
}

fn input_bytes(input: &Input<'_>) -> usize {
    match input {
        Input::Message(bytes) => bytes.len(),
        Input::Parts(parts) => parts.iter().map(|part| part.len()).fold(0, usize::saturating_add),
    }
}

/// The input as the border has it, without copying the message.
pub(crate) fn to_wit<'a>(input: &'a Input<'a>) -> wit::Input<'a> {
    match input {
        Input::Message(bytes) => wit::Input::Message(bytes),
        Input::Parts(parts) => wit::Input::Parts(parts),
    }
}

/// The model's values always have a JSON form; were one to lack it, the call fails like any other.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| failure::contract(&error.to_string()))
}

pub(crate) fn blame_plugin(agency: &AgencyId, plugin: &SharedPlugin, fault: Fault) -> CodecError {
    tracing::warn!(agency = %agency, plugin_digest = %plugin.digest, fault_code = fault.code, "plugin call failed");
    CodecError { agency: agency.clone(), digest: Some(plugin.digest), failure: CodecFailure::Plugin, fault }
}

pub(crate) fn blame_input(agency: &AgencyId, plugin: &SharedPlugin, fault: Fault) -> CodecError {
    CodecError { agency: agency.clone(), digest: Some(plugin.digest), failure: CodecFailure::Input, fault }
}
