"""Bylines: persons, institutions, titles, affiliations, furniture, case, and signatures that close a text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.extract.given_names import looks_like_a_name
from pipeline.extract.people import Byline, closing_signature, split_byline, split_bylines
from pipeline.text import fold, upper_turkish

SITES = ("KAFKASSAM", "Kafkasya Stratejik Araştırmalar Merkezi")


def authors(text: str, language: str | None = None) -> list[str]:
    return list(split_byline(text, site_names=SITES, language=language).authors)


@pytest.mark.parametrize(
    "text",
    [
        "Hasan Oktay",
        "Hasan Oktay Hasan Oktay",
        "HASAN OKTAY Hasan Oktay",
        "Hasan Oktay HASAN OKTAY",
        "Hasan Oktay Hasan Oktay Hasan Oktay",
        "Hasan Oktay Hasan Oktay - - 7 dk okuma süresi",
        "Hasan Oktay\n284\n0",
        "Hasan Oktay, Hasan Oktay",
        "HASAN OKTAY",
        "Hasan OKTAY",
        "Yazar: Hasan Oktay",
        "YAZAR: HASAN OKTAY",
        "Yazar : Hasan Oktay",
        "Yazar\nHasan Oktay",
        "Yazar Hasan Oktay",
        "Yazan: Hasan Oktay",
        "Yazan Hasan Oktay",
        "Yazı: Hasan Oktay",
        "Hazırlayan: Hasan Oktay",
        "Haber: Hasan Oktay",
        "Kaleme alan: Hasan Oktay",
        "Konuk Yazar: Hasan Oktay",
        "By Hasan Oktay",
        "by Hasan Oktay",
        "BY HASAN OKTAY",
        "By: Hasan Oktay",
        "Written by Hasan Oktay",
        "Written By: Hasan Oktay",
        "Posted by Hasan Oktay",
        "Posted on August 12, 2016 by Hasan Oktay",
        "Posted by Hasan Oktay on August 12, 2016",
        "Author: Hasan Oktay",
        "Author(s): Hasan Oktay",
        "Analysis by Hasan Oktay",
        "View all posts by Hasan Oktay",
        "Hasan Oktay Tüm Yazıları",
        "Hasan Oktay tüm yazılarını gör",
        "12 Ağustos 2016 tarihinde Hasan Oktay tarafından yazıldı",
        "Hasan Oktay tarafından yayınlandı",
        "Hasan Oktay - 12 Ağustos 2016",
        "Hasan Oktay | 12.08.2016 14:30 | 0 yorum",
        "12 Ağustos 2016 / Hasan Oktay / 284 okunma",
        "Hasan Oktay • 7 min read",
        "Hasan Oktay Published on 06/01/2026 - 13:55 GMT+1 •Updated 14:20",
        "Hasan Oktay, 3 gün önce",
        "Hasan Oktay hasan@example.org",
        "Hasan Oktay @hasanoktay",
        "Hasan Oktay (@hasanoktay)",
        "Hasan Oktay https://example.org/hasan",
        "Prof. Dr. Hasan Oktay",
        "Prof.Dr. Hasan Oktay",
        "Prof.Dr.Hasan Oktay",
        "PROF. DR. HASAN OKTAY",
        "Prof Dr Hasan Oktay",
        "Doç. Dr. Hasan Oktay",
        "Doç.Dr. Hasan OKTAY",
        "Dr. Hasan Oktay",
        "Dr Hasan Oktay",
        "Dr. Öğr. Üyesi Hasan Oktay",
        "Dr. Öğretim Üyesi Hasan Oktay",
        "Yrd. Doç. Dr. Hasan Oktay",
        "Yrd.Doç.Dr. Hasan Oktay",
        "Yardımcı Doçent Doktor Hasan Oktay",
        "Öğr. Gör. Hasan Oktay",
        "Arş. Gör. Hasan Oktay",
        "Araştırma Görevlisi Hasan Oktay",
        "Arş. Gör. Dr. Hasan Oktay",
        "Uzm. Hasan Oktay",
        "Av. Hasan Oktay",
        "Em. Büyükelçi Hasan Oktay",
        "E. Büyükelçi Hasan Oktay",
        "Büyükelçi (E) Hasan Oktay",
        "Emekli Büyükelçi Hasan Oktay",
        "Emekli Tümgeneral Hasan Oktay",
        "E. Tuğgeneral Hasan Oktay",
        "Em. Kurmay Albay Hasan Oktay",
        "Amb. Hasan Oktay",
        "Ambassador Hasan Oktay",
        "Lt. Col. Hasan Oktay",
        "Sayın Hasan Oktay",
        "Mr. Hasan Oktay",
        "Professor Hasan Oktay",
        "Assoc. Prof. Dr. Hasan Oktay",
        "Hasan Oktay, Ph.D.",
        "Hasan Oktay, PhD",
        "Hasan Oktay PhD",
        "Hasan Oktay, MD",
        "Hasan Oktay, Prof. Dr.",
        "Hasan Oktay (Prof. Dr.)",
        "Hasan Oktay, KAFKASSAM Başkanı",
        "Prof. Dr. Hasan Oktay, KAFKASSAM Başkanı",
        "Prof. Dr. Hasan Oktay KAFKASSAM Başkanı",
        "KAFKASSAM Başkanı Hasan Oktay",
        "KAFKASSAM Başkanı Prof. Dr. Hasan Oktay",
        "Hasan Oktay KAFKASSAM",
        "Hasan Oktay – Hacettepe Üniversitesi",
        "Hasan Oktay - Hacettepe Üniversitesi, Ankara",
        "Hasan Oktay—Hacettepe Üniversitesi",
        "Hasan Oktay (Hacettepe Üniversitesi)",
        "Hasan Oktay, Strateji ve Güvenlik Araştırmaları Merkezi",
        "Hasan Oktay, Hacettepe Üniversitesi, Uluslararası İlişkiler Bölümü",
        "Hasan Oktay, Senior Fellow, Center for Strategic and International Studies",
        "Hasan Oktay, Director of the Russia Program",
        "Hasan Oktay, Anadolu Ajansı",
        "Hasan Oktay / Bakü",
        "Hasan Oktay, Ankara",
        "Hasan Oktay Journalist",
        "Hasan Oktay for Mail Online",
        "Hasan Oktay in Baku",
        "Hasan Oktay1",
        "Hasan Oktay*",
        "Oktay, Hasan",
        "OKTAY, Hasan",
        "“Hasan Oktay”",
        "\u200bHasan\u00a0Oktay",
        "Yazan: Hasan Oktay Çeviren: Ali Veli",
        "Yazan: Hasan Oktay | Çeviri: Ali Veli",
        "Written by Hasan Oktay, translated by Ali Veli",
        "Reporting by Hasan Oktay; Editing by Ali Veli",
        "Hasan Oktay, Fotoğraf: Ali Veli",
        "Muhabir: Hasan Oktay - Kamera: Ali Veli",
        "Hasan Oktay\nÇeviren\nAli Veli",
    ],
)
def test_one_writer_however_he_signs(text: str) -> None:
    assert authors(text, "tr") == ["Hasan Oktay"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ali Kaya ve Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya & Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya and Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya ile Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("ALİ KAYA VE AYŞE DEMİR", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya, Ayşe Demir ve Mehmet Can Öz", ["Ali Kaya", "Ayşe Demir", "Mehmet Can Öz"]),
        ("Ali Kaya; Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya / Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya | Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya\nAyşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya - Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Kaya, Ali; Demir, Ayşe", ["Ali Kaya", "Ayşe Demir"]),
        ("Kaya, Ali ve Demir, Ayşe", ["Ali Kaya", "Ayşe Demir"]),
        ("Kaya, Ali, Demir, Ayşe Nur", ["Ali Kaya", "Ayşe Nur Demir"]),
        ("Prof. Dr. Ali Kaya, Gazi Üniversitesi; Dr. Ayşe Demir, SETA", ["Ali Kaya", "Ayşe Demir"]),
        ("Prof. Dr. Ali Kaya & Doç. Dr. Ayşe Demir", ["Ali Kaya", "Ayşe Demir"]),
        ("Ali Kaya1, Ayşe Demir2", ["Ali Kaya", "Ayşe Demir"]),
        ("Smith, John Jr.", ["John Smith Jr."]),
        ("Smith, John A.", ["John A. Smith"]),
        ("de Waal, Thomas", ["Thomas de Waal"]),
        ("Thomas de Waal", ["Thomas de Waal"]),
        ("Fouzia Van Der Fort|Published 4 months ago", ["Fouzia Van Der Fort"]),
        ("E. Fuat Keyman", ["E. Fuat Keyman"]),
        ("J.K. Rowling", ["J.K. Rowling"]),
        ("Timothy P. Carney", ["Timothy P. Carney"]),
        ("Victoria O’Regan", ["Victoria O’Regan"]),
        ("VICTORIA O'REGAN", ["Victoria O'Regan"]),
        ("Bryan DeArdo and Michael McIntyre", ["Bryan DeArdo", "Michael McIntyre"]),
        ("Claire Benit-Gbaffou", ["Claire Benit-Gbaffou"]),
        ("CLAIRE BENIT-GBAFFOU", ["Claire Benit-Gbaffou"]),
        ("Ben Andrews", ["Ben Andrews"]),
        ("Jack Ma", ["Jack Ma"]),
        ("Xiaoying You0, Mohana Basu & … Jeff Tollefson", ["Xiaoying You", "Mohana Basu", "Jeff Tollefson"]),
        ("Can Dündar", ["Can Dündar"]),
        ("Özgür Özel", ["Özgür Özel"]),
        ("Yalçın Küçük", ["Yalçın Küçük"]),
        ("Barış Doster", ["Barış Doster"]),
        ("Theresa May", ["Theresa May"]),
        ("İlham Əliyev", ["İlham Əliyev"]),
        ("Андрей Колесников", ["Андрей Колесников"]),
        ("Автор: А. Б. Иванов", ["А. Б. Иванов"]),
        ("АНДРЕЙ КОЛЕСНИКОВ", ["Андрей Колесников"]),
        ("გიორგი ლომსაძე", ["გიორგი ლომსაძე"]),
        ("Լուսինե Մուսայելյան", ["Լուսինե Մուսայելյան"]),
        ("محمد علی", ["محمد علی"]),
        ("John R. Smith, Elif Yılmaz, and Tamar Beridze", ["John R. Smith", "Elif Yılmaz", "Tamar Beridze"]),
        ("Anar Məmmədov, və Rauf Hacıyev", ["Anar Məmmədov", "Rauf Hacıyev"]),
        ("Ayşe Kara, Mehmet Öz, & Ali Can", ["Ayşe Kara", "Mehmet Öz", "Ali Can"]),
        ("By Samya Kullab and Vasilisa Stepanenko The Associated Press", ["Samya Kullab", "Vasilisa Stepanenko"]),
    ],
)
def test_lists_inversions_and_names_of_many_kinds(text: str, names: list[str]) -> None:
    assert authors(text) == names


@pytest.mark.parametrize(
    ("text", "organisation"),
    [
        ("KAFKASSAM", "KAFKASSAM"),
        ("kafkassam", "kafkassam"),
        ("Kafkasya Stratejik Araştırmalar Merkezi", "Kafkasya Stratejik Araştırmalar Merkezi"),
        ("Kafkassam Editör", "Kafkassam Editör"),
        ("KAFKASSAM Editörü", "KAFKASSAM Editörü"),
        ("Editör", "Editör"),
        ("Editor", "Editor"),
        ("Haber Merkezi", "Haber Merkezi"),
        ("HABER MERKEZİ", "HABER MERKEZİ"),
        ("SETA", "SETA"),
        ("AA", "AA"),
        ("Haber: AA", "AA"),
        ("Kaynak: Anadolu Ajansı", "Anadolu Ajansı"),
        ("Anadolu Ajansı", "Anadolu Ajansı"),
        ("RAND Corporation", "RAND Corporation"),
        ("BİLGESAM", "BİLGESAM"),
        ("TEPAV", "TEPAV"),
        ("Strateji ve Güvenlik Araştırmaları Merkezi", "Strateji ve Güvenlik Araştırmaları Merkezi"),
        ("Center for Strategic and International Studies", "Center for Strategic and International Studies"),
        ("Dış Politika Enstitüsü", "Dış Politika Enstitüsü"),
        ("Orta Doğu Masası", "Orta Doğu Masası"),
        ("Türk Tarih Kurumu", "Türk Tarih Kurumu"),
        ("Hoover Institution", "Hoover Institution"),
        ("Atlantic Council", "Atlantic Council"),
        ("Chatham House", "Chatham House"),
        ("The Associated Press", "The Associated Press"),
        ("By Associated Press12:20pm Jan 7, 2024", "Associated Press"),
        ("The Economist", "The Economist"),
        ("Reuters", "Reuters"),
        ("By Reuters Staff", "Reuters Staff"),
        ("Gear Team", "Gear Team"),
        ("Sports Desk", "Sports Desk"),
        ("Guardian staff reporter", "Guardian staff reporter"),
        ("BBC Türkçe", "BBC Türkçe"),
        ("Habertürk", "Habertürk"),
        ("ntv.com.tr", "ntv.com.tr"),
        ("Editör: Haber Merkezi", "Haber Merkezi"),
        ("Written by Caspian Policy Institute", "Caspian Policy Institute"),
        ("Foreign Policy Research Institute", "Foreign Policy Research Institute"),
        ("Peace Research Institute Oslo", "Peace Research Institute Oslo"),
        ("World Economics Association", "World Economics Association"),
        ("Carnegie Endowment for International Peace", "Carnegie Endowment for International Peace"),
        ("Real Instituto Elcano", "Real Instituto Elcano"),
        ("Yazı İşleri", "Yazı İşleri"),
    ],
)
def test_institutions_are_no_persons(text: str, organisation: str) -> None:
    line = split_byline(text, site_names=SITES)
    assert (line.authors, line.organisations) == ((), (organisation,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " - ",
        "admin",
        "Admin",
        "ADMIN",
        "Yazar: admin",
        "Posted by admin on August 12, 2016",
        "12 Ağustos 2016 tarihinde admin tarafından gönderildi",
        "administrator",
        "View all",
        "View all posts",
        "View All Posts",
        "Tüm yazıları",
        "Tüm Yazıları Gör",
        "Yazarın tüm yazıları",
        "guest",
        "Guest",
        "Misafir",
        "Konuk Yazar",
        "Anonim",
        "Anonymous",
        "Yorum",
        "Yorumlar",
        "0 yorum",
        "Yorum yok",
        "Leave a comment",
        "Ali Veli says:",
        "Ed Rybicki says:",
        "Ali Veli diyor ki:",
        "Ali Veli dedi ki",
        "Ali Veli yorum yaptı",
        "info@kafkassam.com",
        "https://kafkassam.com/yazar/hasan-oktay",
        "www.kafkassam.com",
        "@hasanoktay",
        "12 Ağustos 2016",
        "Ağustos 12, 2016",
        "12.08.2016 14:30",
        "7:55 AM UTC",
        "Yayınlanma Tarihi: 12 Ağustos 2016",
        "3 gün önce",
        "2016",
        "284 0",
        "7 dk okuma süresi",
        "Okuma Süresi: 7 dakika",
        "7 min read",
        "284 görüntülenme",
        "Okunma: 1.284",
        "Yazar",
        "Uzman",
        "Analist",
        "KAFKASSAM Uzmanı",
        "Staff Writer",
        "Journalist",
        "Senior Fellow",
        "Genel Yayın Yönetmeni",
        "Prof. Dr.",
        "Çeviren: Ali Veli",
        "Çeviri: Ali Veli",
        "Translated by Ali Veli",
        "Editör: Ayşe Kaya",
        "Fotoğraf: Ali Veli",
        "Photo: Ali Veli",
        "Image: GCIS",
        "Photograph: Ali Veli/Getty",
        "hasan oktay",
        "hasanoktay",
        "Hasan",
        "Ilanga D",
        "Emma MackenzieLifestyle Writer",
        "Thabo Mokone Parliamentary editor",
        "Scott Gilbertson Gear Team",
        "Contact Paul Fitzgerald on X",
        "Dağlık Karabağ",
        "Nagorno Karabakh",
        "Azerbaycan",
        "Suudi Arabistan",
        "United States",
        "New York",
        "Dış Politika",
        "Doğu Akdeniz",
        "Orta Doğu",
        "Foreign Policy",
        "Sonuç ve Öneriler",
        "Kaynakça",
        "Read more",
        "Devamını Oku",
        "Facebook'ta Paylaş",
        "Follow Us",
        "Privacy Policy",
        "Gizlilik Politikası",
        "AUBURN, Wash. —",
        "Türkiye’nin Kafkasya Politikası",
        "Recep Tayyip Erdoğan Bakü'de konuştu",
        "Rachel Brazil is a freelance journalist in London, UK.",
        "Prof. Dr. Hasan Oktay 1968 yılında Kars'ta doğdu, orta öğrenimini burada tamamladı.",
        "English Русский",
        "APRI Armenia",
        "Research Fellow",
        "Policy Director",
        "x" * 1000,
        "Ali Veli, " * 100,
    ],
)
def test_what_signs_nothing(text: str) -> None:
    assert split_byline(text, site_names=SITES) == Byline()


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("İSMAİL IŞIK", None, "İsmail Işık"),
        ("IŞIL KILIÇ", None, "Işıl Kılıç"),
        ("İSMAİL YILDIZ", "en", "İsmail Yıldız"),
        ("MURAT YALIN", "tr", "Murat Yalın"),
        ("MURAT YALIN", "en", "Murat Yalin"),
        ("ALI YILMAZ", "tr", "Ali Yilmaz"),
        ("MICHAEL SMITH", "tr", "Michael Smith"),
        ("MICHAEL SMITH", None, "Michael Smith"),
        ("MTHOBISI SITHOLE", None, "Mthobisi Sithole"),
        ("JEAN-PIERRE MARTIN", "fr", "Jean-Pierre Martin"),
        ("JOHN SMITH III", None, "John Smith III"),
        ("ÇAĞRI ERHAN", None, "Çağrı Erhan"),
        ("A. KADİR GÜL", None, "A. Kadir Gül"),
    ],
)
def test_capitals_become_title_case_by_the_rules_of_the_name(text: str, language: str | None, name: str) -> None:
    assert authors(text, language) == [name]


def test_the_line_is_kept_as_printed_without_furniture() -> None:
    line = split_byline("Prof. Dr. Hasan Oktay,\u00a0 KAFKASSAM Başkanı | 12 Ağustos 2016 | 0 yorum")
    assert line == Byline(("Hasan Oktay",), (), "Prof. Dr. Hasan Oktay, KAFKASSAM Başkanı")


def test_persons_and_institutions_sign_together() -> None:
    line = split_byline("Ali Kaya ve SETA")
    assert (line.authors, line.organisations) == (("Ali Kaya",), ("SETA",))


def test_several_lines_are_one_byline() -> None:
    line = split_bylines(["Prof. Dr. Ali Kaya", "ALİ KAYA", "Ayşe Demir", "admin", "AP"])
    assert line == Byline(("Ali Kaya", "Ayşe Demir"), ("AP",), "Prof. Dr. Ali Kaya, ALİ KAYA, Ayşe Demir, AP")
    assert split_bylines([]) == Byline()


# --- closing signatures -----------------------------------------------------------------------------------------------

PROSE = "Ermenistan tarafı ise görüşmelerden sonra bir açıklama yapmadı."


@pytest.mark.parametrize(
    ("last", "name"),
    [
        ("Sarkisian spoke of the Armenian-held enclave. Lusine Musayelian", "Lusine Musayelian"),
        ("He said that “they will not come back to the table.” Lusine Musayelian", "Lusine Musayelian"),
        ("Görüşmelerin ne zaman başlayacağı ise henüz bilinmiyor. Hasan Oktay", "Hasan Oktay"),
        ("Görüşmelerin ne zaman başlayacağı ise henüz bilinmiyor. Prof. Dr. Hasan Oktay", "Hasan Oktay"),
        ("Görüşmelerin ne zaman başlayacağı ise henüz bilinmiyor… – Hasan Oktay", "Hasan Oktay"),
        ("Hasan Oktay", "Hasan Oktay"),
        ("– Hasan Oktay", "Hasan Oktay"),
        ("Prof. Dr. Hasan Oktay", "Hasan Oktay"),
        ("Prof. Dr. HASAN OKTAY", "Hasan Oktay"),
        ("Hasan OKTAY", "Hasan Oktay"),
        ("Prof. Dr. Hasan Oktay, KAFKASSAM Başkanı", "Hasan Oktay"),
        ("Hasan Oktay (KAFKASSAM Başkanı)", "Hasan Oktay"),
        ("Yazan: Hasan Oktay", "Hasan Oktay"),
        ("Андрей Колесников", "Андрей Колесников"),
    ],
)
def test_a_writer_signs_at_the_end(last: str, name: str) -> None:
    assert closing_signature([PROSE, last]) == name
    assert closing_signature([PROSE, last, " "]) == name


@pytest.mark.parametrize(
    "last",
    [
        "Görüşmelerin ne zaman başlayacağı ise henüz bilinmiyor.",
        "Görüşmelerin ne zaman başlayacağı ise henüz bilinmiyor. Hasan Oktay.",
        "Görüşmelerin ne zaman başlayacağı ise bilinmiyor. Dağlık Karabağ",
        "The presidents met for the first time since April. Nagorno Karabakh",
        "The presidents met for the first time in St. Petersburg Dialogue",
        "The ministers spoke for an hour about the war with Mr. John Smith",
        "The ministers spoke for an hour about the war. Al Jazeera",
        "The ministers spoke for an hour about the war. Foreign Policy",
        "The ministers spoke for an hour about the war. Read More",
        "The ministers spoke for an hour about the war. Hudson County",
        "Dağlık Karabağ",
        "Suudi Arabistan",
        "Tel Aviv",
        "Russia Warns Turkey",
        "Metrobüs Durakları",
        "Privacy Preferences",
        "İlgili Yazılar",
        "SONUÇ",
        "HASAN OKTAY",
        "KAFKASSAM",
        "Anadolu Ajansı",
        "Haber Merkezi",
        "Hasan Oktay ve Ali Veli",
        "Çeviren: Ali Veli",
        "Kaynak: Ali Veli",
        "Fotoğraf: Ali Veli",
        "By Ali Veli",
        "View all posts by Ali Veli",
        "Ali Veli says:",
        "Ali Veli, 12 Ağustos 2016",
        "Ali Veli, Bakü'de görüşmelere katıldı",
        "Kim Kardashian, Christian Bale support UCLA Promise Institute",
        "San Antonio Spurs",
        "12 Ağustos 2016",
        "",
    ],
)
def test_what_closes_a_text_without_signing_it(last: str) -> None:
    assert closing_signature([PROSE, last]) is None


def test_a_name_after_no_sentence_is_a_caption_or_a_list() -> None:
    assert closing_signature(["Katılanlar:", "Hasan Oktay"]) is None
    assert closing_signature(["Hasan Oktay"]) is None
    assert closing_signature([]) is None


def test_surname_endings_tell_a_person() -> None:
    for name in ("lusine musayelian", "xxx kirakosyan", "xxx cavusoglu", "xxx margvelashvili", "xxx hasanov"):
        assert looks_like_a_name(name.split())
    for phrase in ("hudson county", "metrobus duraklari", "black friday", "caspian guardian", "iranian ukrainian"):
        assert not looks_like_a_name(phrase.split())


# --- properties -------------------------------------------------------------------------------------------------------


@given(st.text(max_size=320))
@example("Prof. Dr.")
@example("( , - . ; ve )")
@example("’’’ İİİ. ß")
@example("By by BY: Yazar:\nYazar")
def test_no_text_raises(text: str) -> None:
    split_byline(text, site_names=SITES, language="tr")
    closing_signature([PROSE, text])
    closing_signature([text])


_PIECES = (
    "Ali Kaya Prof. Dr. ve , - ( ) : By Yazar Çeviren editor Merkezi 12 Ağustos 2016 de E. Jr. KAFKASSAM admin".split()
)


@given(st.lists(st.sampled_from(_PIECES), max_size=10))
def test_no_heap_of_byline_pieces_raises_or_keeps_a_title(pieces: list[str]) -> None:
    for name in split_byline(" ".join(pieces), site_names=SITES).authors:
        assert not {"Prof.", "Dr.", "By", "admin", "KAFKASSAM", "Merkezi", "2016"} & set(name.split()), name


_GIVEN = ("Ahmet", "Ayşe", "İsmail", "Işıl", "Oğuz", "Çiğdem", "John", "Mary")
_SURNAMES = ("Yıldız", "Şahin", "Öztürk", "Gül", "Işık", "Smith", "İnan")


@given(st.sampled_from(_GIVEN), st.sampled_from(_SURNAMES), st.sampled_from(("", "Prof. Dr. ", "Yazar: ", "By ")))
def test_every_name_survives_labels_titles_and_capitals(first: str, surname: str, before: str) -> None:
    name = f"{first} {surname}"
    assert authors(before + name) == [name]
    if "Smith" not in name and name != "John Gül" and name != "Mary Gül":
        assert authors(before + upper_turkish(name), "tr") == [name]


# --- recorded publishers ----------------------------------------------------------------------------------------------

PUBLISHERS = Path(__file__).parents[2].parent / "shared" / "corpus" / "publishers"
#: One word only, which may be anybody's, or a surname of one letter: left out on purpose.
UNPLAUSIBLE = {"Ilanga D", "Eddie"}


def _gold() -> Iterator[str]:
    for file in sorted(PUBLISHERS.glob("*/*.json")):
        if file.name != "meta.json":
            for version in json.loads(file.read_text(encoding="utf-8")).values():
                yield from version.get("authors") or ()


@pytest.mark.corpus
@pytest.mark.skipif(not PUBLISHERS.is_dir(), reason="the recorded publishers (../shared/corpus) are not here")
def test_every_recorded_author_is_a_person_or_an_institution() -> None:
    names = sorted(set(_gold()) - UNPLAUSIBLE)
    assert len(names) > 30
    lines = {name: split_byline(f"By {name}") for name in names}
    kept = [name for name, line in lines.items() if fold(name) in map(fold, line.authors + line.organisations)]
    assert kept == names
    assert len([name for name in names if lines[name].organisations]) < 15
