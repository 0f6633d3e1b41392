//! Admission: what a component must be before it may read a single message.
//!
//! Cheap checks come first; the compile, which a component can make slow on purpose, only after the size and the digest
//! are right. Runs outside of the serving path.

use std::sync::atomic::AtomicUsize;

use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker};
use xiezhi_model::Digest;
use xiezhi_model::fault::Fault;
use xiezhi_model::plugin::Manifest;

use crate::bindings::{FUNCTIONS, INTERFACE, PluginPre, SETTINGS_CHECK, SETTINGS_INTERFACE};
use crate::cache::Cache;
use crate::call::{Admitted, CallLimits, Limited};
use crate::settings::HostSettings;
use crate::{call, contract, failure, settings_check};

/// Why a component is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AdmissionError {
    /// Larger than the host allows.
    #[error(
        "plugin component has {bytes} bytes, allowed are {bytes_max}: make it smaller or raise component_bytes_max"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Not the component that the configuration names.
    #[error(
        "plugin component has digest {found}, the configuration pins {pinned}: install the right file or pin the new digest"
    )]
    Digest {
        /// What the configuration names.
        pinned: Digest,
        /// What the component has.
        found: Digest,
    },
    /// Not a component at all.
    #[error("plugin file is not a webassembly component: cargo xtask build makes one of a core module")]
    NotAComponent,
    /// Not valid, or needs more memories, tables or instances than the host gives.
    #[error("plugin component cannot be compiled: {what}")]
    Compile {
        /// What the compiler says.
        what: String,
    },
    /// Imports something; a plugin gets nothing from outside.
    #[error("plugin component imports {}, a plugin must import nothing: build it for wasm32-unknown-unknown", names.join(", "))]
    Import {
        /// What it imports.
        names: Vec<String>,
    },
    /// Its exports are neither those of the world `xiezhi:plugin/plugin@1.0.0` nor those of 1.1.0.
    #[error(
        "plugin component is of no world that this gateway serves (xiezhi:plugin@1.0.0, xiezhi:plugin@1.1.0): {what}"
    )]
    World {
        /// What is missing or different.
        what: String,
    },
    /// It cannot be started, or `describe` failed.
    #[error("plugin component does not describe itself ({code}): {text}", code = fault.code, text = fault.text)]
    Describe {
        /// How it failed.
        fault: Fault,
    },
    /// `describe` returned something that is not a manifest.
    #[error("plugin manifest is not valid: {what}")]
    Manifest {
        /// What is wrong with it.
        what: String,
    },
}

impl AdmissionError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "admission.too-large",
            Self::Digest { .. } => "admission.digest",
            Self::NotAComponent => "admission.not-a-component",
            Self::Compile { .. } => "admission.compile",
            Self::Import { .. } => "admission.import",
            Self::World { .. } => "admission.world",
            Self::Describe { .. } => "admission.describe",
            Self::Manifest { .. } => "admission.manifest",
        }
    }
}

/// What admission works with.
pub(crate) struct Admission<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) settings: &'a HostSettings,
    pub(crate) cache: Option<&'a Cache>,
}

impl Admission<'_> {
    /// Every check in order, up to a plugin that can be called.
    pub(crate) fn admit(&self, bytes: &[u8], pinned: Option<Digest>) -> Result<Admitted, AdmissionError> {
        let digest = self.check_bytes(bytes, pinned)?;
        let component = self.compile(bytes, &digest)?;
        self.check_world(&component)?;
        self.describe(&component, digest)
    }

    /// Size and digest: nothing of the component is read before.
    pub(crate) fn check_bytes(&self, bytes: &[u8], pinned: Option<Digest>) -> Result<Digest, AdmissionError> {
        let bytes_max = self.settings.component_bytes_max;
        if bytes.len() > bytes_max {
            return Err(AdmissionError::TooLarge { bytes: bytes.len(), bytes_max });
        }
        let found = Digest::of(bytes);
        match pinned {
            Some(pinned) if pinned != found => Err(AdmissionError::Digest { pinned, found }),
            _ => Ok(found),
        }
    }

    /// Compiles, or loads what was compiled before.
    pub(crate) fn compile(&self, bytes: &[u8], digest: &Digest) -> Result<Component, AdmissionError> {
        if !bytes.starts_with(COMPONENT_HEADER) {
            return Err(AdmissionError::NotAComponent);
        }
        if let Some(component) = self.cache.and_then(|cache| cache.load(self.engine, digest)) {
            return Ok(component);
        }
        let component = Component::from_binary(self.engine, bytes)
            .map_err(|error| AdmissionError::Compile { what: format!("{error:#}") })?;
        if let Some(cache) = self.cache {
            cache.store(&component, digest);
        }
        Ok(component)
    }

    /// No import, and exactly the exports of one of the worlds by name; their types are checked when they are bound.
    pub(crate) fn check_world(&self, component: &Component) -> Result<(), AdmissionError> {
        let names = imports(self.engine, component);
        if !names.is_empty() {
            return Err(AdmissionError::Import { names });
        }
        let ty = component.component_type();
        let mut has_codec = false;
        for (name, export) in ty.exports(self.engine) {
            let wanted: &[&str] = match name {
                INTERFACE => &FUNCTIONS,
                SETTINGS_INTERFACE => &[SETTINGS_CHECK],
                _ => return Err(self.foreign_export(component)),
            };
            let ComponentItem::ComponentInstance(interface) = export.ty else {
                return Err(AdmissionError::World { what: format!("{name} is not an interface") });
            };
            self.check_functions(name, &interface, wanted)?;
            has_codec |= name == INTERFACE;
        }
        if has_codec { Ok(()) } else { Err(self.foreign_export(component)) }
    }

    fn foreign_export(&self, component: &Component) -> AdmissionError {
        let found = exports(self.engine, component).join(", ");
        AdmissionError::World {
            what: format!(
                "it must export {INTERFACE}, may export {SETTINGS_INTERFACE}, and nothing else, it exports: {found}"
            ),
        }
    }

    fn check_functions(
        &self,
        name: &str,
        interface: &ComponentInstance,
        wanted: &[&str],
    ) -> Result<(), AdmissionError> {
        let functions: Vec<&str> = interface
            .exports(self.engine)
            .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
            .map(|(name, _)| name)
            .collect();
        if functions.len() != wanted.len() || !wanted.iter().all(|name| functions.contains(name)) {
            let (wanted, found) = (wanted.join(", "), functions.join(", "));
            return Err(AdmissionError::World {
                what: format!("{name} must have the functions {wanted}, it has: {found}"),
            });
        }
        Ok(())
    }

    /// Starts it, binds the functions (which checks their types), and asks for the manifest.
    pub(crate) fn describe(&self, component: &Component, digest: Digest) -> Result<Admitted, AdmissionError> {
        let world = |error: wasmtime::Error| AdmissionError::World { what: format!("{error:#}") };
        let describe = |fault: Fault| AdmissionError::Describe { fault };
        let limits = CallLimits::of(self.settings);
        // An empty linker: even if the check above overlooked an import, there is nothing to satisfy it with.
        let linked = Linker::<Limited>::new(self.engine).instantiate_pre(component).map_err(world)?;
        let pre = PluginPre::new(linked.clone()).map_err(world)?;
        let (mut store, instance) = call::start(self.engine, &linked, &limits).map_err(describe)?;
        let plugin = crate::bindings::Plugin::new(&mut store, &instance).map_err(world)?;
        let json = plugin
            .xiezhi_plugin_codec()
            .call_describe(&mut store)
            .map_err(|error| describe(failure::fault(&error, &mut store)))?;
        let manifest: Manifest = contract::manifest(&json).map_err(|what| AdmissionError::Manifest { what })?;
        let settings_check = component
            .get_export_index(None, SETTINGS_INTERFACE)
            .and_then(|interface| component.get_export_index(Some(&interface), SETTINGS_CHECK));
        if let Some(check) = &settings_check {
            settings_check::bind(&instance, &mut store, check).map_err(world)?;
        }
        Ok(Admitted { pre, digest, manifest, settings_check, memory_high: AtomicUsize::new(0) })
    }
}

/// How every component begins: the magic number, the component model's version, and the layer 1.
const COMPONENT_HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

/// What a component imports.
pub(crate) fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    component.component_type().imports(engine).map(|(name, _)| name.to_owned()).collect()
}

/// What a component exports, an interface's functions included.
pub(crate) fn exports(engine: &Engine, component: &Component) -> Vec<String> {
    let mut names = Vec::new();
    for (name, export) in component.component_type().exports(engine) {
        match export.ty {
            ComponentItem::ComponentInstance(interface) => {
                let functions = interface
                    .exports(engine)
                    .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
                    .map(|(function, _)| format!("{name}#{function}"));
                names.extend(functions);
            }
            _ => names.push(name.to_owned()),
        }
    }
    names
}
