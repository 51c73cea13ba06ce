//! The store in one SQLite file: write-ahead log, full synchronisation, each append one transaction.
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use crate::base::{Clock, RunId, Text, Time};

use super::presence::Presence;
use super::{Head, Held, Lease, Receipt, Record, RunRow, Store, StoreError, Telling};

/// `bell`: tells our files from any other SQLite file.
const APPLICATION: i32 = 0x6265_6c6c;
/// Of the tables below; a file with a higher number was written by a newer bellboard.
const VERSION: i32 = 1;
/// A request's deadline ends so much before its lease.
const MARGIN: Duration = Duration::from_secs(1);
/// How long another process's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The chain of what belongs to no run.
const DECISIONS: &str = "decisions";

const TABLES: &str = "
CREATE TABLE runs (id TEXT PRIMARY KEY, number INTEGER NOT NULL, over INTEGER NOT NULL, summary TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX runs_newest ON runs (over, number DESC);
CREATE TABLE chains (chain TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE records (chain TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (chain, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE leases (name TEXT PRIMARY KEY, fence INTEGER NOT NULL, holder TEXT NOT NULL, note TEXT NOT NULL, boot TEXT NOT NULL,
    until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE inbox (id INTEGER PRIMARY KEY, run TEXT NOT NULL, body TEXT NOT NULL) STRICT;
";

/// A store in a file.
#[derive(Debug)]
pub struct Sqlite {
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
    presence: Presence,
    boot: String,
    path: PathBuf,
}

impl Sqlite {
    /// Opens the file, or makes it, with its folder, for this user's eyes only.
    ///
    /// # Errors
    /// It is damaged, locked, from a newer version, or not ours; it is left as it is.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let failed = |e: std::io::Error| StoreError::Failed(Text::line(&format!("{}: {e}", path.display())));
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        }
        let new = !path.exists();
        if new {
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map_err(failed)?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|e| said(path, &e))?;
        connection.busy_timeout(PATIENCE).map_err(|e| said(path, &e))?;
        prepare(&mut connection, path)?;
        let mut here = path.as_os_str().to_owned();
        here.push(".here");
        let presence = Presence::show(Path::new(&here)).map_err(failed)?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        Ok(Self { connection: Mutex::new(connection), clock, presence, boot, path: path.to_owned() })
    }

    /// One transaction that waits for others at its beginning and not in its middle.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, StoreError> {
        let mut connection = self.locked();
        let done = (|| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        done.map_err(|t: Trouble| t.at(&self.path))
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, StoreError> {
        work(&self.locked()).map_err(|t| t.at(&self.path))
    }

    /// A panic elsewhere left no transaction open: it was rolled back when dropped.
    fn locked(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self, row: &LeaseRow) -> bool {
        !row.holder.is_empty()
            && row.boot == self.boot
            && row.until > self.clock.boot()
            && self.presence.lives(&row.holder)
    }

    /// Whether a lease is still ours, by its number and the clock.
    fn check(&self, transaction: &Transaction<'_>, lease: &Lease) -> Result<(), Trouble> {
        let row = lease_row(transaction, &lease.name)?;
        let ours = row.is_some_and(|r| {
            r.fence == lease.fence
                && r.holder == self.presence.name()
                && r.boot == self.boot
                && r.until > self.clock.boot()
        });
        if ours { Ok(()) } else { Err(StoreError::Lost(Text::line(&lease.name)).into()) }
    }

    fn chained(
        &self,
        t: &Transaction<'_>,
        chain: &str,
        seq: u64,
        prev: &str,
        at: Time,
        body: &str,
    ) -> Result<String, Trouble> {
        let hash = link(chain, seq, prev, at, body);
        let number = signed(seq);
        t.execute(
            "INSERT INTO records (chain, seq, at, hash, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![chain, number, at.millis(), hash, body],
        )?;
        t.execute(
            "INSERT INTO chains (chain, seq, hash) VALUES (?1, ?2, ?3)
             ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            params![chain, signed(seq.saturating_add(1)), hash],
        )?;
        Ok(hash)
    }

    fn chain(&self, chain: &str) -> Result<(u64, String, Vec<Record>), StoreError> {
        let (seq, hash, rows) = self.read(|c| {
            let (seq, hash) = head(c, chain)?;
            let mut statement =
                c.prepare_cached("SELECT seq, at, hash, body FROM records WHERE chain = ?1 ORDER BY seq")?;
            let rows = statement.query_map([chain], |r| {
                Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, String>(2)?, r.get::<_, String>(3)?))
            })?;
            Ok((seq, hash, rows.collect::<Result<Vec<_>, _>>()?))
        })?;
        let mut prev = String::new();
        let mut records = Vec::with_capacity(rows.len());
        for (index, (number, at, written, body)) in rows.into_iter().enumerate() {
            let expected = u64::try_from(index).unwrap_or(u64::MAX);
            let at = Time::from_millis(at);
            if unsigned(number) != expected || link(chain, expected, &prev, at, &body) != written {
                return Err(self.broken(chain, expected));
            }
            prev = written;
            records.push(Record { seq: expected, at, body });
        }
        if prev != hash || u64::try_from(records.len()) != Ok(seq) {
            return Err(self.broken(chain, seq));
        }
        Ok((seq, hash, records))
    }

    fn broken(&self, chain: &str, seq: u64) -> StoreError {
        StoreError::Damaged(Text::line(&format!(
            "{}: the journal of {chain} is damaged at record {seq}: its chain of digests does not hold; \
             restore the file from a backup, or move it away to begin a new one",
            self.path.display()
        )))
    }
}

impl Store for Sqlite {
    fn create(&self, run: RunId, telling: Telling<'_>) -> Result<Head, StoreError> {
        let chain = run.to_string();
        self.write(|t| {
            let known: Option<i64> = t.query_row("SELECT number FROM runs WHERE id = ?1", [&chain], |r| r.get(0)).optional()?;
            if known.is_some() {
                return Err(StoreError::Exists(run).into());
            }
            let hash = self.chained(t, &chain, 0, "", telling.at, telling.body)?;
            t.execute(
                "INSERT INTO runs (id, number, over, summary) VALUES (?1, (SELECT 1 + coalesce(max(number), 0) FROM runs), ?2, ?3)",
                params![chain, telling.over, telling.summary],
            )?;
            Ok(Head { run, seq: 1, hash })
        })
    }

    fn append(&self, at: &Head, telling: Telling<'_>, leases: &[Lease]) -> Result<(Head, Receipt), StoreError> {
        let chain = at.run.to_string();
        self.write(|t| {
            for lease in leases {
                self.check(t, lease)?;
            }
            if head(t, &chain)? != (at.seq, at.hash.clone()) {
                return Err(StoreError::Moved(at.run).into());
            }
            let hash = self.chained(t, &chain, at.seq, &at.hash, telling.at, telling.body)?;
            t.execute(
                "UPDATE runs SET over = ?2, summary = ?3 WHERE id = ?1",
                params![chain, telling.over, telling.summary],
            )?;
            let ends = leases.iter().map(|l| l.until).min().unwrap_or_default();
            let receipt = Receipt { run: at.run, seq: at.seq, send_before: ends.saturating_sub(MARGIN) };
            Ok((Head { run: at.run, seq: at.seq.saturating_add(1), hash }, receipt))
        })
    }

    fn records(&self, run: RunId) -> Result<(Head, Vec<Record>), StoreError> {
        let (seq, hash, records) = self.chain(&run.to_string())?;
        if records.is_empty() {
            return Err(StoreError::Missing(run));
        }
        Ok((Head { run, seq, hash }, records))
    }

    fn runs(&self, finished: usize) -> Result<Vec<RunRow>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT id, over, summary FROM (
                    SELECT * FROM runs WHERE over = 0
                    UNION ALL SELECT * FROM (SELECT * FROM runs WHERE over = 1 ORDER BY number DESC LIMIT ?1)
                 ) ORDER BY over, number DESC",
            )?;
            let limit = i64::try_from(finished).unwrap_or(i64::MAX);
            let rows = statement
                .query_map([limit], |r| Ok((r.get::<_, String>(0)?, r.get::<_, bool>(1)?, r.get::<_, String>(2)?)))?;
            let mut out = Vec::new();
            for row in rows {
                let (id, over, summary) = row?;
                let run = id.parse().map_err(|e: String| StoreError::Damaged(Text::line(&e)))?;
                out.push(RunRow { run, over, summary });
            }
            Ok(out)
        })
    }

    fn take(&self, name: &str, note: &Text, span: Duration) -> Result<Lease, StoreError> {
        self.write(|t| {
            let row = lease_row(t, name)?;
            if let Some(row) = row.as_ref().filter(|r| self.alive(r)) {
                return Err(StoreError::Held { name: Text::line(name), by: Text::line(&row.note) }.into());
            }
            let over = row.as_ref().is_some_and(|r| !r.holder.is_empty());
            let fence = row.map_or(1, |r| r.fence.saturating_add(1));
            let until = self.clock.boot().saturating_add(span);
            t.execute(
                "INSERT OR REPLACE INTO leases (name, fence, holder, note, boot, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![name, signed(fence), self.presence.name(), note.as_str(), self.boot, millis(until)],
            )?;
            Ok(Lease { name: name.to_owned(), fence, until, over })
        })
    }

    fn renew(&self, lease: &Lease, span: Duration) -> Result<Lease, StoreError> {
        self.write(|t| {
            self.check(t, lease)?;
            let until = self.clock.boot().saturating_add(span);
            t.execute("UPDATE leases SET until = ?2 WHERE name = ?1", params![lease.name, millis(until)])?;
            Ok(Lease { name: lease.name.clone(), fence: lease.fence, until, over: lease.over })
        })
    }

    fn release(&self, lease: Lease) -> Result<(), StoreError> {
        self.write(|t| {
            t.execute(
                "UPDATE leases SET holder = '', until = 0 WHERE name = ?1 AND fence = ?2",
                params![lease.name, signed(lease.fence)],
            )?;
            Ok(())
        })
    }

    fn held(&self) -> Result<Vec<Held>, StoreError> {
        let rows = self.read(|c| {
            let mut statement =
                c.prepare_cached("SELECT name, fence, holder, note, boot, until FROM leases WHERE holder <> ''")?;
            let rows = statement.query_map([], |r| Ok((r.get::<_, String>(0)?, LeaseRow::read(r)?)))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        Ok(rows
            .into_iter()
            .filter(|(_, row)| self.alive(row))
            .map(|(name, row)| Held { name, note: Text::line(&row.note), ours: row.holder == self.presence.name() })
            .collect())
    }

    fn decide(&self, at: Time, body: &str) -> Result<(), StoreError> {
        self.write(|t| {
            let (seq, prev) = head(t, DECISIONS)?;
            self.chained(t, DECISIONS, seq, &prev, at, body).map(|_| ())
        })
    }

    fn decisions(&self) -> Result<Vec<Record>, StoreError> {
        self.chain(DECISIONS).map(|(_, _, records)| records)
    }

    fn post(&self, run: RunId, body: &str) -> Result<(), StoreError> {
        self.write(|t| {
            t.execute("INSERT INTO inbox (run, body) VALUES (?1, ?2)", params![run.to_string(), body])?;
            Ok(())
        })
    }

    fn collect(&self, run: RunId) -> Result<Vec<String>, StoreError> {
        let id = run.to_string();
        let any = self.read(|c| {
            Ok(c.query_row("SELECT 1 FROM inbox WHERE run = ?1 LIMIT 1", [&id], |r| r.get::<_, i64>(0)).optional()?)
        })?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        self.write(|t| {
            let mut statement = t.prepare("DELETE FROM inbox WHERE run = ?1 RETURNING id, body")?;
            let rows = statement.query_map([&id], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?)))?;
            let mut messages = rows.collect::<Result<Vec<_>, _>>()?;
            messages.sort();
            Ok(messages.into_iter().map(|(_, body)| body).collect())
        })
    }
}

/// Checks the file before anything is changed in it, then makes its tables if it is new.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let pragma = |c: &Connection, name: &str| c.query_row(&format!("PRAGMA {name}"), [], |r| r.get::<_, i32>(0));
    let version = pragma(connection, "user_version").map_err(|e| said(path, &e))?;
    let application = pragma(connection, "application_id").map_err(|e| said(path, &e))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get(0)).map_err(|e| said(path, &e))?;
    if tables > 0 && application != APPLICATION {
        let text = format!("{}: this SQLite file is not a bellboard journal; name another file", path.display());
        return Err(StoreError::Damaged(Text::line(&text)));
    }
    if version > VERSION {
        let text = format!(
            "{}: this journal was written by a newer bellboard (its version {version}, known here {VERSION}); \
             use that bellboard, or name another file",
            path.display()
        );
        return Err(StoreError::Newer(Text::line(&text)));
    }
    if tables > 0 {
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |r| r.get(0)).map_err(|e| said(path, &e))?;
        if verdict != "ok" {
            let text =
                format!("{}: the journal's file is damaged ({verdict}); restore it from a backup", path.display());
            return Err(StoreError::Damaged(Text::line(&text)));
        }
    }
    let made = (|| {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        let t = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // another process may have made them in the meantime
        let made: i64 = t.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'records'", [], |r| r.get(0))?;
        if made == 0 {
            t.execute_batch(TABLES)?;
            t.pragma_update(None, "application_id", APPLICATION)?;
            t.pragma_update(None, "user_version", VERSION)?;
        }
        t.commit()
    })();
    made.map_err(|e: rusqlite::Error| said(path, &e))
}

struct LeaseRow {
    fence: u64,
    holder: String,
    note: String,
    boot: String,
    until: Duration,
}

impl LeaseRow {
    /// From the columns name, fence, holder, note, boot, until.
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            fence: unsigned(row.get(1)?),
            holder: row.get(2)?,
            note: row.get(3)?,
            boot: row.get(4)?,
            until: Duration::from_millis(unsigned(row.get(5)?)),
        })
    }
}

fn lease_row(c: &Connection, name: &str) -> Result<Option<LeaseRow>, Trouble> {
    let sql = "SELECT name, fence, holder, note, boot, until FROM leases WHERE name = ?1";
    Ok(c.query_row(sql, [name], LeaseRow::read).optional()?)
}

fn head(c: &Connection, chain: &str) -> Result<(u64, String), Trouble> {
    let row = c
        .query_row("SELECT seq, hash FROM chains WHERE chain = ?1", [chain], |r| Ok((r.get::<_, i64>(0)?, r.get(1)?)))
        .optional()?;
    Ok(row.map_or((0, String::new()), |(seq, hash)| (unsigned(seq), hash)))
}

/// Lengths before texts, so that no two different records give the same bytes.
fn link(chain: &str, seq: u64, prev: &str, at: Time, body: &str) -> String {
    let mut digest = Sha256::new();
    for part in [prev, chain, &seq.to_string(), &at.millis().to_string(), body] {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A failure inside a transaction: ours or SQLite's.
enum Trouble {
    Ours(StoreError),
    Sqlite(rusqlite::Error),
}

impl Trouble {
    fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Ours(error) => error,
            Self::Sqlite(error) => said(path, &error),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Ours(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn said(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(Text::line(&format!(
            "{path}: another process keeps the journal locked; end it, or name another file"
        ))),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged(Text::line(&format!(
            "{path}: this is no journal, or it is damaged ({error}); it was left as it is: restore it from a backup, or name another file"
        ))),
        Some(ErrorCode::DiskFull) => {
            StoreError::Failed(Text::line(&format!("{path}: the disk is full; nothing was written")))
        }
        _ => StoreError::Failed(Text::line(&format!("{path}: {error}"))),
    }
}
