"""Fingerprints are the same everywhere, and texts are joined for what they say, not for what surrounds it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from pipeline.extract.fingerprint import Overlap, fingerprint, is_one_text, same_text, similarity
from pipeline.models import Article

EXPECTED_HASHES = (89020233675051655, 144417355195683049)
WORDS = [f"kelime{number}" for number in range(600)]
TEXT = " ".join(WORDS[:300])
OTHER = " ".join(WORDS[300:600])


def article(text: str, title: str = "Başlık") -> Article:
    return Article(url="https://ornek.example/yazi", title=title, text=text)


def joined(one: str, other: str, *, titles: tuple[str, str] = ("Başlık", "Başlık"), one_source: bool = True) -> bool:
    first, second = article(one, titles[0]), article(other, titles[1])
    answer = same_text(first, second, one_source=one_source)
    assert same_text(second, first, one_source=one_source) == answer, "the decision depends on the order"
    return answer


def test_a_fingerprint_is_that_of_every_process_and_version() -> None:
    mark = fingerprint("Başlık", TEXT)
    assert (mark.version, mark.words, mark.shingles, len(mark.sketch)) == (1, 300, 298, 512)
    # written down: another value here makes every stored fingerprint worthless, and needs another VERSION
    assert mark.hashes[:2] == EXPECTED_HASHES
    code = (
        "from pipeline.extract.fingerprint import fingerprint\n"
        "print(fingerprint('Başlık', ' '.join(f'kelime{n}' for n in range(300))).sketch.hex())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == mark.sketch.hex()


def test_layout_case_and_diacritics_make_no_difference() -> None:
    text = "İstanbul'da görüşmeler sürüyor ve Ankara'nın tutumu " * 8
    assert fingerprint("a", text) == fingerprint("b", text.upper().replace(" ", "\n"))
    assert fingerprint("a", text) == fingerprint("b", text.replace("'", "’").replace("ö", "o"))


def test_similarity_estimates_how_much_of_the_smaller_text_is_in_the_larger() -> None:
    half = " ".join(WORDS[:150])
    assert similarity(fingerprint("", TEXT), fingerprint("", TEXT)) == 1.0
    assert similarity(fingerprint("", TEXT), fingerprint("", half)) == pytest.approx(1.0, abs=0.2)
    assert similarity(fingerprint("", TEXT), fingerprint("", OTHER)) == 0.0
    shared = " ".join(WORDS[:150] + WORDS[400:550])
    assert similarity(fingerprint("", TEXT), fingerprint("", shared)) == pytest.approx(0.5, abs=0.2)


def test_short_texts_are_equal_or_two() -> None:
    assert joined("Rapor için tıklayınız.", "rapor için TIKLAYINIZ")
    assert not joined("Rapor için tıklayınız.", "Rapor için tıklayın.")
    assert not joined("Rapor için tıklayınız.", "Rapor için tıklayınız.", titles=("Göç", "Enerji"))
    assert not joined("", "")
    assert similarity(fingerprint("a", "kısa"), fingerprint("A", "KISA")) == 1.0
    assert similarity(fingerprint("a", "kısa"), fingerprint("b", "kısa")) == 0.0
    assert similarity(fingerprint("", ""), fingerprint("", "")) == 0.0


def test_a_shortened_copy_is_one_text_down_to_three_fifths() -> None:
    assert joined(TEXT, " ".join(WORDS[:180]))
    assert joined(TEXT, " ".join(WORDS[120:300]))
    assert not joined(TEXT, " ".join(WORDS[:120]))


def test_bylines_are_added_and_passages_are_not_replaced() -> None:
    intro, notes = " ".join(WORDS[400:425]), " ".join(WORDS[450:480])
    assert joined(TEXT, f"{intro} {TEXT} {notes}")
    assert joined(f"{intro} {TEXT}", f"{TEXT} {notes}")
    kept = " ".join(WORDS[:240])
    assert not joined(TEXT, f"{kept} {' '.join(WORDS[500:560])}"), "the last fifth is another text's"


def test_the_same_opening_or_notice_joins_nothing() -> None:
    opening = " ".join(WORDS[:150])
    assert not joined(f"{opening} {' '.join(WORDS[150:260])}", f"{opening} {' '.join(WORDS[400:500])}")
    notice = " ".join(WORDS[:250])
    first, second = f"{' '.join(WORDS[300:330])} {notice}", f"{' '.join(WORDS[400:430])} {notice}"
    assert not joined(first, second, titles=("Staj ilanı", "Çalıştay duyurusu"))


def test_unlike_titles_speak_against_a_pair_only_within_one_source() -> None:
    edited = " ".join("baska" if number % 16 == 5 else word for number, word in enumerate(WORDS[:300]))
    other = f"{' '.join(WORDS[400:430])} {edited}"
    intro = f"{' '.join(WORDS[500:530])} {TEXT}"
    titles = ("Karadeniz'de yeni denge", "Water politics of Asia")
    assert joined(intro, other, titles=titles, one_source=False)
    assert not joined(intro, other, titles=titles)
    assert joined(intro, other, titles=("Karadeniz'de yeni denge", "Karadeniz'de yeni denge arayışı"))


def test_a_bulletin_with_other_figures_is_another() -> None:
    first = " ".join(f"1{number:03}" if number % 30 == 3 else word for number, word in enumerate(WORDS[:300]))
    second = " ".join(f"2{number:03}" if number % 30 == 3 else word for number, word in enumerate(WORDS[:300]))
    assert not joined(first, second)
    corrected = first.replace("1003", "2003").replace("1033", "2033")
    assert joined(first, corrected)


def test_the_decision_by_figures() -> None:
    assert is_one_text(Overlap(300, 300, 0.93, 0.93, 4, 4))
    assert not is_one_text(Overlap(300, 300, 0.74, 0.74, 4, 4))
    assert not is_one_text(Overlap(300, 700, 1.0, 0.45, 0, 400))
    assert not is_one_text(Overlap(300, 300, 0.8, 0.8, 60, 60))
    assert not is_one_text(Overlap(300, 300, 0.89, 0.89, 4, 4), suspicious=True)


def test_a_fingerprint_costs_a_millisecond_or_so() -> None:
    text = ("Güney Kafkasya'da değişen dengeler üzerine bir değerlendirme yapılması gerekmektedir. " * 80)[:5000]
    fingerprint("", text)
    best = min(_seconds(text) for _ in range(20))
    assert best < 0.003, "under 1 ms on a quiet machine; three times that is a change for the worse"


def _seconds(text: str) -> float:
    start = time.perf_counter()
    fingerprint("", text)
    return time.perf_counter() - start
