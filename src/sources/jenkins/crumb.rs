//! Crumbs: none with a token; with a password a crumb and the session that it belongs to.
use crate::base::UrlPath;
use crate::model::{Problem, ProblemKind};
use crate::site::CredentialKind;
use crate::wire::{Header, Want};

use super::parse::root::Crumb;
use super::reader::Reader;

/// The headers that a write needs besides the account.
///
/// # Errors
/// The crumb could not be read.
pub async fn headers(reader: &Reader) -> Result<Vec<Header>, Problem> {
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
    let cookies = answer.cookies();
    let mut headers = vec![Header::sensitive(&crumb.crumb_request_field, &crumb.crumb)];
    if !cookies.is_empty() {
        headers.push(Header::sensitive("cookie", &cookies));
    }
    let headers: Option<Vec<Header>> = headers.into_iter().collect();
    headers.ok_or_else(|| asked.problem(ProblemKind::BadAnswer, "the crumb is not a header's text", ""))
}
