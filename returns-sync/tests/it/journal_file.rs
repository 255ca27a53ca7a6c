//! The journal's file: who may open it, what it may hold, and what survives.

use chrono::{DateTime, NaiveDate, Utc};
use returns_sync::journal::{Entry, Event, Journal, JournalError, RunId, SqliteJournal};
use returns_wire::{Currency, Money, Secret};
use rust_decimal::Decimal;
use sage200_client::StoredTokens;
use sqlx::{ConnectOptions, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("returns-sync-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("journal.sqlite")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

async fn open(path: &Path) -> Result<SqliteJournal, JournalError> {
    SqliteJournal::open(path.to_str().unwrap()).await
}

/// The file as any other program sees it.
async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

async fn sql(path: &Path, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(&mut raw(path).await).await.map(drop)
}

fn now() -> DateTime<Utc> {
    "2026-11-23T09:00:00.5Z".parse().unwrap()
}

fn entry(previous: Option<&Entry>) -> Entry {
    let gross = Money::new(Decimal::new(1990, 2), Currency::GBP).unwrap();
    let event = Event::RefundReleased { rma: "4400123".parse().unwrap(), units: Vec::new(), gross };
    let body = serde_json::to_string(&event).unwrap();
    let (hash, seq) = previous.map_or((Entry::FIRST, 1), |last| (&*last.hash, last.seq + 1));
    Entry::link(hash, seq, now(), RunId(now()), body)
}

/// A journal with two entries, closed.
async fn filled(path: &Path) -> [Entry; 2] {
    let journal = open(path).await.unwrap();
    let first = entry(None);
    let second = entry(Some(&first));
    journal.append(first.clone()).await.unwrap();
    journal.append(second.clone()).await.unwrap();
    [first, second]
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = Folder::new();
    let entries = filled(&folder.file()).await;
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    {
        let journal = open(&folder.file()).await.unwrap();
        journal.quota().take("ReturnGO", day, 9).await.unwrap();
        journal.quota().take("ReturnGO", day, 9).await.unwrap();
        journal.tokens("clerk").save(&StoredTokens::new(Secret::new("r-1"), now())).await.unwrap();
    }
    let journal = SqliteJournal::open(&format!("sqlite://{}", folder.file().display())).await.unwrap();
    assert_eq!(journal.load().await.unwrap(), entries);
    journal.append(entry(Some(&entries[1]))).await.unwrap();
    assert_eq!(journal.quota().used("ReturnGO", day).await.unwrap(), 2);
    assert_eq!(journal.quota().take("ReturnGO", day, 3).await.unwrap(), Some(3));
    assert_eq!(journal.quota().take("ReturnGO", day, 3).await.unwrap(), None);
    let tokens = journal.tokens("clerk").load().await.unwrap().unwrap();
    assert_eq!(tokens.refresh_token.expose(), "r-1");
}

#[tokio::test]
async fn after_every_entry_the_one_file_is_whole() {
    let folder = Folder::new();
    let journal = open(&folder.file()).await.unwrap();
    let first = entry(None);
    journal.append(first.clone()).await.unwrap();
    // What a crash, or a copy made meanwhile, would leave behind. Read into memory only: opening the file with
    // SQLite would meet the lock.
    let copy = folder.0.join("copy.sqlite");
    fs::write(&copy, fs::read(folder.file()).unwrap()).unwrap();
    assert_eq!(open(&copy).await.unwrap().load().await.unwrap(), [first]);
}

#[tokio::test]
async fn a_second_handle_is_locked_out() {
    let folder = Folder::new();
    let journal = open(&folder.file()).await.unwrap();
    let clone = journal.clone();
    for _ in 0..2 {
        let error = open(&folder.file()).await.unwrap_err();
        assert!(matches!(error, JournalError::Locked { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains("journal.sqlite") && text.contains("wait for the other run to end"), "{text}");
    }
    assert!(sqlx::raw_sql("SELECT * FROM entries").execute(&mut quick(&folder.file()).await).await.is_err());
    drop(journal);
    assert!(matches!(open(&folder.file()).await, Err(JournalError::Locked { .. })), "a clone holds it too");
    clone.append(entry(None)).await.unwrap();
    let quota = clone.quota();
    drop(clone);
    assert!(matches!(open(&folder.file()).await, Err(JournalError::Locked { .. })), "and so does a store");
    drop(quota);
    assert_eq!(open(&folder.file()).await.unwrap().load().await.unwrap().len(), 1);
}

/// A foreign reader that does not wait for locks.
async fn quick(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(std::time::Duration::ZERO);
    options.connect().await.unwrap()
}

const CHILD: &str = "RETURNS_SYNC_TEST_JOURNAL";

/// Held while a program file is written or a process starts: a process that starts beside an open program file keeps it
/// from being run.
static STARTING: Mutex<()> = Mutex::new(());

fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Opens a journal in a process of its own, and gives what it printed.
fn open_elsewhere(program: &Path, path: &Path, prepare: impl FnOnce(&mut Command)) -> String {
    let _alone = STARTING.lock().unwrap();
    let mut command = Command::new(program);
    command
        .args(["--ignored", "--exact", "journal_file::opens_in_a_process_of_its_own", "--nocapture"])
        .env(CHILD, path)
        .current_dir("/");
    prepare(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
#[ignore = "is started by other tests, as another process"]
async fn opens_in_a_process_of_its_own() {
    let path = PathBuf::from(std::env::var_os(CHILD).expect("started by another test"));
    match open(&path).await {
        Ok(journal) => println!("opened: {} entries", journal.load().await.unwrap().len()),
        Err(error) => println!("refused: {error:?}"),
    }
}

#[tokio::test]
async fn a_second_process_is_locked_out() {
    let folder = Folder::new();
    let journal = open(&folder.file()).await.unwrap();
    journal.append(entry(None)).await.unwrap();
    // A refused handle in this process must not give up the lock of the first.
    assert!(open(&folder.file()).await.is_err());
    let said = open_elsewhere(&this_program(), &folder.file(), |_| {});
    assert!(said.contains("refused: Locked"), "{said}");
    drop(journal);
    let said = open_elsewhere(&this_program(), &folder.file(), |_| {});
    assert!(said.contains("opened: 1 entries"), "{said}");
}

/// As a user who may read, not write. Root may write everywhere, so root becomes nobody.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_can_not_be_written_is_refused() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let folder = Folder::new();
    filled(&folder.file()).await;
    // Nobody may not be allowed into the folder this program was built in.
    let outside = Folder::new();
    let program = outside.0.join("program");
    {
        let _alone = STARTING.lock().unwrap();
        fs::copy(this_program(), &program).unwrap();
    }
    mode(&outside.0, 0o755);
    let side_file = folder.0.join("journal.sqlite-journal");
    assert_eq!(fs::metadata(&side_file).unwrap().len(), 0, "nothing is left in it");
    mode(&folder.file(), 0o444);
    mode(&folder.0, 0o555);
    let root = fs::OpenOptions::new().append(true).open(folder.file()).is_ok();
    let nobody = |command: &mut Command| {
        if root {
            command.uid(65534);
        }
    };
    let said = open_elsewhere(&program, &folder.file(), nobody);
    assert!(said.contains("refused: ReadOnly"), "read-only file: {said}");
    let said = open_elsewhere(&program, &folder.0.join("new.sqlite"), nobody);
    assert!(said.contains("refused: ReadOnly"), "no file yet, read-only folder: {said}");
    mode(&folder.file(), 0o666);
    mode(&side_file, 0o400);
    let said = open_elsewhere(&program, &folder.file(), nobody);
    assert!(said.contains("refused: ReadOnly"), "writable file, read-only side file: {said}");
    mode(&folder.0, 0o755);
    fs::remove_file(side_file).unwrap();
    mode(&folder.0, 0o555);
    let said = open_elsewhere(&program, &folder.file(), nobody);
    assert!(said.contains("refused: ReadOnly"), "writable file, read-only folder: {said}");
    mode(&folder.0, 0o777);
    let said = open_elsewhere(&program, &folder.file(), nobody);
    assert!(said.contains("opened: 2 entries"), "both writable: {said}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::write(folder.file(), "").unwrap();
    filled(&folder.file()).await;
    assert_eq!(mode(&folder.file()), 0o600);
    // What the owner allows later is the owner's choice.
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o640)).unwrap();
    drop(open(&folder.file()).await.unwrap());
    assert_eq!(mode(&folder.file()), 0o640);
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_and_left_alone() {
    let folder = Folder::new();
    fs::write(folder.file(), "[policy]\ncurrency = \"GBP\"\n".repeat(100)).unwrap();
    let shop = folder.0.join("shop.sqlite");
    sql(&shop, "CREATE TABLE entries (seq, at, run, body, hash); PRAGMA user_version = 1").await.unwrap();
    let stock = folder.0.join("stock.sqlite");
    sql(&stock, "CREATE TABLE stock (sku)").await.unwrap();
    let empty = folder.0.join("marked.sqlite");
    sql(&empty, "PRAGMA application_id = 7").await.unwrap();
    for path in [folder.file(), shop, stock, empty] {
        let before = fs::read(&path).unwrap();
        let error = open(&path).await.unwrap_err();
        assert!(matches!(error, JournalError::NotAJournal { .. }), "{}: {error}", path.display());
        assert!(error.to_string().contains("is not a returns-sync journal; check the path"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before, "{}", path.display());
    }
    let error = open(&folder.0).await.unwrap_err();
    assert!(error.to_string().contains("is a folder; add the name of a file"), "{error}");
    let error = open(&folder.0.join("no/journal.sqlite")).await.unwrap_err();
    assert!(error.to_string().contains("create it"), "{error}");
    assert!(!folder.0.join("no").exists());
}

#[tokio::test]
async fn a_newer_journal_is_refused_and_left_alone() {
    let folder = Folder::new();
    filled(&folder.file()).await;
    sql(&folder.file(), "PRAGMA user_version = 8").await.unwrap();
    let before = fs::read(folder.file()).unwrap();
    let error = open(&folder.file()).await.unwrap_err();
    assert!(matches!(error, JournalError::Newer { found: 8, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("update this program"), "{error}");
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[tokio::test]
async fn entries_can_only_be_added_at_the_end() {
    let folder = Folder::new();
    let entries = filled(&folder.file()).await;
    for (attempt, why) in [
        ("UPDATE entries SET body = '{}' WHERE seq = 1", "never changed"),
        ("UPDATE entries SET seq = 3 WHERE seq = 2", "never changed"),
        ("DELETE FROM entries WHERE seq = 2", "never removed"),
        ("DELETE FROM entries", "never removed"),
        ("REPLACE INTO entries VALUES (2, '', '', '', '')", "only added at its end"),
        ("INSERT INTO entries VALUES (1, '', '', '', '') ON CONFLICT DO UPDATE SET body = ''", "only added at its end"),
        ("INSERT INTO entries VALUES (4, '', '', '', '')", "only added at its end"),
        ("INSERT INTO entries VALUES (3, '', '', '', NULL)", "NOT NULL"),
    ] {
        let error = sql(&folder.file(), attempt).await.expect_err(attempt).to_string();
        assert!(error.contains(why), "{attempt}: {error}");
    }
    assert_eq!(open(&folder.file()).await.unwrap().load().await.unwrap(), entries);
}

#[tokio::test]
async fn an_entry_changed_behind_our_back_no_longer_verifies() {
    for tampering in [
        "UPDATE entries SET body = replace(body, '19.90', '10.90') WHERE seq = 1",
        "UPDATE entries SET at = '2026-11-23T09:00:00.500000001+00:00' WHERE seq = 1",
        "UPDATE entries SET run = '2026-11-22T09:00:00+00:00' WHERE seq = 1",
        "UPDATE entries SET hash = upper(hash) WHERE seq = 1",
    ] {
        let folder = Folder::new();
        filled(&folder.file()).await;
        sql(&folder.file(), "DROP TRIGGER entries_are_not_changed").await.unwrap();
        sql(&folder.file(), tampering).await.unwrap();
        let entries = open(&folder.file()).await.unwrap().load().await.unwrap();
        assert!(!entries[0].follows(Entry::FIRST), "{tampering}");
    }
    let folder = Folder::new();
    filled(&folder.file()).await;
    sql(&folder.file(), "DROP TRIGGER entries_are_not_changed; UPDATE entries SET at = 'yesterday' WHERE seq = 2")
        .await
        .unwrap();
    let error = open(&folder.file()).await.unwrap().load().await.unwrap_err();
    assert!(matches!(error, JournalError::Damaged { seq: 2, .. }), "{error}");
    assert!(error.to_string().contains("yesterday") && error.to_string().contains("backup"), "{error}");
}

#[tokio::test]
async fn amounts_are_stored_as_decimal_text() {
    let folder = Folder::new();
    filled(&folder.file()).await;
    let mut file = raw(&folder.file()).await;
    let row = sqlx::query("SELECT typeof(body), body FROM entries WHERE seq = 1").fetch_one(&mut file).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "text");
    assert!(row.get::<String, _>(1).contains(r#""amount":"19.90","currency":"GBP""#));
    let columns = sqlx::query(
        "SELECT t.name, t.strict, c.type FROM pragma_table_list t, pragma_table_info(t.name) c
         WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&mut file)
    .await
    .unwrap();
    assert_eq!(columns.len(), 13);
    for column in columns {
        let (table, strict, kind): (String, bool, String) = (column.get(0), column.get(1), column.get(2));
        assert!(strict && ["INTEGER", "TEXT"].contains(&kind.as_str()), "{table}: {kind}");
    }
}
