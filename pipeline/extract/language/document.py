"""The language of a whole text: its passages looked at one by one, then weighed by their letters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.extract.language.passages import Passage, passages, sample
from pipeline.extract.language.verdict import SURE, UNDETERMINED, Verdict, glance, judge

#: Fewer letters or words than this say nothing: a name, a date, "Foto: AA".
MINIMUM_LETTERS = 10
MINIMUM_WORDS = 2
#: Scripts without spaces put a sentence into a few signs.
MINIMUM_SIGNS = 4
#: A heading or caption shorter than this goes with the text around it, unless it likely is another of its languages.
SHORT_PASSAGE = 60
#: A language is one of the text's when it has this share of its letters, or a passage of this many letters.
REAL_SHARE = 0.1
REAL_PASSAGE = SHORT_PASSAGE
#: What py3langid needs to say of a short passage to be believed, when it names another language of the same text.
LIKELY = 0.6
#: Below these, and where the voices differ, the code may be wrong.
UNCERTAIN_CONFIDENCE = 0.8
UNCERTAIN_LETTERS = 60
#: In so short a text, a confidence below this is a guess among five: better no language than that.
GUESS = 0.4


@dataclass(frozen=True, slots=True)
class Language:
    """What a text is written in.

    ``code`` is ISO 639-1, or 639-3 where there is no two-letter code (Crimean Tatar crh), or ``und``. ``confidence``
    is between 0 and 1. ``basis`` names what it rests on: ``script``, ``langdetect``, ``py3langid``, both joined by
    ``+``, ``words``, or ``too_short``. ``languages`` are those with a real share, largest first, and ``shares`` gives
    each its part of the letters (they sum to 1). ``uncertain`` says that the code deserves a second look.
    """

    code: str
    confidence: float
    basis: str
    languages: tuple[str, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    uncertain: bool = False


def _unknown() -> Language:
    return Language(UNDETERMINED, 0.0, "too_short", (UNDETERMINED,), {UNDETERMINED: 1.0}, uncertain=True)


def identify(text: str) -> Language:
    """The language of a text (its body alone, paragraphs separated by line breaks); never raises on any text.

    The longest-written group of passages is judged by both detectors and gives ``code``; other passages are held
    against it. Raises ConfigurationError when a detector is not installed.
    """
    parts = passages(text)
    if not _says_enough(parts):
        return _unknown()
    main, found = _read(parts)
    letters = sum(part.letters for part in parts)
    if main.code == UNDETERMINED or (letters < UNCERTAIN_LETTERS and main.confidence < GUESS):
        return _unknown()
    shares = _shares(main.code, found)
    code = next(iter(shares))
    verdict = main if code == main.code else _verdict_on(code, found)
    return Language(
        code=code,
        confidence=round(min(1.0, verdict.confidence), 4),
        basis=verdict.basis,
        languages=tuple(shares),
        shares=shares,
        uncertain=verdict.basis != "script" and _is_uncertain(verdict, letters),
    )


def _is_uncertain(verdict: Verdict, letters: int) -> bool:
    return not verdict.agreed or verdict.confidence < UNCERTAIN_CONFIDENCE or letters < UNCERTAIN_LETTERS


def _verdict_on(code: str, found: Iterable[tuple[str, Passage]]) -> Verdict:
    """What speaks for a language that outgrew the first group, once each passage was looked at."""
    own = [part for found_code, part in found if found_code == code]
    verdict = judge(sample([part for part in own if part.script == own[0].script]), code)
    return verdict if verdict.code == code else Verdict(code, 0.5, verdict.basis, agreed=False)


def _says_enough(parts: list[Passage]) -> bool:
    if sum(part.letters for part in parts if part.script in ("Han", "Kana", "Thai", "Hangul")) >= MINIMUM_SIGNS:
        return True
    words = sum(len(part.text.split()) for part in parts)
    return sum(part.letters for part in parts) >= MINIMUM_LETTERS and words >= MINIMUM_WORDS


def _read(parts: list[Passage]) -> tuple[Verdict, list[tuple[str, Passage]]]:
    """The verdict on the main language, and each passage with its own."""
    long = [part for part in parts if part.letters >= SHORT_PASSAGE]
    if not long:  # headings, verse, a list: only together do they say something
        long = [sample([part for part in parts if part.script == script]) for script in _scripts(parts)]
        main, found = _read_long(long)
        code_of = {part.script: code for code, part in found}
        return main, [(code_of[part.script], part) for part in parts]
    main, found = _read_long(long)
    usual = _usual_by_script(found)
    codes = {code for code, _ in found}
    short = (part for part in parts if part.letters < SHORT_PASSAGE)
    return main, found + [(_of_short(part, usual.get(part.script), codes), part) for part in short]


def _usual_by_script(found: Iterable[tuple[str, Passage]]) -> dict[str, str]:
    """For each script the language that most is written in."""
    letters: dict[tuple[str, str], int] = {}
    for code, part in found:
        letters[part.script, code] = letters.get((part.script, code), 0) + part.letters
    return dict(sorted(letters, key=lambda key: (letters[key], key[1])))


def _read_long(parts: list[Passage]) -> tuple[Verdict, list[tuple[str, Passage]]]:
    looks = [(glance(part), part) for part in parts]
    groups: dict[tuple[str, str], list[Passage]] = {}
    for look, part in looks:
        groups.setdefault((look.code, part.script), []).append(part)
    verdicts: dict[tuple[str, str], Verdict] = {}
    main: Verdict | None = None
    for key in sorted(groups, key=lambda key: (-sum(part.letters for part in groups[key]), key)):
        verdicts[key] = judge(sample(groups[key]), main.code if main else None)
        main = main or verdicts[key]
    assert main is not None  # noqa: S101 (parts is never empty: the caller has counted their letters)
    return main, [(_of_long(look, part, verdicts[look.code, part.script], main), part) for look, part in looks]


def _of_long(look: Verdict, part: Passage, group: Verdict, main: Verdict) -> str:
    """A passage's code: its group's where it is sure to belong there, else what a closer look at it alone says."""
    if look.confidence >= SURE or group.code == main.code == look.code:
        return group.code
    return judge(part, main.code).code


def _of_short(part: Passage, usual: str | None, codes: set[str]) -> str:
    """A short passage follows the text around it in its script, unless it is likely another of the text's languages,
    or surely one of its own."""
    if usual is None:
        return judge(part).code
    look = glance(part)
    needed = LIKELY if look.code in codes else SURE
    return look.code if look.confidence >= needed and part.letters >= MINIMUM_LETTERS else usual


def _scripts(parts: Iterable[Passage]) -> list[str]:
    return list(dict.fromkeys(part.script for part in parts))


def _shares(main: str, found: Iterable[tuple[str, Passage]]) -> dict[str, float]:
    """Each real language's part of the letters, largest first; what is too little to be real counts as the main one."""
    letters: dict[str, int] = {}
    longest: dict[str, int] = {}
    for code, part in found:
        letters[code] = letters.get(code, 0) + part.letters
        longest[code] = max(longest.get(code, 0), part.letters)
    total = sum(letters.values())
    real = {code for code in letters if letters[code] >= REAL_SHARE * total or longest[code] >= REAL_PASSAGE}
    kept = {code: letters[code] for code in real - {UNDETERMINED}} or {main: total}
    rest = total - sum(kept.values())
    kept[main] = kept.get(main, 0) + rest
    return {code: kept[code] / total for code in sorted(kept, key=lambda code: (-kept[code], code)) if kept[code]}
