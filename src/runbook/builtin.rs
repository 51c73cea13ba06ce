//! The runbooks that come with bellboard, as text.

/// File name and YAML.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("runbooks/drain-node.yaml", include_str!("../../runbooks/drain-node.yaml")),
    ("runbooks/return-node.yaml", include_str!("../../runbooks/return-node.yaml")),
];
