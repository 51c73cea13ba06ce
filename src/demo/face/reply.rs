//! Requests and answers, and the HTML pages that Jenkins gives for errors, even under `/api/json`.
use std::time::Duration;

/// A request, read whole.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, `HEAD`.
    pub method: String,
    /// The path as it came, percent-encoded, without the controller's prefix.
    pub path: String,
    /// Query and, of a form, its fields after it; decoded.
    pub fields: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A field of query or form.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether it changes something.
    pub fn post(&self) -> bool {
        self.method == "POST"
    }

    /// The language wanted for texts.
    pub fn language(&self) -> &str {
        self.header("accept-language").unwrap_or("en")
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: String,
    /// `X-Jenkins` and `X-Jenkins-Session` are on it.
    pub signed: bool,
    /// Kept back for so long.
    pub delay: Duration,
}

impl Reply {
    fn new(status: u16, kind: &str, body: String) -> Self {
        let headers = if kind.is_empty() { Vec::new() } else { vec![("content-type", kind.to_owned())] };
        Self { status, headers, body, signed: false, delay: Duration::ZERO }
    }

    /// An exported bean (recording: root): signed.
    pub fn json(body: String) -> Self {
        Self { signed: true, ..Self::new(200, "application/json;charset=utf-8", body) }
    }

    /// A plugin's own JSON, not signed (recording: wfapi-describe-success).
    pub fn bare_json(body: String) -> Self {
        Self::new(200, "application/json;charset=utf-8", body)
    }

    /// Plain text, not signed (recording: console-text).
    pub fn text(body: String) -> Self {
        Self::new(200, "text/plain;charset=utf-8", body)
    }

    /// XML, not signed (recording: node-config-xml).
    pub fn xml(body: String) -> Self {
        Self::new(200, "application/xml", body)
    }

    /// A page, signed.
    pub fn page(status: u16, body: &str) -> Self {
        Self {
            signed: true,
            ..Self::new(status, "text/html;charset=utf-8", format!("<!DOCTYPE html><html><body>{body}</body></html>"))
        }
    }

    /// Nothing but a status, not signed (recordings: cancel-item, term-pipeline, node-config-xml-built-in).
    pub fn empty(status: u16) -> Self {
        Self::new(status, "", String::new())
    }

    /// 302, or 201 for what was put into the queue; not signed (recordings: toggle-offline-1, build-start).
    pub fn to(status: u16, location: String) -> Self {
        Self::empty(status).with("location", location)
    }

    /// The servlet container's own page, not signed (recordings: node-missing, root-bad-token).
    pub fn jetty(status: u16, reason: &str, path: &str) -> Self {
        let body = format!(
            "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n<title>Error {status} {reason}</title>\n</head>\n<body><h2>HTTP ERROR {status} {reason}</h2>\n<table>\n<tr><th>URI:</th><td>{path}</td></tr>\n<tr><th>STATUS:</th><td>{status}</td></tr>\n<tr><th>MESSAGE:</th><td>{reason}</td></tr>\n<tr><th>SERVLET:</th><td>Stapler</td></tr>\n</table>\n<hr><a href=\"https://eclipse.org/jetty\">Powered by Jetty:// 9.4.39.v20210325</a><hr/>\n\n</body>\n</html>\n"
        );
        Self::new(status, "text/html;charset=iso-8859-1", body)
            .with("cache-control", "must-revalidate,no-cache,no-store".to_owned())
    }

    /// Nothing is there.
    pub fn missing(request: &Request) -> Self {
        Self::jetty(404, "Not Found", &request.path)
    }

    /// Jenkins' own error page, signed (recordings: log-progressive-negative, root-tree-syntax-error).
    pub fn oops(status: u16, message: &str) -> Self {
        Self::page(
            status,
            &format!("<h1>Oops!</h1><p>A problem occurred while processing the request.</p><p>{message}</p>"),
        )
    }

    /// GET where POST is wanted (recording: get-instead-of-post-quiet-down).
    pub fn post_only() -> Self {
        Self::page(
            405,
            "<form method=\"post\"><p>This URL requires POST</p><input type=\"submit\" value=\"Try POSTing\"></form>",
        )
    }

    /// A logged-in user lacks a permission (recording: post-committer-build).
    pub fn forbidden(user: &str, permission: &str) -> Self {
        Self::page(403, &format!("<h1>Access Denied</h1><p>{user} is missing a permission</p>"))
            .with("x-you-are-authenticated-as", user.to_owned())
            .with("x-required-permission", permission.to_owned())
    }

    /// Nobody is logged in (recording: root-anonymous): a page that sends a browser to the login.
    pub fn login_first(path: &str) -> Self {
        let from = path.replace('/', "%2F");
        let body = format!(
            "<html><head><meta http-equiv='refresh' content='1;url=/login?from={from}'/><script>window.location.replace('/login?from={from}');</script></head><body style='background-color:white; color:white;'>\n\n\nAuthentication required\n<!--\n-->\n\n</body></html>"
        );
        Self { signed: true, ..Self::new(403, "text/html;charset=utf-8", body) }
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Keeps the answer back.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}
