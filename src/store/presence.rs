//! Whether the process that holds a lease is still alive: it keeps a file locked, which the kernel unlocks when it dies.
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// This process, as long as it lives.
#[derive(Debug)]
pub struct Presence {
    folder: PathBuf,
    name: String,
    _locked: File,
}

impl Presence {
    /// Shows that this process is here.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn show(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        sweep(folder);
        loop {
            let name = format!("{:016x}", fastrand::u64(..));
            let path = folder.join(&name);
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.lock()?;
            // another process may have swept it away before it was locked
            if path.exists() {
                return Ok(Self { folder: folder.to_owned(), name, _locked: file });
            }
        }
    }

    /// The name by which others look for us.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the process of that name still lives. When in doubt it does.
    pub fn lives(&self, name: &str) -> bool {
        if name == self.name {
            return true;
        }
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_hexdigit()) {
            return false;
        }
        let path = self.folder.join(name);
        match File::open(&path) {
            Err(error) => error.kind() != io::ErrorKind::NotFound,
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => false,
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
            },
        }
    }
}

/// Removes what dead processes left behind; what cannot be removed does no harm.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let dead = File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if dead {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // best effort: a file left behind is unlocked, and so tells the truth
        let _ = fs::remove_file(self.folder.join(&self.name));
    }
}
