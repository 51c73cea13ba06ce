//! The health rules, a file each: what needs somebody, since when, why, and the runbook that answers it.
