"""From the bytes of pictures to the rows that a catalog stores of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from copyfind.descriptor.embed import Embedder, descriptors_of
from copyfind.imaging.decode import decode
from copyfind.imaging.formats import Undecodable, decoder_version
from copyfind.records import Floats, Picture, Problem, ReadFile, Row


def describe(data: bytes, embedder: Embedder) -> Row:
    """All that a catalog stores of the content `data`, made from nothing but these bytes.

    What cannot be decoded gives a row that says why. Decoding happens in this process: bytes of
    unknown origin, which may crash or stall a decoder, are better described in worker processes.
    The hash of the pixels is given where it costs little; `import_rows` looks for the others that
    matter. Raises WeightsError and DeviceError where the embedder has to be loaded first and
    cannot be, ValueError where it does not give what it says.
    """
    sha256 = hashlib.sha256(data).digest()
    try:
        picture = decode(data, side=embedder.side)
    except Undecodable as error:
        return _without_picture(sha256, len(data), embedder, error.problem, error.reason)
    (descriptor,) = descriptors_of(picture.square[None], embedder)
    return _row(sha256, len(data), embedder, picture, descriptor)


def rows_of(read: Sequence[ReadFile], embedder: Embedder) -> list[Row]:
    """The rows of files that were read, all with a picture or a problem; embedded together."""
    squares = [one.picture.square for one in read if one.picture]
    descriptors = iter(descriptors_of(np.stack(squares), embedder) if squares else ())
    rows = []
    for one in read:
        if one.picture is not None:
            row = _row(one.sha256, one.file.size, embedder, one.picture, next(descriptors))
        elif one.problem is not None:
            told = one.problem
            row = _without_picture(one.sha256, one.file.size, embedder, told.problem, told.reason)
        else:
            raise ValueError("a content that was known already has no row")
        rows.append(row)
    return rows


def _row(sha256: bytes, size: int, embedder: Embedder, picture: Picture, descriptor: Floats) -> Row:
    is_finite = bool(np.isfinite(descriptor).all())
    return Row(
        sha256=sha256,
        size=size,
        model=embedder.id,
        decoder=decoder_version(),
        facts=picture.facts,
        pixels=picture.pixels,
        descriptor=descriptor.astype(np.float16) if is_finite else None,
        thumbnail=picture.thumbnail,
        problem=None if is_finite else Problem.DAMAGED,
        reason=None if is_finite else "the network gives no finite descriptor for it",
    )


def _without_picture(
    sha256: bytes, size: int, embedder: Embedder, problem: Problem, reason: str
) -> Row:
    return Row(
        sha256=sha256,
        size=size,
        model=embedder.id,
        decoder=decoder_version(),
        problem=problem,
        reason=reason,
    )
