//! `xiezhi credit-sim`: a simulator of the credit system (`docs/credit-sim.md`).

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use tokio::net::TcpListener;
use xiezhi_credit_sim::{OpeningHours, SimCertificate, SimSettings, SimTls};

/// How the simulator behaves.
#[derive(Debug, Args)]
pub(crate) struct SimArguments {
    /// Where it listens; port 0 takes a free one. The address is printed.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: String,
    /// Where its interface begins.
    #[arg(long, default_value = "/opanomaly/v1")]
    base: String,
    /// The area code in its documents, GB/T 2260.
    #[arg(long, default_value = "110112")]
    area_code: String,
    /// A file that keeps its list, so that it is there after a restart.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Let anybody who reaches it set faults and change its list.
    #[arg(long)]
    control: bool,
    /// Its certificate, as PEM: it then speaks TLS only.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The certificate's key, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Demand a client certificate from these authorities.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_client_authorities: Option<PathBuf>,
    /// The certificate that it shows when it is told to show a bad one.
    #[arg(long, value_name = "FILE", requires = "bad_key")]
    bad_certificate: Option<PathBuf>,
    /// That one's key.
    #[arg(long, value_name = "FILE", requires = "bad_certificate")]
    bad_key: Option<PathBuf>,
    /// How long a fault holds a connection, in milliseconds.
    #[arg(long, default_value_t = 30_000)]
    hold_ms: u64,
    /// How long a slow answer waits before each byte, in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    slow_byte_every_ms: u64,
    /// Most requests a second; further ones are answered 429.
    #[arg(long)]
    requests_per_s_max: Option<u32>,
    /// When it is open, in Beijing time, such as "mon-fri 08:30-17:30"; always unless given.
    #[arg(long)]
    open: Option<OpeningHours>,
}

impl SimArguments {
    fn settings(&self) -> anyhow::Result<SimSettings> {
        let read = |file: &Path| std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()));
        let pair = |certificate: &Option<PathBuf>, key: &Option<PathBuf>| match (certificate, key) {
            (Some(certificate), Some(key)) => {
                anyhow::Ok(Some(SimCertificate { chain: read(certificate)?, key: read(key)? }))
            }
            _ => Ok(None),
        };
        let client_authorities = self.tls_client_authorities.as_deref().map(read).transpose()?;
        let tls = pair(&self.tls_certificate, &self.tls_key)?;
        let bad_certificate = pair(&self.bad_certificate, &self.bad_key)?;
        ensure!(tls.is_some() || bad_certificate.is_none(), "a bad certificate needs --tls-certificate beside it");
        Ok(SimSettings {
            base: self.base.clone(),
            area_code: self.area_code.clone(),
            tls: tls.map(|certificate| SimTls { certificate, client_authorities }),
            bad_certificate,
            journal: self.journal.clone(),
            control: self.control,
            hold: Duration::from_millis(self.hold_ms),
            slow_byte_every: Duration::from_millis(self.slow_byte_every_ms),
            requests_per_s_max: self.requests_per_s_max,
            open: self.open,
            ..SimSettings::default()
        })
    }
}

/// Simulates until it is told to stop (ctrl-c, SIGTERM).
pub(crate) fn run(arguments: &SimArguments) -> anyhow::Result<ExitCode> {
    let settings = arguments.settings()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listen = &arguments.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} cannot be listened on"))?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        // The one line on stdout: whoever started the process learns the port from it.
        println!("listening on {scheme}://{}{}", listener.local_addr()?, settings.base);
        let stop = async {
            // Without signals it runs until it is killed.
            let _ = crate::serve::told_to_stop().await;
        };
        xiezhi_credit_sim::run(listener, settings, stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}
