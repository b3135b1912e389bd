"""Which language one passage is in: by its script, else by what both detectors say of it, and the letters it uses.

The two voices are multiplied, language by language. Where langdetect has no profile it has nothing to say, and its
silence counts as `SILENCE`: so py3langid's certain Azerbaijani wins over langdetect's certain (and wrong) Turkish,
and its uncertain Turkmen loses against langdetect's certain Turkish.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.extract.language.passages import Passage, beginning, without_names
from pipeline.extract.language.turkic import turkic
from pipeline.extract.language.voices import langdetect_knows, langdetect_says, py3langid_names, py3langid_says

UNDETERMINED = "und"
#: Scripts that one language of today's sites is written in.
_BY_SCRIPT = {
    "Armenian": "hy",
    "Georgian": "ka",
    "Greek": "el",
    "Hebrew": "he",
    "Thai": "th",
    "Hangul": "ko",
    "Kana": "ja",
    "Han": "zh",
}
SILENCE = 0.3
GLANCE = 120  # characters; what is not clear from them is looked at more closely
_FLOOR = 0.03  # what langdetect gives to a language that it knows and does not name
#: Low enough to be marked uncertain: a handful of words decides against both voices (right 380 times of 380 in the
#: corpus, which the words were chosen with).
WORDS_CONFIDENCE = 0.75
#: At this probability py3langid was right on 5,220 of 5,222 sentences of the corpus.
SURE = 0.9
#: Letters that nearly every sentence of these languages has; without one of them it is Russian or Bulgarian.
_SIGNS = {"sr": "јљњћђџ", "mk": "јљњѓќѕџ", "uk": "іїєґ", "be": "іў"}
#: Letters that Russian and Bulgarian spelling leave out.
_NEVER = {"ru": "іїєґўјљњћђџѓќѕәғқңөұүһҗ", "bg": "іїєґўјљњћђџѓќѕәғқңөұүһҗыэё"}
#: Bulgarian writes ъ in nearly every passage of so many characters; without it a shorter one is likelier Russian.
_BULGARIAN_SHOWS_ITSELF = 150
#: Turkish sites' languages among look-alikes: chosen where voices are near each other.
_USUAL = frozenset(("tr", "en", "az", "ru", "hy", "ka", "kk", "fa", "ar", "de", "fr"))
USUAL_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The language of a passage. ``agreed``: no voice that knows this language said otherwise."""

    code: str
    confidence: float
    basis: str
    agreed: bool = True


def glance(passage: Passage) -> Verdict:
    """A passage's language by script, or by py3langid alone: a tenth of a millisecond."""
    if passage.script in _BY_SCRIPT:
        return Verdict(_BY_SCRIPT[passage.script], 1.0, "script")
    text = beginning(_plain(passage), GLANCE)
    if passage.script in ("Cyrillic", "Arabic"):  # whose probability is split among varieties
        return _best(_spelled(passage, py3langid_says(text)), "py3langid")
    return Verdict(*py3langid_names(text), "py3langid")


def judge(passage: Passage, favoured: str | None = None) -> Verdict:
    """A passage's language by all that is known of it: langdetect first, py3langid beside it, then letters and words.

    ``favoured`` is the language of the text around it, which wins where the voices are near each other.
    """
    if passage.script in _BY_SCRIPT:
        return Verdict(_BY_SCRIPT[passage.script], 1.0, "script")
    text = _plain(passage)
    first, second = _spelled(passage, langdetect_says(text)), _spelled(passage, py3langid_says(text))
    verdict = _with_basis(_best(_multiplied(first, second, favoured), ""), first, second)
    told_apart = turkic(passage.text, verdict.code, second) if passage.script == "Latin" else verdict.code
    return verdict if told_apart == verdict.code else Verdict(told_apart, WORDS_CONFIDENCE, "words", agreed=False)


def _plain(passage: Passage) -> str:
    return without_names(passage.text) if passage.script == "Latin" else passage.text


def _multiplied(first: Mapping[str, float], second: Mapping[str, float], favoured: str | None) -> dict[str, float]:
    """The product of both voices; what spelling took away from langdetect's answer is silence, shared by all."""
    known = langdetect_knows()
    floor = _FLOOR + SILENCE * max(0.0, 1.0 - sum(first.values()))
    weights = dict.fromkeys(_USUAL, USUAL_WEIGHT) | ({favoured: 2 * USUAL_WEIGHT} if favoured else {})
    return {
        code: (second.get(code, 0.0) + 0.02)
        * (first.get(code, floor) if code in known else SILENCE)
        * weights.get(code, 1.0)
        for code in sorted({*first, *second} - {UNDETERMINED})
    }


def _with_basis(verdict: Verdict, first: Mapping[str, float], second: Mapping[str, float]) -> Verdict:
    heard = next(iter(first), None), next(iter(second), None)
    known = verdict.code in langdetect_knows()
    names = [name for name, code in zip(("langdetect", "py3langid"), heard, strict=True) if code == verdict.code]
    agreed = heard[1] == verdict.code and (not known or heard[0] == verdict.code)
    confidence = verdict.confidence if known else second.get(verdict.code, 0.0)
    return Verdict(verdict.code, confidence, "+".join(names) or "langdetect+py3langid", agreed)


def _best(scores: Mapping[str, float], basis: str) -> Verdict:
    total = sum(scores.values())
    if total <= 0:
        return Verdict(UNDETERMINED, 0.0, basis)
    code = min(scores, key=lambda name: (-scores[name], name))
    return Verdict(code, scores[code] / total, basis)


def _spelled(passage: Passage, scores: Mapping[str, float]) -> dict[str, float]:
    """The scores of the languages that can be written with these letters."""
    if passage.script != "Cyrillic":
        return dict(scores)
    letters = set(passage.text.lower())
    without_sign = {} if "ъ" in letters else {"bg": min(1.0, len(passage.text) / _BULGARIAN_SHOWS_ITSELF)}
    return {
        code: score * without_sign.get(code, 1.0)
        for code, score in scores.items()
        if (code not in _SIGNS or letters.intersection(_SIGNS[code])) and not letters.intersection(_NEVER.get(code, ""))
    }
