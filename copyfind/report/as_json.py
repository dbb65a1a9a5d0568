"""Findings for programs: JSON (schema `copyfind.dupes/1`, docs/dupes.schema.json) and CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

from copyfind.paths import as_json
from copyfind.records import Cluster, Evidence, Facts, Findings, Member, Model, Unreadable
from copyfind.report.csv_choices import CHOICE, as_cell, in_base64
from copyfind.totals import Totals, totals_of

SCHEMA = "copyfind.dupes/1"
_CSV_COLUMNS = (
    "cluster",
    "tier",
    "role",
    "reason",
    "path",
    "path_base64",
    "size",
    "width",
    "height",
    "format",
    "captured_at",
    "sha256",
    "tied_to",
    "tied_by",
    "similarity",
    "how",
    "standing",
    CHOICE,
)


def findings_as_json(findings: Findings, *, now: datetime | None = None) -> str:
    """The findings as JSON; two calls on the same ones differ in `generated_at` alone."""
    when = (now or datetime.now(UTC)).astimezone(UTC)
    totals = totals_of(findings.clusters)
    document = {
        "schema": SCHEMA,
        "generated_at": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "catalog": findings.catalog,
        "model": model_as_dict(findings.model),
        "threshold": findings.threshold,
        "effort": findings.effort.value,
        "verified": findings.verified,
        "roots": [as_json(root)[0] for root in findings.roots],
        "totals": {
            "files": findings.files,
            "contents": findings.contents,
            "clusters": len(findings.clusters),
            "redundant_files": totals.clearable.files,
            "reclaimable_bytes": totals.clearable.bytes,
            **totals_as_dict(totals),
            "likely": findings.likely,
            "series": findings.series,
            "unverified": findings.unverified,
            "skipped": len(findings.skipped),
        },
        "clusters": [_cluster(cluster) for cluster in findings.clusters],
        "skipped": [skipped_as_dict(skipped) for skipped in findings.skipped],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def totals_as_dict(totals: Totals) -> dict[str, object]:
    """What may go and what does not, as every JSON answer tells it."""
    return {
        name: {"files": share.files, "bytes": share.bytes}
        for name, share in (
            ("safe", totals.safe),
            ("consent", totals.consent),
            ("never", totals.never),
        )
    }


def model_as_dict(model: Model) -> dict[str, object]:
    """The model as every JSON answer names it."""
    return {"name": model.name, "id": model.weights, "dim": model.dim}


def skipped_as_dict(skipped: Unreadable) -> dict[str, object]:
    """A file that gave no picture, and why, as every JSON answer tells it."""
    path, path_base64 = as_json(skipped.path)
    return {"path": path, "path_base64": path_base64, "reason": skipped.reason}


def findings_as_csv(findings: Findings) -> str:
    """The findings as CSV: one row a member, keeper first, under a row of names; the last column
    is for people to fill in, and `copyfind plan --import` takes it back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_COLUMNS)
    for cluster in findings.clusters:
        for member in cluster.members:
            entry = _member(member)
            evidence = member.evidence
            entry |= {
                "path_base64": in_base64(member.file.path),
                "cluster": cluster.id,
                "tier": cluster.tier.value,
                "tied_to": as_json(evidence.to)[0] if evidence else None,
                "tied_by": evidence.tier.value if evidence else None,
                "similarity": _rounded(evidence.similarity) if evidence else None,
                "how": ", ".join(evidence.how) if evidence else None,
            }
            cells = {**entry, CHOICE: None}  # for people to fill in
            writer.writerow([as_cell(cells[column]) for column in _CSV_COLUMNS])
    return out.getvalue()


def _cluster(cluster: Cluster) -> dict[str, object]:
    return {
        "id": cluster.id,
        "tier": cluster.tier.value,
        "reclaimable_bytes": cluster.reclaimable_bytes,
        "totals": totals_as_dict(totals_of([cluster])),
        "members": [_member(member) for member in cluster.members],
    }


def _member(member: Member) -> dict[str, object]:
    path, path_base64 = as_json(member.file.path)
    facts, evidence = member.content.facts, member.evidence
    return {
        "path": path,
        "path_base64": path_base64,
        "size": member.file.size,
        "mtime_ns": member.file.mtime_ns,
        "inode": member.file.inode,
        "device": member.file.device,
        "sha256": member.content.sha256.hex(),
        "pixels": member.content.pixels.hex() if member.content.pixels else None,
        "width": facts.width if facts else None,
        "height": facts.height if facts else None,
        "format": facts.format if facts else None,
        "captured_at": facts.captured_at if facts else None,
        "surplus": _surplus(facts),
        "role": member.role.value,
        "reason": member.reason,
        "standing": member.standing.value if member.standing else None,
        "evidence": None if evidence is None else _evidence(evidence),
        "matches": [_evidence(match) for match in member.matches],
    }


def _surplus(facts: Facts | None) -> list[str] | None:
    """What the file holds beside its picture, in words; None where that is not known."""
    if facts is None or facts.surplus is None:
        return None
    return [extra.words for extra in facts.surplus]


def _evidence(evidence: Evidence) -> dict[str, object]:
    path, path_base64 = as_json(evidence.to)
    return {
        "to": path,
        "to_base64": path_base64,
        "tier": evidence.tier.value,
        "similarity": _rounded(evidence.similarity),
        "how": list(evidence.how),
        "overlap": list(evidence.overlap) if evidence.overlap else None,
    }


def _rounded(similarity: float | None) -> float | None:
    """A similarity in four digits: what float16 descriptors can tell apart, the same on every
    machine."""
    return None if similarity is None else round(similarity, 4)
