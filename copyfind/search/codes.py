"""Local features as codes: a list and 16 bytes for each, 20 bytes with its direction and size.

The 1024 centres of the lists and what the codes stand for travel with copyfind. Nothing is learnt
from a collection, so that what is found depends on its pictures alone, and a picture that comes
later is coded as it would have been at first. They were learnt from photos not shown in any
benchmark, and from edited copies of these, by `benchmarks/make_codebook.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import faiss
import numpy as np
from numpy.typing import NDArray

from copyfind.records import Floats, Pixels
from copyfind.search.cache_file import write_arrays
from copyfind.search.join import for_each

CODEBOOK = Path(__file__).with_name("codebook.npz")
CODES_VERSION = 1  # raised when the same features would get other codes
_PARTS = 32  # of a code, half a byte each
KEPT = 400  # features of a picture that can be found, the strongest

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


def encode_all(pictures: Iterable[Sequence[Keypoints]]) -> list[Codes]:
    """The codes of every picture, of a few pictures at a time, in their order."""
    coded: list[Codes] = []
    for_each(lambda some: [encode(one) for one in some], pictures, then=coded.extend)
    return coded


def encode(features: Keypoints) -> Codes:
    """The codes of the strongest features. (`encode_all` keeps BLAS to one thread.)"""
    sifts = features.sifts[:KEPT]
    rooted = rooted_sifts(sifts)
    book = codebook()
    if not len(sifts):
        nothing = np.empty(0, np.uint8)
        return Codes(np.empty(0, np.uint16), np.empty((0, 16), np.uint8), nothing, nothing)
    # |x - c|² is least where x·c - |c|²/2 is most. (FAISS's own search takes twice as long.)
    words = (rooted @ book.centres.T - book.halves).argmax(axis=1).astype(np.uint16)
    # The same for each part of the code. (FAISS takes several threads for this, which wait for each
    # other longer than one works.)
    parts = rooted.reshape(len(rooted), _PARTS, -1).transpose(1, 0, 2)  # (32, N, 4)
    nearest = (parts @ book.parts.transpose(0, 2, 1) - book.part_halves[:, None]).argmax(axis=2)
    low, high = nearest[0::2], nearest[1::2]
    codes: Pixels = (low | high << 4).T.astype(np.uint8, order="C")
    angles = np.round(features.angles[:KEPT] * (256 / 360)).astype(np.int64) % 256
    sizes = np.clip(np.round(16 * np.log2(np.maximum(features.sizes[:KEPT], 1))), 0, 255)
    return Codes(words, codes, angles.astype(np.uint8), sizes.astype(np.uint8))


def rooted_sifts(sifts: Pixels) -> Floats:
    """(N, 128) RootSIFT (Arandjelovic and Zisserman, CVPR 2012)."""
    sums = np.maximum(sifts.sum(axis=1, dtype=np.float32, keepdims=True), 1e-6)
    rooted: Floats = np.sqrt(sifts.astype(np.float32) / sums)
    return rooted


@dataclass(frozen=True, slots=True, eq=False)
class Codebook:
    """The centres of the lists and what codes stand for."""

    centres: Floats  # (1024, 128)
    halves: Floats  # (1024,) of their squared lengths
    parts: Floats  # (32, 16, 4) what the 16 values of each half byte of a code stand for
    part_halves: Floats  # (32, 16) of their squared lengths
    quantizer: faiss.IndexFlatL2


@cache
def codebook() -> Codebook:
    """The one that travels with copyfind."""
    with np.load(CODEBOOK, allow_pickle=False) as stored:
        centres = stored["centres"].astype(np.float32)  # (1024, 128)
        parts = stored["codes"].astype(np.float32)
    quantizer = faiss.IndexFlatL2(centres.shape[1])
    quantizer.add(centres)
    halves = (centres**2).sum(axis=1) / 2
    return Codebook(centres, halves, parts, (parts**2).sum(axis=2) / 2, quantizer)


def read_codes(path: Path) -> dict[bytes, Codes]:
    """What a cache file holds of this version, by SHA-256 of the content."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            version, names = int(stored["version"]), stored["names"]
            ends, data = stored["ends"].tolist(), stored["data"].tobytes()
        if version != CODES_VERSION:
            return {}
        starts = [0, *ends[:-1]]
        return {
            name.tobytes(): Codes.from_bytes(data[start:end])
            for name, start, end in zip(names, starts, ends, strict=True)
        }
    except (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile):
        return {}


def write_codes(path: Path, codes: Mapping[bytes, Codes]) -> None:
    """Replace what the cache file holds, whole or not at all; trouble costs time later."""
    packed = [one.to_bytes() for one in codes.values()]
    with suppress(OSError):
        write_arrays(
            path,
            version=np.array(CODES_VERSION),
            names=np.frombuffer(b"".join(codes), np.uint8).reshape(-1, 32),
            ends=np.cumsum([len(data) for data in packed], dtype=np.int64),
            data=np.frombuffer(b"".join(packed), np.uint8),
        )


def train_codebook(sifts: Pixels, *, seed: int = 0) -> None:
    """Learn centres and codes from features of photos, (N, 128), N >= 61,440, and write them."""
    rows = np.random.default_rng(seed).permutation(len(sifts))[: 60 * 1024]
    quantizer = faiss.IndexFlatL2(128)
    index = faiss.IndexIVFPQFastScan(quantizer, 128, 1024, 32, 4)
    index.by_residual = False
    index.cp.niter, index.cp.max_points_per_centroid = 6, 40
    index.train(rooted_sifts(sifts[rows]))
    np.savez_compressed(
        CODEBOOK,
        centres=quantizer.reconstruct_n(0, 1024).astype(np.float16),
        codes=faiss.vector_to_array(index.pq.centroids).reshape(32, 16, 4).astype(np.float16),
    )
