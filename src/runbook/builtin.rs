//! The runbooks that come with bellboard, as text.

/// File name and YAML.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("runbooks/drain-node.yaml", include_str!("../../runbooks/drain-node.yaml")),
    ("runbooks/return-node.yaml", include_str!("../../runbooks/return-node.yaml")),
    ("runbooks/set-labels.yaml", include_str!("../../runbooks/set-labels.yaml")),
    ("runbooks/connect-node.yaml", include_str!("../../runbooks/connect-node.yaml")),
    ("runbooks/disconnect-node.yaml", include_str!("../../runbooks/disconnect-node.yaml")),
    ("runbooks/delete-node.yaml", include_str!("../../runbooks/delete-node.yaml")),
    ("runbooks/cancel-item.yaml", include_str!("../../runbooks/cancel-item.yaml")),
    ("runbooks/start-build.yaml", include_str!("../../runbooks/start-build.yaml")),
    ("runbooks/stop-build.yaml", include_str!("../../runbooks/stop-build.yaml")),
    ("runbooks/disable-job.yaml", include_str!("../../runbooks/disable-job.yaml")),
    ("runbooks/enable-job.yaml", include_str!("../../runbooks/enable-job.yaml")),
    ("runbooks/scan-project.yaml", include_str!("../../runbooks/scan-project.yaml")),
    ("runbooks/quiet-down.yaml", include_str!("../../runbooks/quiet-down.yaml")),
    ("runbooks/cancel-quiet-down.yaml", include_str!("../../runbooks/cancel-quiet-down.yaml")),
    ("runbooks/safe-restart.yaml", include_str!("../../runbooks/safe-restart.yaml")),
];
