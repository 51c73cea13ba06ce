//! A client that we did not write (python-jenkins from PyPI) works the simulated controller. `.ci/run` installs it and names its Python in
//! `BELLBOARD_PEER_PYTHON`; without that nothing is tried here, and it is said aloud.
use std::io::Write as _;
use std::sync::Arc;

use bellboard::base::SystemClock;
use bellboard::demo::{Demo, Options};

#[test]
fn python_jenkins_works_the_simulation() {
    let Some(python) = std::env::var_os("BELLBOARD_PEER_PYTHON") else {
        // Past the harness, which keeps what a passing test prints to itself.
        let _ = writeln!(
            std::io::stderr(),
            "NOT RUN: python_jenkins_works_the_simulation: BELLBOARD_PEER_PYTHON names no Python with python-jenkins"
        );
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for version in ["2.277.3", "2.528.3"] {
        let options = Options {
            nodes: 120,
            queue: 20,
            jenkins_version: version.into(),
            clock: Arc::new(SystemClock),
            ..Options::default()
        };
        let demo = runtime.block_on(Demo::serve(options)).unwrap();
        let admin = demo.account("admin").unwrap();
        #[allow(clippy::disallowed_methods)] // tests may start programs; wire is for bellboard itself
        let output = std::process::Command::new(&python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/python_jenkins.py"))
            .env("PEER_URL", demo.url().as_str())
            .env("PEER_USER", &admin.user)
            .env("PEER_TOKEN", admin.token.expose())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("the Python that BELLBOARD_PEER_PYTHON names");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.ends_with("all well\n"),
            "against {version}:\n{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        println!("{version}:\n{said}");
    }
}
