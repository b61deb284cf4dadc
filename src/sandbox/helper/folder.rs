//! The last fallback: a folder laid out like the root, where namespaces are refused. Landlock and
//! seccomp then give what they can.

use super::super::spec::{Guarantee, Mode, SandboxSpec};
use super::fork::adopt_orphans;
use super::loopback;
use super::places::{HOME, Places, TEMPORARY, WORKSPACE};
use super::world::{Confine, World};
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Makes a folder of our own below `base`.
pub(super) fn make(base: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(base)?;
    let base = base.canonicalize()?;
    let own = rustix::process::getpid().as_raw_nonzero();
    for number in 0.. {
        let root = base.join(format!("unreel-{own}-{number}"));
        match DirBuilder::new().mode(0o700).create(&root) {
            // Left over from a process of the same number, or of another pid namespace.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => {
                made?;
                return Ok(root);
            }
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Sets up in a folder. `why` says why there are no namespaces.
pub(super) fn enter(root: &Path, spec: &SandboxSpec, why: &str) -> io::Result<World> {
    adopt_orphans();
    let programs = spec.programs.clone();
    let places = Places::Folder { root: root.to_owned(), programs };
    for place in [WORKSPACE, HOME, TEMPORARY] {
        fs::create_dir_all(places.real(place))?;
    }
    std::env::set_current_dir(places.real(WORKSPACE))?;
    let mut world = World {
        spec: spec.clone(),
        places,
        last_pid: None,
        confine: Confine::default(),
        missing: missing(if spec.mode == Mode::None { "switched off" } else { why }),
        listener: spec.listen.map(|_| loopback::open_anywhere()).transpose()?,
    };
    #[cfg(target_os = "linux")]
    if spec.mode != Mode::None {
        confine(&mut world, root)?;
    }
    Ok(world)
}

/// What a plain folder lacks.
fn missing(why: &str) -> Vec<(Guarantee, String)> {
    let each = [
        (Guarantee::FixedPath, "commands run in a folder elsewhere, renamed in their output"),
        (Guarantee::PrivateFiles, "commands see the files of this machine"),
        (Guarantee::NoNetwork, "commands can reach the network"),
        (Guarantee::ProcessTree, "processes are found by walking their tree only"),
        (Guarantee::Identity, "commands run under this user and host name"),
        (Guarantee::WriteLimits, "commands can write wherever this user can"),
    ];
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    each.map(|(what, effect)| (what, format!("{effect}{why}"))).into()
}

#[cfg(target_os = "linux")]
fn confine(world: &mut World, root: &Path) -> io::Result<()> {
    use super::{guard, world::Writes};
    world.confine.powerless = true;
    if guard::sockets_can_be_denied() {
        world.confine.no_sockets = true;
        for (what, why) in &mut world.missing {
            if *what == Guarantee::NoNetwork && world.spec.listen.is_some() {
                *why = why.replacen("commands", "the agent and its commands", 1);
            }
        }
        let agent = world.spec.listen.is_some();
        world.missing.retain(|(what, _)| *what != Guarantee::NoNetwork || agent);
    }
    if guard::landlock_works() {
        guard::hide_files(root, &world.spec.programs)?;
        world.confine.writes = Writes::Landlock;
        world.missing.retain(|(what, _)| *what != Guarantee::WriteLimits);
        for (what, why) in &mut world.missing {
            if *what == Guarantee::PrivateFiles {
                *why = why.replacen(
                    "commands see the files of this machine",
                    "commands cannot open other files, but can ask whether they exist",
                    1,
                );
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_never_shared() {
        let base = tempfile::tempdir().unwrap();
        let (one, two) =
            (make(&base.path().join("a")).unwrap(), make(&base.path().join("a")).unwrap());
        assert!(one != two && one.is_dir() && two.is_dir());
    }
}
