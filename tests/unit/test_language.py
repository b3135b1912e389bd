"""`identify` on texts written for it, and on any text at all. How often it is right: test_language_quality.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.extract.language import Language, identify, voices, warm
from pipeline.extract.language.passages import passages, repair
from pipeline.text import upper_turkish

TURKISH = (
    "Türkiye ile komşuları arasındaki askeri iş birliği son yıllarda hızla derinleşiyor ve bölgedeki dengeleri "
    "değiştiriyor. Bakanlık, yeni anlaşmanın iki ülkenin ortak çıkarlarına uygun olduğunu açıkladı."
)
ENGLISH = (
    "Military cooperation between the two neighbours has deepened over the past few years and is changing the balance "
    "of the whole region. The ministry said that the new agreement serves the interests of both countries."
)
AZERBAIJANI = (
    "Qonşu ölkələr arasında hərbi əməkdaşlıq son illərdə xeyli güclənib və regionda qüvvələr nisbətini dəyişir. "
    "Nazirlik bildirib ki, yeni saziş hər iki ölkənin maraqlarına tam cavab verir."
)
RUSSIAN = (
    "Военное сотрудничество между соседними странами за последние годы заметно углубилось и меняет расстановку сил в "
    "регионе. В министерстве сообщили, что новое соглашение отвечает интересам обеих сторон."
)
TEXTS = {
    "tr": TURKISH,
    "en": ENGLISH,
    "az": AZERBAIJANI,
    "ru": RUSSIAN,
    "hy": "Հարևան երկրների միջև ռազմական համագործակցությունը վերջին տարիներին զգալիորեն խորացել է։",
    "ka": "მეზობელ ქვეყნებს შორის სამხედრო თანამშრომლობა ბოლო წლებში მნიშვნელოვნად გაღრმავდა.",
    "kk": "Көрші елдер арасындағы әскери ынтымақтастық соңғы жылдары едәуір тереңдеп, жағдайды өзгертіп жатыр.",
    "fa": "همکاری نظامی میان دو کشور همسایه در سال‌های گذشته گسترش یافته و توازن منطقه را دگرگون کرده است.",
    "ar": "تعمق التعاون العسكري بين البلدين الجارين خلال السنوات الماضية وهو يغير ميزان القوى في المنطقة كلها.",
    "de": "Die militärische Zusammenarbeit der beiden Nachbarn hat sich in den letzten Jahren deutlich vertieft.",
    "fr": "La coopération militaire entre les deux voisins s'est approfondie au cours des dernières années.",
    "uk": "Військова співпраця між сусідніми країнами за останні роки помітно поглибилася і змінює розклад сил.",
    "el": "Η στρατιωτική συνεργασία μεταξύ των δύο γειτονικών χωρών έχει εμβαθύνει τα τελευταία χρόνια.",
    "zh": "两国之间的军事合作近年来不断加深，正在改变整个地区的力量平衡。",
    "ja": "両国の軍事協力はここ数年で大きく深まり、地域の勢力図を変えつつある。",
}
#: The first article of the Universal Declaration of Human Rights, in languages that langdetect calls Turkish.
NEIGHBOURS = {
    "crh": "Bütün insanlar serbestlik, menlik ve uquqlarda musaviy olıp dünyağa keleler. Olar aqıl ve vicdan "
    "saibidirler ve biri-birilerinen qardaşçasına munasebette bulunmalıdırlar.",
    "tk": "Adamlaryň hemmesi azat dogulýarlar we öz mertebesi hem-de hukuklary boýunça ilkibaşdan deňdirler.",
    "uz": "Barcha odamlar erkin, qadr-qimmat va huquqlarda teng bo‘lib tug‘iladilar. Ular aql va vijdon sohibidirlar.",
    "ku": "Hemû mirov azad û di weqar û mafan de wekhev tên dinyayê. Ew xwedî hiş û şuûr in.",
}
_WITHOUT_DIACRITICS = str.maketrans("çğıöşüÇĞİÖŞÜəƏ", "cgiosuCGIOSUeE")


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_one_paragraph(code: str, text: str) -> None:
    found = identify(text)
    assert (found.code, found.languages, found.shares) == (code, (code,), {code: 1.0})
    assert found.confidence >= 0.8
    assert not found.uncertain


@pytest.mark.parametrize(("code", "text"), NEIGHBOURS.items())
def test_turkic_and_kurdish_neighbours_are_not_turkish(code: str, text: str) -> None:
    assert identify(text).code == code


@pytest.mark.parametrize("disguise", [upper_turkish, str.upper, lambda text: text.translate(_WITHOUT_DIACRITICS)])
def test_turkish_in_capitals_or_without_its_letters(disguise) -> None:  # type: ignore[no-untyped-def]  # any str → str
    assert identify(disguise(TURKISH)).code == "tr"
    assert identify(disguise(TURKISH).translate(_WITHOUT_DIACRITICS)).code == "tr"


def test_capitals_of_other_languages() -> None:
    assert identify(ENGLISH.upper()).code == "en"
    assert identify(upper_turkish(AZERBAIJANI)).code == "az"
    assert identify(RUSSIAN.upper()).code == "ru"


def test_azerbaijani_without_its_letters_is_told_by_its_spelling() -> None:
    found = identify(AZERBAIJANI.translate(_WITHOUT_DIACRITICS))
    assert (found.code, found.basis, found.uncertain) == ("az", "words", True)


def test_azerbaijani_typed_with_cyrillic_lookalikes() -> None:
    assert identify(AZERBAIJANI.replace("ə", "ә")).code == "az"


def test_the_basis_says_who_spoke() -> None:
    assert identify(TURKISH).basis == "langdetect+py3langid"
    assert identify(AZERBAIJANI).basis == "py3langid"
    assert identify(TEXTS["ka"]).basis == "script"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n ",
        "12345 67 2019",
        "OK",
        "Merhaba",
        "😀 😀 ❤",
        "https://example.com/uzun/bir/adres",
        "a\u0301",
        "\ud800",
    ],
)
def test_too_little_text_is_undetermined(text: str) -> None:
    assert identify(text) == Language("und", 0.0, "too_short", ("und",), {"und": 1.0}, uncertain=True)


def test_a_short_sentence_is_told_but_uncertain() -> None:
    found = identify("Görüşmeler yarın devam edecek.")
    assert (found.code, found.uncertain) == ("tr", True)


@pytest.mark.parametrize("part", [2, 5, 8])
@pytest.mark.parametrize(("first", "second"), [("tr", "en"), ("tr", "az"), ("az", "ru"), ("ru", "kk"), ("en", "hy")])
def test_a_text_in_two_languages_names_both(first: str, second: str, part: int) -> None:
    blocks = [TEXTS[first]] * part + [TEXTS[second]] * (10 - part)
    found = identify("\n".join(blocks[index * 3 % 10] for index in range(10)))  # mixed: 3 and 10 share no divisor
    letters = {code: count * sum(map(str.isalpha, TEXTS[code])) for code, count in ((first, part), (second, 10 - part))}
    assert set(found.languages) == {first, second}
    assert found.code == found.languages[0] == max(found.shares, key=found.shares.__getitem__)
    for code, count in letters.items():
        assert found.shares[code] == pytest.approx(count / sum(letters.values()), abs=0.02)


def test_two_languages_in_one_long_line() -> None:
    line = " ".join([TURKISH] * 5 + [ENGLISH] * 5)
    assert set(identify(line).languages) == {"tr", "en"}


def test_two_scripts_in_one_paragraph() -> None:
    assert set(identify(f"{TURKISH} {RUSSIAN}").languages) == {"tr", "ru"}


def test_a_teaser_does_not_tip_a_short_text() -> None:
    teaser = "İlgili yazılar: Kafkasya'da yeni dönem"
    found = identify(f"{teaser}\n{ENGLISH}\n{ENGLISH}\n{teaser}")
    assert found.code == "en"


def test_names_do_not_tip_a_text() -> None:
    text = (
        "The meeting was attended by Ahmet Yıldırım, Ayşe Gülbahar Öztürk and Mehmet Çağrı Kılıç of the Dışişleri "
        "Bakanlığı, who later spoke to Anadolu Ajansı and Yeni Şafak about the talks in Şanlıurfa and Çanakkale."
    )
    assert identify(text).languages == ("en",)


def test_a_quotation_does_not_tip_a_paragraph() -> None:
    text = (
        "The minister answered the reporters on Monday with a long sentence: “Bu konuda bizim tutumumuz baştan beri "
        "bellidir ve hiçbir şekilde değişmeyecektir, çünkü ülkemizin çıkarları bunu gerektirmektedir.” He then left."
    )
    assert identify(text).languages == ("en",)


def test_a_text_that_is_one_quotation_still_has_a_language() -> None:
    assert identify(f"“{TURKISH}”").code == "tr"


def test_a_caption_is_no_language_of_its_own() -> None:
    assert identify(f"{TURKISH}\nPhoto: The New York Times\n{TURKISH}").languages == ("tr",)


def test_a_whole_passage_is_one_however_long_the_text() -> None:
    found = identify("\n".join([TURKISH] * 30 + [ENGLISH]))
    assert found.languages == ("tr", "en")
    assert 0.02 < found.shares["en"] < 0.05


@pytest.mark.parametrize(
    ("damaged", "right"),
    [
        (
            "Ama genellikle o yasaðýn tekrar yapýldýðýný görürüz.",
            "Ama genellikle o yasağın tekrar yapıldığını görürüz.",
        ),
        ("Kýzgýnlýk egzersizine bir göz atýn.", "Kızgınlık egzersizine bir göz atın."),
        (NEIGHBOURS["tk"], NEIGHBOURS["tk"]),
        ("Það er mjög gott veður í dag.", "Það er mjög gott veður í dag."),
        ("Nový rok začal dobře.", "Nový rok začal dobře."),
    ],
)
def test_turkish_read_as_western_european_is_repaired_and_others_left(damaged: str, right: str) -> None:
    assert repair(damaged) == right


def test_addresses_and_hashtags_say_nothing() -> None:
    noise = "https://www.example.com/the-quick-brown-fox info@example.com @theministry #BreakingNews"
    assert identify(f"{noise} {TURKISH} {noise} {noise}").languages == ("tr",)


def test_the_order_of_texts_makes_no_difference() -> None:
    forwards = {code: identify(text) for code, text in TEXTS.items()}
    assert {code: identify(TEXTS[code]) for code in reversed(TEXTS)} == forwards


def test_threads_agree() -> None:
    texts = list(TEXTS.values()) * 3
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(identify, texts)) == [identify(text) for text in texts]


def test_another_process_agrees() -> None:
    mixed = f"{TURKISH}\n{ENGLISH}\n{AZERBAIJANI}"
    script = (
        "import json, sys; from pipeline.extract.language import identify; found = identify(json.load(sys.stdin));"
        "print(json.dumps([found.code, found.confidence, found.basis, found.languages, list(found.shares.items())]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(mixed),
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = identify(mixed)
    here = [
        found.code,
        found.confidence,
        found.basis,
        list(found.languages),
        [list(pair) for pair in found.shares.items()],
    ]
    assert json.loads(other.stdout) == here


def test_models_load_once() -> None:
    warm()
    before = voices._langdetect(), voices._py3langid()
    identify(TURKISH)
    assert (voices._langdetect(), voices._py3langid()) == before
    assert voices._langdetect.cache_info().currsize == voices._py3langid.cache_info().currsize == 1


@pytest.mark.parametrize(("load", "module"), [("_langdetect", "langdetect"), ("_py3langid", "py3langid")])
def test_a_missing_detector_is_named(monkeypatch: pytest.MonkeyPatch, load: str, module: str) -> None:
    submodule = {"langdetect": "langdetect.detector_factory", "py3langid": "py3langid.langid"}[module]
    monkeypatch.setitem(sys.modules, submodule, None)
    with pytest.raises(ConfigurationError, match=module):
        getattr(voices, load).__wrapped__()


@given(
    st.text(max_size=400)
    | st.lists(
        st.sampled_from([*TEXTS.values(), TURKISH + "\ud800", "", "Foto: AA", "1.", "“", "\x00"]), max_size=6
    ).map("\n".join)
)
@settings(max_examples=150, deadline=None)
def test_any_text_has_shares_that_sum_to_one(text: str) -> None:
    found = identify(text)
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.code == found.languages[0]
    assert found.languages == tuple(found.shares)
    assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)
    assert 0.0 <= found.confidence <= 1.0
    assert identify(text) == found


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_passage_has_a_script_and_weight(text: str) -> None:
    for passage in passages(text):
        assert passage.letters > 0
        assert passage.script


@pytest.mark.parametrize("piece", ["a", "mu", "“", "a.", "@a", "x@", "ý", "א", "1", ". ", '"q'])
def test_endless_text_of_one_piece_takes_no_time(piece: str) -> None:
    identify(piece * (100_000 // len(piece)))
