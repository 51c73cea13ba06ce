//! Crumbs: none with a token; with a password a crumb and the session that it belongs to.
use reqwest::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};

use crate::base::UrlPath;
use crate::model::{Problem, ProblemKind};
use crate::site::CredentialKind;
use crate::wire::Want;

use super::parse::root::Crumb;
use super::reader::Reader;

/// The headers that a write needs besides the account.
///
/// # Errors
/// The crumb could not be read.
pub async fn headers(reader: &Reader) -> Result<Vec<(HeaderName, HeaderValue)>, Problem> {
    if reader.account().is_none_or(|a| a.kind == CredentialKind::Token) {
        return Ok(Vec::new());
    }
    let asked = reader.asked("get a crumb");
    let answer = reader.get(&UrlPath::encoded("crumbIssuer/api/json"), &[], Want::ORDINARY).await?;
    if answer.status == 404 {
        return Ok(Vec::new()); // crumbs are switched off
    }
    if answer.status != 200 {
        return Err(asked.refused(&answer));
    }
    let crumb: Crumb = serde_json::from_slice(&answer.body).map_err(|e| asked.not_json(&answer, &e.to_string()))?;
    let wrong = |_| asked.problem(ProblemKind::BadAnswer, "the crumb is not a header's text", "");
    let name = HeaderName::from_bytes(crumb.crumb_request_field.as_bytes()).map_err(|_| wrong(()))?;
    let mut value = HeaderValue::from_str(&crumb.crumb).map_err(|_| wrong(()))?;
    value.set_sensitive(true);
    let cookies: Vec<&str> = answer
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|c| c.to_str().ok()?.split(';').next())
        .filter(|c| !c.ends_with('='))
        .collect();
    let mut headers = vec![(name, value)];
    if !cookies.is_empty() {
        let mut cookie = HeaderValue::from_str(&cookies.join("; ")).map_err(|_| wrong(()))?;
        cookie.set_sensitive(true);
        headers.push((COOKIE, cookie));
    }
    Ok(headers)
}
