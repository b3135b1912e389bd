"""One name: is it a person's or an institution's, and how is it written? Pure functions over one piece of a byline."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain, pairwise

from pipeline.extract.name_vocabulary import (
    ACRONYMS,
    AMBIGUOUS_WORDS,
    AUTHOR_LABELS,
    AUTHOR_NOUNS,
    DEGREES,
    DESKS,
    FURNITURE,
    KNOWN_ORGANISATIONS,
    NOT_NAMES,
    ORGANISATION_WORDS,
    OTHER_LABELS,
    OTHER_NOUNS,
    PARTICLES,
    PLACES,
    PREPOSITIONS,
    ROLE_WORDS,
    SOURCE_NOUNS,
    SUBJECTS,
    SUFFIXES,
    TITLES,
    VERBS,
    territories,
)
from pipeline.text import fold, lower_turkish, tidy, upper_turkish

_LABELS = AUTHOR_LABELS | AUTHOR_NOUNS | OTHER_LABELS | OTHER_NOUNS | SOURCE_NOUNS | TITLES
LONGEST_NAME, LONGEST_ORGANISATION = 60, 100
MOST_WORDS = 5
#: Small words of bylines and of institutions' names.
_SMALL_WORDS = frozenset("of the and for on in at a an ve ile & de la du des e y et und by with to icin".split())
_BYLINE_WORDS = (
    _SMALL_WORDS | PARTICLES | ROLE_WORDS | ORGANISATION_WORDS | NOT_NAMES | frozenset(chain.from_iterable(_LABELS))
) - VERBS
_COMMON_WORDS = NOT_NAMES | ORGANISATION_WORDS | ROLE_WORDS
_ROLES = ROLE_WORDS | DESKS
_ROLES_OF_PEOPLE = ROLE_WORDS - SUBJECTS
_AFFILIATION_WORDS = _ROLES | ORGANISATION_WORDS
_INSTITUTION_WORDS = _SMALL_WORDS | ORGANISATION_WORDS
_NO_ACRONYMS = NOT_NAMES | ROLE_WORDS | ACRONYMS
_QUOTES = '"“”«»‹›()[]'
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ`.-]+[^\W\d_]+)*\.?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)+[^\W\d_]?\.?|[^\W\d_]\.?")
#: A capital inside a word that names do have; anything else is two pieces of a page run together (MackenzieLifestyle).
_INNER_CAPITAL = re.compile(r"^(?:Mc|Mac|De|Di|Da|Du|La|Le|Lo|Van|Von|Fitz|Al|El|Bin|O['’]|D['’]|L['’])[A-ZÀ-Þ]")
_GLUED_TITLE = re.compile(
    r"(?i)\b(prof|dr|do[çc]|yrd|ar[şs]|g[öo]r|[öo][ğg]r|uzm|av|em|amb|gen|alb|üyesi)\.(?=[^\W\d_])(?![^\W\d_]\.)"
)
#: Titles this short are titles without a dot too; other short ones may be names (Gen, Col, Em).
_SHORT_TITLES = frozenset({"prof", "dr", "doc", "mr", "mrs", "ms", "sir", "yrd", "д-р"})
#: Spelt with I in capitals, these are not Turkish spelling (ALI is Ali), so the whole name is not.
_PLAIN_I = frozenset(
    "ali ismail ibrahim halil idris ilhan irfan ihsan iskender ismet izzet hakki david martin michael william philip "
    "daniel maria julia victor martina nikita vladimir dmitri dmitry igor ivan irina marina olga sergei simon richard "
    "erik eric".split()
)
_FOREIGN = re.compile(r"[wqx]|th|ch|ph|sh|ck|gh|ee|oo|ie|ou|ss|ll|tt|mc")


def person_name(text: str, sites: frozenset[str] = frozenset(), language: str | None = None) -> str | None:
    """The person that a text names, without title, degree and role, in title case; None where it names no person."""
    words = _bare_name(_words(text), sites)
    if not _is_person(words):
        return None
    return " ".join(_in_title_case(words, language))


def organisation_name(text: str, sites: frozenset[str] = frozenset(), *, exactly: bool = False) -> str | None:
    """The institution or desk that a text names, as printed; ``exactly`` counts only names known beforehand."""
    name = tidy(text).strip(_QUOTES + " ,;:-–—")
    folded = fold(name)
    if folded in sites or (_is_known(folded) and (len(name) > 4 or name.isupper())):
        return name
    words = re.findall(r"[^\W\d_][\w'’.-]*", folded)
    if exactly or not words or len(name) > LONGEST_ORGANISATION or len(words) > 12 or not FURNITURE.isdisjoint(words):
        return None
    return name if _names_institution(name, [word.strip(".") for word in words]) else None


def _is_known(folded: str) -> bool:
    return folded in KNOWN_ORGANISATIONS or folded.removeprefix("the ") in KNOWN_ORGANISATIONS


def has_title(text: str) -> bool:
    """Whether a text begins with an academic, military or diplomatic title."""
    words = _words(text)
    return _without_titles(words) != words


def is_affiliation(text: str) -> bool:
    """Whether a text says what somebody is or where: a role or an institution's word is in it, and no sentence."""
    if _unknown_small_words(text):
        return False
    keys = [_key(word) for word in text.split()]
    return any(
        key in _AFFILIATION_WORDS or (key,) in TITLES or (key,) in AUTHOR_NOUNS or key in KNOWN_ORGANISATIONS
        for key in keys
    )


def is_prose(text: str) -> bool:
    """Whether a text is a sentence: four small words that no byline has, or a full stop after seven words.

    Where a script has no capitals, eight words are a sentence.
    """
    words = text.split()
    if not has_capitals(text):
        return len(words) > 8 or (len(words) > 2 and text.rstrip()[-1:] in ".!?؟:։")
    small = _unknown_small_words(text)
    ends = words[-1].endswith((".", "!", "?")) and len(words[-1]) > 4 if words else False
    return len(small) > 3 or (ends and len(words) > 6)


def _unknown_small_words(text: str) -> list[str]:
    return [word for word in text.split() if word[0].islower() and _has_case(word) and _key(word) not in _BYLINE_WORDS]


def has_capitals(text: str) -> bool:
    """Whether a text is in a script with capital letters (Arabic and Georgian have none)."""
    return any(map(_has_case, text.split()))


# --- words ------------------------------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    spaced = _GLUED_TITLE.sub(r"\1. ", tidy(text).strip(_QUOTES + " ,;:-–—*•|/"))
    return spaced.split()


def _key(word: str) -> str:
    return fold(word).strip(".,;:()'\"")


def _bare_name(words: list[str], sites: frozenset[str]) -> list[str]:
    words = _without_titles(words)
    words = _without_degrees(_before_preposition(words))
    words = _without_site(words, sites)
    words = _without_roles(words, sites)
    words = _without_titles(_once(words))
    words = [word.strip(",;:") for word in words]
    if words and len(words[-1]) > 4:
        words[-1] = words[-1].rstrip(".")
    return words


def _without_titles(words: list[str]) -> list[str]:
    """A phrase of titles at the start goes; "E." and "Em." are titles before another title only, else initials."""
    while words:
        length = next((size for size in (3, 2, 1) if _is_title(words[:size], size)), 0)
        if not length or (_key(words[0]) in ("e", "y") and not _is_title(words[1:2], 1)):
            break
        words = words[length:]
    return words


def _is_title(words: Sequence[str], size: int) -> bool:
    if len(words) != size or tuple(map(_key, words)) not in TITLES:
        return False
    key = _key(words[0])
    return size > 1 or len(key) > 4 or key in _SHORT_TITLES or words[0].endswith(".") or words[0].startswith("(")


def _without_degrees(words: list[str]) -> list[str]:
    capitals = all(word.isupper() for word in words)
    while len(words) > 1 and _key(words[-1]) in DEGREES and not (capitals or words[-1][1:].islower()):
        words = words[:-1]
    while len(words) > 1 and words[-1].endswith(".") and _is_title(words[-1:], 1):
        words = words[:-1]
    return words


def _before_preposition(words: list[str]) -> list[str]:
    """Jane Doe of "Jane Doe for Mail Online": two words, else it may be a title's or a sentence's."""
    place = next((i for i, word in enumerate(words) if _key(word) in PREPOSITIONS), None)
    return words[:2] if place == 2 else words


def _without_site(words: list[str], sites: frozenset[str]) -> list[str]:
    for size in range(len(words) - 2, 0, -1):
        end = fold(" ".join(words[-size:]))
        if end in sites or (size > 1 and _is_known(end)):
            return words[:-size]
    return words


def _without_roles(words: list[str], sites: frozenset[str]) -> list[str]:
    """The name before a role (Tania Broughton Journalist) or after one (KAFKASSAM Başkanı Hasan Oktay).

    Nothing where it is unclear which words are the name's: before a role it must have two.
    """
    capitals = all(word.isupper() for word in words)
    known = sites if capitals else sites | KNOWN_ORGANISATIONS
    roles = [i for i, word in enumerate(words) if _key(word) in _ROLES or _is_abbreviated(word, known)]
    if not roles:
        return words
    first, last = roles[0], roles[-1]
    if first == 2:
        return words[:2]
    after = _without_titles(words[last + 1 :])
    return after if 2 <= len(after) <= 3 and first < 2 and _key(words[0]) not in DESKS else []


def _is_abbreviated(word: str, organisations: frozenset[str]) -> bool:
    return word.isupper() and _key(word) in organisations


def _once(words: list[str]) -> list[str]:
    """A name printed twice or three times in a row, once; the copy that is not all in capitals."""
    for times in (3, 2):
        size, rest = divmod(len(words), times)
        copies = [words[i * size : (i + 1) * size] for i in range(times)]
        if not rest and size and len({fold(" ".join(copy)) for copy in copies}) == 1:
            return next((copy for copy in copies if not " ".join(copy).isupper()), copies[0])
    return words


# --- judgement --------------------------------------------------------------------------------------------------------


def _is_person(words: list[str]) -> bool:
    """Two to five capitalised words of letters that are no place, institution, role or furniture of the page."""
    name = " ".join(words)
    if not 2 <= len(words) <= MOST_WORDS or len(name) > LONGEST_NAME or not all(map(_is_name_word, words)):
        return False
    keys = [_key(word) for word in words]
    full = [word for word in words if not _INITIALS.fullmatch(word)]
    ends_well = keys[-1] not in PARTICLES and (len(words[-1]) > 1 or not words[-1].isascii())
    return bool(full) and ends_well and _is_one_script(name) and _is_no_phrase(words)


def _is_one_script(name: str) -> bool:
    return len({unicodedata.name(char, "?").split()[0] for char in name if char.isalpha()}) == 1


def _is_no_phrase(words: list[str]) -> bool:
    keys = [_key(word) for word in words]
    folded = " ".join(keys)
    if folded in territories() or folded in PLACES or _is_known(folded):
        return False
    if _is_acronym(words[0]) and not words[-1].isupper() and " ".join(keys[1:]) in territories():
        return False  # a branch of an institution: APRI Armenia
    if any(word.endswith(".") and not _INITIALS.fullmatch(word) and _is_title([word], 1) for word in words):
        return False
    telling = [key for place, key in enumerate(keys) if key not in PARTICLES or (place == 0 and words[0][0].isupper())]
    return len(telling) > 1 and _COMMON_WORDS.isdisjoint(telling) and not AMBIGUOUS_WORDS.issuperset(telling)


def _is_name_word(word: str) -> bool:
    if not (_WORD.fullmatch(word) or _INITIALS.fullmatch(word)) or fold(word).endswith("'s"):
        return False
    if not _has_case(word):
        return len(word) > 1
    if _key(word) in PARTICLES and word.islower():
        return True
    return word[0].isupper() and not _is_run_together(word)


def _has_case(word: str) -> bool:
    """Whether a word's script has capitals in use; Georgian has none in running text, though Unicode maps some."""
    return any(unicodedata.category(char) in ("Lu", "Ll", "Lt") and not "ა" <= char <= "ჿ" for char in word)


def _is_run_together(word: str) -> bool:
    parts = re.split(r"['’ʼ`.-]", word)
    inner = any(a.islower() and b.isupper() for part in parts for a, b in pairwise(part))
    return inner and not _INNER_CAPITAL.match(word)


def _names_institution(name: str, words: list[str]) -> bool:
    if words[-1] in DESKS and (len(words) <= 2) and name[0].isupper():
        return _without_titles(name.split()) == name.split()
    if words[-2:] in (["staff", "reporter"], ["staff", "writer"], ["staff", "reporters"]):
        return len(words) > 2
    if len(words) == 1:
        return _is_acronym(name) and words[0] not in _NO_ACRONYMS and (words[0],) not in TITLES
    small = [word for word in name.split() if word[0].islower() and _key(word) not in _INSTITUTION_WORDS]
    if small or not _ROLES_OF_PEOPLE.isdisjoint(words) or not name[0].isupper():
        return False
    if words[-1] in ("team", "desk", "staff") and len(words) > 3:  # "Jane Doe Sports Desk" is two names
        return False
    return not ORGANISATION_WORDS.isdisjoint(words) or (words[0] == "the" and len(words) <= 4)


def _is_acronym(name: str) -> bool:
    """SETA, TEPAV; longer ones only as Turkish research centres are named (…SAM: Stratejik Araştırmalar Merkezi)."""
    letters = name.replace(".", "")
    return letters.isupper() and letters.isalpha() and (2 <= len(letters) <= 5 or fold(letters).endswith("sam"))


# --- case -------------------------------------------------------------------------------------------------------------


def _in_title_case(words: list[str], language: str | None) -> list[str]:
    """İSMAİL IŞIK → İsmail Işık, Hasan OKTAY → Hasan Oktay; initials, suffixes (III) and mixed case stay."""
    capitals = [word for word in words if word.isupper() and not _INITIALS.fullmatch(word)]
    turkish = _is_turkish(" ".join(capitals), language) or (
        bool(capitals) and len(capitals) < len(words) and any(letter in " ".join(words) for letter in "ışğİŞĞ")
    )
    return [
        _title(word, turkish) if word in capitals and _key(word) not in SUFFIXES - {"jr", "sr"} else word
        for word in words
    ]


def _title(word: str, turkish: bool) -> str:
    lower, upper = (lower_turkish, upper_turkish) if turkish else (str.lower, str.upper)
    parts = re.split(r"(['’ʼ`.-])", word)
    return "".join(upper(part[:1]) + tidy(lower(part[1:])) for part in parts)


def _is_turkish(capitals: str, language: str | None) -> bool:
    """Whether I is ı in a name in capitals: its letters say so, or the language does and nothing in it speaks against.

    ALI YILMAZ on a Turkish page is careless spelling, MICHAEL SMITH a foreign name.
    """
    if any(letter in capitals for letter in "İŞĞ"):
        return True
    words = fold(capitals).split()
    return language in ("tr", "az") and _PLAIN_I.isdisjoint(words) and not any(map(_FOREIGN.search, words))
