"""Writes the posts of the seeded site from the public sentence corpus: the same site from the same corpus, always.

The sentences are read at test time (500 a language, beside the project) and never become part of it. No two blocks are
alike except headings ("Giriş", "Sonuç"), which repeat as they do on real sites.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle
from pathlib import Path

from tests.integration.seed import vocabulary as words
from tests.integration.seed.writing import IMAGES, SITE_ZONE, Block, BlockKind, Comment, Status, Writing

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "languages"
LANGUAGES = {"tr": 146, "en": 92, "az": 5, "ru": 4, "de": 3}  # public posts of each
HIDDEN: dict[Status, int] = {"draft": 10, "private": 8, "protected": 8, "pending": 3, "future": 3, "trash": 2}
PASSWORD = "kafkas"
_FIRST, _LAST = date(2008, 1, 14), date(2026, 6, 12)
_NEAR_MIDNIGHT = ((0, 4), (0, 41), (1, 30), (2, 40), (23, 52), (23, 59))
# What WordPress would read as markup, a shortcode, a smiley, a link to embed, or the multiplication sign of 9x9.
# The corpus also has Turkish whose ISO-8859-9 was read as ISO-8859-1 (sayýlý).
_UNSAFE = re.compile(
    r"[\[\]<>{}|\\^~*_#@]|://|www\.|[:;8][-']?[()DPpo/|]|\(tm\)|\d\s?x\s?\d|--|\t|[ýþðÝÞÐ]", re.IGNORECASE
)


def missing_corpus() -> str | None:
    """Why no posts can be written here, with the remedy; None when they can."""
    lacking = [f"{code}.txt" for code in LANGUAGES if not (CORPUS / f"{code}.txt").is_file()]
    return f"../shared/corpus/languages lacks {', '.join(lacking)}, of which posts are made" if lacking else None


def write_site(now: datetime) -> tuple[Writing, ...]:
    """Every post and page of the site; ``now`` dates only what is scheduled for the future."""
    writer = _Writer(random.Random(20160816), {code: _sentences(code) for code in LANGUAGES})
    return (*writer.public(), *writer.hidden(now), *writer.pages())


def _sentences(language: str) -> list[str]:
    lines = (CORPUS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [" ".join(line.split()) for line in lines if len(line) > 30 and not _UNSAFE.search(line)]


class _Writer:
    """Draws everything from one seeded generator, so the order of the calls is part of the result."""

    def __init__(self, chance: random.Random, sentences: dict[str, list[str]]) -> None:
        self.chance = chance
        self.sentences = sentences
        self.decks = {code: self._deal(code) for code in sentences}
        self.planted = {code: cycle(sentences) for code, sentences in words.PLANTED.items()}
        self.titles = {code: self._titles(code) for code in sentences}

    def public(self) -> Iterator[Writing]:
        languages = [code for code, count in LANGUAGES.items() for _ in range(count)]
        self.chance.shuffle(languages)
        span = (_LAST - _FIRST) / (len(languages) - 1)
        for number, language in enumerate(languages):
            moment = self._moment(_FIRST + number * span, number)
            yield self._post(f"post-{number:03}", "publish", language, moment, number)

    def hidden(self, now: datetime) -> Iterator[Writing]:
        for status, count in HIDDEN.items():
            for number in range(count):
                language = "en" if number % 3 == 2 else "tr"
                moment = self._moment(date(2012 + number, 3 + number % 9, 11), number + 1)
                if status == "future":
                    moment = now.astimezone(SITE_ZONE).replace(microsecond=0) + timedelta(days=30 + number)
                yield self._post(f"{status}-{number}", status, language, moment, -1)

    def pages(self) -> Iterator[Writing]:
        for number, title in enumerate(words.PAGES):
            moment = datetime(2008, 1, 10, 9, number, tzinfo=SITE_ZONE)
            yield Writing(
                key=f"page-{number}",
                status="publish",
                title=title,
                language="en" if title == "About Us" else "tr",
                author=words.USERS[0],
                published=moment,
                modified=moment,
                blocks=tuple(self._paragraph("en" if title == "About Us" else "tr") for _ in range(4)),
                categories=(),
                tags=(),
                is_page=True,
            )

    def _post(self, key: str, status: Status, language: str, moment: datetime, number: int) -> Writing:
        """``number`` is the place among the public posts, by which the rare traits fall; -1 for hidden ones."""
        pick = self.chance
        is_short = number % 31 == 7
        revised = number % 12 == 5
        return Writing(
            key=key,
            status=status,
            title=next(self.titles[language]),
            language=language,
            author=self._author(language, number),
            published=moment,
            modified=moment + timedelta(days=40, hours=3) if revised else moment,
            blocks=self._short_body(language) if is_short else self._body(language, number),
            categories=self._categories(language),
            tags=tuple(pick.sample(words.TAGS, pick.randint(2, 5))),
            excerpt=self._sentence(language) if number % 5 == 2 else "",
            comments=self._comments() if number % 3 == 0 else (),
            image=pick.randrange(IMAGES) if number % 3 == 1 else None,
            sticky=number == 240,
        )

    def _author(self, language: str, number: int) -> words.User:
        login = "kilic-ozturk" if number in (60, 180) else self.chance.choice(words.WRITERS[language])
        return next(user for user in words.USERS if user.login == login)

    def _categories(self, language: str) -> tuple[str, ...]:
        if language == "en":
            return ("English",)
        names = [name for name in words.CATEGORIES if name not in ("English", "Bölgeler")]
        return tuple(self.chance.sample(names, self.chance.choice((1, 1, 2))))

    def _moment(self, day: date, number: int) -> datetime:
        # 04:00 to 08:00 stays free: Turkey's clocks jumped at 03:00 and 04:00.
        hour, minute = self.chance.randint(8, 22), self.chance.randrange(60)
        if number % 12 == 0:
            hour, minute = _NEAR_MIDNIGHT[number // 12 % len(_NEAR_MIDNIGHT)]
        return datetime(day.year, day.month, day.day, hour, minute, self.chance.randrange(60), tzinfo=SITE_ZONE)

    # --- text ---

    def _body(self, language: str, number: int) -> tuple[Block, ...]:
        blocks = [self._paragraph(language) for _ in range(self.chance.randint(4, 14))]
        extras = [self._extra(kind, language) for kind in self._extra_kinds(number)]
        for extra in extras:
            blocks.insert(self.chance.randint(1, len(blocks) - 1), extra)
        if number % 6 == 2 and language in self.planted:
            blocks.insert(2, Block("paragraph", (f"{next(self.planted[language])} {self._sentence(language)}",)))
        return tuple(self._divided(blocks, language, number))

    def _divided(self, blocks: list[Block], language: str, number: int) -> list[Block]:
        """With first and last heading, page break or "read more" mark, where this number has them."""
        if number % 4 == 1:
            first, last = self.chance.sample(words.HEADINGS[language], 2)
            blocks = [Block("heading", (first,)), *blocks[:-1], Block("heading", (last,)), blocks[-1]]
        if number in (100, 200):
            blocks.insert(len(blocks) // 2, Block("page_break"))
        elif number % 9 == 4:
            blocks.insert(1, Block("more"))
        return blocks

    def _extra_kinds(self, number: int) -> list[BlockKind]:
        chosen: list[BlockKind] = []
        every: dict[BlockKind, int] = {"list": 5, "quote": 6, "image": 7, "table": 11}
        chosen.extend(kind for kind, period in every.items() if number >= 0 and number % period == 3)
        if number % 8 == 6:
            chosen.append("heading")
        return chosen

    def _extra(self, kind: BlockKind, language: str) -> Block:
        if kind == "table":
            return Block("table", tuple(_clip(self._sentence(language)) for _ in range(6)))
        if kind == "list":
            return Block("list", tuple(self._sentence(language) for _ in range(self.chance.randint(3, 6))))
        if kind in ("heading", "image"):
            return Block(kind, (_clip(self._sentence(language)),))
        return Block(kind, (self._joined(language, 2),))

    def _short_body(self, language: str) -> tuple[Block, ...]:
        """40 to 80 words in one or two paragraphs."""
        while True:
            blocks = tuple(Block("paragraph", (self._joined(language, 2),)) for _ in range(self.chance.randint(1, 2)))
            if 40 <= sum(len(block.lines[0].split()) for block in blocks) <= 80:
                return blocks

    def _paragraph(self, language: str) -> Block:
        return Block("paragraph", (self._joined(language, self.chance.randint(2, 5)),))

    def _joined(self, language: str, count: int) -> str:
        return " ".join(_ended(line) for line in self.chance.sample(self.sentences[language], count))

    def _sentence(self, language: str) -> str:
        return next(self.decks[language])

    def _deal(self, language: str) -> Iterator[str]:
        """Single sentences, each once before any comes again, then in pairs: no list item is on three pages."""
        deck = self.sentences[language][:]
        self.chance.shuffle(deck)
        yield from deck
        while True:
            yield self._joined(language, 2)

    def _comments(self) -> tuple[Comment, ...]:
        return tuple(
            Comment(
                author=self.chance.choice(words.COMMENTERS),
                text=self._joined(self.chance.choice(("tr", "tr", "en")), self.chance.randint(1, 3)),
                after=timedelta(hours=self.chance.randint(1, 400)),
            )
            for _ in range(self.chance.randint(3, 6))
        )

    def _titles(self, language: str) -> Iterator[str]:
        """The written-out titles spread among composed ones, none twice but where it is meant."""
        special = list(words.TITLES[language])
        composed = self._composed_titles(language) if language in words.PATTERNS else []
        public = composed[: max(0, LANGUAGES[language] - len(special))] + special
        self.chance.shuffle(public)
        yield from public
        yield from composed[LANGUAGES[language] :]

    def _composed_titles(self, language: str) -> list[str]:
        parts = words.PARTS[language]
        titles: dict[str, None] = {}
        while len(titles) < LANGUAGES[language] + 60:
            chosen = {name: self.chance.choice(values) for name, values in parts.items()}
            title = self.chance.choice(words.PATTERNS[language]).format(**chosen)
            titles[title[:1].upper() + title[1:] if language == "en" else title] = None
        return list(titles)


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in '.!?…:;”"' else sentence + "."


def _clip(sentence: str, most: int = 7) -> str:
    return " ".join(sentence.split()[:most]).rstrip(".,;:")
