//! What every store must do, and what SQLite's does besides.
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::ManualClock;

const SPAN: Duration = Duration::from_secs(30);

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Time::from_millis(1_000_000)))
}

fn telling(body: &str) -> Telling<'_> {
    Telling { at: Time::from_millis(5), body, summary: "s", over: false }
}

/// Opens the same store again and again, as other processes do.
fn each(test: impl Fn(&dyn Fn() -> Sqlite, &ManualClock)) {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let path = folder.path().join("deep/er/journal.db");
    test(&|| Sqlite::open(&path, clock.clone()).unwrap(), &clock);
}

#[test]
fn what_was_written_is_read_by_the_next_process() {
    each(|open, _| {
        let run = RunId::new(1);
        let store = open();
        let head = store.create(run, telling("a")).unwrap();
        let lease = store.take("run/1", &"me".into(), SPAN).unwrap();
        let (head, receipt) = store.append(&head, telling("b"), std::slice::from_ref(&lease)).unwrap();
        assert_eq!(
            (receipt.run(), receipt.seq(), receipt.send_before()),
            (run, 1, lease.until() - Duration::from_secs(1))
        );
        drop(store);
        let (again, records) = open().records(run).unwrap();
        assert_eq!(again, head);
        assert_eq!(records.iter().map(|r| (r.seq, r.body.as_str())).collect::<Vec<_>>(), [(0, "a"), (1, "b")]);
        assert_eq!(open().records(RunId::new(9)).unwrap_err(), StoreError::Missing(RunId::new(9)));
        assert_eq!(open().create(run, telling("c")).unwrap_err(), StoreError::Exists(run));
    });
}

#[test]
fn only_the_last_head_is_written_to() {
    each(|open, _| {
        let (one, two) = (open(), open());
        let run = RunId::new(1);
        let head = one.create(run, telling("a")).unwrap();
        one.append(&head, telling("b"), &[]).unwrap();
        assert_eq!(two.append(&head, telling("c"), &[]).unwrap_err(), StoreError::Moved(run));
        assert_eq!(two.records(run).unwrap().1.len(), 2);
    });
}

#[test]
fn a_lease_keeps_others_out_until_it_ends_and_its_old_holder_is_refused() {
    each(|open, clock| {
        let (one, two) = (open(), open());
        let head = one.create(RunId::new(1), telling("a")).unwrap();
        let lease = one.take("node/x", &"op1, run 1".into(), SPAN).unwrap();
        assert!(
            matches!(two.take("node/x", &"op2".into(), SPAN), Err(StoreError::Held { by, .. }) if by == "op1, run 1")
        );
        assert!(matches!(one.take("node/x", &"op1".into(), SPAN), Err(StoreError::Held { .. })), "not even twice here");
        assert_eq!(two.held().unwrap(), [Held { name: "node/x".into(), note: "op1, run 1".into(), ours: false }]);
        clock.advance(SPAN + Duration::from_secs(1));
        assert!(two.held().unwrap().is_empty());
        assert!(matches!(one.append(&head, telling("late"), std::slice::from_ref(&lease)), Err(StoreError::Lost(_))));
        let taken = two.take("node/x", &"op2".into(), SPAN).unwrap();
        assert!(taken.taken_over());
        assert!(matches!(one.renew(&lease, SPAN), Err(StoreError::Lost(_))));
        one.release(lease).unwrap();
        assert_eq!(two.held().unwrap().len(), 1, "giving back what was lost takes nothing from its new holder");
        two.release(taken).unwrap();
        assert!(!one.take("node/x", &"op1".into(), SPAN).unwrap().taken_over());
    });
}

#[test]
fn a_lease_is_renewed_while_it_lives() {
    each(|open, clock| {
        let store = open();
        let mut lease = store.take("a", &"me".into(), SPAN).unwrap();
        for _ in 0..5 {
            clock.advance(SPAN / 2);
            lease = store.renew(&lease, SPAN).unwrap();
        }
        clock.advance(SPAN * 2);
        assert!(matches!(store.renew(&lease, SPAN), Err(StoreError::Lost(_))));
    });
}

#[test]
fn what_a_dead_process_held_is_free_at_once() {
    each(|open, _| {
        let one = open();
        drop(one.take("a", &"me".into(), SPAN).unwrap());
        drop(one);
        assert!(open().take("a", &"you".into(), SPAN).unwrap().taken_over());
    });
}

#[test]
fn unfinished_runs_come_first_and_history_is_bounded() {
    each(|open, _| {
        let store = open();
        for n in 0..20 {
            let over = n != 3;
            store.create(RunId::new(n), Telling { over, ..telling("a") }).unwrap();
        }
        let listed: Vec<RunId> = store.runs(2).unwrap().iter().map(|r| r.run).collect();
        assert_eq!(listed, [RunId::new(3), RunId::new(19), RunId::new(18)]);
    });
}

#[test]
fn decisions_are_chained_and_messages_are_given_out_once() {
    each(|open, _| {
        let store = open();
        store.decide(Time::from_millis(1), "armed").unwrap();
        store.decide(Time::from_millis(2), "disarmed").unwrap();
        assert_eq!(store.decisions().unwrap().len(), 2);
        store.post(RunId::new(1), "pause").unwrap();
        store.post(RunId::new(1), "resume").unwrap();
        store.post(RunId::new(2), "other").unwrap();
        assert_eq!(open().collect(RunId::new(1)).unwrap(), ["pause", "resume"]);
        assert!(store.collect(RunId::new(1)).unwrap().is_empty());
    });
}

fn edit(path: &Path, sql: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn folder_with_a_run() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let store = Sqlite::open(&path, clock()).unwrap();
    let head = store.create(RunId::new(1), telling("a")).unwrap();
    store.append(&head, telling("b"), &[]).unwrap();
    (folder, path)
}

#[test]
fn a_changed_record_breaks_the_chain() {
    for sql in [
        "UPDATE records SET body = 'x' WHERE seq = 0",
        "UPDATE records SET at = 6 WHERE seq = 1",
        "DELETE FROM records WHERE seq = 1",
        "DELETE FROM records WHERE seq = 0",
        "UPDATE records SET seq = 7 WHERE seq = 1",
    ] {
        let (_folder, path) = folder_with_a_run();
        edit(&path, sql);
        let store = Sqlite::open(&path, clock()).unwrap();
        assert!(matches!(store.records(RunId::new(1)), Err(StoreError::Damaged(_))), "{sql}");
    }
}

#[test]
fn what_is_not_ours_is_said_and_left_as_it_is() {
    let (_folder, path) = folder_with_a_run();
    edit(&path, "PRAGMA user_version = 99; PRAGMA journal_mode = DELETE;");
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Sqlite::open(&path, clock()), Err(StoreError::Newer(t)) if t.contains("newer bellboard")));
    assert_eq!(std::fs::read(&path).unwrap(), before);

    edit(&path, "PRAGMA user_version = 1; PRAGMA application_id = 7;");
    let before = std::fs::read(&path).unwrap();
    assert!(
        matches!(Sqlite::open(&path, clock()), Err(StoreError::Damaged(t)) if t.contains("not a bellboard journal"))
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let other = path.with_file_name("notes.txt");
    std::fs::write(&other, "this is somebody's text and no database at all, longer than a header".repeat(30)).unwrap();
    let before = std::fs::read(&other).unwrap();
    assert!(matches!(Sqlite::open(&other, clock()), Err(StoreError::Damaged(_))));
    assert_eq!(std::fs::read(&other).unwrap(), before);
}

#[test]
fn a_file_cut_short_is_damaged() {
    let (_folder, path) = folder_with_a_run();
    edit(&path, "PRAGMA journal_mode = DELETE;");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(Sqlite::open(&path, clock()), Err(StoreError::Damaged(_))));
    assert_eq!(std::fs::read(&path).unwrap(), whole[..whole.len() / 2]);
}

#[test]
fn only_this_user_may_look_at_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/journal.db");
    let _store = Sqlite::open(&path, clock()).unwrap();
    let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap().path();
        assert_eq!(mode(&entry), if entry.is_dir() { 0o700 } else { 0o600 }, "{}", entry.display());
    }
}

#[test]
fn a_lock_of_the_whole_file_is_waited_for_and_then_said() {
    let (_folder, path) = folder_with_a_run();
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO inbox (run, body) VALUES ('', '');",
        )
        .unwrap();
    assert!(matches!(Sqlite::open(&path, clock()), Err(StoreError::Busy(t)) if t.contains("another process")));
}
