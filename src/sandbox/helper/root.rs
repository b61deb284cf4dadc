//! The root that commands see: system folders read-only, everything else our own, on tmpfs.

use super::super::spec::{Program, SandboxSpec};
use super::places::{HOME, TEMPORARY, WORKSPACE};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive,
    mount_change, unmount,
};
use rustix::thread::UnshareFlags;
use std::ffi::CString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// System folders below `/`, where they exist.
pub(super) const SYSTEM: [&str; 8] =
    ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix/store"];
/// What programs need of `/etc`: no names, no addresses, no secrets.
const ETC: [&str; 10] = [
    "alternatives",
    "ca-certificates",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "mime.types",
    "perl",
    "protocols",
    "services",
    "ssl",
];
/// Beginnings of further names there.
const ETC_BEGINS: [&str; 3] = ["java", "python3", "ld-musl-"];
/// Devices below `/dev`.
pub(super) const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Files of our own in `/etc`.
const SYNTHETIC: [(&str, &str); 5] = [
    (
        "passwd",
        "root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home/agent:/bin/sh\n\
         nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    ),
    ("group", "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n"),
    ("hosts", "127.0.0.1 localhost unreel\n::1 localhost unreel\n"),
    ("hostname", "unreel\n"),
    ("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n"),
];
/// Parts of `/proc` that change the machine: our own root may be the machine's root.
const KERNEL: [&str; 6] = ["sys", "sysrq-trigger", "irq", "bus", "fs", "acpi"];

/// Where the outer root is while ours is built.
const OUTER: &str = "/.outer";
/// Folders of which any one serves to mount a new root on.
const MOUNT_POINTS: [&str; 4] = ["/tmp", "/mnt", "/proc", "/usr"];

const READ_ONLY: u64 = 1;
const NO_SET_ID: u64 = 2;
const NO_DEVICES: u64 = 4;

/// Builds the root and moves into it. `owner` is who owns what can be written, if it is not the
/// caller. The inner error names what of `/proc` could not be had.
pub(super) fn build(spec: &SandboxSpec, owner: Option<u32>) -> io::Result<Result<(), String>> {
    // Nothing of what follows may reach the outer mounts.
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(at("/"))?;
    let canonical =
        |program: &Program| program.host.canonicalize().map_err(at(program.host.display()));
    let programs = spec.programs.iter().map(canonical).collect::<io::Result<Vec<_>>>()?;
    let point = MOUNT_POINTS.into_iter().find(|point| Path::new(point).is_dir());
    let point = point.ok_or_else(|| io::Error::other("no folder to mount a root on"))?;
    tmpfs(Path::new(point), 0o755, None)?;
    std::env::set_current_dir(point)?;
    fs::create_dir(&OUTER[1..])?;
    rustix::process::pivot_root(".", &OUTER[1..]).map_err(at("pivot_root"))?;
    std::env::set_current_dir("/")?;

    for name in SYSTEM {
        place(name, &Path::new("/").join(name))?;
    }
    etc()?;
    devices(owner)?;
    let processes = processes()?;
    for (folder, mode) in [(WORKSPACE, 0o755), (HOME, 0o755), (TEMPORARY, 0o1777)] {
        fs::create_dir_all(folder)?;
        tmpfs(Path::new(folder), mode, owner)?;
    }
    fs::create_dir_all("/run")?;
    fs::create_dir_all("/var")?;
    symlink("../tmp", "/var/tmp")?;
    for (program, host) in spec.programs.iter().zip(&programs) {
        let source = outer(host);
        fs::create_dir_all(&program.at).map_err(at(&program.at))?;
        bind(&source, Path::new(&program.at), READ_ONLY | NO_SET_ID | NO_DEVICES)?;
    }
    unmount(OUTER, UnmountFlags::DETACH).map_err(at(OUTER))?;
    fs::remove_dir(OUTER)?;
    attributes(Path::new("/"), READ_ONLY, 0, false)?;
    std::env::set_current_dir(WORKSPACE)?;
    Ok(processes)
}

/// Lets this process write below `folders` only, by mounts of its own.
pub(super) fn limit_writes(folders: &[PathBuf]) -> io::Result<()> {
    // SAFETY: this process has one thread; only its view of mounts changes.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }?;
    let here = std::env::current_dir()?;
    let mut bound = Vec::new();
    for folder in folders.iter().filter(|folder| folder.exists()) {
        mount_bind_recursive(folder, folder)?;
        bound.push(folder);
    }
    attributes(Path::new("/"), READ_ONLY, 0, true)?;
    for folder in bound {
        attributes(folder, 0, READ_ONLY, true)?;
    }
    // The old working folder is below the mounts that were put on top.
    std::env::set_current_dir(here)
}

/// The names in `/etc` that programs need, where `etc` is it.
pub(super) fn etc_names(etc: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(etc)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let begins = ETC_BEGINS.iter().any(|begin| name.starts_with(begin));
        if begins || ETC.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Puts an outer file, folder or link at the same place in here, if there is one.
fn place(name: &str, target: &Path) -> io::Result<()> {
    let source = Path::new(OUTER).join(name);
    let data = match fs::symlink_metadata(&source) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        data => data?,
    };
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    if data.is_symlink() {
        return symlink(fs::read_link(&source)?, target);
    }
    if data.is_dir() {
        fs::create_dir(target)?;
    } else {
        fs::write(target, "")?;
    }
    bind(&source, target, READ_ONLY | NO_SET_ID | NO_DEVICES)
}

fn etc() -> io::Result<()> {
    fs::create_dir("/etc")?;
    let outer_etc = outer(Path::new("/etc"));
    for name in etc_names(&outer_etc)? {
        place(&format!("etc/{name}"), &Path::new("/etc").join(&name))?;
    }
    SYNTHETIC.iter().try_for_each(|(name, text)| fs::write(Path::new("/etc").join(name), text))
}

fn devices(owner: Option<u32>) -> io::Result<()> {
    fs::create_dir("/dev")?;
    for name in DEVICES {
        let (source, target) = (Path::new(OUTER).join("dev").join(name), format!("/dev/{name}"));
        if source.exists() {
            fs::write(&target, "")?;
            mount_bind(&source, &target).map_err(at(&target))?;
        }
    }
    for (name, target) in [("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")]
    {
        symlink(format!("/proc/self/{target}"), format!("/dev/{name}"))?;
    }
    fs::create_dir("/dev/shm")?;
    tmpfs(Path::new("/dev/shm"), 0o1777, owner)
}

/// A `/proc` of our own namespace, or the outer one; then the inner error says so.
fn processes() -> io::Result<Result<(), String>> {
    let target = Path::new("/proc");
    fs::create_dir(target)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let own = mount("proc", target, "proc", flags, None);
    if own.is_err() {
        mount_bind_recursive(outer(target), target).map_err(at("/proc"))?;
    }
    for name in KERNEL {
        let part = target.join(name);
        if part.exists() {
            bind(&part, &part, READ_ONLY)?;
        }
    }
    Ok(own.map_err(|error| format!("/proc: {error}; the processes of this machine can be seen")))
}

/// Where an outer path is while we build.
fn outer(path: &Path) -> PathBuf {
    Path::new(OUTER).join(path.strip_prefix("/").unwrap_or(path))
}

fn tmpfs(target: &Path, mode: u32, owner: Option<u32>) -> io::Result<()> {
    let owner = owner.map_or(String::new(), |owner| format!(",uid={owner},gid={owner}"));
    let data = CString::new(format!("mode={mode:o}{owner}"))?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", target, "tmpfs", flags, Some(data.as_c_str())).map_err(at(target.display()))
}

/// Binds a file or folder with everything mounted in it, with these attributes.
fn bind(source: &Path, target: &Path, set: u64) -> io::Result<()> {
    mount_bind_recursive(source, target).map_err(at(target.display()))?;
    attributes(target, set, 0, true)
}

/// Sets and clears attributes of a mount, and of those below it if asked. (`mount_setattr`, since
/// Linux 5.12: a remount would have to repeat each mount's own flags.)
fn attributes(path: &Path, set: u64, clear: u64, below: bool) -> io::Result<()> {
    /// `struct mount_attr` of the kernel.
    #[repr(C)]
    struct Attributes {
        set: u64,
        clear: u64,
        propagation: u64,
        namespace: u64,
    }
    const RECURSIVE: libc::c_int = 0x8000;
    let name = CString::new(path.as_os_str().as_bytes())?;
    let attributes = Attributes { set, clear, propagation: 0, namespace: 0 };
    // SAFETY: both pointers are valid for the call, and the size is that of the structure.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            name.as_ptr(),
            if below { RECURSIVE } else { 0 },
            &raw const attributes,
            size_of::<Attributes>(),
        )
    };
    if done == 0 { Ok(()) } else { Err(at(path.display())(io::Error::last_os_error())) }
}

fn at<E: Into<io::Error>>(what: impl std::fmt::Display) -> impl FnOnce(E) -> io::Error {
    move |error| {
        let error = error.into();
        io::Error::new(error.kind(), format!("{what}: {error}"))
    }
}
