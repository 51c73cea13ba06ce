//! The controller in words, for the verbs that deal with the controller itself.
use crate::base::Text;
use crate::model::{Controller, Problem};

use super::Scene;

/// What the controller says of itself now.
///
/// # Errors
/// It does not answer.
pub async fn read(scene: &Scene<'_>) -> Result<Controller, Problem> {
    Ok(scene.reader.controller().await?.value)
}

/// One thing at a time with the controller itself.
pub fn lock() -> Vec<Text> {
    vec![Text::from("controller")]
}

/// `takes builds`, `quieting down "restart at 18:00"`.
pub fn state(controller: &Controller) -> Text {
    match (controller.quieting_down, controller.quiet_down_reason.as_str()) {
        (false, _) => Text::from("takes builds"),
        (true, "") => Text::from("quieting down"),
        (true, reason) => Text::line(&format!("quieting down \"{reason}\"")),
    }
}

/// `prod is quieting down "…"`.
pub fn says(scene: &Scene<'_>, controller: &Controller) -> Text {
    let is = if controller.quieting_down { "is " } else { "" };
    Text::line(&format!("{} {is}{}", scene.reader.id(), state(controller)))
}

/// The name and version, for a plan.
pub fn on(scene: &Scene<'_>, controller: &Controller) -> (Text, Text) {
    (Text::line(scene.reader.id().as_str()), Text::line(&format!("Jenkins {}", controller.version)))
}
