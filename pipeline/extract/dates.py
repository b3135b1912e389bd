"""Dates as sites print them and as machines write them: one text to one `Stamp`, or None. Pure functions.

Everything is matched on folded text (`pipeline.text.fold`), so KASIM, Kasım and kasim are one and İ/I never matter.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from pipeline.errors import ConfigurationError
from pipeline.extract.date_grammar import (
    DAYS_BACK,
    EITHER_WAY,
    ISO,
    ISO_WEEK,
    ISSUE,
    LABEL_WORDS,
    LOCAL_ZONES,
    MODIFIED_WORDS,
    PUBLISHED_WORDS,
    RELATIVE_UNITS,
    UNIX,
    YEAR_ONLY,
    ZONE_MINUTES,
    date_forms,
    month_numbers,
    weekday_names,
    weekday_numbers,
)
from pipeline.models import Precision
from pipeline.text import fold

Role = Literal["published", "modified"]
#: Nothing on the web is older, so an older date is the subject of a text, a default (1970-01-01) or a mistake.
EARLIEST = dt.date(1990, 1, 1)
#: A clock or a zone may be ahead of ours; a date further in the future is an event's.
AHEAD = dt.timedelta(days=2)
#: Longer texts are prose, and a date in prose is what it talks about.
LONGEST_DATE, LONGEST_LINE = 160, 500
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something was published.

    ``instant`` is aware and keeps the offset that was given; where that was UTC, or none, it has the source's own of
    that time. ``day`` is the date that the site's readers see. From precision ``day`` on, ``instant`` is the local
    midnight that begins the period. ``guessed`` says that the text left room: it is relative to now, or American.
    """

    instant: dt.datetime
    day: dt.date
    precision: Precision
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date inside a line: what it says, what its label calls it (None without label), where it stands in the text."""

    stamp: Stamp
    role: Role | None
    start: int
    end: int


def parse_date(
    text: str, *, timezone: str, now: dt.datetime | None, years: bool = False, month_first: bool = False
) -> Stamp | None:
    """The date that a text is, with a label, weekday or time around it; None when it is anything else.

    ``timezone`` is the source's zone (IANA name), whose historic offsets apply; ``now`` (aware) is what "3 gün önce"
    counts from and what a plausible date may not exceed (None: no relative dates, no upper limit). A bare year counts
    only with ``years``. Numbers are day first, as in Turkey and Britain, unless a weekday says otherwise, or the caller
    with ``month_first``; 08/25/2016 has one reading. American readings without a weekday are guessed.

    Raises ConfigurationError for an unknown timezone.
    """
    zone = _zone(timezone)
    if len(text) > LONGEST_DATE:
        return None
    line = fold(text).strip()
    bare = ISO.fullmatch(line) or (YEAR_ONLY.fullmatch(line) if years else None)
    if bare:
        return _plausible(_stamp(bare.groupdict(""), zone), now)
    if UNIX.fullmatch(line):
        return _plausible(_from_unix(line, zone), now)
    if week := ISO_WEEK.fullmatch(line):
        return _plausible(_from_week(week, zone), now)
    return _only_date(line, zone, now, month_first=month_first)


def find_dates(
    text: str, *, timezone: str, now: dt.datetime | None, month_first: bool = False
) -> tuple[PrintedDate, ...]:
    """All dates in a short line such as a byline, in order; () for a text over 500 characters, which is prose.

    Raises ConfigurationError for an unknown timezone.
    """
    zone = _zone(timezone)
    line, origin = fold_with_origin(text[: LONGEST_LINE + 1])
    if len(text) > LONGEST_LINE:
        return ()
    matches = [match for match in _matches(line) if _month_is_named_or_dated(match)]
    found = []
    for position, match in enumerate(matches):
        before = line[matches[position - 1].end() if position else 0 : match.start()]
        after = line[match.end() : matches[position + 1].start() if position + 1 < len(matches) else None]
        stamp = _plausible(_read(match, zone, now, month_first=month_first), now)
        if stamp:
            found.append(PrintedDate(stamp, role_of(before, after), origin[match.start()], origin[match.end()]))
    return tuple(found)


def date_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where dates stand in a short line (start, end), weekday and time included, whether they are plausible or not."""
    line, origin = fold_with_origin(text[:LONGEST_LINE])
    return tuple((origin[match.start()], origin[match.end()]) for match in _matches(line))


# --- finding ---------------------------------------------------------------------------------------------------------


def _matches(line: str) -> list[re.Match[str]]:
    """All dates of a folded line that do not overlap, leftmost and longest first."""
    chosen: list[re.Match[str]] = []
    line = ISSUE.sub(lambda number: " " * len(number[0]), line)
    found = [match for form in date_forms() if (match := form.search(line))]
    while found:
        best = min(found, key=lambda match: (match.start(), -match.end()))
        chosen.append(best)
        # what began inside of it may go on behind it: 10:20 in "2016-08-12T10:20 12 August 2016" is of one date alone
        again = (m if m.start() >= best.end() else m.re.search(line, best.end()) for m in found)
        found = [match for match in again if match]
    return chosen


def _month_is_named_or_dated(match: re.Match[str]) -> bool:
    """Inside a line, 5/2016 is an issue number and 12.08.16 may be anything."""
    groups = match.groupdict("")
    named = groups.get("name") or groups.get("count") or groups.get("back")
    return bool(named or (groups.get("day") and groups.get("year")))


def _only_date(line: str, zone: zoneinfo.ZoneInfo, now: dt.datetime | None, *, month_first: bool) -> Stamp | None:
    matches = _matches(line)
    if len(matches) != 1:
        return None
    around = _WORD.findall(line[: matches[0].start()]) + _WORD.findall(line[matches[0].end() :])
    known = LABEL_WORDS | weekday_names()
    if any(word not in known for word in around):
        return None
    return _plausible(_read(matches[0], zone, now, month_first=month_first), now)


def role_of(before: str, after: str = "") -> Role | None:
    """What the (folded) words right before a date call it, or the verb right after it (… tarihinde güncellendi)."""
    trailing = re.match(r"[\s,]*tarihinde\s+([^\W_]+)(?!\s*:)", after)
    words = [*([trailing.group(1)] if trailing else []), *reversed(_WORD.findall(before)[-5:])]
    for word in words:
        if word in MODIFIED_WORDS:
            return "modified"
        if word in PUBLISHED_WORDS:
            return "published"
    return None


# --- from a match to a stamp ------------------------------------------------------------------------------------------


def _read(match: re.Match[str], zone: zoneinfo.ZoneInfo, now: dt.datetime | None, *, month_first: bool) -> Stamp | None:
    groups = match.groupdict("")
    if "back" in groups:
        return _relative(groups, zone, now)
    if EITHER_WAY.search(match[0]):
        weekdays = [weekday_numbers()[word] for word in _WORD.findall(match[0]) if word in weekday_numbers()]
        turned = {**groups, "month": groups["day"], "day": groups["month"]}
        if weekdays and not _falls_on(groups, weekdays[0]) and _falls_on(turned, weekdays[0]):
            return _stamp(turned, zone)
        if month_first and not weekdays:
            return _stamp(turned, zone, guessed=True)
    return _stamp(groups, zone)


def _falls_on(groups: Mapping[str, str], weekdays: frozenset[int]) -> bool:
    return dt.date(int(groups["year"]), int(groups["month"]), int(groups["day"])).weekday() in weekdays


def _relative(groups: Mapping[str, str], zone: zoneinfo.ZoneInfo, now: dt.datetime | None) -> Stamp | None:
    """A date counted back from now, as precise as its unit: hours to the day, weeks to the month."""
    if now is None:
        return None
    today = now.astimezone(zone)
    if groups["back"]:
        day = today.date() - dt.timedelta(days=DAYS_BACK[groups["back"]])
        return _at_time(day, groups, zone, guessed=True)
    count = int(groups["count"]) if groups["count"].isdigit() else 1
    unit = next(unit for unit in RELATIVE_UNITS if groups[unit])
    if unit in ("months", "years"):
        index = today.year * 12 + today.month - 1 - count * (12 if unit == "years" else 1)
        day = dt.date(index // 12, index % 12 + 1, 1)
    else:
        day = (now - dt.timedelta(**{unit: count})).astimezone(zone).date()
    precision: Precision = "day" if unit in ("minutes", "hours", "days") else "year" if unit == "years" else "month"
    return _whole(day, precision, zone, guessed=True)


def _stamp(groups: Mapping[str, str], zone: zoneinfo.ZoneInfo, *, guessed: bool = False) -> Stamp | None:
    try:
        year = _year(groups)
        month, day, swapped = _month_and_day(groups)
        if day is None or month is None:
            return _whole(dt.date(year, month or 1, 1), "month" if month else "year", zone)
        return _at_time(dt.date(year, month, day), groups, zone, guessed=guessed or swapped)
    except (ValueError, OverflowError):  # a 31st of April, 25:00
        return None


def _year(groups: Mapping[str, str]) -> int:
    short = groups.get("short")
    if short:
        return int(short) + (1900 if int(short) >= EARLIEST.year % 100 else 2000)
    return int(groups["year"])


def _month_and_day(groups: Mapping[str, str]) -> tuple[int | None, int | None, bool]:
    """Month, day, and whether they stand in American order, which only a "month" over 12 shows."""
    day = int(groups["day"]) if groups.get("day") else None
    name = groups.get("name")
    if name:
        return month_numbers()[name], day, False
    month = int(groups["month"]) if groups.get("month") else None
    if month and day and month > 12 >= day and groups.get("mark") == "/":
        return day, month, True
    return month, day, False


def _at_time(day: dt.date, groups: Mapping[str, str], zone: zoneinfo.ZoneInfo, *, guessed: bool) -> Stamp | None:
    side = "" if groups.get("hour") else "_before"
    part = {key: groups.get(key + side, "") for key in ("hour", "minute", "second", "fraction", "half", "zone")}
    if not part["hour"]:
        return _whole(day, "day", zone, guessed=guessed)
    second = min(int(part["second"] or 0), 59)  # a leap second is no time to Python
    clock = dt.time(_hour(part), int(part["minute"]), second, int(part["fraction"][:6].ljust(6, "0")))
    if not part["second"] and groups.get("iso") is None and re.match(r"-[0-9]+:", part["zone"]):
        return None  # 10:30-12:00 on an event's line
    offset = _offset(part["zone"])
    if clock == dt.time() and (offset is None or not offset):
        return _whole(day, "day", zone, guessed=guessed)  # a midnight that no clock showed: the site knows the day only
    return _placed(dt.datetime.combine(day, clock), offset, zone, guessed=guessed)


def _hour(part: Mapping[str, str]) -> int:
    hour, half = int(part["hour"]), part["half"]
    if not half or hour > 12:
        return hour
    return hour % 12 + (12 if half[0] == "p" or half == "os" else 0)


def _offset(text: str) -> dt.timedelta | None:
    """An offset from UTC; None without one, zero for one of RFC 822's letters other than Z (RFC 2822, 4.3)."""
    name = re.sub(r"\s?[(\[].*", "", text).strip()
    if not name or name in LOCAL_ZONES:
        return None
    signed = re.search(r"([+-])([0-9]{1,2}):?([0-9]{2})?$", name)
    if not signed:
        return dt.timedelta(minutes=ZONE_MINUTES.get(name, 0))
    size = dt.timedelta(hours=int(signed[2]), minutes=int(signed[3] or 0))
    return -size if signed[1] == "-" else size


def _placed(wall: dt.datetime, offset: dt.timedelta | None, zone: zoneinfo.ZoneInfo, *, guessed: bool) -> Stamp:
    """A wall time in its offset. In UTC it is shown in the source's zone, else it keeps the offset given.

    The day is the source's. Where the given offset is an hour beside the zone's (a site that keeps +03:00 for the
    winters before 2016, or an old tz database), the site prints the day by its own offset, so that one counts.
    """
    if offset is None:
        instant = _fixed(wall.replace(tzinfo=zone))
        return Stamp(instant, instant.date(), "second", guessed)
    given = wall.replace(tzinfo=dt.timezone(offset))
    local = _fixed(given.astimezone(zone))
    if not offset:
        return Stamp(local, local.date(), "second", guessed)
    slipped = abs((local.utcoffset() or offset) - offset) <= dt.timedelta(hours=1)
    precision: Precision = "day" if wall.time() == dt.time() and slipped else "second"
    return Stamp(given, wall.date() if slipped else local.date(), precision, guessed)


def _from_unix(digits: str, zone: zoneinfo.ZoneInfo) -> Stamp:
    """Seconds, or milliseconds when there are twelve digits or more."""
    seconds = int(digits) / 1000 if len(digits) >= 12 and "." not in digits else float(digits)
    instant = _fixed((dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)).astimezone(zone))
    return Stamp(instant, instant.date(), "second")


def _from_week(match: re.Match[str], zone: zoneinfo.ZoneInfo) -> Stamp | None:
    """The day of an ISO week; of a week alone the month of its Thursday, to which ISO 8601 counts it."""
    try:
        day = dt.date.fromisocalendar(int(match["year"]), int(match["week"]), int(match["weekday"] or 4))
    except ValueError:
        return None
    return _whole(day, "day" if match["weekday"] else "month", zone)


def _whole(day: dt.date, precision: Precision, zone: zoneinfo.ZoneInfo, *, guessed: bool = False) -> Stamp:
    first = {"month": day.replace(day=1), "year": day.replace(month=1, day=1)}.get(precision, day)
    return Stamp(_fixed(dt.datetime.combine(first, dt.time(), zone)), first, precision, guessed)


def _fixed(instant: dt.datetime) -> dt.datetime:
    """The same instant with a plain offset instead of a zone, as it will be written down."""
    return instant.replace(tzinfo=dt.timezone(instant.utcoffset() or dt.timedelta()), fold=0)


def _plausible(stamp: Stamp | None, now: dt.datetime | None) -> Stamp | None:
    if stamp is None or stamp.day < EARLIEST:
        return None
    return None if now is not None and stamp.instant > now + AHEAD else stamp


@cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(f"Unknown timezone {name!r}: write an IANA name such as Europe/Istanbul.") from error


@lru_cache(maxsize=1024)
def _folded(char: str) -> str:
    return fold(char)


def fold_with_origin(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its positions (and its end) the position in the text it came from."""
    if text.isascii():
        return fold(text), list(range(len(text) + 1))
    folded, origin = [], []
    for position, char in enumerate(text):
        pieces = _folded(char)
        folded.append(pieces)
        origin.extend([position] * len(pieces))
    return "".join(folded), [*origin, len(text)]
