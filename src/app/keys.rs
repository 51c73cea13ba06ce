//! What comes from the keyboard, the mouse and the window, in a queue that can be looked into without waiting.
use std::io;

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The queue. Its task ends when this is dropped.
#[derive(Debug)]
pub struct Keys {
    events: mpsc::Receiver<io::Result<Event>>,
    task: AbortHandle,
}

impl Keys {
    /// Begins to listen; must be called on a tokio runtime. A task of its own polls the terminal: crossterm's stream
    /// loses its waker when somebody only peeks.
    pub fn listen() -> Self {
        let (sender, events) = mpsc::channel(1024);
        let task = tokio::spawn(async move {
            let mut stream = EventStream::new();
            while let Some(event) = stream.next().await {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
        Self { events, task: task.abort_handle() }
    }

    /// The next one; none once the terminal is gone.
    pub async fn next(&mut self) -> Option<io::Result<Event>> {
        self.events.recv().await
    }

    /// The next one if it is there already.
    pub fn waiting(&mut self) -> Option<io::Result<Event>> {
        self.events.try_recv().ok()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.task.abort();
    }
}
