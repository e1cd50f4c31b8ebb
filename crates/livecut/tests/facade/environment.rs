//! `from_env`, in a process whose environment is the test's: changing one's own is unsafe
//! while other tests run.

use std::ffi::OsStr;
use std::process::Command;

/// What `from_env` comes to with these variables, as the child below prints it.
fn from_env(variables: &[(&str, &OsStr)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "environment::child", "--ignored", "--nocapture"]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LIVECUT_") {
            child.env_remove(name);
        }
    }
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let line = stdout
        .lines()
        .find_map(|line| line.split_once("from_env: "));
    line.unwrap_or_else(|| panic!("{stdout}")).1.to_owned()
}

#[test]
#[ignore = "run by the other tests, each time in an environment of its own"]
fn child() {
    crate::install_cryptography();
    match livecut::from_env() {
        Ok(stopper) => println!("from_env: ok, {}", stopper.provider()),
        Err(error) => println!("from_env: {error} {error:?}"),
    }
}

#[test]
fn the_process_s_environment_chooses_the_provider() {
    let none = from_env(&[]);
    assert!(none.starts_with("no provider is"), "{none}");
    let unknown = from_env(&[("LIVECUT_PROVIDER", OsStr::new("youtube"))]);
    assert!(
        unknown.starts_with("there is no provider `youtube`"),
        "{unknown}"
    );
}

#[cfg(feature = "tpstreams")]
#[test]
fn the_process_s_environment_configures_the_provider() {
    let one = from_env(&[
        ("LIVECUT_TPSTREAMS_ORGANIZATION_ID", OsStr::new("4xu8ay")),
        ("LIVECUT_TPSTREAMS_TOKEN", OsStr::new("hunter2")),
        (
            "LIVECUT_TPSTREAMS_BASE_URL",
            OsStr::new("http://127.0.0.1:1"),
        ),
    ]);
    assert_eq!(one, "ok, tpstreams");
}

#[cfg(all(unix, feature = "tpstreams"))]
#[test]
fn a_value_that_is_not_unicode_is_an_error_that_names_the_variable_alone() {
    use std::os::unix::ffi::OsStrExt as _;

    let error = from_env(&[
        ("LIVECUT_TPSTREAMS_ORGANIZATION_ID", OsStr::new("4xu8ay")),
        ("LIVECUT_TPSTREAMS_TOKEN", OsStr::from_bytes(b"hunter2\xff")),
    ]);
    assert!(
        error.starts_with("the value of LIVECUT_TPSTREAMS_TOKEN isn't Unicode"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
}
