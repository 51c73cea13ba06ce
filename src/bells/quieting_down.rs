//! The controller is about to shut down: nothing starts, and Pipelines pause after their current step.
use super::{About, Bell, Rule, Severity, Sight};
use crate::base::Text;

/// See the module.
#[derive(Debug)]
pub struct QuietingDown;

impl Rule for QuietingDown {
    fn name(&self) -> &'static str {
        "quieting-down"
    }

    fn about(&self) -> &'static str {
        "the controller is quieting down: nothing starts, and running Pipelines pause"
    }

    fn ring(&self, sight: &Sight<'_>, out: &mut Vec<Bell>) {
        let Some(controller) = sight.jenkins.controller.get().filter(|c| c.quieting_down) else { return };
        let reason = match controller.quiet_down_reason.as_str() {
            "" => String::new(),
            reason => format!(" ({reason})"),
        };
        let why = format!("is quieting down{reason}: nothing starts, and Pipelines pause after their current step");
        let subject = Text::line(sight.id.as_str());
        out.push(sight.bell(self.name(), Severity::Warning, About::Controller, subject).why(Text::line(&why)));
    }
}

#[cfg(test)]
mod tests {
    use crate::bells::testing::rung;
    use crate::insight::testing::{controller, jenkins, now};
    use crate::model::Reading;

    #[test]
    fn rings_with_the_reason() {
        let mut jenkins = jenkins(vec![], vec![]);
        assert!(rung("quieting-down", &jenkins, &vec![]).is_empty());
        let mut controller = controller();
        (controller.quieting_down, controller.quiet_down_reason) = (true, "upgrade".into());
        jenkins.controller = Reading::fresh(controller, now());
        assert!(rung("quieting-down", &jenkins, &vec![])[0].why.starts_with("is quieting down (upgrade):"));
    }
}
