//! What the screen wants of the outside: each errand is a task, its answer comes back as an input.
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::house::House;
use crate::base::Text;
use crate::ui::io::{Effect, Input, Saying};
use crate::wire::program::{self, Program};

/// Something to be done, with all that is needed for it.
pub struct Errand(futures_util::future::BoxFuture<'static, Option<Input>>);

impl Errand {
    /// The errand that an effect asks for; an answer at once where there is none to do.
    ///
    /// # Errors
    /// The answer.
    pub fn of(effect: Effect, house: Option<&House>) -> Result<Self, Input> {
        match effect {
            Effect::Open(url) => Ok(Self::new(async move { Some(said(open(&url).await, Saying::Done)) })),
            Effect::Export { name, content } => Ok(Self::new(async move {
                let wrote = tokio::task::spawn_blocking(move || export(Path::new("."), &name, &content)).await;
                Some(said(wrote.unwrap_or_else(|e| Err(Text::line(&e.to_string()))), Saying::Done))
            })),
            Effect::Quit | Effect::Suspend | Effect::Repaint | Effect::Copy(_) => Ok(Self::new(async { None })),
            other => match house {
                Some(house) => Ok(Self::of_house(other, house)),
                None => Err(not_yet(&other)),
            },
        }
    }

    fn new(task: impl Future<Output = Option<Input>> + Send + 'static) -> Self {
        Self(Box::pin(task))
    }

    fn of_house(effect: Effect, house: &House) -> Self {
        let (engine, watch) = (house.engine.clone(), house.watch.clone());
        match effect {
            Effect::Plan { request, controller, runbook, inputs } => Self::new(async move {
                let result = engine.plan(&controller, &runbook, &inputs).await.map(Arc::new);
                Some(Input::Planned { request, result })
            }),
            Effect::Start { request, plan, confirm } => Self::new(async move {
                let result = engine.start(plan, &confirm).await.map_err(|refusal| refusal.text());
                Some(Input::Started { request, result })
            }),
            Effect::Tell { run, command } => Self::new(async move {
                engine.tell(run, command).await.err().map(|text| Input::Said { kind: Saying::Failed, text })
            }),
            Effect::Arm { controller, reason } => Self::new(async move {
                let armed = engine.arm(&controller, &reason).await;
                Some(said(armed.map(|()| Text::line(&format!("writes to {controller} are open"))), Saying::Done))
            }),
            Effect::Disarm { controller } => Self::new(async move {
                engine.disarm(&controller);
                Some(said(Ok(Text::line(&format!("writes to {controller} are closed"))), Saying::Done))
            }),
            Effect::Refresh { controller } => Self::new(async move {
                let read = watch.refresh(&controller, crate::watch::Needs::ALL).await;
                let text = read.map(|_| Text::line(&format!("{controller} was read again")));
                Some(said(text.map_err(|p| Text::line(&p.to_string())), Saying::Done))
            }),
            _ => Self::new(async { None }),
        }
    }
}

/// Where errands are run and answered.
#[derive(Debug)]
pub struct Errands {
    outbox: mpsc::Sender<Input>,
}

impl Errands {
    pub fn new(outbox: mpsc::Sender<Input>) -> Self {
        Self { outbox }
    }

    pub fn send(&self, errand: Errand) {
        let outbox = self.outbox.clone();
        tokio::spawn(async move {
            if let Some(input) = errand.0.await {
                // nobody listens any more: the console is being left
                let _ = outbox.send(input).await;
            }
        });
    }
}

fn said(result: Result<Text, Text>, kind: Saying) -> Input {
    match result {
        Ok(text) => Input::Said { kind, text },
        Err(text) => Input::Said { kind: Saying::Failed, text },
    }
}

fn not_yet(effect: &Effect) -> Input {
    let text =
        Text::line("not yet: the site's controllers and the journal are still being opened; try again in a moment");
    match effect {
        Effect::Plan { request, .. } => Input::Planned { request: *request, result: Err(text) },
        Effect::Start { request, .. } => Input::Started { request: *request, result: Err(text) },
        _ => Input::Said { kind: Saying::Warning, text },
    }
}

/// Opens a page in a browser.
async fn open(address: &str) -> Result<Text, Text> {
    let shown = Text::line(address);
    let url = url::Url::parse(address).map_err(|e| Text::line(&format!("`{shown}` is no address: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Text::line(&format!("`{shown}` was not opened: only http and https pages are")));
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let ran = program::run(Program {
        program: opener.to_owned(),
        args: vec![url.to_string()],
        timeout: Duration::from_secs(20),
        output: 4096,
    })
    .await;
    match ran {
        Ok(output) if output.status == Some(0) => Ok(Text::line(&format!("opened {shown}"))),
        _ => Err(Text::line(&format!("no browser could be started here; the page is {shown} (y copies it)"))),
    }
}

/// Writes a new file; one that is there is never overwritten.
fn export(dir: &Path, name: &str, content: &str) -> Result<Text, Text> {
    let plain: String =
        name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    let plain = plain.trim_start_matches(['.', '-']);
    let (stem, ending) = plain.rsplit_once('.').unwrap_or((plain, "txt"));
    for number in 1..1_000 {
        let file = if number == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{number}.{ending}") };
        match std::fs::File::options().write(true).create_new(true).open(dir.join(&file)) {
            Ok(mut out) => {
                let wrote = out.write_all(content.as_bytes()).and_then(|()| out.sync_all());
                return match wrote {
                    Ok(()) => Ok(Text::line(&format!("wrote {file}"))),
                    Err(e) => Err(Text::line(&format!("{file} could not be written whole: {e}"))),
                };
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(Text::line(&format!("{file} could not be written here: {e}"))),
        }
    }
    Err(Text::line(&format!("there are a thousand files called {stem} here; nothing was written")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_never_overwrites_and_stays_in_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        for expected in ["wrote queue.json", "wrote queue-2.json"] {
            assert_eq!(export(dir.path(), "queue.json", "[]").unwrap(), expected);
        }
        assert_eq!(export(dir.path(), "../../etc/pass\u{1b}wd", "x").unwrap(), "wrote etc-pass-wd.txt");
    }

    #[test]
    fn only_pages_are_opened() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for address in ["file:///etc/passwd", "javascript:alert(1)", "x-man-page://ls", "nonsense"] {
            assert!(runtime.block_on(open(address)).is_err(), "{address}");
        }
    }
}
