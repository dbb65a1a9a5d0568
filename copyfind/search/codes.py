"""Local features as codes: a list and 16 bytes for each, 20 bytes with its direction and size.

A list is a pair of centres, 256 for each half of a feature (the inverted multi-index of Babenko and
Lempitsky, CVPR 2012): 65,536 lists cost a feature no more than 512 centres, and a query that looks
into 16 of them meets some thousandth of all. Centres and what the codes stand for travel with
copyfind. Nothing is learnt
from a collection, so that what is found depends on its pictures alone, and a picture that comes
later is coded as it would have been at first. They were learnt from photos not shown in any
benchmark, and from edited copies of these, by `benchmarks/make_codebook.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Halves, Ints, Pixels

CODEBOOK = Path(__file__).with_name("codebook.npz")
CODES_VERSION = 4  # raised when the same picture would get other codes
HALVES = (slice(0, 64), slice(64, 128))  # of a feature, each with its own centres
_PARTS = 32  # of a code, half a byte each
KEPT = 256  # features of a picture, the strongest
_ASKED_AT_ONCE = 512  # features whose distances stay in the second-level cache

Words = NDArray[np.uint16]


class Keypoints(Protocol):
    """Local features of a picture, strongest first (evidence.features.Features)."""

    @property
    def sizes(self) -> Floats:
        """(N,) pixels."""

    @property
    def angles(self) -> Floats:
        """(N,) degrees, clockwise."""

    @property
    def sifts(self) -> Pixels:
        """(N, 128) SIFT."""


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """What remains of a picture's features: 20 bytes each."""

    words: Words  # (N,) lists
    codes: Pixels  # (N, 16)
    angles: Pixels  # (N,) in 256ths of a turn
    sizes: Pixels  # (N,) 16 * log2 of pixels

    def to_bytes(self) -> bytes:
        """For a cache."""
        columns = (self.words.astype("<u2"), self.codes, self.angles, self.sizes)
        return b"".join(column.tobytes() for column in columns)

    @staticmethod
    def from_bytes(data: bytes) -> Codes:
        """What `to_bytes` was called on."""
        n, rest = divmod(len(data), 20)
        if rest:
            raise ValueError(f"{len(data)} bytes are no codes")
        words = np.frombuffer(data, "<u2", n).astype(np.uint16)
        bytes_ = np.frombuffer(data, np.uint8, offset=2 * n)
        codes, angles, sizes = bytes_[: 16 * n], bytes_[16 * n : 17 * n], bytes_[17 * n :]
        return Codes(words, codes.reshape(n, 16), angles, sizes)


def encode(features: Keypoints) -> Codes:
    """The codes of the strongest features."""
    sifts = features.sifts[:KEPT]
    rooted = rooted_sifts(sifts)
    book = codebook()
    if not len(sifts):
        nothing = np.empty(0, np.uint8)
        return Codes(np.empty(0, np.uint16), np.empty((0, 16), np.uint8), nothing, nothing)
    # |x - c|² is least where x·c - |c|²/2 is most. (FAISS's own search takes twice as long.)
    lists = [
        (rooted[:, side] @ centres.T - halves).argmax(axis=1)
        for side, centres, halves in zip(HALVES, book.centres, book.halves, strict=True)
    ]
    words = (lists[0] | lists[1] << 8).astype(np.uint16)
    # The same for each part of the code. (FAISS takes several threads for this, which wait for each
    # other longer than one works.)
    parts = rooted.reshape(len(rooted), _PARTS, -1).transpose(1, 0, 2)  # (32, N, 4)
    nearest = (parts @ book.parts.transpose(0, 2, 1) - book.part_halves[:, None]).argmax(axis=2)
    low, high = nearest[0::2], nearest[1::2]
    codes: Pixels = (low | high << 4).T.astype(np.uint8, order="C")
    angles = np.round(features.angles[:KEPT] * (256 / 360)).astype(np.int64) % 256
    sizes = np.clip(np.round(16 * np.log2(np.maximum(features.sizes[:KEPT], 1))), 0, 255)
    return Codes(words, codes, angles.astype(np.uint8), sizes.astype(np.uint8))


def decode(codes: Pixels) -> Floats:
    """(N, 128) RootSIFT that codes (N, 16) stand for, roughly."""
    halves = np.empty((len(codes), _PARTS), np.uint8)
    halves[:, 0::2], halves[:, 1::2] = codes & 15, codes >> 4
    stood_for: Floats = codebook().parts[np.arange(_PARTS), halves]  # (N, 32, 4)
    return stood_for.reshape(len(codes), 128)


def nearest_lists(rooted: Floats, count: int) -> tuple[Ints, Floats]:
    """(N, count) lists that RootSIFT (N, 128) are nearest to, the nearest first, and how far.

    Distances are told to four digits; `count` is at most 32.
    """
    lists = np.empty((len(rooted), count), np.int64)
    away = np.empty((len(rooted), count), np.float32)
    # Of two sorted halves, the r nearest pairs are among those whose ranks multiply to r at most.
    ranks = [(i, j) for i in range(count) for j in range(count) if (i + 1) * (j + 1) <= count]
    of_first, of_second = np.array(ranks).T
    book = codebook()
    for start in range(0, len(rooted), _ASKED_AT_ONCE):
        some = slice(start, start + _ASKED_AT_ONCE)
        (first, a), (second, b) = (
            _sorted(
                (rooted[some, side] ** 2).sum(axis=1, keepdims=True) / 2
                + halves
                - rooted[some, side] @ centres.T,
                count,
            )
            for side, centres, halves in zip(HALVES, book.centres, book.halves, strict=True)
        )
        pairs, away[some] = _sorted(a[:, of_first] + b[:, of_second], count)
        rows = np.arange(len(pairs))[:, None]
        lists[some] = first[rows, of_first[pairs]] | second[rows, of_second[pairs]] << 8
    return lists, away


def _sorted(distances: Floats, count: int) -> tuple[Ints, Floats]:
    """(N, count) places of the least of each line of (N, M), and these, to four digits; M <= 256.

    The place stands in the last eight bits of each number: sorting numbers alone is ten times as
    fast as sorting where they stand.
    """
    places = np.arange(distances.shape[1], dtype=np.int32)
    marked = np.maximum(distances, 0).view(np.int32) & ~np.int32(255) | places
    marked = np.sort(marked, axis=1)[:, :count]
    return (marked & 255).astype(np.int64), (marked & ~np.int32(255)).view(np.float32)


def rooted_sifts(sifts: Pixels) -> Floats:
    """(N, 128) RootSIFT (Arandjelovic and Zisserman, CVPR 2012)."""
    sums = np.maximum(sifts.sum(axis=1, dtype=np.float32, keepdims=True), 1e-6)
    rooted: Floats = np.sqrt(sifts.astype(np.float32) / sums)
    return rooted


@dataclass(frozen=True, slots=True, eq=False)
class Codebook:
    """The centres of the lists and what codes stand for."""

    centres: Floats  # (2, 256, 64)
    halves: Floats  # (2, 256) of their squared lengths
    parts: Floats  # (32, 16, 4) what the 16 values of each half byte of a code stand for
    part_halves: Floats  # (32, 16) of their squared lengths


@cache
def codebook() -> Codebook:
    """The one that travels with copyfind."""
    with np.load(CODEBOOK, allow_pickle=False) as stored:
        centres = stored["centres"].astype(np.float32)
        parts = stored["codes"].astype(np.float32)
    return Codebook(centres, (centres**2).sum(axis=2) / 2, parts, (parts**2).sum(axis=2) / 2)


def train_codebook(sifts: Pixels, *, seed: int = 0) -> None:
    """Learn centres and codes from features of photos, (N, 128), N >= 40,000, and write them."""
    # Not at the top: workers that code pictures need not wait for it.
    from copyfind.search.faiss_import import faiss

    rows = np.random.default_rng(seed).permutation(len(sifts))[:40_000]
    rooted = rooted_sifts(sifts[rows])

    def learnt(parts: int, bits: int) -> Halves:
        quantizer = faiss.ProductQuantizer(128, parts, bits)
        quantizer.cp.niter = 8
        quantizer.train(rooted)
        centroids = faiss.vector_to_array(quantizer.centroids).astype(np.float16)
        halves: Halves = centroids.reshape(parts, 1 << bits, -1)
        return halves

    np.savez_compressed(CODEBOOK, centres=learnt(2, 8), codes=learnt(_PARTS, 4))
