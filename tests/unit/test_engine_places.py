"""Where the node's files lie, and whose they are when a home is copied, moved, or deleted and made anew."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.engine import places
from pipeline.engine.account import Account
from pipeline.engine.places import known_places, make_places
from pipeline.errors import ConfigurationError


class Outsider(Account):
    """An account that cannot enter homes, as nobody cannot enter /root."""

    def can_enter(self, folder: Path) -> bool:
        return "homes" not in folder.parts


INSIDER = Account("me", os.geteuid(), os.getegid())
OUTSIDER = Outsider("nobody", os.geteuid(), os.getegid())


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "SYSTEM_STATE", tmp_path / "state")
    return tmp_path / "homes"


def made(home: Path, account: Account) -> Path:
    (home / "engine").mkdir(parents=True, exist_ok=True)
    return make_places(home, account).folder


def test_a_home_that_can_be_entered_holds_its_node(homes: Path) -> None:
    folder = made(homes / "a", INSIDER)
    assert folder == homes / "a" / "engine" / "node"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert known_places(homes / "a").folder == folder


def test_a_home_that_cannot_be_entered_records_where_its_node_lies(homes: Path, tmp_path: Path) -> None:
    folder = made(homes / "a", OUTSIDER)
    assert folder.parent == tmp_path / "state"
    assert known_places(homes / "a").folder == folder
    assert made(homes / "a", OUTSIDER) == folder


def test_a_copied_home_gets_a_node_of_its_own(homes: Path) -> None:
    folder = made(homes / "a", OUTSIDER)
    shutil.copytree(homes / "a", homes / "b", symlinks=True)
    assert known_places(homes / "b").folder != folder, "its commands must not stop the other's node"
    assert made(homes / "b", OUTSIDER) != folder
    assert made(homes / "a", OUTSIDER) == folder


def test_a_moved_home_keeps_its_documents(homes: Path) -> None:
    folder = made(homes / "a", OUTSIDER)
    (homes / "a").rename(homes / "b")
    assert made(homes / "b", OUTSIDER) == folder
    assert made(homes / "a", OUTSIDER) != folder, "a new home at the old path is another home"
    assert (folder / "data").is_dir()


def test_a_home_made_anew_starts_empty_and_leaves_nothing_behind(homes: Path) -> None:
    folder = made(homes / "a", OUTSIDER)
    (folder / "data" / "old").touch()
    shutil.rmtree(homes / "a")
    assert not (made(homes / "a", OUTSIDER) / "data" / "old").exists()
    assert not folder.exists()


def test_a_home_from_another_machine_finds_no_folder_there_and_gets_one(homes: Path, tmp_path: Path) -> None:
    made(homes / "a", OUTSIDER)
    shutil.rmtree(tmp_path / "state")
    assert made(homes / "a", OUTSIDER).is_dir()


def test_a_home_that_was_closed_later_takes_its_documents_along(homes: Path) -> None:
    (made(homes / "a", INSIDER) / "data" / "kept").touch()
    assert (made(homes / "a", OUTSIDER) / "data" / "kept").exists()


def test_two_homes_have_two_names() -> None:
    assert known_places(Path("/a")).name != known_places(Path("/b")).name


def test_a_home_that_cannot_be_written_says_what_to_do(homes: Path) -> None:
    (homes / "a").mkdir(parents=True)
    (homes / "a" / "engine").write_text("a file in the way")
    with pytest.raises(ConfigurationError, match="MECMUA_HOME"):
        make_places(homes / "a", INSIDER)
