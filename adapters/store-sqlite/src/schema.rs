//! Opening a connection: pragmas and migrations. Migrations go forward only, one file each.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use xiezhi_ports::StoreError;

use crate::error::{Db, DbError};
use crate::settings::SqliteSettings;

/// Each version of the schema, in order; `user_version` counts those that are applied.
const MIGRATIONS: [&str; VERSION as usize] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
];

/// The schema version of this build: the number of migrations.
const VERSION: u32 = 7;

/// Marks the file as one of ours: the bytes of `XZHI`.
const APPLICATION_ID: i32 = 0x585A_4849;

/// Prepared statements kept per connection: more than there are statements, so none is prepared twice.
const STATEMENTS_MAX: usize = 96;

/// Size of the write-ahead log, in bytes, that is kept for reuse after a checkpoint.
const LOG_BYTES_KEPT: i64 = 64 << 20;

/// Bytes of a page: SQLite's default, written out because sizes are counted from it.
const PAGE_BYTES: u32 = 4_096;

/// Opens the connection that writes, and brings the file to this build's schema.
pub(crate) fn open_writer(path: &Path, settings: &SqliteSettings) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, settings, flags, settings.cache_bytes)?;
    set_up_writer(&connection, settings)?;
    migrate(&connection)?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path, settings: &SqliteSettings) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(path, settings, flags, settings.cache_bytes / 8)
}

fn open(path: &Path, settings: &SqliteSettings, flags: OpenFlags, cache_bytes: u64) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| StoreError::Failed(format!("{} cannot be opened: {error}", path.display())))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let tune = || -> Db<()> {
        connection.busy_timeout(Duration::from_millis(settings.busy_ms))?;
        let kibibytes = i64::try_from(cache_bytes / 1024).unwrap_or(i64::MAX);
        connection.pragma_update(None, "cache_size", kibibytes.saturating_neg())?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // Without it the bundled build looks at bound values when it plans, and so plans many a SELECT anew each time it
        // runs: measured, leasing a row then costs twice as much.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(())
    };
    tune()?;
    Ok(connection)
}

fn set_up_writer(connection: &Connection, settings: &SqliteSettings) -> Db<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    // An empty answer would mean that the log cannot be used here (a network file system); refuse rather than lose.
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(DbError::invalid(format!("the file system gives journal mode {mode}, wal is needed")));
    }
    // NORMAL may lose an acknowledged commit when the power goes.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", settings.checkpoint_pages)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    let pages =
        i64::try_from(settings.file_bytes_max / u64::from(PAGE_BYTES)).unwrap_or(i64::MAX).min(i64::from(u32::MAX - 1));
    let _: i64 = connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0))?;
    Ok(())
}

/// Applies what is missing, in one transaction, so that two processes that start together do it once.
fn migrate(connection: &Connection) -> Db<()> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(DbError::invalid("the file is the database of another program; name another file"));
    }
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application == APPLICATION_ID && version == VERSION {
        // Without the write lock: the command line opens the file while the gateway is busy writing.
        return Ok(());
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let applied = apply(connection);
    connection.execute_batch(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    applied
}

fn apply(connection: &Connection) -> Db<()> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION {
        return Err(DbError::invalid(format!(
            "the file has schema version {version}, this build knows {VERSION}; use the newer program"
        )));
    }
    let applied = usize::try_from(version).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.iter().skip(applied) {
        connection.execute_batch(migration)?;
    }
    if version < VERSION {
        connection.pragma_update(None, "user_version", VERSION)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_program_or_a_newer_schema_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = folder.path().join("foreign.db");
        Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        let error = open_writer(&foreign, &SqliteSettings::default()).unwrap_err();
        assert!(error.to_string().contains("another program"), "{error}");

        let newer = folder.path().join("newer.db");
        drop(open_writer(&newer, &SqliteSettings::default()).unwrap());
        drop(open_writer(&newer, &SqliteSettings::default()).unwrap());
        Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        let error = open_writer(&newer, &SqliteSettings::default()).unwrap_err();
        assert!(error.to_string().contains("schema version 99"), "{error}");
    }
}
