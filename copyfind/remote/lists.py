"""What may go of a run, and what stays of its clusters, as two Parquet tables for other programs.

`remove.parquet` names what goes and nothing else: programs such as NeMo Curator's
`ImageDuplicatesRemovalStage` take every `id` of every table in a folder. So `keep.parquet` has no
column of that name, and whoever lays the two side by side loses nothing. An `id` is the address,
which is unique; the `key` of a sample, as WebDatasets have it, need not be (docs/decisions.md).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from copyfind.grouping.standing import going
from copyfind.records import EXACT, Cluster, Member, Tier
from copyfind.remote.store import Store

KEEP, REMOVE = "keep.parquet", "remove.parquet"
_AT_ONCE = 10_000  # clusters whose rows are in memory together
_ABOUT = [
    ("key", pa.string()),
    ("sha256", pa.binary(32)),
    ("size", pa.int64()),
    ("cluster", pa.string()),
    ("tier", pa.string()),
    ("standing", pa.string()),
]
_REMOVE = pa.schema([pa.field("id", pa.string(), nullable=False), *_ABOUT, ("keeper", pa.string())])
_KEEP = pa.schema(
    [
        pa.field("uri", pa.string(), nullable=False),
        *_ABOUT,
        ("role", pa.string()),
        ("reason", pa.string()),
    ]
)


def lists_of(clusters: Sequence[Cluster], *, tiers: Sequence[Tier] = EXACT) -> tuple[bytes, bytes]:
    """`keep.parquet` and `remove.parquet` of these clusters, in their order. tiers: ties that are
    reason enough to go."""
    keep, remove = io.BytesIO(), io.BytesIO()
    with pq.ParquetWriter(keep, _KEEP) as kept, pq.ParquetWriter(remove, _REMOVE) as removed:
        for start in range(0, len(clusters), _AT_ONCE):
            some = clusters[start : start + _AT_ONCE]
            stays, goes = _rows(some, tiers)
            kept.write_table(pa.Table.from_pylist(stays, _KEEP))
            removed.write_table(pa.Table.from_pylist(goes, _REMOVE))
    return keep.getvalue(), remove.getvalue()


def write_lists(store: Store, clusters: Sequence[Cluster], *, tiers: Sequence[Tier] = EXACT) -> int:
    """Put both lists into a run's folder, in the place of earlier ones; returns how many objects
    may go. Raises OSError."""
    keep, remove = lists_of(clusters, tiers=tiers)
    store.write(KEEP, keep)
    store.write(REMOVE, remove)
    return int(pq.read_metadata(io.BytesIO(remove)).num_rows)


def _rows(
    clusters: Iterable[Cluster], tiers: Sequence[Tier]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    keep, remove = [], []
    for cluster in clusters:
        gone = going(cluster, tiers)
        for member in cluster.members:
            told = _about(cluster, member)
            if found := gone.get(member.file.path):
                keeper, tier = found
                uri = told.pop("uri")
                remove.append(
                    told | {"id": uri, "tier": tier.value, "keeper": _uri(keeper.file.path)}
                )
            else:
                keep.append(told | {"role": member.role.value, "reason": member.reason})
    return keep, remove


def _about(cluster: Cluster, member: Member) -> dict[str, object]:
    uri = _uri(member.file.path)
    return {
        "uri": uri,
        "key": key_in(uri),
        "sha256": member.content.sha256,
        "size": member.file.size,
        "cluster": cluster.id,
        "tier": member.evidence.tier.value if member.evidence else None,
        "standing": member.standing.value if member.standing else None,
    }


def key_in(uri: str) -> str:
    """What a WebDataset calls the sample of a picture: its name without folder and suffix. Of a
    cell of a table, its row."""
    name = uri.rpartition("/")[2]
    table, _, row = name.rpartition("#")
    return row if table and row.isdecimal() else name.rpartition(".")[0] or name


def _uri(path: bytes) -> str:
    return path.decode()
