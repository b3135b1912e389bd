"""The registry: source files validated together, so that one run of the check shows everything there is to mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pipeline.errors import ConfigurationError
from pipeline.models import Source
from pipeline.sources.document import Problem, read_document
from pipeline.sources.schema import read_source
from pipeline.sources.scope import hosts_of, in_scope
from pipeline.sources.values import suggest

_SUFFIXES = (".yaml", ".yml")


def load_sources(path: Path | None = None) -> tuple[Source, ...]:
    """The sources of a YAML file, of a folder's YAML files (subfolders apart), or of the catalogue that ships; by id.

    Raises ConfigurationError with every problem of every file, a line each: ``file:line: what is wrong; the remedy``.
    One wrong file stops all of them, so that no think tank goes missing unnoticed.
    """
    root: Traversable = resources.files("pipeline.sources") / "catalogue" if path is None else path
    shown = "catalogue" if path is None else str(path)
    if root.is_dir():
        files = _yaml_files(root, shown)
        readings = [_read(file, f"{shown}/{file.name}", stem=Path(file.name).stem) for file in files]
    else:
        readings = [_read(root, shown, stem=None)]
    problems = [problem for _, found, _ in readings for problem in found]
    problems += _duplicates([(source, line) for source, _, line in readings if source])
    if problems:
        raise ConfigurationError("\n".join(map(str, sorted(problems))))
    return tuple(sorted((source for source, _, _ in readings if source), key=lambda source: source.id))


def select(sources: Sequence[Source], ids: Iterable[str] = ()) -> tuple[Source, ...]:
    """The named sources in the order of ``sources``; without names every one that is not defunct.

    A defunct source is still crawled when it is named. Raises ConfigurationError naming every unknown id.
    """
    wanted = set(ids)
    if not wanted:
        return tuple(source for source in sources if source.status != "defunct")
    known = tuple(source.id for source in sources)
    unknown = sorted(wanted - set(known))
    if unknown:
        raise ConfigurationError("\n".join(f"unknown source '{name}'{suggest(name, known)}" for name in unknown))
    return tuple(source for source in sources if source.id in wanted)


def _yaml_files(folder: Traversable, shown: str) -> list[Traversable]:
    try:
        names = sorted(folder.iterdir(), key=lambda file: file.name)
    except OSError as error:
        raise ConfigurationError(f"{shown}: cannot be listed ({error.strerror}); check its permissions") from error
    # editors and macOS leave hidden companions beside a file
    files = [file for file in names if file.name.endswith(_SUFFIXES) and not file.name.startswith(".")]
    if not files:
        raise ConfigurationError(f"{shown}: holds no .yaml file; put one file per source there (docs/add-a-source.md)")
    return files


def _read(file: Traversable, shown: str, stem: str | None) -> tuple[Source | None, tuple[Problem, ...], int]:
    document = read_document(file, shown)
    if isinstance(document, Problem):
        return None, (document,), 1
    source, problems, line = read_source(document, shown)
    if source and stem is not None and source.id != stem:
        text = f"id '{source.id}' is not the file's name; call the file {source.id}.yaml or the source '{stem}'"
        problems = (*problems, Problem(shown, line, text))
    return source, problems, line


def _duplicates(readings: Sequence[tuple[Source, int]]) -> list[Problem]:
    first: dict[str, str] = {}
    problems = []
    for source, line in readings:
        file = source.file or "?"
        if source.id in first:
            text = f"id '{source.id}' is already that of {first[source.id]}; give one of them another"
            problems.append(Problem(file, line, text))
        first.setdefault(source.id, f"{file}:{line}")
    return problems


__all__ = ["hosts_of", "in_scope", "load_sources", "select"]
