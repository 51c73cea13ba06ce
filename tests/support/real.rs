//! A node and two jobs on a real controller, for as long as the contract is tried.
use bellboard::base::UrlPath;
use reqwest::{Client, StatusCode};

/// What was made; `remove` takes it away again.
#[derive(Debug)]
pub struct Made {
    client: Client,
    url: String,
    user: String,
    token: String,
    name: String,
}

const JOB: &str = r#"<?xml version='1.1' encoding='UTF-8'?>
<project><description>bellboard's contract test; may be removed</description>
<properties><hudson.model.ParametersDefinitionProperty><parameterDefinitions>
<hudson.model.StringParameterDefinition><name>TAG</name><defaultValue>x</defaultValue></hudson.model.StringParameterDefinition>
</parameterDefinitions></hudson.model.ParametersDefinitionProperty></properties>
<canRoam>true</canRoam><builders><hudson.tasks.Shell><command>sleep 300</command></hudson.tasks.Shell></builders></project>"#;

const WAITING: &str = r#"<?xml version='1.1' encoding='UTF-8'?>
<project><description>bellboard's contract test; may be removed</description>
<assignedNode>bellboard-no-such-label</assignedNode><canRoam>false</canRoam><builders/></project>"#;

const NODE: &str = r#"{"name":"NAME","nodeDescription":"","numExecutors":"1","remoteFS":"/tmp","labelString":"contract",
"mode":"NORMAL","type":"hudson.slaves.DumbSlave","retentionStrategy":{"stapler-class":"hudson.slaves.RetentionStrategy$Always"},
"nodeProperties":{"stapler-class-bag":"true"},"launcher":{"stapler-class":"hudson.slaves.JNLPLauncher"}}"#;

impl Made {
    #[allow(clippy::disallowed_methods)] // a test's own client, apart from the one that is tested
    pub async fn make(url: &str, user: &str, token: &str) -> Self {
        let redirects = reqwest::redirect::Policy::none();
        let client = Client::builder().redirect(redirects).no_proxy().build().unwrap();
        let name = format!("bellboard-contract-{}", std::process::id());
        let made = Self { client, url: url.into(), user: user.into(), token: token.into(), name };
        made.xml(&made.name, JOB).await;
        made.xml(&format!("{}-waiting", made.name), WAITING).await;
        let form = [
            ("name", made.name.as_str()),
            ("type", "hudson.slaves.DumbSlave"),
            ("json", &NODE.replace("NAME", &made.name)),
        ];
        let request = made.client.post(format!("{url}computer/doCreateItem")).form(&form);
        made.send(request).await;
        made
    }

    pub fn node(&self) -> UrlPath {
        UrlPath::of(["computer", &self.name])
    }

    pub fn job(&self) -> UrlPath {
        UrlPath::of(["job", &self.name])
    }

    pub fn waiting(&self) -> UrlPath {
        UrlPath::of(["job", &format!("{}-waiting", self.name)])
    }

    pub async fn remove(&self) {
        for path in [self.node(), self.job(), self.waiting()] {
            self.send(self.client.post(format!("{}{path}/doDelete", self.url))).await;
        }
    }

    async fn xml(&self, name: &str, xml: &'static str) {
        let request = self.client.post(format!("{}createItem", self.url)).query(&[("name", name)]);
        self.send(request.header("content-type", "application/xml").body(xml)).await;
    }

    async fn send(&self, request: reqwest::RequestBuilder) {
        let answer = request.basic_auth(&self.user, Some(&self.token)).send().await.unwrap();
        let fine = answer.status().is_success() || answer.status() == StatusCode::FOUND;
        assert!(fine, "{} {}", answer.status(), answer.url());
    }
}
