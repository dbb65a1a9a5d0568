"""Clusters in the words of a page: what the HTML report and the review show of them.

All text is made harmless here (`paths.shown`), and every link is made from the bytes of
its path, so that a page has nothing left to do with names but to show them.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from urllib.parse import quote

from copyfind.paths import is_address, shown
from copyfind.records import Cluster, Evidence, Facts, Findings, Member, Role, Tier
from copyfind.report.as_json import totals_as_dict
from copyfind.report.fitting import shown_path
from copyfind.report.numbers import shown_bytes
from copyfind.report.totals_words import in_short, proposal
from copyfind.totals import totals_of

Card = dict[str, object]  # ready for JSON

TIER_WORDS = {
    Tier.IDENTICAL: "the same bytes",
    Tier.SAME_PIXELS: "the same picture to the pixel, in another file",
    Tier.NEAR: "the whole picture, resized or saved again",
    Tier.EDITED: "an edited copy",
    Tier.LIKELY: "likely a copy, short of proof",
    Tier.SERIES: "another shot of the same scene",
    Tier.UNVERIFIED: "looks alike; nothing is proven",
}
_WEB = (b"https://", b"http://")
_WHOLE = 0.97  # share above which a picture is said to be all there


class Folders:
    """The folders of a page, each told once; members name them by number."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def number(self, folder: bytes) -> int:
        """The number of a folder, a new one where it is met for the first time."""
        return self._numbers.setdefault(folder, len(self._numbers))

    def cards(self) -> list[Card]:
        """Name and address of every folder met, by number."""
        return [
            {"name": shown_path(f), "url": file_url(f).removesuffix("/")} for f in self._numbers
        ]


def findings_card(findings: Findings) -> Card:
    """The totals of the findings, for the head of a page."""
    tiers = {tier.value: 0 for tier in Tier}
    for cluster in findings.clusters:
        tiers[cluster.tier.value] += 1
    return {
        "catalog": findings.catalog,
        "model": findings.model.name,
        "threshold": round(findings.threshold, 2),
        "roots": [shown_path(root) for root in findings.roots],
        "files": findings.files,
        "clusters": len(findings.clusters),
        "totals": totals_as_dict(totals_of(findings.clusters)),
        "skipped": len(findings.skipped),
        "tiers": tiers,
    }


def cluster_card(cluster: Cluster, folders: Folders) -> Card:
    """A cluster and its members, keeper first, in the words of a page."""
    places = {member.file.path: place for place, member in enumerate(cluster.members)}
    totals = totals_of([cluster])
    return {
        "id": cluster.id,
        "tier": cluster.tier.value,
        "gain": cluster.reclaimable_bytes,
        "proposal": proposal(totals),
        "short": in_short(totals),
        "members": [_member(member, cluster.keeper, places, folders) for member in cluster.members],
    }


def _member(member: Member, keeper: Member, places: dict[bytes, int], folders: Folders) -> Card:
    folder, name = os.path.split(member.file.path)
    facts, evidence = member.content.facts, member.evidence
    date, taken = day(member)
    return {
        "name": shown(name),
        "folder": folders.number(folder),
        "link": quote(name),
        "size": member.file.size,
        "width": facts.width if facts else None,
        "height": facts.height if facts else None,
        "format": facts.format if facts else None,
        "date": date,
        "taken": taken,
        "role": member.role.value,
        "standing": member.standing.value if member.standing else None,
        "tier": evidence.tier.value if evidence else None,
        "why": why(member),
        "differs": [] if member is keeper else differences(keeper, member),
        "similarity": _rounded(evidence),
        "to": places.get(evidence.to, 0) if evidence else None,
    }


def why(member: Member) -> str:
    """Why a member is kept, or what ties it, in one line."""
    evidence = member.evidence
    if evidence is None:
        return member.reason or "the best of them"
    if member.role is Role.LINKED:
        return "a hard link: the same file under another name, nothing to gain"
    said = ", ".join(evidence.how) or TIER_WORDS[evidence.tier]
    if evidence.tier is Tier.LIKELY and evidence.how:
        said = f"likely a copy: {said}"
    if member.reason:
        return f"{said}; kept: {member.reason}"
    shares = "" if "%" in said else _shares(evidence)  # "cropped to 64%" has said it
    return f"{said}; {shares}" if shares else said


def _shares(evidence: Evidence) -> str:
    """How much of one picture lies in the other, where that is not all."""
    if evidence.overlap is None:
        return ""
    kept, own = evidence.overlap
    said = []
    if kept < _WHOLE:
        said.append(f"shows {kept:.0%} of the other picture")
    if own < _WHOLE:
        said.append(f"{1 - own:.0%} of it is not in the other")
    return ", ".join(said)


def differences(keeper: Member, member: Member) -> list[str]:
    """What a look into both files finds different, in words, as seen from the keeper."""
    kept, own = keeper.content.facts, member.content.facts
    said: list[str] = []
    if kept and own:
        said += _facts_differ(kept, own)
    size, other = shown_bytes(member.file.size), shown_bytes(keeper.file.size)
    if size != other:
        said.append(f"{size} beside {other}")
    return said


def _facts_differ(kept: Facts, own: Facts) -> list[str]:
    said: list[str] = []
    pixels, others = own.width * own.height, kept.width * kept.height
    if (own.width, own.height) != (kept.width, kept.height):
        ratio = pixels / max(others, 1)
        more = f"{ratio:.0%} of its pixels" if ratio < 1.995 else f"{ratio:.1f} times its pixels"
        same = " (as many pixels)" if pixels == others else f" ({more})"
        said.append(f"{own.width}×{own.height} beside {kept.width}×{kept.height}{same}")
    if own.format != kept.format:
        said.append(f"{own.format} beside {kept.format}")
    elif own.jpeg_quality and kept.jpeg_quality and own.jpeg_quality != kept.jpeg_quality:
        said.append(f"JPEG quality {own.jpeg_quality} beside {kept.jpeg_quality}")
    if own.captured_at != kept.captured_at:
        said.append(
            f"says it was taken {_moment(own.captured_at)}"
            if own.captured_at
            else "without capture date"
        )
    if own.has_gps != kept.has_gps:
        said.append("with a place (GPS)" if own.has_gps else "without the place (GPS)")
    if own.camera != kept.camera:
        said.append(f"camera {shown_text(own.camera)}" if own.camera else "without camera name")
    if own.rating != kept.rating:
        said.append(f"rated {own.rating}" if own.rating else "without rating")
    if own.software and own.software != kept.software:
        said.append(f"written by {shown_text(own.software)}")
    return said


def shown_text(text: str) -> str:
    """Words out of a file, made as harmless as its name is."""
    return shown(text.encode("utf-8", "surrogateescape"))[:80]


def _moment(captured_at: str) -> str:
    return shown_text(captured_at[:16].replace("T", " "))


def day(member: Member) -> tuple[str, bool]:
    """The day of a picture, and whether the camera said so rather than the file system."""
    facts = member.content.facts
    if facts and facts.captured_at:
        return shown_text(facts.captured_at[:10]), True
    return datetime.fromtimestamp(member.file.mtime_ns / 1e9).astimezone().strftime(
        "%Y-%m-%d"
    ), False


def _rounded(evidence: Evidence | None) -> float | None:
    return (
        None if evidence is None or evidence.similarity is None else round(evidence.similarity, 2)
    )


def file_url(path: bytes, *, windows: bool = sys.platform == "win32") -> str:
    """The file: address of an absolute path. Bytes that are no UTF-8 are percent-encoded as they
    are, which is what browsers hand back to the file system. What has an address is led to where
    that is one of a web page, for no browser opens others."""
    if is_address(path):
        return quote(path, safe=":/?&=") if path.startswith(_WEB) else "#"
    if not windows:
        return "file://" + quote(path)
    path = path.replace(b"\\", b"/")
    if path.startswith(b"//"):  # \\server\share
        return "file:" + quote(path)
    return "file:///" + quote(path, safe="/:")


def contents_in_order(findings: Findings) -> list[bytes]:
    """The SHA-256 of all contents shown, in the order of their first member."""
    return list(dict.fromkeys(m.content.sha256 for c in findings.clusters for m in c.members))
