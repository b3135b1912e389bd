from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline import glossary
from pipeline.errors import ConfigurationError
from pipeline.glossary import Glossary, parse, shipped
from pipeline.glossary.loading import FILE, curated, from_cldr
from pipeline.glossary.matching import _holds, _words
from pipeline.text import fold


def spans(query: str) -> list[tuple[str, set[str]]]:
    words = query.split()
    return [(" ".join(words[s.start : s.stop]), {name.text for name in s.names}) for s in shipped().spans(words)]


def test_enough_entries_and_none_that_finds_nothing_new() -> None:
    assert len(curated()) >= 400
    assert len(from_cldr()) >= 200
    for entry in curated():
        assert len({_words(name.text) for name in entry.names}) > 1, entry.basis
        assert {name.language for name in entry.names} - {"any"} or any(name.caps for name in entry.names), entry.basis


def test_no_entry_is_written_twice() -> None:
    seen: dict[frozenset[str], str] = {}
    for entry in curated():
        names = frozenset(fold(name.text) for name in entry.names)
        assert names not in seen, f"{entry.basis} repeats {seen.get(names)}"
        seen[names] = entry.basis


@pytest.mark.parametrize(
    ("query", "name", "other"),
    [
        ("Eastern Mediterranean gas", "Eastern Mediterranean", "Doğu Akdeniz"),
        ("dogu akdenizdeki gaz", "dogu akdenizdeki", "Eastern Mediterranean"),
        ("DOĞU AKDENİZ'İN", "DOĞU AKDENİZ'İN", "Eastern Mediterranean"),
        ("Karabağ’ın geleceği", "Karabağ’ın", "Karabakh"),
        ("turkiyenin", "turkiyenin", "Turkey"),
        ("enerji güvenliğinde", "enerji güvenliğinde", "energy security"),
        ("enerji koridorları", "enerji koridorları", "energy corridor"),
        ("iklim değişikliğinin", "iklim değişikliğinin", "climate change"),
        ("energy corridors", "energy corridors", "enerji koridoru"),
        ("NATO'nun", "NATO'nun", "Kuzey Atlantik Antlaşması Örgütü"),
        ("UN", "UN", "Birleşmiş Milletler"),
        ("WHO'nun", "WHO'nun", "Dünya Sağlık Örgütü"),
        ("Zambia Almanya", "Almanya", "Germany"),  # from CLDR
        ("Kürtçe", "Kürtçe", "Kurdish"),
    ],
)
def test_name_is_known_as_it_is_typed(query: str, name: str, other: str) -> None:
    assert any(typed == name and other in others for typed, others in spans(query)), spans(query)


@pytest.mark.parametrize("query", ["maliye", "çini", "who is it", "un", "us", "mit", "", "'", "…", "gazi", "it"])
def test_common_word_is_no_name(query: str) -> None:
    assert spans(query) == []


def test_the_longest_name_wins_and_none_overlap() -> None:
    assert [typed for typed, _ in spans("Güney Kafkasya Doğu Akdeniz'de")] == ["Güney Kafkasya", "Doğu Akdeniz'de"]


def test_every_name_finds_its_others_both_ways() -> None:
    for entry in curated():
        for name in entry.names:
            others = shipped().others(name.text.split())
            wanted = {fold(n.text) for n in entry.names if not n.caps and _words(n.text) != _words(name.text)}
            found = {fold(other.text) for other in others}
            held = all(_holds(_words(text), _words(name.text)) for text in wanted)
            assert found & wanted or held or len(others) == 8, f"{entry.basis}: {name.text}"


def test_a_name_that_holds_a_shorter_one_is_not_asked_for() -> None:
    assert spans("Turkey") == [("Turkey", {"Türkiye"})], "and Türkiyə is that with its letters folded"
    [(_, names)] = spans("Rusya'nın")
    assert "Russian Federation" in names, "which does not hold Russia"
    assert "Rusya Federasyonu" not in names
    assert spans("Çin") == [("Çin", {"China", "PRC"})]
    assert "Çin Halk Cumhuriyeti" in spans("China")[0][1], "Çin is looked for letter by letter, and may be in capitals"


def test_rules_are_what_the_engine_reads() -> None:
    own = Glossary.of(parse("- {tr: ['a, b', 'c => d'], en: [e], caps: [UN]}", "x"))
    assert own.rules() == [r"a\, b, c \=\> d, e"]
    assert len(shipped().rules()) > 1000
    assert not any("\n" in rule for rule in shipped().rules())


# --- a user's own file ------------------------------------------------------------------------------------------------


def test_own_terms_join_what_ships_and_are_read_again_when_they_change(tmp_path: Path) -> None:
    assert glossary.load(tmp_path) is shipped()
    path = tmp_path / FILE
    path.write_text("- {tr: [göçebe], en: [nomad]}\n", encoding="utf-8")
    assert [name.text for name in glossary.load(tmp_path).others(["nomad"])] == ["göçebe"]
    assert {name.text for name in glossary.load(tmp_path).others(["nomads"])} == {"göçebe", "nomad"}, "bare as well"
    assert glossary.load(tmp_path) is glossary.load(tmp_path)
    path.write_text("- {tr: [göçer], en: [nomad]}\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert [name.text for name in glossary.load(tmp_path).others(["nomad"])] == ["göçer"]
    assert glossary.load(tmp_path).others(["Karabakh"])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("- {tr: [bir], en: [one]}\n- {tr: [tek]}\n", 2, "two names"),
        ("tr: [bir]\n", 1, "a list"),
        ("\n- bir\n", 2, "maps languages"),
        ("- {tr: [bir], english: [one]}\n", 1, "language code"),
        ("- tr: [bir]\n  en: ['...']\n", 2, "empty"),
        ("- tr: [bir]\n  en: [{x: y}]\n", 2, "one line"),
        ("- tr: [bir]\n  en: [a b c d e f g h i]\n", 2, "more than 8"),
        ("- {tr: [bir\n", 2, "YAML"),
    ],
)
def test_mistake_is_named_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"own\.yaml:{line}: .*{said}"):
        parse(text, "own.yaml")


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse("- {tr: [tek]}\n- {tr: [bir], en: [one]}\n- yalnız\n", "own.yaml")
    assert "own.yaml:1:" in str(caught.value)
    assert "own.yaml:3:" in str(caught.value)


def test_words_that_yaml_would_change_stay_words() -> None:
    [entry] = parse("- {tr: [2040], en: [NO, on]}", "x")
    assert [name.text for name in entry.names] == ["2040", "NO", "on"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"- {tr: [\x01], en: [b]}"])
def test_file_that_is_no_text_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ConfigurationError, match=FILE):
        glossary.load(tmp_path)


def test_empty_file_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("# nothing yet\n", encoding="utf-8")
    assert glossary.load(tmp_path).entries == shipped().entries
