"""Where the node's files lie: what all homes share, and what is one home's own."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import platformdirs

from pipeline.engine.account import Account
from pipeline.engine.process import find_processes, send
from pipeline.errors import ConfigurationError, Unavailable

#: Where root's nodes live whose home other accounts cannot enter, such as one under /root (mode 0700).
SYSTEM_STATE = Path("/var/lib/mecmua")


@dataclass(frozen=True, slots=True)
class Places:
    """One home's node: ``folder`` is in the home, or outside with a link in the home that records where."""

    home: Path
    folder: Path

    @property
    def name(self) -> str:
        """The node's name, by which it is told from any other that listens; a home's path decides it."""
        return f"mecmua-{sha256(os.fsencode(self.home)).hexdigest()[:12]}"

    @property
    def marker(self) -> str:
        """The one argument that tells this node from every other process."""
        return f"-Dopensearch.path.conf={self.configuration}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def configuration(self) -> Path:
        return self.folder / "config"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def scratch(self) -> Path:
        return self.folder / "tmp"

    @property
    def log(self) -> Path:
        """What the node logs, rotated."""
        return self.logs / "mecmua.log"

    @property
    def console(self) -> Path:
        """What it printed since it was last started; the reason when it did not come up."""
        return self.logs / "console.log"

    @property
    def ports(self) -> Path:
        """The node writes its address here once it listens."""
        return self.logs / "http.ports"

    @property
    def node_lock(self) -> Path:
        """Held by the node itself for as long as it lives."""
        return self.folder / "node.lock"

    @property
    def start_lock(self) -> Path:
        """Held by the command that starts or stops the node."""
        return self.home / "engine" / "start.lock"


def cache_folder(account: Account) -> Path:
    """Where the distribution is kept for all homes: the user's cache, or as root one that the node may read."""
    find = platformdirs.site_cache_path if os.geteuid() == 0 else platformdirs.user_cache_path
    return make_folder(find("mecmua", appauthor=False), account)


def make_folder(folder: Path, account: Account) -> Path:
    """The folder, made where missing, which the account may enter. Raises ConfigurationError where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"search node: cannot make the folder {folder}: {error.strerror}.") from error
    if not account.can_enter(folder):
        raise ConfigurationError(
            f"search node: the account {account.name} it runs under cannot enter {folder}. "
            f"Allow it (chmod o+x on the folder and those above), or choose another place."
        )
    return folder


def known_places(home: Path) -> Places:
    """The places of a home as they are; nothing is made. The link in a copied home is not followed: it leads to the
    node of the home it was copied from."""
    link = home / "engine" / "node"
    if link.is_symlink() and not _belongs(link.resolve(), home):
        return Places(home, home / "engine" / "no-node-yet")
    return Places(home, link.resolve())


def make_places(home: Path, account: Account) -> Places:
    """The places of a home, made where missing and owned by the account; call it under the start lock.

    A home that the account cannot enter gets its node under /var/lib/mecmua. A folder there names its home, so a home
    that was copied gets its own, one that was moved keeps its own, and one that was deleted and made anew starts empty.
    Raises ConfigurationError where they cannot be made, Unavailable when the disk is full.
    """
    try:
        folder = _inside(home) if account.can_enter(home / "engine") else _outside(home, account)
        places = Places(home, folder)
        for part in (places.data, places.configuration, places.logs, places.scratch):
            part.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        account.own(folder)
    except OSError as error:
        raise _refused(home, error) from error
    return places


def _inside(home: Path) -> Path:
    link = home / "engine" / "node"
    if link.is_symlink() and not _belongs(link.resolve(), home):
        link.unlink()
    return _claimed(link.resolve(), home)


def _outside(home: Path, account: Account) -> Path:
    link = home / "engine" / "node"
    if link.is_symlink() and _belongs(link.resolve(), home):
        return _claimed(link.resolve(), home)
    if link.is_symlink():
        link.unlink()
    make_folder(SYSTEM_STATE, account)
    _forget_lost(home)
    folder = SYSTEM_STATE / secrets.token_hex(8)
    if link.exists():
        shutil.move(link, folder)  # the home was reachable once
    folder.mkdir(exist_ok=True)
    link.symlink_to(folder)
    return _claimed(folder, home)


def _belongs(folder: Path, home: Path) -> bool:
    """Whether an outside folder is this home's: it says so, or the home it names is gone, so this one was moved."""
    try:
        owner = Path(os.fsdecode((folder / "home").read_bytes()))
    except OSError:
        return False  # made on another machine, or removed
    return owner == home or (owner / "engine" / "node").resolve() != folder  # else this home is a copy


def _claimed(folder: Path, home: Path) -> Path:
    """Note in an outside folder whose it is; one inside a home needs no note."""
    if home not in folder.parents:
        note = folder / "home"
        note.unlink(missing_ok=True)
        note.write_bytes(os.fsencode(home))
    return folder


def _forget_lost(home: Path) -> None:
    """End and remove the nodes of homes that were deleted: this one's predecessor, and those of temporary folders.

    Any other home that is not there may be on a disk that is not mounted.
    """
    temporary = Path(tempfile.gettempdir())
    for note in SYSTEM_STATE.glob("*/home"):
        owner = Path(os.fsdecode(note.read_bytes()))
        if owner == home or (temporary in owner.parents and not owner.exists()):
            send(find_processes(Places(home, note.parent).marker), signal.SIGKILL)
            shutil.rmtree(note.parent, ignore_errors=True)


def _refused(home: Path, error: OSError) -> Unavailable | ConfigurationError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(f"search node: the disk that holds {home} is full. Free some space and try again.")
    return ConfigurationError(
        f"search node: cannot write {error.filename or home}: {error.strerror}. Make it writable or set MECMUA_HOME."
    )
