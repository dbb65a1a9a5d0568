"""One file: its bytes read once for hash and decoder, its troubles told apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeVar

from copyfind.imaging.colour import GREY
from copyfind.imaging.decode import decode, pixel_hash, thumbnail
from copyfind.imaging.formats import Undecodable
from copyfind.imaging.source import LOCAL, Source
from copyfind.records import Colour, FoundFile, Pixels, Problem, ReadFile, Unreadable

IN_MEMORY = 256 << 20  # bytes; a larger file is hashed in pieces and decoded from where it lies

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadJob:
    """A file to read. `known` are contents (SHA-256) that need no decoding; they travel with the
    job, so give those that this file may be, not a whole catalog."""

    file: FoundFile
    known: frozenset[bytes] = frozenset()


def read_file(job: ReadJob, *, side: int, source: Source = LOCAL) -> ReadFile | Unreadable:
    """Read, hash and decode a file whose size and time may have changed since the scan.

    They are those of the moment of reading in the result; a file that changes meanwhile gives no
    result, for hash and picture might be of different contents.
    """

    def read(stream: BinaryIO, file: FoundFile) -> ReadFile:
        data, sha256 = _hashed(stream, file.size)
        if sha256 in job.known:
            return ReadFile(file=file, sha256=sha256)
        try:
            picture = decode(data, side=side)
        except Undecodable as error:
            trouble = Unreadable(file.path, error.problem, error.reason)
            return ReadFile(file=file, sha256=sha256, problem=trouble)
        return ReadFile(file=file, sha256=sha256, picture=picture)

    return _with_stable(job.file, read, source)


def hash_file(file: FoundFile, *, source: Source = LOCAL) -> ReadFile | Unreadable:
    """Hash a file whose decoding ended badly."""

    def read(stream: BinaryIO, now: FoundFile) -> ReadFile:
        return ReadFile(file=now, sha256=_hashed(stream, now.size)[1])

    return _with_stable(file, read, source)


def hash_pixels(file: FoundFile, *, source: Source = LOCAL) -> bytes | Unreadable:
    """The pixel hash of a file that is still what the scan met."""
    return read_decoded(file, pixel_hash, source)


def read_thumbnail(
    file: FoundFile,
    *,
    longest: int,
    page: int = 0,
    ground: Colour = GREY,
    source: Source = LOCAL,
) -> Pixels | Unreadable:
    """A small picture of a file that is still what the scan met."""
    return read_decoded(file, partial(thumbnail, longest=longest, page=page, ground=ground), source)


def read_decoded(
    file: FoundFile, decoder: Callable[[bytes | BinaryIO], T], source: Source = LOCAL
) -> T | Unreadable:
    """What a decoder, which may raise Undecodable, makes of a file that is still what the scan
    met."""

    def read(stream: BinaryIO, now: FoundFile) -> T | Unreadable:
        if now != file:
            return Unreadable(file.path, Problem.CHANGING, "it changed since it was indexed")
        try:
            return decoder(stream.read() if now.size <= IN_MEMORY else stream)
        except Undecodable as error:
            return Unreadable(file.path, error.problem, error.reason)

    return _with_stable(file, read, source)


def _hashed(stream: BinaryIO, size: int) -> tuple[bytes | BinaryIO, bytes]:
    """What there is to decode, bytes or the stream of a large file, and its SHA-256."""
    if size <= IN_MEMORY:
        data = stream.read()
        return data, hashlib.sha256(data).digest()
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return stream, digest.digest()


def _with_stable(
    file: FoundFile, read: Callable[[BinaryIO, FoundFile], T], source: Source
) -> T | Unreadable:
    """What `read` makes of the open file, if the file stays as it is meanwhile."""
    try:
        with source.open(file) as opened:
            result = read(opened.stream, opened.file)
            unchanged = opened.is_unchanged()
    except PermissionError:
        return Unreadable(file.path, Problem.PERMISSION, "you may not read it")
    except (FileNotFoundError, NotADirectoryError):
        return Unreadable(file.path, Problem.VANISHED, "it is not there any more")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Unreadable(file.path, Problem.IO, f"reading failed: {reason}")
    if not unchanged:
        return Unreadable(file.path, Problem.CHANGING, "another program is writing to it")
    return result
