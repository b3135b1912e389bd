"""Dates: every printed form in Turkish and English, what machines write, historic offsets, and what is no date."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.extract.date_grammar import LOCALES, month_numbers
from pipeline.extract.dates import Stamp, date_spans, find_dates, parse_date
from pipeline.text import fold, lower_turkish, upper_turkish

ISTANBUL = "Europe/Istanbul"
NOW = dt.datetime(2026, 8, 1, 9, 0, tzinfo=dt.UTC)
LATE = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)


def _words(text: str) -> list[str]:
    return text.split()


def parse(text: str, *, timezone: str = ISTANBUL, now: dt.datetime | None = NOW, years: bool = False) -> Stamp | None:
    return parse_date(text, timezone=timezone, now=now, years=years)


def test_a_printed_day_is_the_local_midnight_in_the_offset_of_its_time() -> None:
    summer_2016 = parse("12 Ağustos 2016")
    winter_2015, winter_2017 = parse("3 Ocak 2015"), parse("3 Ocak 2017")
    assert summer_2016 == Stamp(dt.datetime.fromisoformat("2016-08-12T00:00:00+03:00"), dt.date(2016, 8, 12), "day")
    assert winter_2015 and winter_2015.instant.isoformat() == "2015-01-03T00:00:00+02:00"
    assert winter_2017 and winter_2017.instant.isoformat() == "2017-01-03T00:00:00+03:00"


DAY = dt.date(2016, 8, 12)


@pytest.mark.parametrize(
    "text",
    [
        "12 Ağustos 2016",
        "12 AĞUSTOS 2016",
        "12 ağustos 2016",
        "12 Agustos 2016",
        "12 AGUSTOS 2016",
        "12 Ağu 2016",
        "12 Ağu. 2016",
        "12 Ağu, 2016",
        "12-Ağu-2016",
        "Ağu 12, 2016",
        "Ağustos 12, 2016",
        "AĞUSTOS 12, 2016",
        "Ağustos 12 2016",
        "2016 Ağustos 12",
        "Cuma, 12 Ağustos 2016",
        "Cuma, Ağustos 12, 2016",
        "12 Ağustos 2016 Cuma",
        "12 Ağustos 2016, Cuma",
        "12 Ağustos 2016 CUMA",
        "12 Ağustos, 2016",
        "12. Ağustos 2016",
        "(12 Ağustos 2016)",
        "/ 12 Ağustos 2016 /",
        "📅 12 Ağustos 2016",
        "  12\u00a0Ağustos\u00a02016\n",
        "12 Ağustos 2016 tarihinde güncellendi",
        "12 Ağustos 2016 tarihinde yayınlandı.",
        "Yayınlanma Tarihi: 12 Ağustos 2016",
        "Yayımlanma tarihi 12 Ağustos 2016",
        "YAYIN TARİHİ : 12.08.2016",
        "Giriş Tarihi: 12.08.2016",
        "Eklenme Tarihi:12.08.2016",
        "Oluşturulma Tarihi: Ağustos 12, 2016",
        "Son Güncelleme: 12 Ağustos 2016",
        "Son güncellenme tarihi : 12.8.2016",
        "Tarih: 12/08/2016",
        "12.08.2016",
        "12.8.2016",
        "12/08/2016",
        "12/8/2016",
        "12-08-2016",
        "12 / 08 / 2016",
        "12.08.16",
        "2016.08.12",
        "2016/08/12",
        "2016-08-12",
        "2016-8-12",
        "20160812",
        "12 August 2016",
        "12 AUGUST 2016",
        "12th August 2016",
        "12th of August, 2016",
        "August 12, 2016",
        "August 12 2016",
        "August 12th, 2016",
        "AUGUST 12, 2016",
        "Aug 12, 2016",
        "Aug. 12, 2016",
        "12 Aug 2016",
        "12-Aug-2016",
        "2016-Aug-12",
        "12 AUG 16",
        "Friday, August 12, 2016",
        "Fri, 12 Aug 2016",
        "Posted on August 12, 2016",
        "Published: 12 August 2016",
        "Published on 12/08/2016",
        "First published 12 August 2016",
        "Last updated on 12 August 2016",
        "Last modified: Aug 12, 2016",
        "Date: 12 August 2016",
        "12 avqust 2016",
        "12 Avqust 2016-cı il",
        "12 августа 2016",
        "12 АВГУСТА 2016",
        "12 августа 2016 г.",
        "12 августа 2016 года",
        "12 авг. 2016",
        "Опубликовано: 12.08.2016",
        "12. August 2016",
        "12 août 2016",
        "12 серпня 2016",
        "12 აგვისტო 2016",
        "12 օգոստոսի 2016",
    ],
)
def test_one_day_in_every_form(text: str) -> None:
    stamp = parse(text)
    assert stamp is not None
    assert (stamp.day, stamp.precision, stamp.guessed) == (DAY, "day", False)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Cuma, 12 Ağustos 2016 14:30", "2016-08-12T14:30:00+03:00"),
        ("12.08.2016 - 14:30", "2016-08-12T14:30:00+03:00"),
        ("12.08.2016 14.30", "2016-08-12T14:30:00+03:00"),
        ("12/08/2016 | 14:30", "2016-08-12T14:30:00+03:00"),
        ("12.08.2016, saat 14:30", "2016-08-12T14:30:00+03:00"),
        ("12 Ağustos 2016 Cuma, Saat: 14:30", "2016-08-12T14:30:00+03:00"),
        ("Eklenme : 12 Ağustos 2016 Cuma 14:30:25", "2016-08-12T14:30:25+03:00"),
        ("Güncelleme Tarihi: 12 Ağustos 2016 14:30 (TSİ)", "2016-08-12T14:30:00+03:00"),
        ("14:30, 12 Ağustos 2016", "2016-08-12T14:30:00+03:00"),
        ("12 Ocak 2016 14:30", "2016-01-12T14:30:00+02:00"),
        ("August 12, 2016 2:30 PM", "2016-08-12T14:30:00+03:00"),
        ("August 12, 2016 at 2:30 p.m.", "2016-08-12T14:30:00+03:00"),
        ("Aug. 12, 2016 12:05 am", "2016-08-12T00:05:00+03:00"),
        ("12:20pm Jan 7, 2024", "2024-01-07T12:20:00+03:00"),
        ("Updated: 15:56 BST, 27 April 2024", "2024-04-27T15:56:00+01:00"),
        ("Published on 06/01/2026 - 13:55 GMT+1", "2026-01-06T13:55:00+01:00"),
        ("March 7, 20247:55 AM", "2024-03-07T07:55:00+03:00"),
        ("12 августа 2016 года, 14:30", "2016-08-12T14:30:00+03:00"),
        ("2016-08-12T14:30:00+03:00", "2016-08-12T14:30:00+03:00"),
        ("2016-08-12T14:30:00", "2016-08-12T14:30:00+03:00"),
        ("2016-01-12T14:30:00", "2016-01-12T14:30:00+02:00"),
        ("2017-01-12T14:30", "2017-01-12T14:30:00+03:00"),
        ("2016-08-12 14:30:00", "2016-08-12T14:30:00+03:00"),
        ("2016-08-12T14:30:00Z", "2016-08-12T17:30:00+03:00"),
        ("2016-01-12T14:30:00+00:00", "2016-01-12T16:30:00+02:00"),
        ("2016-08-12T14:30:00.123Z", "2016-08-12T17:30:00.123000+03:00"),
        ("2016-08-12T14:30:00,123456789+03:00", "2016-08-12T14:30:00.123456+03:00"),
        ("2016-08-12T14:30:00+03:00[Europe/Istanbul]", "2016-08-12T14:30:00+03:00"),
        ("2016-08-12T14:30-05:00", "2016-08-12T14:30:00-05:00"),
        ("2024-04-30 16:38:39 +02:00", "2024-04-30T16:38:39+02:00"),
        ("2024-04-27T15:57:53+0100", "2024-04-27T15:57:53+01:00"),
        ("20160812T143000Z", "2016-08-12T17:30:00+03:00"),
        ("20160812143000", "2016-08-12T14:30:00+03:00"),
        ("2016/08/12 14:30:00", "2016-08-12T14:30:00+03:00"),
        ("Fri, 12 Aug 2016 14:30:00 +0300", "2016-08-12T14:30:00+03:00"),
        ("Fri, 12 Aug 2016 14:30:00 GMT", "2016-08-12T17:30:00+03:00"),
        ("Fri, 12 Aug 2016 14:30:00 EST", "2016-08-12T14:30:00-05:00"),
        ("Fri, 12 Aug 2016 08:30:00 PDT", "2016-08-12T08:30:00-07:00"),
        ("Fri, 12 Aug 2016 14:30:00 -0000", "2016-08-12T17:30:00+03:00"),
        ("Fri, 12 Aug 2016 14:30:00 K", "2016-08-12T17:30:00+03:00"),
        ("12 Aug 16 14:30 UT", "2016-08-12T17:30:00+03:00"),
        ("Fri Aug 12 14:30:00 2016", "2016-08-12T14:30:00+03:00"),
        ("Fri Aug 12 14:30:00 EEST 2016", "2016-08-12T14:30:00+03:00"),
        ("Fri Aug 12 2016 14:30:00 GMT+0300 (Eastern European Summer Time)", "2016-08-12T14:30:00+03:00"),
        ("1471001400", "2016-08-12T14:30:00+03:00"),
        ("1471001400000", "2016-08-12T14:30:00+03:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T02:59:59+03:00"),
    ],
)
def test_an_instant_keeps_its_offset_or_gets_the_sources(text: str, instant: str) -> None:
    stamp = parse(text)
    assert stamp is not None
    assert (stamp.instant.isoformat(), stamp.precision) == (instant, "second")
    assert stamp.day == stamp.instant.date()


@pytest.mark.parametrize(
    ("text", "timezone", "day"),
    [
        ("2016-08-15T21:30:00Z", ISTANBUL, "2016-08-16"),
        ("2016-01-15T21:30:00Z", ISTANBUL, "2016-01-15"),  # winter time still, +02:00
        ("2017-01-15T21:30:00Z", ISTANBUL, "2017-01-16"),
        ("2016-08-16T03:30:00Z", "America/New_York", "2016-08-15"),
        ("2016-08-15T18:00:00-04:00", ISTANBUL, "2016-08-16"),  # another place's clock
        ("Mon, 15 Aug 2016 14:30:00 PDT", ISTANBUL, "2016-08-16"),
        (
            "2014-01-15T00:30:00+03:00",
            ISTANBUL,
            "2014-01-15",
        ),  # +03:00 for every year: it prints the 15th
        ("2019-05-05T23:30:00+02:00", ISTANBUL, "2019-05-05"),  # an old tz database
        ("2025-11-03T00:00:00Z", "America/New_York", "2025-11-03"),  # a day written as UTC midnight
    ],
)
def test_the_day_is_the_one_the_sources_readers_see(text: str, timezone: str, day: str) -> None:
    stamp = parse(text, timezone=timezone)
    assert stamp is not None and stamp.day.isoformat() == day


@pytest.mark.parametrize(
    "text", ["2016-08-15T00:00:00Z", "2016-08-15T00:00:00+03:00", "15.08.2016 00:00", "2016-08-15 00:00:00"]
)
def test_a_midnight_to_the_second_is_a_day(text: str) -> None:
    assert parse(text) == parse("15 Ağustos 2016")


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("Aug 2016", "2016-08-01", "month"),
        ("Ağustos 2016", "2016-08-01", "month"),
        ("KASIM 2016", "2016-11-01", "month"),
        ("August, 2016", "2016-08-01", "month"),
        ("2016-08", "2016-08-01", "month"),
        ("08/2016", "2016-08-01", "month"),
        ("август 2016", "2016-08-01", "month"),
        ("2016", "2016-01-01", "year"),
    ],
)
def test_months_and_years_say_how_precise_they_are(text: str, day: str, precision: str) -> None:
    stamp = parse(text, years=True)
    assert stamp is not None
    assert (stamp.day.isoformat(), stamp.precision, stamp.guessed) == (day, precision, False)
    assert parse("2016") is None


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("3 gün önce", "2026-07-29", "day"),
        ("3 GÜN ÖNCE", "2026-07-29", "day"),
        ("bir gün önce", "2026-07-31", "day"),
        ("dün", "2026-07-31", "day"),
        ("Bugün", "2026-08-01", "day"),
        ("evvelsi gün", "2026-07-30", "day"),
        ("2 saat önce", "2026-08-01", "day"),
        ("13 saat önce", "2026-07-31", "day"),
        ("5 dk önce", "2026-08-01", "day"),
        ("az önce", "2026-08-01", "day"),
        ("3 days ago", "2026-07-29", "day"),
        ("a day ago", "2026-07-31", "day"),
        ("yesterday", "2026-07-31", "day"),
        ("Updated 5h ago", "2026-08-01", "day"),
        ("Last updated 15 hours ago", "2026-07-31", "day"),
        ("1 week ago", "2026-07-01", "month"),
        ("3 hafta önce", "2026-07-01", "month"),
        ("8 ay önce", "2025-12-01", "month"),
        ("2 yıl önce", "2024-01-01", "year"),
        ("3 gün əvvəl", "2026-07-29", "day"),
        ("3 дня назад", "2026-07-29", "day"),
        ("вчера", "2026-07-31", "day"),
        ("Dün, 14:30", "2026-07-31", "second"),
        ("Yesterday at 2:30 pm", "2026-07-31", "second"),
    ],
)
def test_relative_dates_are_guesses_as_precise_as_their_unit(text: str, day: str, precision: str) -> None:
    stamp = parse(text)
    assert stamp is not None
    assert (stamp.day.isoformat(), stamp.precision, stamp.guessed) == (day, precision, True)
    assert parse(text, now=None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "—",
        "Hasan Oktay",
        "12 Ağustos",
        "Ağustos",
        "Aug 12",
        "2016",
        "14:30",
        "7 dk okuma süresi",
        "284 0",
        "The president met him on 12 August 2016",
        "12 Ağustos 2016'da Bakü'de görüştüler",
        "12 Ağustos 2016'da",
        "Hasan Oktay 12 Ağustos 2016",
        "12-14 Ağustos 2016",
        "12.08.2016 10:30-12:00",
        "12 Ağustos 2016 - 14 Ağustos 2016",
        "31 Nisan 2016",
        "30 Şubat 2016",
        "32.08.2016",
        "12.13.2016",
        "0.0.2016",
        "12.08.2016 25:10",
        "1 Ocak 1970",
        "1970-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "31.12.1989",
        "0",
        "000000000",
        "123456789",
        "4 Ağustos 2026",  # more than two days ahead
        "2027",
        "12 Sanat 2016",
        "Sayı 12, 2016",
        "+90 312 123 45 67",
        "ISSN 2016-1234",
        "192.168.20.16",
        "10.1080/2016",
        "© 2016",
        "12 Mayısta 2016",
        "x" * 5000,
        "1" * 5000,
        "12 Ağustos 2016 " * 50,
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse(text) is None


def test_day_first_always_and_american_order_only_where_no_other_reads() -> None:
    for text in ("05/06/2016", "05.06.2016", "05-06-2016"):
        stamp = parse(text)
        assert stamp is not None and stamp.day == dt.date(2016, 6, 5) and not stamp.guessed
    american = parse("08/25/2016")
    assert american is not None and american.day == dt.date(2016, 8, 25) and american.guessed


def test_two_days_ahead_is_plausible_and_no_limit_without_now() -> None:
    assert parse("3 Ağustos 2026") is not None
    assert parse("12 Ağustos 2030") is None
    assert parse("12 Ağustos 2030", now=None) is not None


def test_an_unknown_timezone_says_what_to_write() -> None:
    for name in ("Europe/Nowhere", "../etc", "", "Europe"):
        with pytest.raises(ConfigurationError, match="IANA"):
            parse("12 Ağustos 2016", timezone=name)


def test_no_month_name_means_two_months() -> None:
    for locale in map(Locale, LOCALES):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    assert month_numbers()[fold(name).strip(".")] == number, (locale, name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yayın: 12.08.2016 Güncelleme: 13.08.2016", "published 2016-08-12, modified 2016-08-13"),
        ("Giriş: 12 Ağustos 2016 14:30 | Son düzenleme: 13 Ağu 2016", "published 2016-08-12, modified 2016-08-13"),
        ("12 Ağustos 2016 tarihinde güncellendi", "modified 2016-08-12"),
        ("Published Aug 28, 2024 • Last updated 1 hour ago", "published 2024-08-28, modified 2026-08-01"),
        ("Published: 15:56 BST, 27 April 2024 | Updated: 28 April 2024", "published 2024-04-27, modified 2024-04-28"),
        ("By Ali Veli, 12 August 2016", "None 2016-08-12"),
        ("Hasan Oktay - 12 Ağustos 2016 - 7 dk okuma süresi", "None 2016-08-12"),
        ("12-14 Ağustos 2016 tarihlerinde", ""),
        ("Sayı 5/2016, 284 görüntülenme", ""),
        ("© 2016 KAFKASSAM", ""),
        ("", ""),
    ],
)
def test_dates_in_a_byline_line_with_their_labels(text: str, found: str) -> None:
    dates = find_dates(text, timezone=ISTANBUL, now=NOW)
    assert ", ".join(f"{date.role} {date.stamp.day}" for date in dates) == found


def test_a_date_in_a_line_knows_where_it_stands() -> None:
    line = "İbrahim Işık – Cuma, 12 Ağustos 2016 14:30 – 0 yorum"
    (found,) = find_dates(line, timezone=ISTANBUL, now=NOW)
    assert line[found.start : found.end] == "Cuma, 12 Ağustos 2016 14:30"
    assert date_spans(line) == ((found.start, found.end),)


def test_prose_has_no_publishing_date() -> None:
    assert find_dates("Bakü’de 12 Ağustos 2016 tarihinde görüştüler. " * 20, timezone=ISTANBUL, now=NOW) == ()


# --- properties -------------------------------------------------------------------------------------------------------


@given(st.text(max_size=200))
@example("12 Ağustos 2016 99:99")
@example("9999999999999")
@example("999 yıl önce")
@example("ß12.08.2016")
def test_no_text_raises(text: str) -> None:
    parse(text, years=True)
    for found in find_dates(text, timezone=ISTANBUL, now=NOW):
        assert 0 <= found.start < found.end <= len(text)


_PIECES = _words("12 08 2016 14:30 Ağustos önce gün 3 - . / : , T Z +03:00 Cuma dün Aug am a")


@given(st.lists(st.sampled_from(_PIECES), max_size=12))
def test_no_heap_of_date_pieces_raises(pieces: list[str]) -> None:
    parse(" ".join(pieces))
    parse("".join(pieces))


_MONTHS = {
    (locale, width): list(Locale(locale).months["format"][width].values())
    for locale in ("tr", "en")
    for width in ("wide", "abbreviated")
}
_WEEKDAYS = {locale: Locale(locale).days["format"]["wide"] for locale in ("tr", "en")}
_FORMS = (
    *("{d} {m} {y}", "{d:02} {m} {y}", "{m} {d}, {y}", "{w}, {d} {m} {y}", "{d} {m} {y} {w}", "{y} {m} {d}"),
    *("{d}-{m}-{y}", "{d} {m}, {y}", "{d:02}.{n:02}.{y}", "{d}.{n}.{y}", "{d:02}/{n:02}/{y}", "{d:02}-{n:02}-{y}"),
    *("{y}-{n:02}-{d:02}", "{y}.{n:02}.{d:02}", "{y}{n:02}{d:02}"),
)
_CASES = (str, upper_turkish, lower_turkish, str.upper, str.lower, fold)


@given(
    day=st.dates(dt.date(1995, 1, 1), dt.date(2030, 12, 31)),
    form=st.sampled_from(_FORMS),
    locale=st.sampled_from(("tr", "en")),
    width=st.sampled_from(("wide", "abbreviated")),
    case=st.sampled_from(_CASES),
)
def test_every_day_reads_back_in_every_form(day: dt.date, form: str, locale: str, width: str, case: object) -> None:
    month, weekday = _MONTHS[locale, width][day.month - 1], _WEEKDAYS[locale][day.weekday()]
    printed = case(form.format(d=day.day, m=month, n=day.month, y=day.year, w=weekday))  # type: ignore[operator]
    stamp = parse(printed, now=LATE)
    assert stamp is not None, printed
    assert (stamp.day, stamp.precision) == (day, "day"), printed
    assert stamp.instant == dt.datetime.combine(day, dt.time(), ZoneInfo(ISTANBUL)), printed


@pytest.mark.parametrize("locale", ["tr", "en"])
@pytest.mark.parametrize("width", ["wide", "abbreviated"])
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.__name__)
def test_every_month_in_every_case(locale: str, width: str, case: object) -> None:
    for number, name in enumerate(_MONTHS[locale, width], 1):
        for printed in (f"7 {name} 2015", f"{name} 7, 2015"):
            stamp = parse(case(printed))  # type: ignore[operator]
            assert stamp is not None and stamp.day == dt.date(2015, number, 7), case(printed)  # type: ignore[operator]


@given(
    st.datetimes(dt.datetime(1995, 1, 1), dt.datetime(2030, 12, 31)),  # noqa: DTZ001 (hypothesis wants naive bounds)
    st.sampled_from([ISTANBUL, "Europe/London", "America/New_York", "Asia/Baku", "Asia/Tokyo"]),
)
def test_utc_instants_read_back_in_the_sources_zone(moment: dt.datetime, timezone: str) -> None:
    moment = moment.replace(tzinfo=dt.UTC)
    stamp = parse(moment.isoformat(), timezone=timezone, now=LATE)
    assert stamp is not None
    if stamp.precision == "second":
        assert stamp.instant == moment
        assert stamp.instant.utcoffset() == moment.astimezone(ZoneInfo(timezone)).utcoffset()
        assert stamp.day == moment.astimezone(ZoneInfo(timezone)).date()
