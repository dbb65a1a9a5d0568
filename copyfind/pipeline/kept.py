"""What was made last, kept for the next time that it is asked for, up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by what they are made of; what was asked for longest ago goes first.

    make: a value of its key. size_of: its bytes. most: bytes of all that is kept; the last one
    stays however large it is.
    """

    def __init__(self, make: Callable[[K], V], *, size_of: Callable[[V], int], most: int) -> None:
        self._make, self._size_of, self._most = make, size_of, most
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = 0

    def of(self, key: K) -> V:
        """The value, made now or kept."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key][0]
        value = self._make(key)
        size = self._size_of(value)
        self._values[key] = value, size
        self._bytes += size
        while self._bytes > self._most and len(self._values) > 1:
            self._bytes -= self._values.popitem(last=False)[1][1]
        return value
