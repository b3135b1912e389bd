"""Glossary entries as YAML says them, read with the line of everything that is wrong.

    - {tr: [Doğu Akdeniz], en: [Eastern Mediterranean, East Med]}
    - {tr: [Birleşmiş Milletler, BM], en: [United Nations], caps: [UN]}

Keys are language codes; ``any`` holds names alike in all of them, ``caps`` abbreviations that are common words too
and are therefore read in capitals only (UN, WHO, US).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from pipeline.errors import ConfigurationError
from pipeline.text import tidy

#: A name of more words is a sentence: it would never be typed.
MAX_WORDS = 8
_KEY = re.compile(r"[a-z]{2,3}")
_FORM = "Write {tr: [Doğu Akdeniz], en: [Eastern Mediterranean]}."


@dataclass(frozen=True, slots=True)
class Name:
    """One name. ``language`` is a code, or ``any``; ``caps`` says that it is meant only where typed in capitals."""

    text: str
    language: str = "any"
    caps: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """All names of one thing. ``basis`` says where they were read: a file with its line, or CLDR."""

    names: tuple[Name, ...]
    basis: str


def parse(text: str, where: str) -> tuple[Entry, ...]:
    """The entries of one YAML text. Raises ConfigurationError that names ``where`` and the line of every mistake."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{where}:{line}: no valid YAML: {error.problem}. {_FORM}") from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise ConfigurationError(f"{where}: no valid YAML: {error}.") from error
    if root is None:
        return ()
    if not isinstance(root, yaml.SequenceNode):
        raise ConfigurationError(f"{where}:{_line(root)}: a list of entries is expected. {_FORM}")
    read = [_entry(node, where) for node in root.value]
    if mistakes := [item for item in read if isinstance(item, str)]:
        raise ConfigurationError("\n".join(mistakes))
    return tuple(item for item in read if isinstance(item, Entry))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _entry(node: yaml.Node, where: str) -> Entry | str:
    """An entry, or what is wrong with it."""
    if not isinstance(node, yaml.MappingNode):
        return f"{where}:{_line(node)}: an entry maps languages to names. {_FORM}"
    names: list[Name] = []
    for item in _names(node):
        if isinstance(item, tuple):
            return f"{where}:{item[0]}: {item[1]}"
        names.append(item)
    if len(names) < 2:
        return f"{where}:{_line(node)}: an entry needs two names or more, for each finds the others. {_FORM}"
    return Entry(tuple(names), f"{where}:{_line(node)}")


def _names(node: yaml.MappingNode) -> Iterator[Name | tuple[int, str]]:
    """Names in order, or (line, mistake)."""
    for key, value in node.value:
        language = str(key.value)
        if not _KEY.fullmatch(language) and language != "caps":
            yield _line(key), f"{language!r} is no language code; use tr, en, az …, any or caps."
            continue
        texts = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for text in texts:
            yield _name(text, language)


def _name(node: yaml.Node, language: str) -> Name | tuple[int, str]:
    # An unquoted NO or 2040 is text here, whatever YAML would make of it, for nodes keep what was written.
    if not isinstance(node, yaml.ScalarNode):
        return _line(node), "a name is one line of text."
    text = tidy(node.value)
    if not any(char.isalnum() for char in text):
        return _line(node), "a name is empty."
    if len(text.split()) > MAX_WORDS:
        return _line(node), f"{text!r} has more than {MAX_WORDS} words."
    return Name(text, "any", True) if language == "caps" else Name(text, language)
