"""The glossary in force: what ships, names from CLDR, and the user's own file, read again when it changes."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from babel import Locale

from pipeline.errors import ConfigurationError
from pipeline.glossary.entries import Entry, Name, parse
from pipeline.glossary.matching import Glossary
from pipeline.text import fold

#: The user's own entries, in MECMUA_HOME.
FILE = "glossary.yaml"
# Regions of the world that CLDR lists as territories but nobody searches by these names.
_NO_PLACES = frozenset({"EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})
# Languages with a state or a body of writing behind them; CLDR has 600, many named like other words (Ga, Fon, Bari).
_LANGUAGES = (
    "ab am ar az ba be bg bn bs ca ce cs cu cv da de el en es et eu fa fi fr he hi hr hu hy id is it ja ka kk km ko ku"
    " ky lt lv mk mn ms mt my ne nl no os pl ps pt ro ru sd sk sl sq sr sv sw ta te tg th tk tr tt uk ur uz vi yi zh"
    " ckb crh gag sah tyv"
).split()


@cache
def curated() -> tuple[Entry, ...]:
    """The entries that ship in ``terms/*.yaml``."""
    folder = files("pipeline.glossary") / "terms"
    texts = sorted(
        (item.name, item.read_text(encoding="utf-8")) for item in folder.iterdir() if item.name[-5:] == ".yaml"
    )
    return tuple(entry for name, text in texts for entry in parse(text, name))


@cache
def from_cldr() -> tuple[Entry, ...]:
    """Countries and languages in Turkish and English as CLDR names them."""
    turkish, english = Locale("tr"), Locale("en")
    places = [code for code in map(str, english.territories) if len(code) == 2 and code not in _NO_PLACES]
    pairs = [(turkish.territories.get(code), english.territories[code]) for code in places]
    pairs += [(turkish.languages.get(code), english.languages.get(code)) for code in _LANGUAGES]
    return tuple(
        Entry((Name(tr, "tr"), Name(en, "en")), "CLDR")
        for tr, en in pairs
        if tr and en and fold(tr) != fold(en) and "(" not in tr + en
    )


@cache
def shipped() -> Glossary:
    """Curated entries and CLDR's, without any of the user's."""
    return Glossary.of((*curated(), *from_cldr()))


def load(home: Path) -> Glossary:
    """What ships and the user's ``glossary.yaml`` in that home, if there is one; cheap while the file stays the same.

    Raises ConfigurationError with the file and line of every mistake.
    """
    path = home / FILE
    try:
        stamp = path.stat()
    except FileNotFoundError:
        return shipped()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    return _with_own(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=4)
def _with_own(path: Path, _changed: int, _size: int) -> Glossary:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8; save it as UTF-8.") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    return Glossary.of((*curated(), *from_cldr(), *parse(text, str(path))))
