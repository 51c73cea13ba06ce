//! What `check` says of good and bad runbooks.
use super::*;

const OFFLINE: VerbSpec = VerbSpec {
    name: "jenkins.node.offline",
    version: 1,
    class: Class::Set,
    least_risk: Risk::Medium,
    params: &[Param::required("node", Kind::Node, "the node"), Param::required("reason", Kind::Text, "why")],
    result: "",
    needs: "",
    rescue: false,
    undoable: true,
    example: "",
    doc: "",
};
const WAIT: VerbSpec = VerbSpec {
    name: "jenkins.node.wait_idle",
    class: Class::Wait,
    least_risk: Risk::Low,
    params: &[Param::required("node", Kind::Node, "the node"), Param::optional("quiet", Kind::Duration, "how long")],
    ..OFFLINE
};

fn check(text: &str) -> Vec<Mistake> {
    parse("x.yaml", text, &[&OFFLINE, &WAIT]).1
}

const GOOD: &str = r#"runbook: drain
title: Drain
risk: medium
inputs:
  node: { type: node }
  wait: { type: duration, default: 4h }
locks: [ "node/{{ node }}" ]
guards:
  - capacity: { node: "{{ node }}", keep: 60% }
steps:
  - { id: off, uses: jenkins.node.offline, with: { node: "{{ node }}", reason: "a {{ run.id }}" } }
  - { id: idle, uses: jenkins.node.wait_idle, with: { node: "{{ node }}" }, timeout: "{{ wait }}", on_timeout: ask, when: "steps.off.ok" }
"#;

#[test]
fn a_good_runbook_has_no_mistakes() {
    let (runbook, mistakes) = parse("x.yaml", GOOD, &[&OFFLINE, &WAIT]);
    assert_eq!(mistakes, []);
    let runbook = runbook.unwrap();
    assert_eq!((runbook.steps.len(), runbook.risk, runbook.inputs.len()), (2, Risk::Medium, 2));
    assert_eq!(runbook.steps[1].on_timeout, Otherwise::Ask);
}

#[test]
fn every_mistake_is_reported_with_its_place_and_a_hint() {
    // what is replaced, by what, where the mistake stands, what is said, what is suggested
    let cases: [(&str, &str, &str, &str, &str); 21] = [
        ("title: Drain", "titel: Drain", "titel", "unknown key `titel`", "did you mean `title`?"),
        ("risk: medium", "risk: med", "med\n", "`med` is not a risk", "one of: low"),
        ("risk: medium", "risk: low", "low", "is medium at least", "write `risk: medium`"),
        ("type: node }", "type: nod }", "nod }", "not a type of input", "did you mean `node`?"),
        ("default: 4h", "default: 4 weeks", "4 weeks", "not a length of time", ""),
        ("node/{{ node }}", "node/{{ nod }}", "\"node/", "`nod` is not known here", "did you mean `node`?"),
        ("- capacity", "- capasity", "capasity", "no guard `capasity`", "did you mean `capacity`?"),
        ("- capacity", "- queue", "queue", "no guard `queue`", "cannot do it yet"),
        ("keep: 60%", "kep: 60%", "kep", "no parameter `kep`", "did you mean `keep`?"),
        ("node.offline", "node.ofline", "jenkins.node.ofline", "no verb", "did you mean `jenkins.node.offline`?"),
        ("reason: \"a", "raison: \"a", "raison", "no parameter `raison`", "did you mean `reason`?"),
        ("reason: \"a", "raison: \"a", "with: {", "needs the parameter `reason`", "why"),
        ("{{ run.id }}", "{{ run.id }", "\"a {{", "syntax error", ""),
        ("{{ run.id }}", "{% if x %}", "\"a {%", "not part of the language", ""),
        (
            "id: idle",
            "id: off",
            "{ id: off, uses: jenkins.node.wait",
            "two steps are called `off`",
            "give each its own id",
        ),
        ("id: idle, ", "", "{ uses", "has no id", "add `id:`"),
        ("timeout: \"{{ wait }}\"", "timeout: soon", "soon", "not a length of time", ""),
        ("on_timeout: ask", "on_timeout: aks", "aks", "not a word for `on_timeout`", "did you mean `ask`?"),
        ("steps.off.ok", "steps.of.ok", "\"steps.of", "`steps.of.ok` is not known here", ""),
        ("steps.off.ok", "steps.off..ok", "\"steps.off", "syntax error", ""),
        ("on_timeout: ask", "canary: 1", "canary", "cannot do it yet", ""),
    ];
    for (from, to, at, text, hint) in cases {
        assert!(GOOD.contains(from), "{from}");
        let bad = GOOD.replacen(from, to, 1);
        let before = &bad[..bad.find(at).unwrap_or_else(|| panic!("{at}"))];
        let place = (before.matches('\n').count() + 1, before.len() - before.rfind('\n').map_or(0, |n| n + 1) + 1);
        let found = check(&bad);
        let hit = found.iter().find(|m| m.text.contains(text)).unwrap_or_else(|| panic!("{to}: {found:?}"));
        assert_eq!((hit.at.line, hit.at.column), place, "{to}: {hit}");
        assert!(hit.hint.contains(hint), "{to}: {hit}");
    }
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_file() {
    let bad = GOOD
        .replace("title", "titel")
        .replace("4h", "4 weeks")
        .replace("ofline", "x")
        .replace("on_timeout: ask", "on_timeout: x");
    let found = check(&bad);
    assert!(found.len() >= 3, "{found:?}");
    assert!(found.windows(2).all(|w| w[0].at <= w[1].at));
}

#[test]
fn a_step_with_an_unknown_verb_is_checked_all_the_same() {
    let bad = GOOD
        .replace("node.wait_idle", "node.wait_idel")
        .replace("{{ wait }}", "4 parsecs")
        .replace("id: idle", "id: off")
        .replace("with: { node: \"{{ node }}\" }, timeout", "with: { node: \"{{ noed }}\" }, timeout");
    let found = check(&bad);
    for text in ["no verb", "not a length of time", "two steps are called", "`noed` is not known here"] {
        assert_eq!(found.iter().filter(|m| m.text.contains(text)).count(), 1, "{text}: {found:#?}");
    }
}

#[test]
fn what_is_no_map_at_all_is_a_mistake() {
    for text in
        ["- a\n", "7\n", "runbook: [x]\n", "steps: 3\n", "runbook: a\ntitle: b\nrisk: low\nsteps:\n  - 7\n  - {}\n"]
    {
        assert!(!check(text).is_empty(), "{text}");
    }
}
