"""Change descriptors as a FAISS string says: whitening, rotation, shortening, L2.

By faiss: the strings of the papers, such as `PCAW128,L2norm,Flat`, are FAISS's own language, and no
other reading of them would be the same.
"""

from __future__ import annotations

import numpy as np

from copyfind.records import Floats
from copyfind.search.faiss_import import faiss


class CodecError(ValueError):
    """The string is no codec, or the training descriptors do not do for it."""


class Codec:
    """Trained transforms. Call it with (N, D) float32 to get (N, D') float32."""

    def __init__(self, index: faiss.Index, *, name: str, dim: int) -> None:
        self._index = index
        self.name = name
        self.dim = dim

    def __call__(self, descriptors: Floats) -> Floats:
        rows = np.ascontiguousarray(descriptors, np.float32)
        if not len(rows):
            return np.empty((0, self.dim), np.float32)
        changed = self._index.sa_encode(rows).view(np.float32).reshape(len(rows), self.dim)
        if not np.isfinite(changed).all():
            raise CodecError(f"{self.name} makes descriptors infinite: train it on more images")
        return changed


def train_codec(name: str, training: Floats) -> Codec:
    """The transforms that `name` stands for, trained on (N, D) float32. Raises CodecError.

    Only strings whose last word is `Flat`: what a quantiser stores is not compared as it is.
    """
    rows = np.ascontiguousarray(training, np.float32)
    given = rows.shape[1]
    try:
        index = faiss.index_factory(given, name)
    except RuntimeError as error:
        raise CodecError(f"FAISS cannot make {name!r}: {_reason(error)}") from None
    last = (
        faiss.downcast_index(index.index) if isinstance(index, faiss.IndexPreTransform) else index
    )
    if not isinstance(last, faiss.IndexFlat):
        raise CodecError(f"the codec {name!r} must be transforms and Flat: PCAW128,L2norm,Flat")
    if not index.is_trained and len(rows) < given:
        raise CodecError(
            f"{len(rows)} training images are too few for {name} of {given}-d descriptors:"
            f" {given} are the least, ten times as many are better"
        )
    try:
        index.train(rows)
    except RuntimeError as error:
        raise CodecError(f"{name} does not fit {given}-d descriptors: {_reason(error)}") from None
    return Codec(index, name=name, dim=last.d)


def _reason(error: RuntimeError) -> str:
    """What FAISS says after the name of the function and the line it was in."""
    return str(error).rpartition(": ")[2].strip()
