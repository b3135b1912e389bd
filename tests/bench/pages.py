"""The recorded pages beside the project, with what is known of each: what quality and speed are measured on."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.models import Page, Source

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
#: SHA-256 over name and bytes of every recorded page and its gold, by which the floors were measured.
CORPUS_DIGEST = "7dd5e3280306e86d91d8ba1b385b510e801d0b4937adeec51e2f10dde08db287"
#: Where a country's readers are, so that an instant in UTC falls on the day that they saw.
ZONES = {
    "au": "Australia/Sydney",
    "ca": "America/Toronto",
    "ru": "Europe/Moscow",
    "tr": "Europe/Istanbul",
    "uk": "Europe/London",
    "us": "America/New_York",
    "za": "Africa/Johannesburg",
}


@dataclass(frozen=True, slots=True)
class Gold:
    """One recorded page and what a reader would say of it; None is unknown, which is not the same as empty."""

    name: str
    page: Page
    source: Source
    text: str
    title: str | None = None
    authors: frozenset[str] | None = None  # persons and institutions
    day: date | None = None


def benchmark() -> Iterator[Gold]:
    """Article pages of article-extraction-benchmark: the body alone."""
    folder = CORPUS / "benchmark"
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    for name in sorted(truth):
        page = Page(truth[name]["url"], gzip.decompress((folder / f"{name}.html.gz").read_bytes()))
        yield Gold(name[:12], page, _source(page.url), truth[name]["articleBody"])


def publishers() -> Iterator[Gold]:
    """Pages of publishers as fundus recorded them: its gold names versions oldest first, as its pages are dated."""
    for folder in sorted(path for path in (CORPUS / "publishers").iterdir() if path.is_dir()):
        urls = json.loads((folder / "meta.json").read_text("utf-8"))
        for file in sorted(folder.glob("*.json")):
            if file.name != "meta.json":
                pages = sorted(folder.glob(f"{file.stem}_*.html.gz"))
                versions = json.loads(file.read_text("utf-8"))
                for path, version in zip(pages, (versions[key] for key in sorted(versions)), strict=True):
                    yield _publisher(path, urls[path.name]["url"], version)


def _publisher(path: Path, url: str, gold: dict[str, Any]) -> Gold:
    page = Page(url, gzip.decompress(path.read_bytes()))
    sections = (line for part in gold["body"]["sections"] for line in (*part["headline"], *part["paragraphs"]))
    parts = [*gold["body"]["summary"], *sections]
    return Gold(
        path.name.removesuffix(".html.gz"),
        page,
        _source(url, ZONES[path.parent.name]),
        "\n".join(parts),
        gold["title"],
        frozenset(gold["authors"]) if gold.get("authors") else None,
        date.fromisoformat(gold["publishing_date"][:10]),
    )


def _source(url: str, timezone: str = "UTC") -> Source:
    host = url.split("/")[2]
    return Source(id="bench", name=host, homepage=f"https://{host}/", endpoints=(), timezone=timezone)


@cache
def digest() -> str:
    """The corpus's fingerprint: a different corpus needs its own floors."""
    total = hashlib.sha256()
    files = sorted(
        path for part in ("benchmark", "publishers") for path in (CORPUS / part).rglob("*") if path.is_file()
    )
    for file in files:
        total.update(file.relative_to(CORPUS).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()
