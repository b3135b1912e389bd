"""One walk over a page's tree: its elements in order, what they are called, and how much they say.

Everything that reads a page (headline, byline, dates, pruning, body) asks this instead of walking the tree again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from lxml import etree
from lxml.html import HtmlElement

#: What page builders and editors put on every piece, whatever it is (Elementor, Divi, Ghost's Koenig), and WordPress on
#: every post.
_NOISE_PREFIXES = ("category-", "tag-", "elementor-element", "elementor-widget__", "elementor-repeater", "et_pb_module")
_NOISE = frozenset(
    "elementor-widget elementor-widget-container elementor-widget-wrap widget-wrap has-sidebar kg-card".split()
)
_KEPT = frozenset("category-links tag-links tag-list category-list tag-cloud".split())


@lru_cache(maxsize=8192)
def plain_name(name: str) -> str:
    """A class string without the tokens that say nothing of an element's part; "elementor-widget-posts" is "ew-posts",
    for every piece of Elementor's is a widget."""
    if "-" not in name and "_" not in name:
        return name
    tokens = name.split()
    told = (token.replace("elementor-widget-", "ew-", 1) for token in tokens if token not in _NOISE)
    return " ".join(token for token in told if token in _KEPT or not token.startswith(_NOISE_PREFIXES))


class Survey:
    """The elements of a tree in document order, by number.

    ``numbers`` gives each element its number. ``ends[n]`` is the number behind the last element inside element ``n``;
    ``parents[n]`` the number of its parent (-1: none); ``names[n]`` its class and id in lower case (" ": none);
    ``says[n]`` and ``links[n]`` how many characters of text stand in it outside and inside of links. `remove` marks
    elements as gone and keeps the sums right; `carry_out` takes them out of the tree.
    """

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree
        self.elements: list[HtmlElement] = list(tree.iter(etree.Element))
        size = len(self.elements)
        self.numbers: dict[HtmlElement, int] = {element: number for number, element in enumerate(self.elements)}
        self.names: list[str] = []
        self.parents: list[int] = []
        self.ends: list[int] = list(range(1, size + 1))
        self.says: list[int] = [0] * size
        self.links: list[int] = [0] * size
        self.gone: list[int] = []
        self._out = bytearray(size)
        self._count()

    def _count(self) -> None:
        """Long, because it is the one loop that sees every element: function calls in it are what a page costs."""
        names, parents, ends, says, links = self.names, self.parents, self.ends, self.says, self.links
        number_of, linked = self.numbers.get, bytearray(len(ends))
        for number, element in enumerate(self.elements):
            css, key = element.get("class"), element.get("id")
            names.append(f"{css or ''} {key or ''}".lower() if css or key else " ")
            parent = number_of(element.getparent(), -1)
            parents.append(parent)
            is_linked = element.tag == "a" or (parent >= 0 and linked[parent])
            linked[number] = is_linked
            if (text := element.text) and (size := len(text.strip())):
                (links if is_linked else says)[number] += size
            if parent >= 0 and (tail := element.tail) and (size := len(tail.strip())):
                (links if linked[parent] else says)[parent] += size
        for number in range(len(ends) - 1, 0, -1):  # children come behind their parents
            parent = parents[number]
            says[parent] += says[number]
            links[parent] += links[number]
            if ends[number] > ends[parent]:
                ends[parent] = ends[number]

    @cached_property
    def properties(self) -> dict[int, str]:
        """The ``itemprop`` of the elements that have one, in lower case, by number."""
        found = ((number, element.get("itemprop")) for number, element in enumerate(self.elements))
        return {number: name.lower() for number, name in found if name}

    def size(self, number: int) -> int:
        """How many characters of text an element holds."""
        return self.says[number] + self.links[number]

    def linked(self, number: int) -> float:
        """Which part of an element's text is link text (0–1)."""
        return self.links[number] / max(self.size(number), 1)

    def ancestors(self, number: int) -> Iterator[int]:
        """The numbers of an element's ancestors, nearest first."""
        while (number := self.parents[number]) >= 0:
            yield number

    def inside(self, number: int) -> range:
        """The numbers of an element and of all in it."""
        return range(number, self.ends[number])

    def children(self, number: int) -> Iterator[int]:
        """The numbers of an element's children."""
        child = number + 1
        while child < self.ends[number]:
            yield child
            child = self.ends[child]

    def remove(self, number: int) -> None:
        """Mark an element as gone; its text no longer counts for its ancestors."""
        self.gone.append(number)
        for parent in self.ancestors(number):
            self.says[parent] -= self.says[number]
            self.links[parent] -= self.links[number]
        size = self.ends[number] - number
        self._out[number : self.ends[number]] = b"\x01" * size
        self.says[number : self.ends[number]] = [0] * size
        self.links[number : self.ends[number]] = [0] * size

    def is_gone(self, number: int) -> bool:
        """True when an element or one of its ancestors is marked."""
        return bool(self._out[number])

    def carry_out(self) -> None:
        """Take what is marked out of the tree; the text behind it stays."""
        reach = -1
        marked, self.gone = sorted(set(self.gone)), []
        for number in marked:
            if number >= reach:
                reach = self.ends[number]
                element = self.elements[number]
                if element.getparent() is not None:
                    element.drop_tree()
