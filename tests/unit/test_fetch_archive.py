"""The archive: what was written is read back, whatever was cut, rotated, moved or referred to."""

from __future__ import annotations

import copy
import fcntl
import gzip
import io
import os
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from pipeline.errors import Unavailable
from pipeline.fetch.archive import Exchange, RecordLost, location, read_page, read_record
from pipeline.fetch.erasure import erase
from pipeline.fetch.spool import Spool, SpoolUnavailable, cut_tail, settle
from pipeline.jobs.scrub import Doomed
from pipeline.models import Held, Pointer, replace
from pipeline.urls import article_id

NOW = datetime(2026, 3, 1, 2, 3, 4, 567891, tzinfo=UTC)
HTML = (("Content-Type", "text/html"),)


def exchange(number: int = 0, body: bytes = b"<p>Merhaba</p>", status: int = 200, **more: object) -> Exchange:
    made = Exchange(
        f"https://example.org/{number}", "GET", f"/{number}", (("Host", "example.org"),), status, "OK", HTML, body, NOW
    )
    return replace(made, **more)


def spool(folder: Path, rotate_bytes: int = 100_000_000) -> Spool:
    return Spool(folder, "kurum-a", "mecmua/test", rotate_bytes)


def check(path: Path) -> int:
    """The exit value of `warcio check`."""
    checker = Checker(type("Arguments", (), {"inputs": [str(path)], "verbose": False})())
    checker.process_all()
    return int(checker.exit_value)


def records(path: Path) -> list[tuple[str, str | None]]:
    with path.open("rb") as file:
        return [(record.rec_type, record.rec_headers.get_header("WARC-Target-URI")) for record in ArchiveIterator(file)]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    odd = (("Content-Type", "text/html"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Transfer-Encoding", "chunked"))
    body = gzip.compress("ıİğş".encode())
    pointer = writer.write(exchange(1, body, headers=(*odd, ("content-encoding", "gzip")), truncated="disconnect"))
    other = writer.write(exchange(2, b"", 404))
    record = read_record(pointer, tmp_path, str(tmp_path / "archive"))
    assert (record.url, record.at, record.status, record.body) == ("https://example.org/1", NOW, 200, body)
    assert record.headers == (*odd[:3], ("X-Archive-Orig-Transfer-Encoding", "chunked"), ("content-encoding", "gzip"))
    assert record.truncated
    page = read_page(pointer, tmp_path, "")
    assert (page.body.decode(), page.content_type, page.truncated) == ("ıİğş", "text/html", True)
    assert read_record(other, tmp_path, "").status == 404
    writer.close()
    path = tmp_path / pointer.file
    assert records(path) == [("warcinfo", None)] + [
        (kind, f"https://example.org/{number}") for number in (1, 2) for kind in ("request", "response")
    ]
    assert check(path) == 0


def test_header_bytes_beyond_ascii_are_read_as_utf8(tmp_path: Path) -> None:
    sent = "/yazı".encode().decode("latin-1")
    with closing(spool(tmp_path)) as writer:
        pointer = writer.write(exchange(status=301, headers=(("Location", sent),)))
    assert read_record(pointer, tmp_path, "").headers == (("Location", "/yaz%C4%B1"),)


def test_the_same_bytes_become_a_revisit_that_gives_the_payload(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    first = exchange(1, b"x" * 5000)
    held = Held(writer.write(first), first.url, first.digest, first.at)
    later = replace(first, at=NOW + timedelta(days=1))
    again = writer.write(later, held)
    third = writer.write(replace(first, at=NOW + timedelta(days=2)), Held(again, first.url, first.digest, later.at))
    not_modified = writer.write(exchange(1, b"", 304, at=NOW + timedelta(days=3)), held)
    changed = writer.write(exchange(1, b"y" * 5000), held)
    writer.close()
    for pointer, days in ((again, 1), (third, 2), (not_modified, 3)):
        record = read_record(pointer, tmp_path, "")
        assert (record.body, record.status, record.at) == (b"x" * 5000, 200, NOW + timedelta(days=days))
        assert record.headers == HTML
    assert read_record(changed, tmp_path, "").body == b"y" * 5000
    path = tmp_path / again.file
    assert [kind for kind, _ in records(path) if kind in ("response", "revisit")] == [
        "response",
        "revisit",
        "revisit",
        "revisit",
        "response",
    ]
    with path.open("rb") as file:
        said = [record.rec_headers for record in ArchiveIterator(file) if record.rec_type == "revisit"]
    assert [headers.get_header("WARC-Profile").rsplit("/", 1)[1] for headers in said] == [
        "identical-payload-digest",
        "identical-payload-digest",
        "server-not-modified",
    ]
    assert said[0].get_header("WARC-Refers-To") == held.record.record_id
    assert said[0].get_header("WARC-Refers-To-Date") == "2026-03-01T02:03:04.567891Z"
    assert said[0].get_header("WARC-Payload-Digest") == first.digest
    assert check(path) == 0


@pytest.mark.parametrize("body", [b"", b"cut short"])
def test_nothing_and_a_part_are_no_revisit(tmp_path: Path, body: bytes) -> None:
    writer = spool(tmp_path)
    first = exchange(1, body)
    held = Held(writer.write(first), first.url, first.digest, first.at)
    again = writer.write(replace(first, truncated="disconnect" if body else None), held)
    writer.close()
    assert [kind for kind, _ in records(tmp_path / again.file)].count("revisit") == 0


def test_a_page_as_a_browser_made_it_has_the_status_and_headers_of_what_was_served(tmp_path: Path) -> None:
    served = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("X-Robots-Tag", "noindex"))
    made = "<p>Işık</p>".encode()
    with closing(spool(tmp_path, rotate_bytes=1)) as writer:
        shell = writer.write(exchange(1, gzip.compress(b"<script>"), headers=served))
        pointer = writer.write_rendered("https://example.org/1", made, shell, NOW + timedelta(seconds=5))
    assert pointer.file != shell.file
    page = read_page(pointer, tmp_path, "")
    assert (page.url, page.body, page.status) == ("https://example.org/1", made, 200)
    assert page.content_type == "text/html; charset=utf-8"
    assert [pair for pair in page.headers if pair[0] == "X-Robots-Tag"] == [("X-Robots-Tag", "noindex")]
    assert page.fetched_at == NOW + timedelta(seconds=5)
    assert check(tmp_path / pointer.file) == 0
    assert records(tmp_path / pointer.file)[1:] == [("conversion", "https://example.org/1")]
    (tmp_path / shell.file).unlink()
    with pytest.raises(Unavailable, match="cannot be read"):
        read_page(pointer, tmp_path, "")


def test_an_erased_page_takes_its_document_and_all_that_scripts_asked_for_with_it(tmp_path: Path) -> None:
    with closing(spool(tmp_path)) as writer:
        for number in (1, 2):
            shell = writer.write(exchange(number, b"<script>"))
            writer.write_rendered(f"https://example.org/{number}", b"<p>x</p>", shell, NOW)
            writer.write(exchange(10 + number, b'{"text": "x"}'), page=f"https://example.org/{number}")
    erased = erase(shell.file, tmp_path, "", Doomed(frozenset({article_id("https://example.org/1")})).decide, NOW)
    assert erased.dropped == 7, (
        "request, response and document of the page; both requests of scripts with their answers"
    )
    kept = [record for record in records(tmp_path / shell.file) if record[0] not in ("warcinfo", "metadata")]
    assert kept == [(kind, "https://example.org/2") for kind in ("request", "response", "conversion")]


def test_a_revisit_whose_record_is_gone_says_so(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    first = exchange(1)
    gone = Held(Pointer("kurum-a-20200101T000000Z-0.warc.gz", 5, "<urn:uuid:1>"), first.url, first.digest, NOW)
    pointer = writer.write(first, gone)
    writer.close()
    with pytest.raises(Unavailable, match=r"kurum-a-20200101T000000Z-0\.warc\.gz"):
        read_record(pointer, tmp_path, str(tmp_path / "archive"))


def test_files_rotate_and_keep_what_they_hold(tmp_path: Path) -> None:
    writer = spool(tmp_path, rotate_bytes=20_000)
    pointers = [writer.write(exchange(number, os.urandom(3000))) for number in range(30)]
    writer.close()
    names = {pointer.file for pointer in pointers}
    assert 4 <= len(names) <= 7
    assert all((tmp_path / name).stat().st_size < 26_000 for name in names)
    assert [read_record(pointer, tmp_path, "").url for pointer in pointers] == [
        f"https://example.org/{number}" for number in range(30)
    ]


def test_threads_write_at_once_and_rotate(tmp_path: Path) -> None:
    writer = spool(tmp_path, rotate_bytes=30_000)
    with ThreadPoolExecutor(8) as pool:
        pointers = list(pool.map(lambda number: writer.write(exchange(number, os.urandom(2000))), range(120)))
    writer.close()
    for number, pointer in enumerate(pointers):
        assert read_record(pointer, tmp_path, "").url == f"https://example.org/{number}"


def test_writers_that_come_at_once_share_an_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, real, append = spool(tmp_path), os.fsync, Spool._append
    writer.write(exchange())
    begun, go_on, fsyncs, appended = Event(), Event(), list[int](), list[int]()

    def counted(self: Spool, *record: Any) -> Any:
        result = append(self, *record)
        appended.append(1)
        return result

    def held(descriptor: int) -> None:
        fsyncs.append(1)
        begun.set()
        assert go_on.wait(60)
        real(descriptor)

    monkeypatch.setattr(Spool, "_append", counted)
    monkeypatch.setattr(os, "fsync", held)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(writer.write, exchange(1))
        assert begun.wait(60)
        others = [pool.submit(writer.write, exchange(number)) for number in range(2, 9)]
        end = time.monotonic() + 60
        while len(appended) < 8 and time.monotonic() < end:
            time.sleep(0.001)
        assert not any(one.done() for one in (first, *others)), "nobody returns before the record is on the disk"
        go_on.set()
        assert len({one.result(60) for one in (first, *others)}) == 8
    assert len(fsyncs) == 2, "the seven that came while the first was under way share one"
    monkeypatch.setattr(os, "fsync", real)
    writer.close()


def test_a_file_cut_at_every_byte_keeps_every_whole_record(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    pointers = [writer.write(exchange(number)) for number in range(3)]
    writer.close()
    whole = (tmp_path / pointers[0].file).read_bytes()
    path = tmp_path / "kurum-a-20260301T000000Z-aaaa.warc.gz"
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        gone = cut_tail(path)
        assert gone == length - path.stat().st_size
        content = path.read_bytes()
        assert whole.startswith(content)
        kept = list(ArchiveIterator(io.BytesIO(content))) if content else []
        following = [pointer.offset for pointer in pointers[1:]] + [len(whole)]
        # each pair that was whole before the cut is whole after it (a request lies before its response)
        assert sum(record.rec_type == "response" for record in kept) >= sum(end <= length for end in following[:2]) - 1
        assert cut_tail(path) == 0


def test_a_damaged_member_ends_the_file(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    first, second = writer.write(exchange(1)), writer.write(exchange(2))
    writer.close()
    path = tmp_path / first.file
    damaged = bytearray(path.read_bytes())
    damaged[second.offset + 40] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(Unavailable, match=r"cannot be read"):
        read_record(second, tmp_path, "")
    assert cut_tail(path) > 0
    assert read_record(first, tmp_path, "").url == "https://example.org/1"


def test_a_file_damaged_in_its_middle_keeps_what_follows(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    pointers = [writer.write(exchange(number)) for number in range(3)]
    writer.close()
    path = tmp_path / pointers[0].file
    damaged = bytearray(path.read_bytes())
    damaged[pointers[1].offset + 40 : pointers[1].offset + 60] = bytes(20)
    path.write_bytes(damaged)
    assert cut_tail(path) == 0
    assert [read_record(pointers[number], tmp_path, "").url[-1] for number in (0, 2)] == ["0", "2"]


def test_a_record_that_was_cut_or_changed_is_not_taken_for_a_shorter_page(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    pointer = writer.write(exchange(1, bytes(range(256)) * 200))
    writer.close()
    path = tmp_path / pointer.file
    whole = path.read_bytes()
    for left in range(pointer.offset, len(whole), 97):
        path.write_bytes(whole[:left])
        with pytest.raises(RecordLost, match="missing or damaged") as caught:
            read_record(pointer, tmp_path, str(tmp_path))
        assert caught.value.pointer == pointer
        assert copy.copy(caught.value).pointer == pointer, "it comes back from a worker process"
    member = zlib.decompress(whole[pointer.offset :], 31)
    path.write_bytes(whole[: pointer.offset] + gzip.compress(member.replace(b"\x01\x02\x03", b"\x01\x02\x04", 1)))
    with pytest.raises(RecordLost, match="not those that were written"):
        read_record(pointer, tmp_path, str(tmp_path))


def test_an_archive_that_is_away_has_lost_nothing(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    pointer = writer.write(exchange(1))
    writer.close()
    for away in (str(tmp_path / "not-mounted"), "nosuch://bucket"):
        with pytest.raises(Unavailable, match="cannot be read") as caught:
            read_record(pointer, tmp_path / "elsewhere", away)
        assert not isinstance(caught.value, RecordLost)


def test_settling_moves_what_is_closed_and_pointers_stay_true(tmp_path: Path) -> None:
    folder, archive = tmp_path / "spool", str(tmp_path / "archive")
    done, open_ = spool(folder), Spool(folder, "b", "x")
    pointer, other = done.write(exchange(1)), open_.write(exchange(2))
    done.close()
    orphan = folder / "c-20260301T000000Z-aaaa.warc.gz"
    orphan.write_bytes((folder / other.file).read_bytes()[:-3])
    empty = folder / "d-20260301T000000Z-aaaa.warc.gz"
    empty.write_bytes(b"")
    assert settle(folder, archive) == [orphan.name, pointer.file]
    assert [path.name for path in folder.iterdir()] == [other.file], "a living writer keeps its file"
    assert (tmp_path / "archive" / "kurum-a" / "2026" / pointer.file).exists()
    assert read_record(pointer, folder, archive).url == "https://example.org/1"
    assert read_record(other, folder, archive).url == "https://example.org/2"
    open_.close()
    assert settle(folder, archive) == [other.file]
    assert read_record(other, folder, archive).url == "https://example.org/2"


def test_a_file_of_another_living_process_stays(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.unit.test_fetch_archive import *\n"
        "w = spool(Path(sys.argv[1])); w.write(exchange(1)); print('ready', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdin and process.stdout
    try:
        assert process.stdout.readline() == b"ready\n"
        assert settle(tmp_path, str(tmp_path / "archive")) == []
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    assert len(settle(tmp_path, str(tmp_path / "archive"))) == 1


def test_a_file_taken_away_before_it_was_locked_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, taken = fcntl.flock, []

    def meddling(file: io.BufferedWriter, operation: int) -> None:
        if not taken:
            taken.append(Path(file.name))
            Path(file.name).unlink()
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", meddling)
    with closing(spool(tmp_path)) as writer:
        pointer = writer.write(exchange(1))
    assert pointer.file != taken[0].name
    assert read_record(pointer, tmp_path, "").url == "https://example.org/1"


def test_two_runs_settle_at_once(tmp_path: Path) -> None:
    folder, archive = tmp_path / "spool", str(tmp_path / "archive")
    pointers = []
    for number in range(40):
        writer = spool(folder)
        pointers.append(writer.write(exchange(number)))
        writer.close()
    with ThreadPoolExecutor(6) as pool:
        moved = [name for names in pool.map(lambda _: settle(folder, archive), range(6)) for name in names]
    assert sorted(moved) == sorted(pointer.file for pointer in pointers)
    assert all(read_record(pointer, folder, archive) for pointer in pointers)


def test_an_archive_in_memory_takes_files_as_any_remote_one(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    pointer = writer.write(exchange(1))
    writer.close()
    assert settle(tmp_path, "memory://mecmua-test/archive") == [pointer.file]
    assert read_record(pointer, tmp_path, "memory://mecmua-test/archive").url == "https://example.org/1"


@pytest.mark.parametrize("archive", ["nosuch://bucket", "/proc/nowhere"])
def test_an_archive_that_is_away_leaves_the_spool_as_it_was(tmp_path: Path, archive: str) -> None:
    writer = spool(tmp_path)
    pointer = writer.write(exchange(1))
    writer.close()
    with pytest.raises(Unavailable, match="MECMUA_ARCHIVE_URL"):
        settle(tmp_path, archive)
    assert read_record(pointer, tmp_path, archive).url == "https://example.org/1"


def test_a_full_disk_costs_one_page_and_the_next_file_is_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = spool(tmp_path)
    before = writer.write(exchange(1))
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(SpoolUnavailable, match=r"No space left on device.*free disk space"):
        writer.write(exchange(2))
    monkeypatch.setattr(os, "fsync", real)
    after = writer.write(exchange(3))
    writer.close()
    assert [read_record(pointer, tmp_path, "").url[-1] for pointer in (before, after)] == ["1", "3"]


def test_a_closed_spool_begins_no_new_file(tmp_path: Path) -> None:
    writer = spool(tmp_path)
    writer.write(exchange(1))
    writer.close()
    with pytest.raises(SpoolUnavailable):
        writer.write(exchange(2))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_pointer_to_another_record_is_not_believed(tmp_path: Path) -> None:
    with closing(spool(tmp_path)) as writer:
        pointer = writer.write(exchange(1))
    for wrong in (
        replace(pointer, record_id="<urn:uuid:0>"),
        replace(pointer, offset=3),
        replace(pointer, offset=10**6),
    ):
        with pytest.raises(Unavailable, match="doctor --repair"):
            read_record(wrong, tmp_path, "")


def test_the_source_may_have_dashes_in_its_name() -> None:
    assert location("s3://bucket/x/", "a-b-c-20260301T000000Z-ff.warc.gz") == (
        "s3://bucket/x/a-b-c/2026/a-b-c-20260301T000000Z-ff.warc.gz"
    )
