"""Lines that are no text, known by what they say: at the ends of a body, and a few anywhere in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.text import fold

#: The lines above a title that a text begins with are few and short.
_ABOVE_TITLE, _SHORT = 12, 40
#: Lines that are furniture when they stand alone at either end of a body, folded.
_FURNITURE = re.compile(
    r"(?:\d+ ?(?:dk|dakika|min|minute)s?\.? (?:okuma(?: suresi)?|read)|(?:okuma suresi|reading time)\W.{0,20}|"
    r"(?:ilgili|benzer|son|diger) (?:yazi|haber|icerik|makale)lar|bir (?:cevap|yorum) (?:yazin|birakin)\W*|"
    r"leave a (?:reply|comment)|e-?posta (?:hesabiniz|adresiniz) yayimlanmayacak.*|"
    r"your email address will not be published.*|(?:etiketler|tags|kategoriler?|category|filed under)\s*:.*|"
    r"paylas\w*\s*:?|share(?: this)?(?: (?:on|via|with) .{1,20})?\s*:?|bu (?:yaziyi|haberi|icerigi) paylas.*|"
    r"(?:facebook|twitter|whatsapp|linkedin|telegram|e-posta|email|print|yazdir|x)(?:'?(?:ta|te|da|de) paylas)?|"
    r"(?:arkadasina|arkadasiniza|e-?posta(?: ile)?) gonder|tavsiye et|pdf(?: (?:olarak )?indir)?|"
    r"(?:download|view) pdf.{0,20}|(?:ana )?icerige (?:gec|atla)|skip to (?:main )?content|"
    r"\d+(?: \d+)?|[\d.,]+ ?(?:goruntulenme|(?:kez |defa )?okun\w*|views?|yorum|comments?|kelime|words)|"
    r"(?:goruntulenme|okunma|views|read)\s*:?\s*[\d.,]+(?: (?:defa|kez|times))?|"
    r"bu (?:yazi|haber|makale) [\d.,]+ (?:kez|defa|kisi).{0,20}|"
    r"(?:yorum|comment)(?:lar|s)?(?: \d+)?|devamini oku\W*|read more\W*|related (?:posts|articles)|advertisement|"
    r"reklam|(?:©|\(c\)|copyright).{0,60}|(?:tum haklari sakli|all rights reserved).{0,60})"
)
#: Lines that stand between paragraphs and are none, folded.
_BETWEEN = re.compile(
    r"reklam(?:lar)?|advertisement|article content|(?:story|article) continues (?:below|after)(?: (?:this )?ad\w*)?|"
    r"sponsorlu icerik|(?:yazi|haber|makale) (?:reklamdan sonra|asagida) devam ediyor"
)


def trimmed(lines: Sequence[str], title: str) -> list[str]:
    """Lines without the furniture at their ends, without the title on top, and without a line given twice in a row."""
    kept = [line for index, line in enumerate(lines) if line and (index == 0 or line != lines[index - 1])]
    kept = [line for line in kept if len(line) > _SHORT or not _BETWEEN.fullmatch(fold(line).strip(" :*-–—"))]
    while kept and (_is_furniture(kept[-1])):
        kept.pop()
    kept = _from_title(kept, title)
    while kept and (_is_furniture(kept[0]) or (title and fold(kept[0]) == fold(title))):
        kept.pop(0)
    return kept


def _from_title(lines: list[str], title: str) -> list[str]:
    """Without the few short lines above the title, where a text begins with its title."""
    for place, line in enumerate(lines[:_ABOVE_TITLE]):
        if len(line) > _SHORT and fold(line) != fold(title):
            return lines
        if title and place and fold(line) == fold(title) and place + 1 < len(lines):
            return lines[place:]
    return lines


def _is_furniture(line: str) -> bool:
    """True for a line of furniture, or of several pieces of it ("Yazdır | Arkadaşına gönder | 1.542 okunma")."""
    if len(line) >= 160:
        return False
    pieces = [piece.strip(" :*-–—") for piece in re.split(r"[|·•]", fold(line))]
    return all(_FURNITURE.fullmatch(piece) for piece in pieces if piece)
