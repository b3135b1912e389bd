"""Source files: the catalogue that ships, scope, and every way in which a file can be wrong."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.models import Endpoint, Expectations, ExtractionRules, Source
from pipeline.sources.document import MAX_BYTES
from pipeline.sources.registry import hosts_of, in_scope, load_sources, select
from pipeline.sources.selectors import compile_selector

MINIMAL = """\
id: a
name: A Institute
homepage: https://a.example/
endpoints:
  - type: feed
    url: https://a.example/feed/
"""
FULL = """\
id: full
name: Tam Enstitü
homepage: https://www.full.example/
hosts: [files.full.example, "full.example:8080"]
country: TR
languages: [tr, en]
timezone: Europe/Istanbul
status: dormant
crawl_delay: 1.5
pages: false
render: true
respect_noindex: false
allow: '/yazi/'
deny: ['/etiket/', '\\?s=']
extraction:
  body: div.entry > p
  prune: ["//aside", ".related"]
  author: "//meta[@name='author']/@content"
  date: string(//time/@datetime)
  title: h1
expectations:
  min_new: 0
  max_age_days: 30
endpoints:
  - type: listing
    url: https://www.full.example/yazilar
    kind: report
    article: '/yazi/\\d+$'
    next: a.next
    max_pages: 3
    verified: 2026-11-24
    from: seen on its home page
  - {type: wordpress, url: "https://full.example", verified: never}
"""


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        (folder / f"{name}.yaml").write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def problems(path: Path) -> list[str]:
    """The lines of the error that the files under path raise, without the folder's name."""
    with pytest.raises(ConfigurationError) as caught:
        load_sources(path)
    folder = path if path.is_dir() else path.parent
    return [line.replace(f"{folder}/", "") for line in str(caught.value).splitlines()]


def with_line(line: str) -> str:
    return MINIMAL + line + "\n"


# --- what loads ------------------------------------------------------------------------------------------------------


def test_the_catalogue_holds_ten_unverified_sources_with_kafkassam_among_them() -> None:
    sources = load_sources(None)
    assert len(sources) >= 10
    assert "kafkassam" in {source.id for source in sources}
    assert {"tr", "en"} <= {language for source in sources for language in source.languages}
    for source in sources:
        assert source.country and source.languages, source.id
        for endpoint in source.endpoints:
            assert endpoint.verified is None, f"{source.id}: nobody of us asked {endpoint.url}"
            assert endpoint.origin, f"{source.id}: say where {endpoint.url} was named"


def test_the_four_required_keys_are_enough(tmp_path: Path) -> None:
    (source,) = load_sources(write(tmp_path, a=MINIMAL))
    assert source == Source(
        id="a",
        name="A Institute",
        homepage="https://a.example/",
        endpoints=(Endpoint("feed", "https://a.example/feed/"),),
        file=f"{tmp_path}/a.yaml",
    )


def test_every_key_reaches_its_field(tmp_path: Path) -> None:
    (source,) = load_sources(write(tmp_path, full=FULL))
    listing, wordpress = source.endpoints
    assert listing == Endpoint(
        type="listing",
        url="https://www.full.example/yazilar",
        kind="report",
        article=r"/yazi/\d+$",
        next="a.next",
        max_pages=3,
        verified=date(2026, 11, 24),
        origin="seen on its home page",
    )
    assert wordpress.verified is None
    assert source.extraction == ExtractionRules(
        body=("div.entry > p",),
        prune=("//aside", ".related"),
        author=("//meta[@name='author']/@content",),
        date=("string(//time/@datetime)",),
        title=("h1",),
    )
    assert source.expectations == Expectations(min_new=0, max_age_days=30)
    assert (source.allow, source.deny) == (("/yazi/",), ("/etiket/", r"\?s="))
    assert (source.pages, source.render, source.respect_noindex) == (False, True, False)
    assert (source.status, source.crawl_delay, source.country) == ("dormant", 1.5, "TR")


def test_one_file_may_have_any_name_and_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "Mein Institut.yml"
    file.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load_sources(file)[0].id == "a"


def test_a_folder_is_read_in_order_of_ids_without_hidden_and_other_files(tmp_path: Path) -> None:
    write(tmp_path, b=MINIMAL.replace("id: a", "id: b"), a=MINIMAL)
    (tmp_path / "._a.yaml").write_bytes(b"\x00\x01")
    (tmp_path / "notes.txt").write_text("not a source")
    assert [source.id for source in load_sources(tmp_path)] == ["a", "b"]


# --- what does not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hostes: [a.example]", "unknown key 'hostes'; did you mean 'hosts'?"),
        ("name: Again", "key 'name' is here a second time (first on line 2); keep one"),
        ("<<: {}", "unknown key '<<'"),
        ("deny: '('", "'deny' is not a regular expression ('('): missing ), unterminated subpattern"),
        ("allow: ['ok', '[']", "'allow' is not a regular expression ('[')"),
        ("timezone: Europe/Istambul", "unknown timezone 'Europe/Istambul'; did you mean 'Europe/Istanbul'?"),
        ("timezone: ../../etc/passwd", "unknown timezone"),
        ("timezone: Europe", "unknown timezone"),
        ("country: UK", "unknown country 'UK'; did you mean 'GB'?"),
        ("country: tr", "unknown country 'tr'; did you mean 'TR'?"),
        ("country: NO", "'country' must be text, not 'NO' (YAML reads bool there); put it in quotes"),
        ("languages: [turkish]", "unknown language 'turkish'; did you mean 'tr'?"),
        ("languages: [tr, tr]", "'languages' names one thing twice; keep one"),
        ("languages: {tr: 1}", "'languages' must be a list, not a mapping"),
        ("status: actve", "unknown status 'actve'; did you mean 'active'?"),
        ("crawl_delay: quickly", "'crawl_delay' must be a number of seconds, not 'quickly'"),
        ("crawl_delay: -1", "'crawl_delay' must be between 0 and 3600 seconds, not -1"),
        ("crawl_delay: .nan", "'crawl_delay' must be between 0 and 3600 seconds"),
        ("pages: 'no'", "'pages' must be true or false, not 'no'"),
        ("hosts: [https://a.example/]", "'hosts' must be host names alone"),
        ("hosts:", "'hosts' has no value; give it one or take the line out"),
        ("hosts: ['']", "'hosts' is empty"),
        ("extraction: {body: 'div['}", "'body' is not a selector ('div[')"),
        ("extraction: {body: '//div['}", "'body' is not a selector ('//div[')"),
        ("extraction: {date: '//p[nonsense(.)]'}", "'date' is not a selector"),
        ("extraction: {body: '//p/text()'}", "'body' must select elements"),
        ("extraction: {prune: [h1, 7]}", "'prune' must be text, not '7' (YAML reads int there); put it in quotes"),
        ("extraction: {bodyy: p}", "unknown key 'bodyy'; did you mean 'body'?"),
        ("extraction: p", "'extraction' must be a mapping"),
        ("expectations: {min_new: -1}", "'min_new' must be a whole number from 0 up, not -1"),
        ("expectations: {max_age_days: 1.5}", "'max_age_days' must be a whole number from 1 up, not '1.5'"),
        ("? [a, b]\n: c", "unknown key 'a list or mapping'"),
        ("pages: !!python/name:os.system x", "'pages' must be true or false"),
    ],
)
def test_a_wrong_line_is_named_with_its_remedy(tmp_path: Path, line: str, expected: str) -> None:
    (found,) = problems(write(tmp_path, a=with_line(line)))
    assert found.startswith(f"a.yaml:7: {expected}"), found


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("- {type: rss, url: 'https://a.example/'}", "unknown endpoint type 'rss'; known: feed, listing, sitemap, wor"),
        ("- {type: fed, url: 'https://a.example/'}", "unknown endpoint type 'fed'; did you mean 'feed'?"),
        ("- {type: feed}", "an endpoint needs the key 'url'; add it"),
        ("- {url: 'https://a.example/'}", "an endpoint needs the key 'type'; add it"),
        ("- https://a.example/feed", "an endpoint must be a mapping (key: value lines) with type, url"),
        ("- {type: feed, url: /feed}", "'url' is not a usable URL ('/feed'): write it in full"),
        ("- {type: feed, url: 'ftp://a.example/'}", "'url' is not a usable URL"),
        ("- {type: feed, url: 'https://a b.example/'}", "'url' is not a usable URL"),
        ("- {type: feed, url: 'https://a.example:99999/'}", "'url' is not a usable URL"),
        ("- {type: feed, url: 'https://u:p@a.example/'}", "'url' is not a usable URL"),
        ("- {type: feed, url: 'https://'}", "'url' is not a usable URL"),
        ("- {type: feed, url: 'https://[::1/'}", "'url' is not a usable URL"),
        ("- {type: feed, url: 'https://a.example/', kind: essay}", "unknown kind 'essay'"),
        ("- {type: feed, url: 'https://a.example/', verified: yesterday}", "'verified' must be never or a date"),
        ("- {type: feed, url: 'https://a.example/', verified: 2026-13-41}", "'verified' must be never or a date"),
        ("- {type: feed, url: 'https://a.example/', verified: 2026-11-24 10:00:00}", "'verified' must be never or a d"),
        ("- {type: feed, url: 'https://a.example/', next: a}", "an endpoint of this type has no 'next'"),
        ("- {type: listing, url: 'https://a.example/', max_pages: 0}", "'max_pages' must be a whole number from 1"),
        ("- {type: listing, url: 'https://b.example/'}", "'b.example' is not a host of this source"),
        ("[]", "'endpoints' must be a list of at least one endpoint"),
        ("feed", "'endpoints' must be a list of at least one endpoint"),
    ],
)
def test_a_wrong_endpoint_is_named_with_its_remedy(tmp_path: Path, endpoint: str, expected: str) -> None:
    text = MINIMAL.split("  - type")[0] + f"  {endpoint}\n"
    (found,) = problems(write(tmp_path, a=text))
    assert found.startswith(f"a.yaml:5: {expected}"), found


def test_an_endpoint_that_is_there_twice_is_named(tmp_path: Path) -> None:
    twice = MINIMAL + MINIMAL.split("endpoints:\n")[1]
    assert problems(write(tmp_path, a=twice))[0].endswith("(feed https://a.example/feed/); keep one")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "a.yaml:1: is empty; a source needs id, name, homepage and endpoints"),
        (b"# nothing but a comment\n", "a.yaml:1: is empty"),
        (b"- id: a\n- id: b\n", "a.yaml:1: holds a list; it must be one mapping"),
        (b"just words\n", "a.yaml:1: holds a single value"),
        (b"id: a\nname: \xff\xfe\n", "a.yaml:2: is not UTF-8; save the file as UTF-8"),
        (MINIMAL.encode("utf-16"), "a.yaml:1: is not UTF-8"),
        (b"id: a\n  name: b\n", "a.yaml:2: is not valid YAML"),
        (b"id: a\n\tname: b\n", "a.yaml:2: is not valid YAML"),
        (b"id: 'a\n", "is not valid YAML"),
        (b"id: a\x00\n", "is not valid YAML"),
        (MINIMAL.encode() + b"---\n" + MINIMAL.encode(), "a.yaml:7: is not valid YAML"),
        (b"id: &x a\nname: *x\n", "a.yaml:2: uses the alias '*x'; write the value out"),
        (b"id: a\nname: b\n", "a.yaml:1: a source needs the key 'homepage'; add it"),
        (b"id: A B\n" + MINIMAL.encode()[6:], "a.yaml:1: 'id' must be lower-case letters"),
        (b"id: 7\n" + MINIMAL.encode()[6:], "a.yaml:1: 'id' must be text, not '7'"),
    ],
)
def test_a_file_that_is_no_source_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    found = problems(write(tmp_path, a=content))
    assert any(expected in line for line in found), found
    assert all(line.startswith("a.yaml:") for line in found)


@pytest.mark.parametrize(
    "bomb",
    [
        "x: " + "[" * 100_000,
        "x: " + "{a: " * 50_000,
        "a: &a [x,x]\n"
        + "\n".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)},*{chr(97 + i)}]" for i in range(20)),
        "x: " + "y" * (MAX_BYTES + 1),
        "\n".join("- " * 17 + "x" for _ in range(3)),
    ],
    ids=["brackets", "braces", "aliases", "size", "dashes"],
)
def test_a_bomb_is_refused_at_once(tmp_path: Path, bomb: str) -> None:
    started = time.perf_counter()
    (found,) = problems(write(tmp_path, a=bomb))
    assert time.perf_counter() - started < 2
    assert any(word in found for word in ("nested deeper", "uses the alias", "is larger than"))


def test_all_files_are_judged_together_and_a_wrong_one_stops_the_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        good=MINIMAL.replace("id: a", "id: good"),
        bad="id: bad\nnome: B\nhomepage: b.example\n",
        broken="id: [",
        copy=MINIMAL.replace("id: a", "id: good"),
    )
    found = problems(tmp_path)
    assert [line.split(": ")[0] for line in found] == sorted(line.split(": ")[0] for line in found)
    assert "bad.yaml:2: unknown key 'nome'; did you mean 'name'?" in found
    assert "bad.yaml:1: a source needs the key 'endpoints'; add it" in found
    assert any(line.startswith("bad.yaml:3: 'homepage' is not a usable URL ('b.example')") for line in found)
    assert any(line.startswith("broken.yaml:") and "is not valid YAML" in line for line in found)
    assert "copy.yaml:1: id 'good' is not the file's name; call the file good.yaml or the source 'copy'" in found
    assert "good.yaml:1: id 'good' is already that of copy.yaml:1; give one of them another" in found


def test_places_without_sources_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"holds no \.yaml file"):
        load_sources(tmp_path)
    with pytest.raises(ConfigurationError, match=r"missing\.yaml:1: cannot be read \(No such file or directory\)"):
        load_sources(tmp_path / "missing.yaml")


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_whatever_a_file_holds_the_answer_is_one_of_ours(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.yaml"
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"a\.yaml:\d+: "):
            load_sources(file)


@given(
    st.dictionaries(
        st.sampled_from(["id", "name", "homepage", "endpoints", "hosts", "timezone", "deny", "extraction", "status"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_no_shape_of_values_escapes_as_another_exception(plain: dict[str, object]) -> None:
    import tempfile

    import yaml

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.yaml"
        file.write_text(yaml.safe_dump(plain, allow_unicode=True), encoding="utf-8")
        with pytest.raises(ConfigurationError):
            load_sources(file)


# --- choosing and scope ----------------------------------------------------------------------------------------------


def source(**fields: object) -> Source:
    plain = {"id": "a", "name": "A", "homepage": "https://www.a.example/", "endpoints": ()} | fields
    return Source(**plain)  # type: ignore[arg-type]  # tests name the fields they mean


def test_without_names_every_source_but_the_defunct_is_chosen() -> None:
    catalogue = (source(id="x"), source(id="y", status="dormant"), source(id="z", status="defunct"))
    assert [each.id for each in select(catalogue)] == ["x", "y"]
    assert [each.id for each in select(catalogue, ["z", "x", "x"])] == ["x", "z"]


def test_unknown_names_are_all_told_with_what_was_meant() -> None:
    catalogue = (source(id="kafkassam"), source(id="setav"))
    with pytest.raises(ConfigurationError) as caught:
        select(catalogue, ["kafkasam", "setav", "rand"])
    assert str(caught.value).splitlines() == [
        "unknown source 'kafkasam'; did you mean 'kafkassam'?",
        "unknown source 'rand'; known: kafkassam, setav",
    ]


def test_own_hosts_have_their_www_twins_in_idna_form() -> None:
    own = hosts_of(source(hosts=("Dosya.Örnek.example", "127.0.0.1:8000", "localhost")))
    assert own >= {"a.example", "www.a.example", "dosya.xn--rnek-4qa.example", "127.0.0.1:8000", "localhost"}
    assert "www.localhost" not in own and "www.127.0.0.1:8000" not in own


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x", True),
        ("http://WWW.A.example./x", True),
        ("https://a.example:8443/x", True),
        ("https://files.a.example/x.pdf", True),
        ("https://deep.files.a.example/", False),
        ("https://a.example.evil.example/", False),
        ("https://evil.example/?u=https://a.example/", False),
        ("https://a.example@evil.example/", False),
        ("http://127.0.0.1:8000/x", True),
        ("http://127.0.0.1:9200/x", False),
        ("http://127.0.0.1/x", False),
        ("http://[::1]:8000/x", True),
        ("ftp://a.example/x", False),
        ("mailto:a@a.example", False),
        ("//a.example/x", False),
        ("https://[::1/x", False),
        ("https://a.example:port/", False),
        ("", False),
    ],
)
def test_scope_is_the_own_hosts(url: str, expected: bool) -> None:
    assert in_scope(source(hosts=("files.a.example", "127.0.0.1:8000", "[::1]:8000")), url) is expected


def test_a_homepage_with_a_port_stands_for_that_port_alone() -> None:
    demo = source(homepage="http://127.0.0.1:8000/")
    assert in_scope(demo, "http://127.0.0.1:8000/x.html")
    assert not in_scope(demo, "http://127.0.0.1:8001/x.html")


def test_allow_and_deny_are_searched_in_the_url_and_deny_wins() -> None:
    ruled = source(allow=("/yazi/", r"\.pdf$"), deny=(r"[?&]sayfa=", "/taslak"))
    assert in_scope(ruled, "https://a.example/tr/yazi/1")
    assert in_scope(ruled, "https://a.example/r.pdf")
    assert not in_scope(ruled, "https://a.example/tr/etiket/1")
    assert not in_scope(ruled, "https://a.example/yazi/1?sayfa=2")
    assert not in_scope(ruled, "https://a.example/taslak/yazi/1")


def test_selectors_are_css_or_xpath() -> None:
    from lxml import html

    page = html.fromstring("<div class='b'><p>bir</p><p>iki</p></div>")
    assert [p.text for p in compile_selector("div.b > p")(page)] == ["bir", "iki"]
    assert [p.text for p in compile_selector(".//p[2]")(page)] == ["iki"]
    assert compile_selector("normalize-space(//p)")(page) == "bir"
    with pytest.raises(ValueError, match="read as CSS"):
        compile_selector("p:::x")
