"""How the pictures of a cluster lie on each other: one map from the keeper to each of them."""

from __future__ import annotations

from copyfind.records import Cluster, Member

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
Nine = tuple[float, ...]  # a matrix of 3 x 3, row by row


def alignments(cluster: Cluster) -> dict[bytes, Nine]:
    """For each member, by path, what maps the keeper to it in coordinates from 0 to 1 of each; only
    where evidence aligns them, through other members if need be."""
    by_path = {member.file.path: member for member in cluster.members}
    found: dict[bytes, Nine] = {cluster.keeper.file.path: _IDENTITY}

    def reach(path: bytes, *, seen: frozenset[bytes]) -> Nine | None:
        if path in found:
            return found[path]
        member = by_path.get(path)
        if member is None or member.evidence is None or path in seen:
            return None
        step = _matrix(member)
        before = reach(member.evidence.to, seen=seen | {path}) if step else None
        if step is None or before is None:
            return None
        found[path] = _product(step, before)
        return found[path]

    for path in by_path:
        reach(path, seen=frozenset())
    return found


def _matrix(member: Member) -> Nine | None:
    """The matrix that maps the member it is tied to onto a member."""
    evidence = member.evidence
    if evidence is None:
        return None
    if evidence.tier.is_exact:
        return _IDENTITY
    matrix = evidence.matrix
    return None if matrix is None else tuple(number for row in matrix for number in row)


def _product(a: Nine, b: Nine) -> Nine:
    return tuple(
        sum(a[3 * row + k] * b[3 * k + column] for k in range(3))
        for row in range(3)
        for column in range(3)
    )
