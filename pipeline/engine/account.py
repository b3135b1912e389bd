"""Whose account the node runs under. OpenSearch refuses to run as root, so root hands it to somebody else."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigurationError

#: Accounts that exist for running programs, the best first.
_CANDIDATES = ("mecmua", "opensearch", "nobody", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its group. ``switched`` says that it is not the one this process runs under."""

    name: str
    uid: int
    gid: int
    switched: bool = False

    def run(self, command: Sequence[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end under this account. Raises OSError where it cannot be started."""
        switch = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switched else {}
        # no shell, and every command is composed here
        return subprocess.run(command, stdin=subprocess.DEVNULL, **{**switch, **options})  # type: ignore[call-overload, no-any-return]  # noqa: S603

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may pass through every folder down to ``folder``; its own system call answers it."""
        if not self.switched:
            return os.access(folder, os.X_OK)
        return (
            self.run(["/bin/sh", "-c", 'test -x "$0"', str(folder)], cwd="/", stderr=subprocess.DEVNULL).returncode == 0
        )

    def own(self, folder: Path) -> None:
        """Give this account ``folder`` and everything in it; links are not followed. Nothing to do for oneself."""
        if not self.switched:
            return
        for root, folders, files in os.walk(folder):
            for name in (*folders, *files, "."):
                os.chown(Path(root, name), self.uid, self.gid, follow_symlinks=False)


def choose_account(home: Path) -> Account:
    """The account for a home's node: oneself, or as root the home's owner, or a system account without rights.

    Raises ConfigurationError when root finds no such account.
    """
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name if _named(os.geteuid()) else "", os.geteuid(), os.getegid())
    owner = next((path for path in (home, *home.parents) if path.exists()), home).stat()
    if home.exists() and owner.st_uid != 0:
        return Account(str(owner.st_uid), owner.st_uid, owner.st_gid, switched=True)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, switched=True)
    raise ConfigurationError(
        "search node: it does not run as root, and none of the accounts "
        f"{', '.join(_CANDIDATES)} exists here. Create one (useradd --system mecmua) or run mecmua as another user."
    )


def _named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:  # usual in containers started with a bare number
        return False
    return True
