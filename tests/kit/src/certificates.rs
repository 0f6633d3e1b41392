//! An authority made for one server, with a certificate for it and one for a client. The keys never leave their folder, and end
//! with it.

use std::path::Path;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// Writes `ca.pem`, `server.pem`, `server-key.pem`, `client.pem` and `client-key.pem` into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, client_name: &str) -> anyhow::Result<()> {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("Xiezhi test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    save(folder, "ca.pem", &params.self_signed(&key)?.pem())?;
    let authority = Issuer::new(params, key);
    let server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])?;
    sign(folder, "server", server, "localhost", ExtendedKeyUsagePurpose::ServerAuth, &authority)?;
    let client = CertificateParams::default();
    sign(folder, "client", client, client_name, ExtendedKeyUsagePurpose::ClientAuth, &authority)
}

fn sign(
    folder: &Path,
    file: &str,
    mut params: CertificateParams,
    common_name: &str,
    usage: ExtendedKeyUsagePurpose,
    authority: &Issuer<'_, KeyPair>,
) -> anyhow::Result<()> {
    params.distinguished_name = named(common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    save(folder, &format!("{file}.pem"), &params.signed_by(&key, authority)?.pem())?;
    save(folder, &format!("{file}-key.pem"), &key.serialize_pem())
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn save(folder: &Path, file: &str, text: &str) -> anyhow::Result<()> {
    let file = folder.join(file);
    std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))
}
