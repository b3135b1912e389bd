"""The two detectors, loaded once per process and asked alike: a text in, probabilities by language out.

Both are pure Python over data that ships inside their wheels: nothing is downloaded. Nothing here is shared between
calls but the loaded models, which calls only read, and each langdetect answer draws from its own generator with a
fixed seed: so the same text gives the same answer in every process, thread and order. (Asked through its module
functions, langdetect answers differently from thread to thread, since threads race to fill its one global factory.)
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory
    from py3langid.langid import LanguageIdentifier

SEED = 0
#: langdetect's answer settles within a few hundred characters, and its cost grows with them (1.1 ms at 300).
LANGDETECT_READS = 300
#: How often langdetect draws from a text's n-grams and averages: its own default of seven for a sentence, fewer where
#: so many characters leave no doubt; the corpus' figures are the same.
LANGDETECT_TRIALS, LANGDETECT_LONG, LANGDETECT_TRIALS_LONG = 7, 200, 3
#: py3langid at 500 characters has found the language of every paragraph of the corpus; 0.1 ms.
PY3LANGID_READS = 500
#: Codes of the detectors that name a variety or a script of what ISO 639-1 has one code for.
_ISO = {
    "arz": "ar",
    "ary": "ar",
    "pcm": "en",
    "uzs": "uz",
    "zh-cn": "zh",
    "zh-tw": "zh",
    "wuu": "zh",
    "zxx": "und",
    "nn": "no",
}


def warm() -> None:
    """Load both models now (about a second, 160 MB) instead of at the first text: for a pool's parent or initialiser.

    The garbage collector is told to leave them alone: they live as long as the process, and walking their hundred
    thousand objects again and again was a twentieth of what reading a page costs.
    Raises ConfigurationError when a detector is not installed.
    """
    _langdetect()
    _py3langid()
    gc.freeze()


def langdetect_says(text: str) -> dict[str, float]:
    """langdetect's probabilities above its own threshold of 0.1, best first; empty when it finds nothing to read."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _langdetect().create()
    detector.n_trial = LANGDETECT_TRIALS if len(text) < LANGDETECT_LONG else LANGDETECT_TRIALS_LONG
    detector.append(text[:LANGDETECT_READS])
    try:
        return _iso({found.lang: found.prob for found in detector.get_probabilities()})
    except LangDetectException:  # no letters that it has a profile for
        return {}


@cache
def langdetect_knows() -> frozenset[str]:
    """The languages that langdetect has a profile of: 55, without Azerbaijani, Armenian, Georgian and Kazakh."""
    return frozenset(_ISO.get(code, code) for code in _langdetect().get_lang_list())


def py3langid_says(text: str) -> dict[str, float]:
    """py3langid's ten most probable of its 139 languages, best first."""
    return _iso(dict(_py3langid().rank(text[:PY3LANGID_READS])[:10]))


def py3langid_names(text: str) -> tuple[str, float]:
    """py3langid's most probable language with its probability; cheaper than all of them."""
    code, probability = _py3langid().classify(text)
    return _ISO.get(code, code), probability


def _iso(scores: Mapping[str, float]) -> dict[str, float]:
    merged: dict[str, float] = {}
    for code, score in scores.items():
        iso = _ISO.get(code, code)
        merged[iso] = merged.get(iso, 0.0) + score
    return dict(sorted(merged.items(), key=lambda item: (-item[1], item[0])))


@cache
def _langdetect() -> DetectorFactory:
    """langdetect's profiles in a factory of our own: sorted, since os.listdir's order differs between machines."""
    try:
        from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
    except ImportError as missing:
        raise ConfigurationError("langdetect is not installed: pip install langdetect") from missing
    files = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith("."))
    factory = DetectorFactory()
    factory.load_json_profile([path.read_text("utf-8") for path in files])
    factory.set_seed(SEED)
    return factory


@cache
def _py3langid() -> LanguageIdentifier:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as missing:
        raise ConfigurationError("py3langid is not installed: pip install py3langid") from missing
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
