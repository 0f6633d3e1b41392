//! The compile cache loads what this installation compiled, and nothing that anyone changed since.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use xiezhi_guests::{CoreModule, agency, decode, settings};
use xiezhi_host::{Host, HostError, HostSettings};

fn host_with(dir: &Path) -> Result<Host, HostError> {
    Host::new(HostSettings { cache_dir: Some(dir.to_owned()), ..settings() })
}

/// Starts a host on the cache, has it admit a plugin, and checks that the plugin works.
fn admit_and_use(dir: &Path) {
    let host = host_with(dir).unwrap();
    host.admit(agency("police"), &CoreModule::counting().component(), None).unwrap();
    assert_eq!(decode(&host, "police", b"message").unwrap().document.row_faults.len(), 2);
}

/// The compiled files with their inode, which changes when a file is written again.
fn native_files(dir: &Path) -> Vec<(PathBuf, u64)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "native"))
        .map(|path| (path.clone(), fs::metadata(path).unwrap().ino()))
        .collect();
    files.sort();
    files
}

#[test]
fn what_was_compiled_is_loaded_again_and_only_this_account_can_read_it() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("cache");
    admit_and_use(&dir);
    let first = native_files(&dir);
    assert_eq!(first.len(), 1);
    admit_and_use(&dir);
    assert_eq!(native_files(&dir), first, "the second host wrote nothing");
    for entry in fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_changed_file_is_ignored_and_written_anew() {
    type Tamper = fn(&mut Vec<u8>);
    let tampers: [(&str, Tamper); 6] = [
        ("one bit of the code", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("one bit of the tag", |bytes| bytes[0] ^= 1),
        ("a byte more", |bytes| bytes.push(0)),
        ("a byte less", |bytes| bytes.truncate(bytes.len() - 1)),
        ("a few bytes only", |bytes| bytes.truncate(5)),
        ("nothing", Vec::clear),
    ];
    let temp = tempfile::tempdir().unwrap();
    admit_and_use(temp.path());
    for (name, tamper) in tampers {
        let before = native_files(temp.path());
        let right = fs::read(&before[0].0).unwrap();
        let mut wrong = right.clone();
        tamper(&mut wrong);
        fs::write(&before[0].0, &wrong).unwrap();
        admit_and_use(temp.path());
        let after = native_files(temp.path());
        assert_ne!(after[0].1, before[0].1, "{name}: the file was written anew");
        assert_eq!(fs::read(&after[0].0).unwrap().len(), right.len(), "{name}");
    }
}

#[test]
fn code_of_another_component_or_another_installation_is_not_loaded() {
    let (mine, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    admit_and_use(mine.path());
    admit_and_use(theirs.path());
    let file = native_files(mine.path())[0].clone();
    let foreign = native_files(theirs.path())[0].0.clone();
    fs::copy(foreign, &file.0).unwrap();
    let before = native_files(mine.path())[0].1;
    admit_and_use(mine.path());
    assert_ne!(native_files(mine.path())[0].1, before, "the other installation's key made the tag");

    let host = host_with(mine.path()).unwrap();
    host.admit(agency("other"), &CoreModule::default().component(), None).unwrap();
    let files = native_files(mine.path());
    assert_eq!(files.len(), 2);
    let (one, two) = (&files[0].0, &files[1].0);
    let swapped = fs::read(one).unwrap();
    fs::write(two, &swapped).unwrap();
    drop(host);
    let host = host_with(mine.path()).unwrap();
    host.admit(agency("other"), &CoreModule::default().component(), None).unwrap();
    host.admit(agency("police"), &CoreModule::counting().component(), None).unwrap();
    assert_eq!(decode(&host, "other", b"x").unwrap().document.row_faults.len(), 0);
    assert_eq!(decode(&host, "police", b"x").unwrap().document.row_faults.len(), 2);
}

#[test]
fn a_key_that_others_can_read_or_that_is_none_stops_the_start() {
    let temp = tempfile::tempdir().unwrap();
    admit_and_use(temp.path());
    let key = temp.path().join("cache.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = host_with(temp.path()).unwrap_err().to_string();
    assert!(error.contains("other accounts") && error.contains("cache.key"), "{error}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, b"short").unwrap();
    assert!(host_with(temp.path()).unwrap_err().to_string().contains("32 bytes"));
}

#[test]
fn a_cache_that_cannot_be_made_stops_the_start() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = host_with(&file.join("cache")).unwrap_err().to_string();
    assert!(error.contains("cannot be created"), "{error}");
}
