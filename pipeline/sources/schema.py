"""From the nodes of one source file to a Source: which keys there are, and what each may hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, get_args
from urllib.parse import urlsplit

import yaml

from pipeline.models import KINDS, Endpoint, EndpointType, Expectations, ExtractionRules, Source, Status
from pipeline.sources.document import Problem
from pipeline.sources.scope import is_own_host
from pipeline.sources.values import (
    TAG,
    Reader,
    Report,
    read_choice,
    read_code,
    read_day,
    read_delay,
    read_flag,
    read_host,
    read_id,
    read_many,
    read_regex,
    read_selector,
    read_text,
    read_timezone,
    read_url,
    read_whole,
    suggest,
)


def read_source(root: yaml.MappingNode, file: str) -> tuple[Source | None, tuple[Problem, ...], int]:
    """The source that a file's mapping describes (None where it has problems), its problems, and the line of its id."""
    problems: list[Problem] = []

    def report(node: yaml.Node, text: str) -> None:
        problems.append(Problem(file, _line(node), text))

    fields = _fields("a source", root, report, _SOURCE, required=("id", "name", "homepage", "endpoints"))
    id_line = next((_line(key) for key, _ in root.value if key.value == "id"), 1)
    if problems:
        return None, tuple(problems), id_line
    source = Source(**fields, file=file)
    _check_endpoint_hosts(source, root, report)
    return (None if problems else source), tuple(problems), id_line


def _check_endpoint_hosts(source: Source, root: yaml.MappingNode, report: Report) -> None:
    """A site's own WordPress or listing on a foreign host would find nothing but out-of-scope URLs, silently."""
    node = next(value for key, value in root.value if key.value == "endpoints")
    for endpoint, item in zip(source.endpoints, node.value, strict=True):
        if endpoint.type in ("wordpress", "listing") and not is_own_host(source, endpoint.url):
            host = urlsplit(endpoint.url).netloc
            report(item, f"'{host}' is not a host of this source, so nothing on it is in scope; add it to hosts")


# --- mappings and lists ----------------------------------------------------------------------------------------------


def _fields(
    owner: str, node: yaml.Node, report: Report, readers: Mapping[str, Reader], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The values of a mapping whose keys are known, each read by its reader; `from` comes back as `origin`."""
    if not isinstance(node, yaml.MappingNode):
        report(node, f"{owner} must be a mapping (key: value lines) with {', '.join(required or readers)}")
        return {}
    first: dict[str, yaml.Node] = {}
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
        if name in first:
            report(key, f"key '{name}' is here a second time (first on line {_line(first[name])}); keep one")
        elif name not in readers:
            report(key, f"unknown key '{name}'{suggest(name, tuple(readers))}")
        elif value.tag == f"{TAG}null":
            report(key, f"'{name}' has no value; give it one or take the line out")
        else:
            values["origin" if name == "from" else name] = readers[name](name, value, report)
        first.setdefault(name, key)
    for name in required:
        if name not in first:
            report(node, f"{owner} needs the key '{name}'; add it")
    return values


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _endpoint(key: str, node: yaml.Node, report: Report) -> Endpoint | None:
    fields = _fields("an endpoint", node, report, _ENDPOINT, required=("type", "url"))
    if fields.get("next") and fields.get("type") != "listing":
        report(node, "an endpoint of this type has no 'next'; only a listing is paged by a link")
    return Endpoint(**fields) if {"type", "url"} <= fields.keys() else None


def _endpoints(key: str, node: yaml.Node, report: Report) -> tuple[Endpoint, ...]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        report(node, f"'{key}' must be a list of at least one endpoint, each '- type: …' with its 'url: …'")
        return ()
    found = tuple(_endpoint(key, item, report) for item in node.value)
    places = [(endpoint.type, endpoint.url) for endpoint in found if endpoint]
    for item, place in zip(node.value, places, strict=False):
        if places.count(place) > 1 and len(places) == len(found):
            report(item, f"an endpoint is here twice ({place[0]} {place[1]}); keep one")
    return tuple(endpoint for endpoint in found if endpoint)


def _extraction(key: str, node: yaml.Node, report: Report) -> ExtractionRules:
    return ExtractionRules(**_fields(f"'{key}'", node, report, _EXTRACTION))


def _expectations(key: str, node: yaml.Node, report: Report) -> Expectations:
    return Expectations(**_fields(f"'{key}'", node, report, _EXPECTATIONS))


_ENDPOINT: dict[str, Reader] = {
    "type": partial(read_choice, get_args(EndpointType), "endpoint type"),
    "url": read_url,
    "kind": partial(read_choice, KINDS, "kind"),
    "article": read_regex,
    "next": partial(read_selector, False),
    "max_pages": partial(read_whole, 1),
    "verified": read_day,
    "from": read_text,
}
_EXTRACTION: dict[str, Reader] = {
    "body": partial(read_many, partial(read_selector, True)),
    "prune": partial(read_many, partial(read_selector, True)),
    "author": partial(read_many, partial(read_selector, False)),
    "date": partial(read_many, partial(read_selector, False)),
    "title": partial(read_many, partial(read_selector, False)),
}
_EXPECTATIONS: dict[str, Reader] = {"min_new": partial(read_whole, 0), "max_age_days": partial(read_whole, 1)}
_SOURCE: dict[str, Reader] = {
    "id": read_id,
    "name": read_text,
    "homepage": read_url,
    "hosts": partial(read_many, read_host),
    "country": partial(read_code, "territories", "country", {"uk": "GB", "turkey": "TR"}),
    "languages": partial(read_many, partial(read_code, "languages", "language", {})),
    "timezone": read_timezone,
    "status": partial(read_choice, get_args(Status), "status"),
    "crawl_delay": read_delay,
    "pages": read_flag,
    "render": read_flag,
    "respect_noindex": read_flag,
    "allow": partial(read_many, read_regex),
    "deny": partial(read_many, read_regex),
    "extraction": _extraction,
    "expectations": _expectations,
    "endpoints": _endpoints,
}
