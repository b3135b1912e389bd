"""Content encodings: undone where they are what they claim, bounded, and honest about what is missing."""

from __future__ import annotations

import gzip
import os
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import Rejected
from pipeline.fetch.encoding import decoded

TEXT = "Ilık süt içen çocuklar: İstanbul, ığdır.\n".encode() * 300


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def streamed_zstd(body: bytes) -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()  # as servers send it: without the size in the header
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": streamed_zstd,
}


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("body", [b"", b"x", TEXT, os.urandom(200_000), bytes(5_000_000)], ids=len)
def test_each_encoding_is_undone(name: str, body: bytes) -> None:
    assert decoded(PACKERS[name](body), f" {name.upper()} ") == (body, True)


def test_deflate_is_read_raw_as_well() -> None:
    assert decoded(raw_deflate(TEXT), "deflate") == (TEXT, True)


def test_several_members_are_one_body() -> None:
    assert decoded(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip") == (b"one two", True)
    assert decoded(streamed_zstd(b"one ") + streamed_zstd(b"two"), "zstd") == (b"one two", True)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_what_follows_the_end_is_left_alone(name: str) -> None:
    assert decoded(PACKERS[name](TEXT) + b"\x00" * 40, name) == (TEXT, True)


def test_layers_are_undone_from_the_last_to_the_first() -> None:
    assert decoded(brotli.compress(gzip.compress(TEXT)), "gzip, br") == (TEXT, True)


@pytest.mark.parametrize("name", ["", "identity", "none", "utf-8", "aes128gcm", ",,"])
def test_no_encoding_and_unknown_ones_change_nothing(name: str) -> None:
    assert decoded(TEXT, name) == (TEXT, True)


@pytest.mark.parametrize("name", PACKERS)
def test_bytes_that_are_not_in_the_encoding_they_claim_are_taken_as_they_are(name: str) -> None:
    page = b"<!doctype html><p>not compressed at all</p>"
    assert decoded(page, name) == (page, True)


@pytest.mark.parametrize("name", PACKERS)
def test_a_damaged_end_gives_what_came_before_and_says_so(name: str) -> None:
    body = os.urandom(150_000) + TEXT
    packed = PACKERS[name](body)
    part, whole = decoded(packed[: len(packed) * 2 // 3], name)
    assert not whole
    assert body.startswith(part)
    assert len(part) > 50_000


@pytest.mark.parametrize("name", PACKERS)
def test_one_missing_byte_is_noticed(name: str) -> None:
    assert decoded(PACKERS[name](TEXT)[:-1], name)[1] is False


@pytest.mark.parametrize("name", PACKERS)
def test_a_bomb_is_refused_before_it_fills_the_memory(name: str) -> None:
    bomb = brotli.compress(bytes(200_000_000), quality=1) if name == "br" else PACKERS[name](bytes(200_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(Rejected) as refused:
            decoded(bomb, name, 10_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.reason == "too_large"
    assert peak < 60_000_000


def test_a_bomb_in_a_bomb_is_refused() -> None:
    with pytest.raises(Rejected, match="more than 1 MB"):
        decoded(gzip.compress(gzip.compress(bytes(30_000_000))), "gzip, gzip", 1_000_000)


def test_a_hundred_layers_are_refused() -> None:
    with pytest.raises(Rejected) as refused:
        decoded(gzip.compress(b"x"), ", ".join(["gzip"] * 100))
    assert refused.value.reason == "bad_encoding"


def test_a_zstd_window_that_only_a_bomb_needs_is_not_opened() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = packer.compress(os.urandom(1000) * 20_000) + packer.flush()
    assert decoded(body, "zstd") == (body, True)


@given(st.binary(max_size=400), st.sampled_from([*PACKERS, "gzip, br"]))
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_it_fail(body: bytes, name: str) -> None:
    assert isinstance(decoded(body, name)[0], bytes)


@given(st.sampled_from(list(PACKERS)), st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_no_damage_makes_it_fail(name: str, place: int, noise: bytes) -> None:
    packed = bytearray(PACKERS[name](TEXT))
    place %= len(packed)
    packed[place : place + len(noise)] = noise
    assert isinstance(decoded(bytes(packed), name)[0], bytes)
