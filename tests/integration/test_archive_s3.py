"""The archive in an object store: what was uploaded is read from there by every command, revisits included."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from hashlib import sha1
from pathlib import Path

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from pipeline.fetch.archive import read_page
from pipeline.models import Pointer
from tests.integration import archived
from tests.integration.raw_server import Call, RawSite, Script, answer, serving
from tests.integration.runs import Mecmua, source_file

pytestmark = pytest.mark.integration
NOWHERE = "http://127.0.0.1:1"  # no search engine is needed to archive
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NIGHTS = ("2026-03-01T02:00:00Z", "2027-03-01T02:00:00Z")
COUNT = 4


@dataclass
class Bucket:
    """A bucket of a server of its own, and the environment in which it is found."""

    url: str
    environment: dict[str, str]

    def files(self) -> dict[str, bytes]:
        """Every object by its path below the archive's URL."""
        store, root = fsspec.core.url_to_fs(
            self.url,
            key="test",
            secret="test",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        return {path.removeprefix(root + "/"): store.cat_file(path) for path in store.find(root)}


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
        store = fsspec.filesystem("s3", key="test", secret="test", endpoint_url=endpoint)
        store.mkdir("mecmua")
        yield Bucket("s3://mecmua/arsiv", environment)
    finally:
        server.stop()


def validated(body: bytes) -> Script:
    """Answers 304 to who knows the page already."""
    etag = f'"{sha1(body, usedforsecurity=False).hexdigest()}"'

    async def send(call: Call) -> None:
        known = call.headers.get("if-none-match") == etag
        stamp = format_datetime(archived.SEEN, usegmt=True)
        await call.send(
            answer(b"" if known else body, "304 Not Modified" if known else "200 OK", ETag=etag, Last_Modified=stamp)
        )

    return send


def publish(site: RawSite) -> None:
    """Articles 0 and 1 send validators, 2 and 3 none."""
    urls = "".join(f"<url><loc>{site.url}/yazi-{number}.html</loc></url>" for number in range(COUNT))
    site.answers["/sitemap.xml"] = answer(f"<urlset {SPACE}>{urls}</urlset>", kind="application/xml")
    for number in range(COUNT):
        body = archived.page(site.url, number)
        site.answers[f"/yazi-{number}.html"] = validated(body) if number < 2 else answer(body)


def warcio(*arguments: str) -> str:
    """What the `warcio` command says; it must not complain."""
    command = [sys.executable, "-c", "from warcio.cli import main; main()", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout + ended.stderr
    return ended.stdout


def index(folder: Path, files: dict[str, bytes]) -> list[dict[str, str]]:
    """The records of WARC files as warcio's index has them, after its check of every digest."""
    copies = []
    for path, content in files.items():
        copies.append(str(folder / path.rpartition("/")[2]))
        Path(copies[-1]).write_bytes(content)
    warcio("check", *copies)
    fields = "filename,offset,warc-type,warc-record-id,warc-target-uri"
    return [json.loads(line) for line in warcio("index", "-f", fields, *copies).splitlines()]


def test_two_nights_into_an_object_store(tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    mecmua = Mecmua(tmp_path / "home", NOWHERE, "s3", {**bucket.environment, "MECMUA_ARCHIVE_URL": bucket.url})
    with serving() as site:
        publish(site)
        pages = {f"{site.url}/yazi-{number}.html": archived.page(site.url, number) for number in range(COUNT)}
        endpoints = [{"type": "sitemap", "url": f"{site.url}/sitemap.xml"}]
        sources = source_file(tmp_path / "sources", "kurum", site.url, endpoints)
        mecmua.crawl(sources, "--stage", "fetch", "--now", NIGHTS[0])
        assert not list((tmp_path / "home/spool").glob("*.warc.gz")), "everything was uploaded"
        # worker processes read the pages from the object store alone; the same run then sees the second night
        mecmua.crawl(sources, "--stage", "extract", "--now", NIGHTS[0])
        edited = archived.page(site.url, 7)
        site.answers["/yazi-3.html"] = answer(edited)
        later = mecmua.crawl(sources, "--now", NIGHTS[1], check=1)  # 1: there is no engine
        assert later["outcomes"] == {"changed": 1, "unchanged": 3}
        last = f"{site.url}/yazi-3.html"
        assert mecmua.run("show", last, "--archived", "--revision", "1").stdout.encode() == pages[last]
        assert mecmua.run("show", last, "--archived").stdout.encode() == edited
    files = bucket.files()
    assert {tuple(path.split("/")[:2]) for path in files} == {("kurum", "2026"), ("kurum", "2027")}
    records = index(tmp_path, files)
    revisits = {
        record["warc-target-uri"]: Pointer(record["filename"], int(record["offset"]), record["warc-record-id"])
        for record in records
        if record["warc-type"] == "revisit" and record["warc-target-uri"] in pages
    }
    assert sorted(revisits) == sorted(pages)[:3]
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    for url, record in revisits.items():
        assert read_page(record, tmp_path / "home/spool", bucket.url).body == pages[url]
