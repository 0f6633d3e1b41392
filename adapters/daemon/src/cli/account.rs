//! `xiezhi account`: the people of the bureau who may propose and decide legal acts. For the machine's administrator: whoever may
//! read the store may do this.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use xiezhi_model::act::{Account, PersonRole};
use xiezhi_model::audit::{ACTOR_OPERATOR, AuditAction, AuditEntry};
use xiezhi_model::{AccountName, UtcTime};
use xiezhi_ports::{Accounts as _, Clock as _};

use super::password::PasswordSource;
use super::print;
use crate::clock::SystemClock;
use crate::{compose, desk};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add an account. A name means one person for ever.
    Add(AddArguments),
    /// Set another password.
    Password(PasswordArguments),
    /// Close an account: it can do nothing any more, and what it did stays.
    Close {
        /// The account.
        name: AccountName,
    },
    /// List the accounts.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Who gets an account.
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// The name to sign in with.
    name: AccountName,
    /// officer (办案人员) or reviewer (审核人员).
    #[arg(long, value_parser = parse_role)]
    role: PersonRole,
    #[command(flatten)]
    password: PasswordSource,
}

/// Whose password.
#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// The account.
    name: AccountName,
    #[command(flatten)]
    password: PasswordSource,
}

fn parse_role(text: &str) -> Result<PersonRole, String> {
    PersonRole::parse(text).ok_or_else(|| "one of officer, reviewer".to_owned())
}

/// Does it.
pub(crate) fn run(config: &Path, command: &AccountCommand) -> anyhow::Result<ExitCode> {
    match command {
        AccountCommand::Add(arguments) => add(config, arguments),
        AccountCommand::Password(arguments) => {
            let hash = desk::password::hash(&arguments.password.read()?)?;
            let text = format!("账号{}更换密码", arguments.name);
            change(config, &arguments.name, text, |account| account.password_hash.clone_from(&hash))
        }
        AccountCommand::Close { name } => {
            change(config, name, format!("停用账号{name}"), |account| account.disabled = true)
        }
        AccountCommand::List { json } => list(config, *json),
    }
}

fn add(config: &Path, arguments: &AddArguments) -> anyhow::Result<ExitCode> {
    let AddArguments { name, role, password } = arguments;
    let password_hash = desk::password::hash(&password.read()?)?;
    compose::with_store(config, async |store| {
        let now = SystemClock.now();
        let account = Account { name: name.clone(), role: *role, password_hash, created_at: now, disabled: false };
        let text = format!("建立账号{name}（{}）", role.to_chinese());
        if store.account_add(&account, &entry(now, AuditAction::AccountAdded, text)).await? {
            print::line(&format!("{name} is added as {}", role.as_str()))?;
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("the name {name} is taken; a name means one person for ever, also after the account is closed");
        Ok(ExitCode::FAILURE)
    })
}

fn change(config: &Path, name: &AccountName, text: String, change: impl Fn(&mut Account)) -> anyhow::Result<ExitCode> {
    compose::with_store(config, async |store| {
        let changed = match store.account_load(name).await? {
            Some(mut account) => {
                change(&mut account);
                let entry = entry(SystemClock.now(), AuditAction::AccountChanged, text);
                store.account_change(&account, &entry).await?
            }
            None => false,
        };
        if changed {
            print::line(&format!("{name} is changed"))?;
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("there is no account {name}");
        Ok(ExitCode::FAILURE)
    })
}

fn list(config: &Path, json: bool) -> anyhow::Result<ExitCode> {
    compose::with_store(config, async |store| {
        let accounts = store.accounts().await?;
        if json {
            // Field by field: hashes are not printed.
            let shown = accounts.iter().map(|account| {
                json!({ "name": account.name, "role": account.role, "created_at": account.created_at, "disabled": account.disabled })
            });
            print::json(&shown.collect::<Vec<_>>())?;
            return Ok(ExitCode::SUCCESS);
        }
        for account in accounts {
            let state = if account.disabled { "  已停用" } else { "" };
            print::line(&format!("{:<24} {}{state}", account.name, account.role.to_chinese()))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn entry(now: UtcTime, action: AuditAction, text: String) -> AuditEntry {
    AuditEntry::new(now, action, ACTOR_OPERATOR, text)
}
