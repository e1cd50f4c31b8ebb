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

#[test]
fn the_process_s_environment_configures_the_provider() {
    for provider in livecut::providers().iter().filter(|p| p.is_compiled_in()) {
        let whole = crate::whole(provider);
        let variables: Vec<_> = whole.iter().map(|(v, of)| (*v, OsStr::new(of))).collect();
        assert_eq!(from_env(&variables), format!("ok, {}", provider.name()));
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_unicode_is_an_error_that_names_the_variable_alone() {
    use std::os::unix::ffi::OsStrExt as _;

    for provider in livecut::providers().iter().filter(|p| p.is_compiled_in()) {
        let secret = provider.variables().iter().find(|v| v.is_secret());
        let secret = secret.unwrap().name();
        let error = from_env(&[(secret, OsStr::from_bytes(b"hunter2\xff"))]);
        let expected = format!("the value of {secret} isn't Unicode");
        assert!(error.starts_with(&expected), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
