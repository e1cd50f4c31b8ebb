//! What `--from` and `--results` can name: files of any kind, and of any size.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::lists::{file, folder, sim};
use crate::providers::at_single;
use crate::{Ran, ended, run, start};

fn message(ran: &Ran) -> String {
    ran.error()["message"].as_str().unwrap().to_owned()
}

/// A file that takes no room.
fn sparse(folder: &Path, mib: u64) -> PathBuf {
    let path = folder.join(format!("{mib}-mib"));
    File::create(&path)
        .unwrap()
        .set_len(mib.saturating_mul(1024 * 1024))
        .unwrap();
    path
}

fn stop(mut program: Command, list: &Path) -> Command {
    program
        .args(["stop", "--output", "json", "--from"])
        .arg(list);
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_only_kept_in_a_regular_file() {
    let sim = sim(&["a"]).await;
    let folder = folder("special");
    let list = file(&folder, "list.csv", "stream\na\n");
    let mut special = vec![folder.clone()];
    #[cfg(unix)]
    {
        let pipe = folder.join("pipe");
        run(Command::new("mkfifo").arg(&pipe)).await.exits_with(0);
        let link = folder.join("link");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        special.extend([pipe, link, "/dev/null".into()]);
    }
    for results in special {
        for dry in [None, Some("--dry-run")] {
            let mut command = stop(at_single(&sim), &list);
            command.arg("--results").arg(&results).args(dry);
            // Or else it may wait for a pipe for ever.
            let ended = run(&mut command);
            let ran = tokio::time::timeout(std::time::Duration::from_secs(20), ended)
                .await
                .unwrap_or_else(|_| panic!("{} hangs", results.display()))
                .exits_with(2);
            assert!(message(&ran).contains("isn't a regular file"), "{ran:#?}");
        }
    }
    assert_eq!(sim.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_not_written_to_stdout_nor_to_a_file_named_so() {
    let sim = sim(&["a"]).await;
    let folder = folder("dash");
    let list = file(&folder, "list.csv", "stream\na\n");
    let mut command = stop(at_single(&sim), &list);
    command.current_dir(&folder).args(["--results", "-"]);
    let ran = run(&mut command).await.exits_with(2);
    assert!(message(&ran).contains("./-"), "{ran:#?}");
    assert!(!folder.join("-").exists());
    assert_eq!(sim.requests().len(), 0);

    let mut command = stop(at_single(&sim), &list);
    command.current_dir(&folder).args(["--results", "./-"]);
    run(&mut command).await.exits_with(0);
    assert!(folder.join("-").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_results_file_that_no_run_can_have_written_is_not_read() {
    let sim = sim(&["a"]).await;
    let folder = folder("huge-results");
    let list = file(&folder, "list.csv", "stream\na\n");
    let results = sparse(&folder, 4097);
    let mut command = stop(at_single(&sim), &list);
    let ran = run(command.arg("--results").arg(&results))
        .await
        .exits_with(2);
    assert!(message(&ran).contains("longer than 4 GiB"), "{ran:#?}");
    let results = sparse(&folder, 17);
    let mut command = stop(at_single(&sim), &list);
    let ran = run(command.arg("--results").arg(&results))
        .await
        .exits_with(2);
    assert!(
        message(&ran).contains("line 1: longer than 16 MiB"),
        "{ran:#?}"
    );
    assert_eq!(sim.requests().len(), 0);
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_not_read_for_ever_wherever_it_comes_from() {
    let sim = sim(&["a"]).await;
    let folder = folder("huge-list");
    let list = sparse(&folder, 65);
    let from_file = run(&mut stop(at_single(&sim), &list)).await;
    let mut from_stdin = stop(at_single(&sim), Path::new("-"));
    from_stdin.stdin(File::open(&list).unwrap());
    let from_stdin = ended(start(from_stdin.stdout(Stdio::piped()))).await;
    for ran in [from_file, from_stdin] {
        let ran = ran.exits_with(2);
        assert!(message(&ran).contains("longer than 64 MiB"), "{ran:#?}");
    }
    assert_eq!(sim.requests().len(), 0);
    fs::remove_dir_all(folder).unwrap();
}
