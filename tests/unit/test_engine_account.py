"""Whose account the node runs under, and how a long step shows that it moves."""

from __future__ import annotations

import os
import pwd
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from structlog.testing import capture_logs

from pipeline.engine import account, progress
from pipeline.engine.account import choose_account
from pipeline.errors import ConfigurationError

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders and processes to others")


def test_an_ordinary_user_runs_it_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4242)  # a number without a name, as in a container
    chosen = choose_account(tmp_path)
    assert (chosen.uid, chosen.switched) == (4242, False)


def test_root_hands_it_to_an_account_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda self, **_: os.stat_result((0o40755, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    chosen = choose_account(tmp_path)
    assert chosen.switched
    assert chosen.uid != 0


def test_root_hands_it_to_the_owner_of_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda self, **_: os.stat_result((0o40755, 0, 0, 0, 4242, 4243, 0, 0, 0, 0)))
    chosen = choose_account(tmp_path)
    assert (chosen.uid, chosen.gid, chosen.switched) == (4242, 4243, True)


def test_without_any_account_root_is_told_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(account, "_CANDIDATES", ("nobody-of-that-name",))
    with pytest.raises(ConfigurationError, match="useradd"):
        choose_account(Path("/nowhere"))


@ROOT
def test_the_account_itself_says_what_it_may_enter(tmp_path: Path) -> None:
    entry = pwd.getpwnam("nobody")
    nobody = account.Account("nobody", entry.pw_uid, entry.pw_gid, switched=True)
    tmp_path.chmod(0o700)
    assert not nobody.can_enter(tmp_path)
    assert nobody.can_enter(Path("/usr"))
    nobody.own(tmp_path)
    assert tmp_path.stat().st_uid == entry.pw_uid


def test_without_a_terminal_progress_is_a_few_log_lines() -> None:
    with capture_logs() as lines, progress._lines("x.zip", 1000) as advance:
        for _ in range(1000):
            advance(1)
    assert [line["percent"] for line in lines] == [20, 40, 60, 80, 100]


def test_on_a_terminal_progress_is_a_bar() -> None:
    out = StringIO()
    with progress._bar("x.zip", 1000, Console(file=out, force_terminal=True, width=100)) as advance:
        advance(1000)
    assert "x.zip" in out.getvalue()
    assert "1.0/1.0 kB" in out.getvalue()
