//! What networks and broken servers do, and what is made of it: kinds, words, and a watch that goes on.
#[path = "support/fault.rs"]
mod fault;
#[path = "support/http.rs"]
mod http;
#[path = "support/permits.rs"]
mod permits;
#[path = "support/recorded.rs"]
mod recorded;
#[path = "support/sites.rs"]
mod sites;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bellboard::base::{Clock, ManualClock, SystemClock, Text, Time, UrlPath};
use bellboard::demo::{Demo, Options};
use bellboard::gate::Permit;
use bellboard::model::{BuildId, ControllerId, Jenkins, Problem, ProblemKind, ReadingState};
use bellboard::site::CredentialKind;
use bellboard::sources::jenkins::{LogPosition, Operator, Reader, connect_with};
use bellboard::watch::{Watch, WatchSettings};
use bellboard::wire::Limits;

use fault::{Fault, Proxy};
use http::{Response, Server};
use permits::Permits;
use recorded::{Recorded, file};
use sites::TestSite;

const NODES: &str = "/computer/api/json";

fn brief() -> Limits {
    Limits { connect: Duration::from_millis(300), total: Duration::from_millis(400), ..Limits::default() }
}

fn permits() -> Permits {
    Permits::new(Arc::new(SystemClock))
}

struct Bench {
    recorded: Recorded,
    proxy: Proxy,
    site: TestSite,
}

async fn bench() -> Bench {
    let recorded = Recorded::start().await;
    let proxy = Proxy::before(recorded.server.address).await;
    let site = TestSite::token(&proxy.url());
    Bench { recorded, proxy, site }
}

impl Bench {
    fn reader(&self, limits: Limits) -> Reader {
        self.site.connect(limits).0
    }

    /// What reading the nodes gives when this happens to it.
    async fn nodes(&self, fault: Fault, limits: Limits) -> Problem {
        self.proxy.inject("GET", NODES, fault);
        let problem = self.reader(limits).nodes().await.expect_err("the fault was not noticed");
        assert!(!problem.to_string().contains("secret-token"), "{problem}");
        problem
    }
}

fn says(problem: &Problem, words: &str) {
    assert!(problem.to_string().contains(words), "`{problem}` does not say `{words}`");
}

#[tokio::test]
async fn without_a_fault_all_is_well() {
    let bench = bench().await;
    let reader = bench.reader(Limits::default());
    assert_eq!(reader.nodes().await.unwrap().value.len(), 13);
    let controller = reader.controller().await.unwrap();
    assert_eq!(controller.value.version, "2.277.3");
    assert_eq!(controller.value.who.name, "operator");
    assert_eq!(reader.queue().await.unwrap().value.len(), 7);
    let builds = reader.jobs().await.unwrap();
    assert!(builds.value.len() > 20);
    for request in bench.proxy.server.seen() {
        assert!(request.target.contains("tree="), "{}", request.target);
        assert!(!request.target.contains("depth="), "{}", request.target);
        assert_eq!(request.header("accept-language"), Some("en"));
        assert!(request.header("accept-encoding").unwrap().contains("gzip"));
        assert!(request.header("user-agent").unwrap().starts_with("bellboard/"));
        assert!(request.header("authorization").unwrap().starts_with("Basic "));
        assert_eq!(request.header("jenkins-crumb"), None);
    }
    assert!(controller.skew < 0, "the recorded Date is in the past: {}", controller.skew);
    assert!(
        reader.calls().iter().any(|c| c.what == "GET /computer/api/json" && c.status == Some(200) && c.bytes > 10_000)
    );
}

#[tokio::test]
async fn a_server_that_never_accepts_is_a_time_out() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // fill the backlog: from then on the kernel answers no connection
    let mut held = Vec::new();
    for _ in 0..8 {
        let connection = tokio::net::TcpStream::connect(address);
        held.push(tokio::time::timeout(Duration::from_millis(50), connection).await);
    }
    let problem = TestSite::token(&format!("http://{address}/")).connect(brief()).0.nodes().await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::TimedOut, "{problem}");
    says(&problem, "prod");
    says(&problem, "is the address in the site file right?");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let problem = TestSite::token(&format!("http://{address}/")).connect(brief()).0.nodes().await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Unreachable);
    says(&problem, "prod could not be reached: GET /computer/api/json: ");
    says(&problem, "refused");
}

#[tokio::test]
async fn no_headers_a_stalled_body_and_a_dripping_one_are_time_outs() {
    let bench = bench().await;
    let hang = bench.nodes(Fault::Hang, brief()).await;
    assert_eq!(hang.kind, ProblemKind::TimedOut);
    says(&hang, "prod did not answer within 400ms: GET /computer/api/json");
    for fault in [Fault::Stall, Fault::Drip] {
        let problem = bench.nodes(fault.clone(), brief()).await;
        assert_eq!(problem.kind, ProblemKind::TimedOut, "{fault:?}");
        says(&problem, "within 400ms");
    }
}

#[tokio::test]
async fn a_reset_in_the_body_is_unreachable_and_says_so() {
    let problem = bench().await.nodes(Fault::Reset, Limits::default()).await;
    assert_eq!(problem.kind, ProblemKind::Unreachable);
    says(&problem, "broke off in the middle of its answer");
}

#[tokio::test]
async fn statuses_are_told_apart() {
    let bench = bench().await;
    let html = |status, body: &str| Response::html(status, body.to_owned());
    let cases: Vec<(Response, ProblemKind, &str)> = vec![
        (html(500, "<title>Oops</title>"), ProblemKind::ServerError { status: 500 }, "it failed with status 500"),
        (html(502, "Bad gateway"), ProblemKind::ServerError { status: 502 }, "the proxy before it answers 502"),
        (
            html(429, "slow").with("retry-after", "7"),
            ProblemKind::Throttled { retry_after: Some(Duration::from_secs(7)) },
            "again in 7s",
        ),
        (
            html(503, "slow").with("retry-after", "9"),
            ProblemKind::Throttled { retry_after: Some(Duration::from_secs(9)) },
            "again in 9s",
        ),
        (
            Response::html(503, file("safe-restart-during-503.html")),
            ProblemKind::Restarting,
            "it is starting or restarting",
        ),
        (html(503, "no backend"), ProblemKind::ServerError { status: 503 }, "whatever stands before Jenkins"),
        (
            Response::html(401, file("root-bad-token.html")),
            ProblemKind::Unauthorized,
            "account `op2` is not let in (401)",
        ),
        (Response::html(404, file("node-missing.html")), ProblemKind::NotFound, "account `op2` may not see it"),
        (
            Response::html(403, file("root-anonymous.html")).with("x-jenkins", "2.277.3"),
            ProblemKind::Forbidden { permission: None },
            "account `op2` may not (403)",
        ),
    ];
    for (response, kind, words) in cases {
        let problem = bench.nodes(Fault::Instead(response), Limits::default()).await;
        assert_eq!(problem.kind, kind, "{problem}");
        says(&problem, words);
        says(&problem, "prod: cannot read the nodes");
    }
}

#[tokio::test]
async fn answers_that_are_not_the_json_asked_for_are_bad_answers() {
    let bench = bench().await;
    let login = r#"<html><form action="j_spring_security_check"><input name="j_username"></form>Sign in</html>"#;
    let cases: Vec<(Fault, &str)> = vec![
        (Fault::Truncate, "is not the JSON that was expected"),
        (Fault::Instead(Response::json("{\"computer\": nonsense}")), "is not the JSON that was expected"),
        (Fault::Instead(Response::json("[1, 2]")), "is not the JSON that was expected"),
        (Fault::Instead(Response::json("")), "answer of 0 bytes"),
        (Fault::Instead(Response::html(200, login)), "it answers with a login page"),
        (Fault::Instead(Response::html(200, "<html>Welcome to nginx!</html>")), "a web page instead of JSON"),
        (
            Fault::Instead(Response::json("rubbish").with("content-encoding", "gzip")),
            "sent a body that cannot be unpacked",
        ),
    ];
    for (fault, words) in cases {
        let problem = bench.nodes(fault, Limits::default()).await;
        assert_eq!(problem.kind, ProblemKind::BadAnswer, "{problem}");
        says(&problem, words);
    }
    let path = UrlPath::encoded("computer/x");
    bench.proxy.inject("GET", "/computer/x/config.xml", Fault::Instead(Response::html(200, "<html>hello</html>")));
    let problem = bench.reader(Limits::default()).node_config(&path).await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::BadAnswer, "{problem}");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let endless = Server::start(|_, mut stream| {
        Box::pin(async move {
            use tokio::io::AsyncWriteExt;
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n[").await;
            let part = vec![b' '; 1 << 20];
            while stream.write_all(&part).await.is_ok() {}
        })
    })
    .await;
    let problem = TestSite::token(&endless.url()).connect(Limits::default()).0.fleets().await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::TooLarge);
    says(&problem, "prod answered with more than 16 MB");
}

#[tokio::test]
async fn a_redirect_never_carries_the_credential_anywhere() {
    let other = Server::answering(|_| Response::json("{}")).await;
    let bench = bench().await;
    for status in [301, 302, 303, 307, 308] {
        let away = Response::html(status, "").with("location", format!("{}computer/api/json?tree=x", other.url()));
        let problem = bench.nodes(Fault::Instead(away.clone()), Limits::default()).await;
        assert_eq!(problem.kind, ProblemKind::BadAnswer, "{problem}");
        says(&problem, &format!("it sends us elsewhere, to {}computer/api/json", other.url()));
        bench.proxy.inject("POST", "/quietDown", Fault::Instead(away.with("location", "https://sso.example.org/")));
        let operator = bench.site.connect(Limits::default()).1;
        let result = operator.quiet_down(permits().one("prod"), &Text::line("x")).await;
        if status > 303 || status == 301 {
            assert_eq!(result.unwrap_err().kind, ProblemKind::BadAnswer);
        }
    }
    let login = Response::html(302, "").with("location", "/login?from=%2Fcomputer");
    says(&bench.nodes(Fault::Instead(login), Limits::default()).await, "it sends us to a login page");
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_missing_right_is_named_with_its_account() {
    let bench = bench().await;
    let refusal = Response::html(403, file("post-committer-toggle-offline.html"))
        .with("x-jenkins", "2.277.3")
        .with("x-you-are-authenticated-as", "op2")
        .with("x-required-permission", "hudson.model.Computer.Disconnect");
    bench.proxy.inject("POST", "/changeOfflineCause", Fault::Instead(refusal));
    let operator = bench.site.connect(Limits::default()).1;
    let node = UrlPath::encoded("computer/cpu-node-02");
    let problem = operator.mark_offline(permits().one("prod"), &node, &Text::line("x")).await.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Forbidden { permission: Some("Agent/Disconnect".into()) });
    says(&problem, "prod: cannot mark cpu-node-02 offline: account `op2` lacks Agent/Disconnect on prod");
    assert_eq!(bench.recorded.effects(), 0);
}

#[tokio::test]
async fn statuses_of_writes_have_the_meaning_that_they_have() {
    type Case = (&'static str, &'static str, Response, Option<ProblemKind>, &'static str);
    let html = |status| Response::html(status, "<html></html>");
    let started = html(201).with("location", "https://elsewhere.example.org/jenkins/queue/item/115/");
    let cases: Vec<Case> = vec![
        ("cancel", "/queue/cancelItem", html(204), None, ""),
        ("cancel", "/queue/cancelItem", html(404), Some(ProblemKind::NotFound), "not in the queue any more"),
        (
            "cancel",
            "/queue/cancelItem",
            html(422),
            Some(ProblemKind::Forbidden { permission: Some("Job/Cancel".into()) }),
            "account `op2` lacks Job/Cancel",
        ),
        (
            "cancel",
            "/queue/cancelItem",
            html(500),
            Some(ProblemKind::Refused { status: 500 }),
            "already left the queue",
        ),
        ("build", "/job/a/build", started.clone(), None, ""),
        ("build", "/job/a/build", html(201), Some(ProblemKind::BadAnswer), "which queue item"),
        (
            "build",
            "/job/a/build",
            Response::html(400, file("build-plain-on-parameterised-job.html")),
            Some(ProblemKind::Refused { status: 400 }),
            "wants parameters",
        ),
        ("build", "/job/a/build", html(409), Some(ProblemKind::Refused { status: 409 }), "disabled"),
        ("params", "/job/a/buildWithParameters", started, None, ""),
        ("params", "/job/a/buildWithParameters", html(500), Some(ProblemKind::Refused { status: 500 }), "a choice"),
        ("scan", "/job/a/build", html(500), Some(ProblemKind::Refused { status: 500 }), "disabled"),
        ("scan", "/job/a/build", html(302).with("location", "/job/a/"), None, ""),
        ("stop", "/job/a/3/stop", html(302).with("location", "http://configured.example.org/job/a/3/"), None, ""),
        ("stop", "/job/a/3/stop", html(302).with("location", "/login?from=x"), Some(ProblemKind::BadAnswer), "login"),
        (
            "stop",
            "/job/a/3/stop",
            html(302).with("location", "https://sso.example.org/authorize"),
            Some(ProblemKind::BadAnswer),
            "elsewhere",
        ),
    ];
    let permits = permits();
    let job = UrlPath::encoded("job/a");
    for (call, path, response, kind, words) in cases {
        let bench = bench().await;
        bench.proxy.inject("POST", path, Fault::Instead(response.clone()));
        let operator = bench.site.connect(Limits::default()).1;
        let permit = permits.one("prod");
        let result = match call {
            "cancel" => operator.cancel_item(permit, 115).await,
            "build" => operator.start_build(permit, &job, &[]).await.map(|item| assert_eq!(item, 115)),
            "params" => {
                let params = [("TAG".into(), "a b&c".into())];
                let result = operator.start_build(permit, &job, &params).await;
                let seen = bench.proxy.server.seen();
                assert_eq!(String::from_utf8_lossy(&seen[0].body), "TAG=a+b%26c");
                result.map(|item| assert_eq!(item, 115))
            }
            "scan" => operator.scan(permit, &job).await,
            _ => operator.stop_build(permit, &BuildId::new(job.clone(), 3)).await,
        };
        match kind {
            None => result.unwrap_or_else(|p| panic!("{call} {response:?}: {p}")),
            Some(kind) => {
                let problem = result.expect_err(call);
                assert_eq!(problem.kind, kind, "{problem}");
                says(&problem, words);
            }
        }
        assert_eq!(bench.proxy.server.connections(), 1, "one write is one request");
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_in_doubt_and_was_sent_once() {
    let bench = bench().await;
    bench.proxy.inject("POST", "/changeOfflineCause", Fault::LoseAnswer);
    let operator = bench.site.connect(Limits::default()).1;
    let node = UrlPath::encoded("computer/cpu-node-02");
    let problem =
        operator.mark_offline(permits().one("prod"), &node, &Text::line("drained, run 7f3c")).await.unwrap_err();
    assert!(problem.in_doubt(), "{problem}");
    assert_eq!(problem.kind, ProblemKind::Unreachable);
    says(&problem, "closed the connection without an answer");
    assert_eq!(bench.recorded.effects(), 1, "it had its effect, once");
    assert_eq!(*bench.recorded.reason.lock().unwrap(), "drained%2C run 7f3c");
    for fault in [Fault::Hang, Fault::Stall] {
        bench.proxy.heal();
        bench.proxy.inject("POST", "/quietDown", fault);
        let operator = bench.site.connect(brief()).1;
        let late = operator.quiet_down(permits().one("prod"), &Text::line("x")).await;
        // an answer without body cannot stall
        if let Err(problem) = late {
            assert!(problem.in_doubt(), "{problem}");
        }
    }
}

#[tokio::test]
async fn a_password_brings_a_crumb_and_its_session_with_each_write() {
    let server = Server::answering(|request| match (request.method.as_str(), request.path()) {
        ("GET", "/crumbIssuer/api/json") => Response::json(
            r#"{"_class":"hudson.security.csrf.DefaultCrumbIssuer","crumb":"abc123","crumbRequestField":"Jenkins-Crumb"}"#,
        )
        .with("set-cookie", "JSESSIONID.87fc05f2=node01; Path=/; HttpOnly")
        .with("set-cookie", "remember-me=; Path=/; Max-Age=0"),
        ("POST", "/quietDown") if request.header("jenkins-crumb") == Some("abc123") => {
            assert_eq!(request.header("cookie"), Some("JSESSIONID.87fc05f2=node01"));
            Response::html(302, "").with("location", "/")
        }
        _ => Response::html(403, file("post-password-no-crumb.html")),
    })
    .await;
    let site = TestSite::new(&server.url(), "admin", "pass-word-1", CredentialKind::Password);
    let operator = site.connect(Limits::default()).1;
    operator.quiet_down(permits().one("prod"), &Text::line("restart at 10")).await.unwrap();
    let problem = operator.cancel_quiet_down(permits().one("prod")).await.unwrap_err();
    says(&problem, "the crumb was not accepted");
    assert_eq!(server.seen().iter().filter(|r| r.method == "POST").count(), 2);
    let site = TestSite::token(&server.url());
    let token = site.connect(Limits::default()).1;
    let before = server.connections();
    token.quiet_down(permits().one("prod"), &Text::line("x")).await.unwrap_err();
    assert_eq!(server.connections(), before + 1, "a token asks for no crumb");
}

/// Every operation there is.
async fn every_operation(operator: &Operator, permit: impl Fn() -> Permit) -> Vec<(&'static str, Result<(), Problem>)> {
    let (node, job) = (UrlPath::encoded("computer/n"), UrlPath::encoded("job/j"));
    let (build, text) = (BuildId::new(job.clone(), 1), Text::line("why"));
    vec![
        ("mark_offline", operator.mark_offline(permit(), &node, &text).await),
        ("toggle_offline", operator.toggle_offline(permit(), &node).await),
        ("set_config", operator.set_config(permit(), &node, "<slave/>").await),
        ("disconnect", operator.disconnect(permit(), &node, &text).await),
        ("connect", operator.connect(permit(), &node).await),
        ("delete_node", operator.delete_node(permit(), &node).await),
        ("cancel_item", operator.cancel_item(permit(), 7).await),
        ("stop_build", operator.stop_build(permit(), &build).await),
        ("start_build", operator.start_build(permit(), &job, &[]).await.map(|_| ())),
        ("disable_job", operator.disable_job(permit(), &job).await),
        ("enable_job", operator.enable_job(permit(), &job).await),
        ("scan", operator.scan(permit(), &job).await),
        ("quiet_down", operator.quiet_down(permit(), &text).await),
        ("cancel_quiet_down", operator.cancel_quiet_down(permit()).await),
        ("safe_restart", operator.safe_restart(permit()).await),
    ]
}

/// How many public methods `Operator` has, from its source: the list above must not lag behind.
fn operations_in_source() -> usize {
    let path = format!("{}/src/sources/jenkins/operator.rs", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().matches("pub async fn ").count()
}

#[tokio::test]
async fn read_only_refuses_every_write_before_a_byte_is_sent() {
    let server = Server::answering(|_| Response::html(302, "").with("location", "/")).await;
    let site = TestSite::token(&server.url());
    let permits = permits();
    let results = every_operation(&site.read_only().1, || permits.one("prod")).await;
    assert_eq!(results.len(), operations_in_source());
    for (name, result) in results {
        let problem = result.expect_err(name);
        assert_eq!(problem.kind, ProblemKind::NotAllowed, "{name}: {problem}");
        says(&problem, "this console is read-only (--read-only)");
        assert!(!problem.in_doubt());
    }
    assert_eq!(server.connections(), 0);
    let (_, none) = bellboard::sources::jenkins::connect(&site.controller, Arc::new(SystemClock), Some("no".into()));
    assert!(none.is_none(), "a read-only console has no operator at all");
}

#[tokio::test]
async fn a_permit_for_another_controller_or_one_that_ran_out_sends_nothing() {
    let server = Server::answering(|_| Response::html(302, "").with("location", "/")).await;
    let site = TestSite::token(&server.url());
    let operator = site.connect(Limits::default()).1;
    let permits = permits();
    for (name, result) in every_operation(&operator, || permits.one("staging")).await {
        let problem = result.expect_err(name);
        assert_eq!(problem.kind, ProblemKind::NotAllowed, "{name}: {problem}");
        says(&problem, "the permit is for staging");
    }
    let clock = Arc::new(ManualClock::new(Time::from_millis(1_000_000_000)));
    let timed = Permits::new(clock.clone());
    let late = connect_with(&site.controller, clock.clone(), Limits::default(), None).1;
    let permit = || {
        let permit = timed.one("prod");
        clock.advance(Duration::from_secs(61));
        permit
    };
    for (name, result) in every_operation(&late, permit).await {
        let problem = result.expect_err(name);
        assert_eq!(problem.kind, ProblemKind::NotAllowed, "{name}: {problem}");
        says(&problem, "has run out");
    }
    assert_eq!(server.connections(), 0);
    // and with a good one each makes exactly one request, a POST
    let results = every_operation(&operator, || permits.one("prod")).await;
    assert_eq!(server.seen().len(), results.len());
    assert!(server.seen().iter().all(|r| r.method == "POST"));
}

fn settings() -> WatchSettings {
    let often = Duration::from_millis(40);
    WatchSettings { controller: often, nodes: often, queue: often, builds: often, fleets: often, idle: 2, seed: 11 }
}

async fn until(watch: &Watch, words: &str, wanted: impl Fn(&Jenkins) -> bool) -> Arc<Jenkins> {
    let id = ControllerId::new("prod");
    let mut snapshots = watch.snapshots();
    let found = tokio::time::timeout(Duration::from_secs(30), snapshots.wait_for(|s| wanted(&s.jenkins[&id]))).await;
    found.unwrap_or_else(|_| panic!("it never came to this: {words}")).unwrap().jenkins[&id].clone()
}

#[tokio::test]
async fn the_watch_keeps_what_it_knew_says_what_is_wrong_and_recovers() {
    let bench = bench().await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let limits = Limits { total: Duration::from_secs(4), ..Limits::default() };
    let faults: Vec<(&str, Fault)> = vec![
        ("hang", Fault::Hang),
        ("reset", Fault::Reset),
        ("truncate", Fault::Truncate),
        ("500", Fault::Instead(Response::html(500, "x"))),
        ("503", Fault::Instead(Response::html(503, file("safe-restart-during-503.html")))),
        ("login", Fault::Instead(Response::html(200, "<html>Sign in</html>"))),
        ("redirect", Fault::Instead(Response::html(302, "").with("location", "http://127.0.0.1:1/"))),
    ];
    for (name, fault) in faults {
        // a watch of its own: the back-off of one fault is not forgotten soon enough for the next
        let sources = vec![(ControllerId::new("prod"), bench.reader(limits.clone()), settings())];
        let watch = Watch::start(sources, clock.clone());
        let first = until(&watch, "all is known", |j| j.nodes.value.is_some() && j.queue.value.is_some()).await;
        bench.proxy.inject("GET", NODES, fault);
        let failing = until(&watch, name, |j| j.nodes.problem().is_some()).await;
        assert!(Arc::ptr_eq(failing.nodes.value.as_ref().unwrap(), first.nodes.value.as_ref().unwrap()), "{name}");
        assert_eq!(failing.nodes.version, first.nodes.version, "{name}");
        assert!(failing.nodes.read_at.is_some(), "{name}");
        assert!(matches!(failing.nodes.state, ReadingState::Failing { .. }), "{name}");
        assert!(failing.queue.problem().is_none(), "{name}: other sources go on");
        bench.proxy.heal();
        let well = until(&watch, name, |j| j.nodes.state == ReadingState::Fresh).await;
        assert_eq!(well.nodes.version, first.nodes.version, "{name}");
        assert!(well.nodes.read_at > failing.nodes.read_at, "{name}");
    }
}

#[tokio::test]
async fn a_token_that_is_withdrawn_in_mid_run_is_a_state_not_an_end() {
    let bench = bench().await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let watch = Watch::start(vec![(ControllerId::new("prod"), bench.reader(Limits::default()), settings())], clock);
    until(&watch, "all is known", |j| j.nodes.value.is_some() && j.queue.value.is_some()).await;
    bench.proxy.inject("GET", "/", Fault::Instead(Response::html(401, file("root-bad-token.html"))));
    let failing = until(&watch, "refused", |j| j.nodes.problem().is_some() && j.queue.problem().is_some()).await;
    let problem = failing.nodes.problem().unwrap();
    assert_eq!(problem.kind, ProblemKind::Unauthorized);
    says(problem, "account `op2` is not let in (401)");
    says(problem, "make a new one in Jenkins");
    assert_eq!(failing.nodes.get().unwrap().len(), 13);
    bench.proxy.heal();
    // a guard's own read does not wait for the back-off, and its success wakes nothing that it should not
    let needs = bellboard::watch::Needs::NODES;
    let snapshot = watch.refresh(&ControllerId::new("prod"), needs).await.unwrap();
    assert_eq!(snapshot.jenkins[&ControllerId::new("prod")].nodes.state, ReadingState::Fresh);
}

#[tokio::test]
async fn a_step_in_the_queue_is_matched_to_its_build_by_blue_ocean() {
    let bench = bench().await;
    let reader = bench.reader(Limits::default());
    let mut queue = reader.queue().await.unwrap().value;
    let step = queue.iter_mut().find(|i| i.task.is_pipeline_step()).unwrap();
    assert_eq!(step.task.build, None);
    let build = BuildId::new(UrlPath::encoded("job/tvm/job/PR-11352"), 1);
    let other = BuildId::new(UrlPath::encoded("job/tvm-pipeline"), 4);
    reader.match_steps(&mut queue, &[other, build.clone()]).await;
    let step = queue.iter().find(|i| i.task.is_pipeline_step()).unwrap();
    assert_eq!(step.task.build.as_ref(), Some(&build));
    // and is remembered
    let again = reader.queue().await.unwrap().value;
    assert_eq!(again.iter().find(|i| i.task.is_pipeline_step()).unwrap().task.build, Some(build));
}

#[tokio::test]
async fn a_log_is_followed_by_the_offsets_that_are_told() {
    let text = "päge one\n".repeat(3);
    let asked = |start: usize, size: usize, more: bool, body: &[u8]| {
        let answer = Response::new(200, "text/plain;charset=utf-8", body).with("x-text-size", size.to_string());
        (start, if more { answer.with("x-more-data", "true") } else { answer })
    };
    let bytes = text.as_bytes().to_vec();
    // offsets count hidden annotations: 1,000 for a body of a few bytes, which ends inside a character
    let script = [
        asked(0, 1_000, true, &bytes[..2]),
        asked(1_000, 1_000, true, b""),
        asked(1_000, 2_000, true, &bytes[2..]),
        asked(2_000, 500, true, b"another log\n"),
        asked(500, 600, false, b"AbCd==\x1b[0mend\n"),
    ];
    let answers = std::sync::Mutex::new(script.clone().into_iter());
    let server = Server::answering(move |request| {
        let (start, answer) = answers.lock().unwrap().next().expect("one more request than was written down");
        assert!(request.target.ends_with(&format!("start={start}")), "{}", request.target);
        answer
    })
    .await;
    let site = TestSite::token(&server.url());
    let reader = site.connect(Limits::default()).0;
    let id = BuildId::new(UrlPath::encoded("job/a"), 1);
    let (mut position, mut shown) = (LogPosition::start(), Vec::new());
    for _ in 0..script.len() {
        let read = reader.log(&id, position).await.unwrap().value;
        shown.push((read.chunk.text.to_string(), read.chunk.restart, read.chunk.more));
        position = read.next;
    }
    let wanted = [
        ("p".to_owned(), false, true),
        (String::new(), false, true),
        (text[1..].to_owned(), false, true),
        ("another log\n".to_owned(), true, true),
        ("end\n".to_owned(), false, false),
    ];
    assert_eq!(shown, wanted);
}

#[tokio::test]
async fn a_huge_log_is_shown_from_near_its_end() {
    let line = "0123456789abcdef\n";
    let all = line.repeat(800_000);
    let size = all.len();
    let server = Server::answering(move |request| {
        let start: usize = request.target.rsplit('=').next().unwrap().parse().unwrap();
        Response::new(200, "text/plain", &all.as_bytes()[start..]).with("x-text-size", size.to_string())
    })
    .await;
    let site = TestSite::token(&server.url());
    let reader = site.connect(Limits::default()).0;
    let id = BuildId::new(UrlPath::encoded("job/a"), 1);
    let first = reader.log(&id, LogPosition::start()).await.unwrap().value;
    assert!(first.chunk.skipped > 10_000_000 && first.chunk.text.starts_with("0123") && first.chunk.more);
    let mut read = reader.log(&id, LogPosition::whole()).await.unwrap().value;
    let mut length = read.chunk.text.len();
    while !read.caught_up {
        read = reader.log(&id, read.next).await.unwrap().value;
        length += read.chunk.text.len();
    }
    assert_eq!((length, read.chunk.more, read.chunk.skipped), (size, false, 0));
}

#[tokio::test]
async fn only_builds_of_jobs_that_changed_are_read_again() {
    let clock = Arc::new(ManualClock::new(Time::from_millis(1_795_449_600_000)));
    let options = Options { clock, nodes: 60, queue: 12, ..Options::default() };
    let demo = Demo::serve(options).await.unwrap();
    let proxy = Proxy::before(demo.url().socket_addrs(|| None).unwrap()[0]).await;
    let token = demo.account("admin").unwrap().token.clone();
    let site = TestSite::new(&proxy.url(), "admin", token.expose(), CredentialKind::Token);
    let reader = site.connect(Limits::default()).0;
    let reads = || proxy.server.seen().iter().filter(|r| r.target.contains("builds%5B")).count();
    let (_, first) = reader.jobs_and_builds(&[]).await.unwrap();
    let asked = reads();
    assert!(asked > 20 && !first.value.is_empty(), "{asked}");
    // what runs though the list of jobs does not say so is asked again, and nothing else
    let hidden = |b: &&Arc<bellboard::model::Build>| {
        b.building && first.value.iter().any(|o| o.id.job == b.id.job && o.id.number > b.id.number)
    };
    let unsure = first.value.iter().filter(hidden).count();
    let (_, second) = reader.jobs_and_builds(&[]).await.unwrap();
    assert!(reads() - asked <= unsure, "{} of {unsure}", reads() - asked);
    assert!(
        first.value.iter().zip(&second.value).all(|(a, b)| Arc::ptr_eq(a, b)),
        "unchanged builds keep their pointers"
    );
    let before = reads();
    demo.control().pass(Duration::from_secs(600));
    let (_, third) = reader.jobs_and_builds(&[]).await.unwrap();
    assert!(reads() > before && third.value != second.value, "what changed is read");
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_under_way_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, peak) = (now.clone(), most.clone());
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let door = gate.clone();
    let server = Server::start(move |_, stream| {
        let (count, peak, door) = (count.clone(), peak.clone(), door.clone());
        Box::pin(async move {
            peak.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            drop(door.acquire().await);
            count.fetch_sub(1, Ordering::SeqCst);
            http::send(stream, &Response::json("[]").bytes()).await;
        })
    })
    .await;
    let site = TestSite::token(&server.url());
    let reader = site.connect(Limits { concurrency: 3, ..Limits::default() }).0;
    let reads = futures_util::future::join_all((0..20).map(|_| reader.fleets()));
    let opened = async {
        while now.load(Ordering::SeqCst) < 3 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(1_000);
    };
    let (results, ()) = tokio::join!(reads, opened);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(most.load(Ordering::SeqCst), 3);
}
