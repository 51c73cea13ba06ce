//! The shapes of the Pipelines: which stages a build of each project has, on which labels, for how long.
use fastrand::Rng;

use super::builds::{At, Branch, Outcome, Stage, Step};

/// One stage of a shape: its name and its branches with label and minutes.
type Shape = &'static [(&'static str, &'static [(&'static str, &'static str, u32)])];

const LINT: Shape = &[("Prepare", &[("", "CPU-SMALL", 2)]), ("Lint", &[("", "CPU-SMALL", 9)])];
const CPU: Shape = &[
    ("Prepare", &[("", "CPU-SMALL", 2)]),
    ("Build", &[("", "CPU-SMALL", 14)]),
    (
        "Test",
        &[
            ("unittest: CPU 1 of 4", "CPU-SMALL-SPOT", 22),
            ("unittest: CPU 2 of 4", "CPU-SMALL", 25),
            ("unittest: CPU 3 of 4", "CPU-SMALL", 21),
            ("unittest: CPU 4 of 4", "CPU-SMALL", 27),
            ("integration: CPU 1 of 2", "CPU-SPOT", 31),
            ("integration: CPU 2 of 2", "CPU", 33),
        ],
    ),
];
const GPU: Shape = &[
    ("Prepare", &[("", "CPU-SMALL", 2)]),
    ("Build", &[("Build (GPU)", "CPU-SPOT", 17), ("Build (GPU2)", "CPU", 16)]),
    (
        "Test",
        &[
            ("unittest: GPU 1 of 3", "GPU-SPOT", 35),
            ("unittest: GPU 2 of 3", "GPU", 33),
            ("topi: GPU 1 of 2", "GPU", 38),
            ("topi: GPU 2 of 2", "GPU&&TensorCore", 36),
            ("frontend: GPU 1 of 2", "GPU", 41),
        ],
    ),
    ("Docs", &[("", "GPU", 12)]),
];
const ARM: Shape = &[
    ("Prepare", &[("", "CPU-SMALL", 2)]),
    ("Build", &[("", "ARM-GRAVITON3", 18)]),
    ("Test", &[("integration: aarch64 1 of 2", "ARM-GRAVITON3-SPOT", 24), ("topi: aarch64", "ARM", 28)]),
];
const SMALL: Shape =
    &[("Prepare", &[("", "CPU-SMALL", 2)]), ("Build", &[("", "CPU-SMALL", 8)]), ("Test", &[("", "CPU-SMALL", 11)])];
const DOCKER: Shape = &[
    ("Prepare", &[("", "CPU-SMALL", 1)]),
    ("Build", &[("ci-cpu", "CPU", 12), ("ci-gpu", "CPU", 15), ("ci-arm", "ARM", 19), ("ci-lint", "CPU-SMALL", 6)]),
];

fn shape(context: &str) -> Shape {
    match context {
        "lint" => LINT,
        "cpu" | "unity" => CPU,
        "gpu" => GPU,
        "arm" => ARM,
        "docker" => DOCKER,
        _ => SMALL,
    }
}

/// The stages of one build, with the lengths and outcomes that chance gives. About one branch in sixty fails.
pub fn flow(rng: &mut Rng, context: &str) -> Vec<Stage> {
    let mut id = 4;
    let mut stages = Vec::new();
    for (name, branches) in shape(context) {
        let stage_id = id;
        id += 3;
        let mut list = Vec::new();
        for (branch, label, minutes) in *branches {
            let branch_id = if branches.len() > 1 { id } else { stage_id };
            id += 1;
            list.push(Branch {
                id: branch_id,
                name: (branches.len() > 1).then(|| (*branch).to_owned()),
                label: (*label).to_owned(),
                node: None,
                at: At::NotYet,
                steps: steps(rng, &mut id, name, branch, *minutes),
                start: None,
                end: None,
            });
        }
        id += 4;
        stages.push(Stage {
            id: stage_id,
            name: (*name).to_owned(),
            branches: list,
            start: None,
            end: None,
            input: false,
        });
    }
    stages
}

fn steps(rng: &mut Rng, id: &mut u32, stage: &str, branch: &str, minutes: u32) -> Vec<Step> {
    let outcome = match rng.u32(0..240) {
        0..=3 => Outcome::Failure,
        4..=6 => Outcome::Unstable,
        _ => Outcome::Success,
    };
    let scripts = match stage {
        "Prepare" => vec!["docker/dev_common.sh --prepare".to_owned()],
        "Build" => vec![
            "docker pull tlcpack/ci-cpu:20260801".to_owned(),
            "python3 tests/scripts/task_build.py --sccache-bucket".to_owned(),
        ],
        "Test" => vec![
            "aws s3 cp s3://tvm-ci-artifacts . --recursive".to_owned(),
            format!("tests/scripts/task_python_unittest.sh '{branch}'"),
        ],
        _ => vec![format!("tests/scripts/task_{}.sh", stage.to_lowercase())],
    };
    let count = scripts.len();
    let whole = i64::from(minutes) * 60_000;
    let mut out = Vec::new();
    for (place, script) in scripts.into_iter().enumerate() {
        *id += 1;
        let last = place + 1 == count;
        let share = if count == 1 {
            100
        } else if last {
            88
        } else {
            12
        };
        let takes = whole * share / 100 * rng.i64(70..140) / 100;
        let outcome = if last { outcome } else { Outcome::Success };
        out.push(Step { id: *id, script, takes, start: None, end: None, outcome });
    }
    out
}
