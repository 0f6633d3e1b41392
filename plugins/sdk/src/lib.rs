//! What a plugin author in Rust needs: the types of `xiezhi-model`, the [`Plugin`] trait and [`export_plugin!`].

pub use xiezhi_model as model;
pub use xiezhi_model::plugin::{Context, Decoded, Document, Encoded, Input, Manifest, Part, Plugin, RowRecord};

/// Makes a type that implements [`Plugin`] the component's exports. Does nothing on native targets.
#[macro_export]
macro_rules! export_plugin {
    ($plugin:ty) => {};
}
