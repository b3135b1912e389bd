"""Saved searches, as ``alerts.yaml`` in MECMUA_HOME or the search page says them: what is asked, where finds go."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ConfigurationError, QueryError, Rejected
from pipeline.fetch.guard import check_url
from pipeline.search.cite_plain import Tongue
from pipeline.search.filters import Filters
from pipeline.search.syntax import parse
from pipeline.text import slug_pattern

ChannelKind = Literal["atom", "email", "webhook"]
_KEYS = ("name", "title", "query", "filters", "language", "channels")
#: One mailbox, without display name; whether it exists only its server knows.
_MAILBOX = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+")


@dataclass(frozen=True, slots=True)
class Channel:
    """Where digests go: the feed file, one mailbox, or one web address."""

    kind: ChannelKind
    target: str = ""

    @property
    def key(self) -> str:
        """What the state calls it: web addresses of hooks are secrets, so only their hash is kept."""
        digest = hashlib.sha256(self.target.encode()).hexdigest()[:24]
        return f"{self.kind}:{digest}" if self.target else self.kind

    @property
    def label(self) -> str:
        """What messages call it: a hook's host, without the secret behind it."""
        return (
            f"webhook {urlsplit(self.target).hostname}"
            if self.kind == "webhook"
            else f"{self.kind} {self.target}".strip()
        )


@dataclass(frozen=True, slots=True)
class Alert:
    """A saved search. ``name`` is its identity in the state: another name is another alert, which begins anew."""

    name: str
    query: str
    channels: tuple[Channel, ...]
    title: str = ""
    filters: Filters = field(default_factory=Filters)
    language: Tongue = "en"  # of the digests

    @property
    def heading(self) -> str:
        return self.title or self.name

    @property
    def fingerprint(self) -> str:
        """Names what is asked, so that another query under the same name is noticed."""
        # Without what is unset: a filter that a later version adds must not begin every alert anew.
        asked = [self.query, {name: value for name, value in asdict(self.filters).items() if value not in (None, ())}]
        return hashlib.sha256(json.dumps(asked, default=str, sort_keys=True).encode()).hexdigest()


def load_alerts(file: Path) -> tuple[Alert, ...]:
    """The alerts of a YAML file; none when there is no file.

    Raises ConfigurationError with every problem, a line each: ``file:line: what is wrong; the remedy``.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        plain = yaml.safe_load(text)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{file}: cannot be read ({error}); check its permissions, save it as UTF-8"
        ) from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = where.line + 1 if where else 1
        raise ConfigurationError(f"{file}:{line}: is not valid YAML ({getattr(error, 'problem', error)})") from error
    if plain is None:
        return ()
    if not isinstance(plain, list) or not isinstance(node, yaml.SequenceNode):
        raise ConfigurationError(f"{file}:1: must be a list; begin each alert with '- name: …'")
    return _all(file, plain, [item.start_mark.line + 1 for item in node.value])


def _all(file: Path, items: Sequence[Any], lines: Sequence[int]) -> tuple[Alert, ...]:
    alerts: dict[str, Alert] = {}
    problems = []
    for item, line in zip(items, lines, strict=True):
        try:
            alert = alert_of(item)
            if not alert.channels:
                raise ConfigurationError("needs channels: a list of atom, 'email: ADDRESS' and 'webhook: URL'")
            if alert.name in alerts:
                raise ConfigurationError(f"there is another alert {alert.name!r}; give one of them another name")
            alerts[alert.name] = alert
        except (ConfigurationError, QueryError, Rejected) as error:
            problems.append(f"{file}:{line}: {error}")
    if problems:
        raise ConfigurationError("\n".join(problems))
    return tuple(alerts.values())


def alert_of(item: Any) -> Alert:
    """One alert from plain types. Without channels it is a saved search that nothing is sent of.

    Raises ConfigurationError, QueryError for its query, Rejected for its web address.
    """
    if not isinstance(item, Mapping):
        raise ConfigurationError("is no alert; write 'name', 'query' and 'channels' as key: value")
    unknown = sorted(str(key) for key in item if key not in _KEYS)
    if unknown:
        raise ConfigurationError(f"has {', '.join(unknown)}, which no alert has; known are {', '.join(_KEYS)}")
    name = _text(item, "name")
    query = "" if item.get("query") == "" else _text(item, "query")  # everything, narrowed by filters
    if not slug_pattern().fullmatch(name):
        raise ConfigurationError(f"name {name!r}: use small letters, digits, - and _ (title may be anything)")
    parse(query)
    language = item.get("language", "en")
    if language not in ("tr", "en"):
        raise ConfigurationError(f"language {language!r}: digests are written in tr or en")
    title = _text(item, "title") if "title" in item else ""
    return Alert(name, query, _channels(item.get("channels", [])), title, _filters(item.get("filters") or {}), language)


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"needs a text as {key}" + ("" if value is None else f", has {value!r}; quote it"))
    return " ".join(value.split())


def _filters(plain: Any) -> Filters:
    known = [each.name for each in fields(Filters)]
    if not isinstance(plain, Mapping) or not set(plain) <= set(known):
        raise ConfigurationError(f"filters: must be key: value with keys of {', '.join(known)}")
    try:
        return TypeAdapter(Filters).validate_python(dict(plain))
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(f"filters: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _channels(plain: Any) -> tuple[Channel, ...]:
    if not isinstance(plain, list):
        raise ConfigurationError("needs channels: a list of atom, 'email: ADDRESS' and 'webhook: URL'")
    found = [channel for item in plain for channel in _channel(item)]
    return tuple(dict.fromkeys(found))


def _channel(item: Any) -> list[Channel]:
    """The channels of one list item: ``email`` may name several mailboxes, each of which is one channel."""
    if item == "atom":
        return [Channel("atom")]
    if isinstance(item, Mapping) and len(item) == 1:
        ((kind, value),) = item.items()
        targets = value if isinstance(value, list) else [value]
        if kind == "email" and targets and all(isinstance(to, str) and _MAILBOX.fullmatch(to) for to in targets):
            return [Channel("email", to) for to in targets]
        if kind == "webhook" and isinstance(value, str):
            check_url(value)
            return [Channel("webhook", value)]
    raise ConfigurationError(f"channel {item!r}: write atom, 'email: name@host' or 'webhook: https://…'")
