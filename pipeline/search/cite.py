"""Citations of search documents: one at a time for a reader, or as the lines of an export in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pipeline.errors import ConfigurationError
from pipeline.search import cite_csv, cite_plain
from pipeline.search.cite_bibtex import bibtex
from pipeline.search.cite_csl import csl_json
from pipeline.search.cite_plain import Tongue
from pipeline.search.cite_record import Citation, citation
from pipeline.search.cite_ris import ris

Document = Mapping[str, Any]
#: What a single citation can be had in, with the media type and file suffix to serve it under.
CITED: dict[str, tuple[str, str]] = {
    "plain": ("text/plain; charset=utf-8", "txt"),
    "ris": ("application/x-research-info-systems; charset=utf-8", "ris"),
    "bibtex": ("application/x-bibtex; charset=utf-8", "bib"),
    "csl-json": ("application/vnd.citationstyles.csl+json; charset=utf-8", "json"),
}


def plain(document: Document, tongue: Tongue | None = None) -> str:
    """A citation as one reads it: in Turkish for a Turkish document, else in English, unless ``tongue`` says which."""
    return cite_plain.plain(citation(document), tongue)


def cite(document: Document, format: str) -> str:
    """One document as a whole file of that format (see `CITED`). Raises ConfigurationError for no such format."""
    writers: dict[str, Callable[[Citation], str]] = {
        "plain": cite_plain.plain,
        "ris": ris,
        "bibtex": bibtex,
        "csl-json": lambda entry: f"[{csl_json(entry)}]",
    }
    if format not in writers:
        raise ConfigurationError(f"There is no citation format {format!r}. Formats are {', '.join(CITED)}.")
    return writers[format](citation(document))


def ris_lines(documents: Iterable[Document]) -> Iterator[str]:
    """An export in RIS. Lines are joined by CRLF, so each ends in CR where the writer adds LF."""
    for document in documents:
        yield ris(citation(document)) + "\r"


def bibtex_lines(documents: Iterable[Document]) -> Iterator[str]:
    """An export in BibTeX."""
    for document in documents:
        yield bibtex(citation(document))


def csl_lines(documents: Iterable[Document]) -> Iterator[str]:
    """An export in CSL-JSON: one array, an item a line."""
    comma = ""
    yield "["
    for document in documents:
        yield comma + csl_json(citation(document))
        comma = ","
    yield "]"


def csv_lines(documents: Iterable[Document]) -> Iterator[str]:
    """An export as CSV (RFC 4180): a header, then a row a document; each line ends in CR where the writer adds LF."""
    yield cite_csv.header() + "\r"
    for document in documents:
        yield cite_csv.row(document) + "\r"
