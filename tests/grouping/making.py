"""Clusters made up member by member."""

from __future__ import annotations

from dataclasses import replace

from copyfind.grouping.members import cluster_of
from copyfind.plans import Part, PartKind, Unit
from copyfind.records import Cluster, Evidence, Extra, Facts, Member, Role, Tier
from tests.making import PHOTO, made_content, made_file

RAW_PHOTO = Facts(width=4000, height=3000, format="RAW (NEF)", surplus=())


def keeper(
    path: str, content: int, *, pixels: bytes | None = None, surplus: tuple[Extra, ...] = ()
) -> Member:
    """The member that stays."""
    member = tied(path, content, "", pixels=pixels, surplus=surplus)
    return replace(member, role=Role.KEEPER, evidence=None)


def tied(
    path: str,
    content: int,
    to: str,
    tier: Tier = Tier.NEAR,
    *,
    role: Role = Role.REDUNDANT,
    pixels: bytes | None = None,
    surplus: tuple[Extra, ...] = (),
) -> Member:
    """A member that holds the content of that number, tied to another one."""
    facts = RAW_PHOTO if path.endswith(".NEF") else PHOTO
    file = made_file(path)
    similarity = None if tier is Tier.SAME_PIXELS else 1.0 if tier is Tier.IDENTICAL else 0.95
    return Member(
        file,
        made_content(content, file, facts=replace(facts, surplus=surplus), pixels=pixels),
        role,
        None,
        Evidence(to.encode(), tier, similarity),
    )


def made_cluster(*members: Member) -> Cluster:
    """A cluster of them, the keeper first."""
    return cluster_of(members)


def pairs(*names: tuple[str, str]) -> dict[bytes, Unit]:
    """Units of RAW and JPEG."""
    units = {}
    for raw, jpeg in names:
        r, j = raw.encode(), jpeg.encode()
        units[r] = Unit(r, (Part(j, PartKind.RENDERED),))
        units[j] = Unit(j, (Part(r, PartKind.RAW),))
    return units


def told(cluster: Cluster) -> dict[str, tuple[str, str | None, str | None]]:
    """Path -> role, tie, reason."""
    return {
        m.file.path.decode(): (
            m.role.value,
            f"{m.evidence.tier.value} {m.evidence.to.decode()}" if m.evidence else None,
            m.reason,
        )
        for m in cluster.members
    }
