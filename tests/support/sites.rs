//! A controller of a site file, for tests; its secret is in a file that lives as long as this.
#![allow(dead_code)] // each test binary uses its own part

use std::io::Write;
use std::sync::Arc;

use bellboard::base::{SystemClock, Text};
use bellboard::model::ControllerId;
use bellboard::site::{Controller, Credential, CredentialKind, SecretSource};
use bellboard::sources::jenkins::{Operator, Reader, connect_with};
use bellboard::wire::Limits;

#[derive(Debug)]
pub struct TestSite {
    pub controller: Controller,
    _secret: tempfile::NamedTempFile,
}

impl TestSite {
    pub fn new(url: &str, user: &str, secret: &str, kind: CredentialKind) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{secret}").unwrap();
        let path = file.path().to_string_lossy().into_owned();
        let controller = Controller {
            id: ControllerId::new("prod"),
            url: url.parse().unwrap(),
            production: true,
            credential: Some(Credential { user: user.into(), kind, secret: SecretSource::File(path) }),
            operators: vec![user.into()],
            autoscaled: Vec::new(),
            keep: Vec::new(),
            keep_default: 50,
        };
        Self { controller, _secret: file }
    }

    pub fn token(url: &str) -> Self {
        Self::new(url, "op2", "11aa-secret-token", CredentialKind::Token)
    }

    pub fn connect(&self, limits: Limits) -> (Reader, Operator) {
        connect_with(&self.controller, Arc::new(SystemClock), limits, None)
    }

    pub fn read_only(&self) -> (Reader, Operator) {
        let why = Some(Text::line("this console is read-only (--read-only)"));
        connect_with(&self.controller, Arc::new(SystemClock), Limits::default(), why)
    }
}
