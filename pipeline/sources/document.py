"""One source file as YAML nodes, which remember their lines; nothing in it is constructed or executed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

import yaml

#: A source file is a page of settings; what is larger is something else (the largest of the catalogue has 2 KB).
MAX_BYTES = 256 * 1024
#: The format needs four levels (source, endpoints, endpoint, value); a parser's stack is not for a file to fill.
MAX_DEPTH = 16
# libyaml where PyYAML was built with it: the same grammar, faster
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a source file: where it is, what it is and what to do about it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def read_document(file: Traversable, name: str) -> yaml.MappingNode | Problem:
    """The mapping that a source file holds, as a node; or the one Problem that keeps it from being read.

    ``name`` is what messages call the file. Raises nothing for anything that may be in a file.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Problem(name, 1, f"cannot be read ({error.strerror or error}); check its name and permissions")
    if len(content) > MAX_BYTES:
        return Problem(name, 1, f"is larger than {MAX_BYTES // 1024} KB; a source file holds one source's settings")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Problem(name, line, "is not UTF-8; save the file as UTF-8")
    return _compose(text, name)


def _compose(text: str, name: str) -> yaml.MappingNode | Problem:
    try:
        hazard = next(_hazards(text), None)
        node = None if hazard else yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        return _syntax_problem(error, name)
    if hazard:
        return Problem(name, *hazard)
    if node is None:
        return Problem(name, 1, "is empty; a source needs id, name, homepage and endpoints")
    if not isinstance(node, yaml.MappingNode):
        shape = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
        return Problem(name, node.start_mark.line + 1, f"holds {shape}; it must be one mapping (key: value lines)")
    return node


def _hazards(text: str) -> Iterator[tuple[int, str]]:
    """Line and description of what may not be composed; events come one by one, so a bomb is met while it is small."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            yield line, f"uses the alias '*{event.anchor}'; write the value out, source files have no aliases"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                yield line, f"is nested deeper than {MAX_DEPTH} levels; a source needs four"
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax_problem(error: yaml.YAMLError, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    reason = " ".join(str(reason).split())
    return Problem(
        name,
        mark.line + 1 if mark else 1,
        f"is not valid YAML: {reason}; check indentation (spaces, no tabs), quotes and colons here and just above",
    )
