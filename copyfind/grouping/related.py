"""Pictures that resemble each other without proof, or show one scene: around a centre.

The picture with most neighbours left comes first: an original resembles all of its copies, two of
the copies often not each other. Every member has a tie to the centre, so a long row of pictures of
which only neighbours are alike never becomes one cluster. What resembles only a member that is
taken starts a cluster of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush

import numpy as np

from copyfind.records import Floats, Ints


class Neighbours:
    """The pictures that resemble a picture, from pairs of them; arrays, not objects a pair."""

    def __init__(self, size: int, first: Ints, second: Ints, similarity: Floats) -> None:
        """Take in pairs of places below `size`, (P,) each, in any order; one may come several
        times."""
        apart = first != second
        a, b = first[apart], second[apart]
        sources, targets = np.concatenate([a, b]), np.concatenate([b, a])
        twice = np.tile(similarity[apart], 2)
        # Strongest last: in a dict made from them, it is the one that stays.
        order = np.lexsort((twice, targets, sources))
        self._second, self._similarity = targets[order], twice[order]
        self._starts = np.searchsorted(sources[order], np.arange(size + 1))
        self.size = size

    def degree(self, place: int) -> int:
        """How many neighbours there are; one that is tied by several contents counts as often."""
        return int(self._starts[place + 1] - self._starts[place])

    def of(self, place: int) -> Iterable[tuple[int, float]]:
        """The neighbours of a place, each with its similarity."""
        here = slice(self._starts[place], self._starts[place + 1])
        return zip(self._second[here].tolist(), self._similarity[here].tolist(), strict=True)


def related_stars(
    neighbours: Neighbours, taken: set[int]
) -> Iterator[tuple[int, dict[int, float]]]:
    """The stars of what resembles: a centre and its neighbours (place -> similarity) that are left,
    until nothing is.

    Among those with as many neighbours the better picture, which has the lower place. taken: those
    that are in a cluster already; added to.
    """
    queue = [(-neighbours.degree(place), place) for place in range(neighbours.size)]
    heapify(queue)
    while queue:
        most, centre = heappop(queue)
        if centre in taken:
            continue
        near = {place: s for place, s in neighbours.of(centre) if place not in taken}
        if len(near) < -most:  # some were taken since it was counted
            heappush(queue, (-len(near), centre))
            continue
        taken.update((centre, *near))
        yield centre, near
