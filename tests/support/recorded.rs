//! A controller made of recordings (of a Jenkins 2.277.3): the reads of the watch, and one node that can be marked.
#![allow(dead_code)] // each test binary uses its own part

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::http::{Request, Response, Server};

pub fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/recordings/jenkins-2.277.3/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The controller and what was done to it.
#[derive(Debug)]
pub struct Recorded {
    pub server: Server,
    /// How many writes had their effect.
    pub effects: Arc<AtomicUsize>,
    /// The reason that cpu-node-02 was marked offline with last.
    pub reason: Arc<Mutex<String>>,
}

impl Recorded {
    pub async fn start() -> Self {
        let (effects, reason) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(String::new())));
        let (count, said) = (effects.clone(), reason.clone());
        let server = Server::answering(move |request| answer(request, &count, &said)).await;
        Self { server, effects, reason }
    }

    pub fn effects(&self) -> usize {
        self.effects.load(Ordering::SeqCst)
    }
}

fn answer(request: &Request, effects: &AtomicUsize, reason: &Mutex<String>) -> Response {
    let path = request.path();
    if request.method == "POST" {
        effects.fetch_add(1, Ordering::SeqCst);
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if let Some(text) = body.strip_prefix("offlineMessage=") {
            *reason.lock().unwrap() = text.replace('+', " ");
        }
        return Response::html(302, "").with("location", "/computer/cpu-node-02/");
    }
    let named = match path {
        "/api/json" if request.target.contains("jobs") => "root-jobs-nested.json",
        "/api/json" => "root-tree.json",
        "/whoAmI/api/json" => "whoami-operator.json",
        "/computer/api/json" => "computer-tree.json",
        "/queue/api/json" => "queue.json",
        "/job/tvm/job/PR-11352/1/api/json" => "build-pr-success.json",
        "/blue/rest/organizations/jenkins/pipelines/tvm/branches/PR-11352/runs/1/nodes/" => {
            "blue-nodes-waiting-for-node.json"
        }
        _ if path.starts_with("/job/tvm-pipeline/api") => "job-builds-tree-range.json",
        _ => return Response::html(404, file("node-missing.html")),
    };
    let gzip = Response::json(file(named)).with("x-jenkins", "2.277.3").with("x-jenkins-session", "8fa30af8");
    gzip.with("date", "Mon, 23 Nov 2026 15:55:43 GMT")
}
