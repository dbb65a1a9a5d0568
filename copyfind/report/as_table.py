"""Findings for eyes: one block a cluster, keeper first, totals at the end."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copyfind.paths import shown
from copyfind.records import Cluster, Findings, Member, Role, Tier, Unreadable
from copyfind.report.numbers import counted, shown_bytes

_MARKS = {
    Role.KEEPER: Text("keep", "bold green"),
    Role.REDUNDANT: Text("copy", "yellow"),
    Role.REFERENCE: Text("ref", "green"),
    Role.LINKED: Text("link", "dim"),
    Role.RELATED: Text("like", "cyan"),
}
_TIER_STYLES = {
    Tier.IDENTICAL: "green",
    Tier.SAME_PIXELS: "green",
    Tier.NEAR: "green",
    Tier.EDITED: "green",
    Tier.LIKELY: "yellow",
    Tier.SERIES: "magenta",
    Tier.UNVERIFIED: "cyan",
}


def findings_table(findings: Findings) -> RenderableType:
    """The findings for a terminal: all clusters in the order given, and the totals."""
    blocks = [cluster_block(number, c) for number, c in enumerate(findings.clusters, start=1)]
    return Group(*blocks, totals_block(findings))


def cluster_block(number: int, cluster: Cluster) -> RenderableType:
    """One cluster: a headline, and a line a member with what ties it to which."""
    head = Text.assemble(
        (f"{number}  ", "bold"),
        (counted(len(cluster.members), "file"), "bold"),
        ": ",
        (_ties(cluster.members), _TIER_STYLES[cluster.tier]),
    )
    if cluster.reclaimable_bytes:
        head.append(f" · {shown_bytes(cluster.reclaimable_bytes)} to gain", "bold")
    head.append(f"  {cluster.id}", "dim")
    numbers = {member.file.path: place for place, member in enumerate(cluster.members)}
    likely = [member for member in cluster.members if _is_likely(member)]
    parts: list[RenderableType] = [
        head,
        _lines([member for member in cluster.members if not _is_likely(member)], numbers),
    ]
    if likely:
        parts += [Text("likely a copy, short of proof:", "yellow"), _lines(likely, numbers)]
    return Group(*parts, "")


def _lines(members: Iterable[Member], numbers: Mapping[bytes, int]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False, expand=False)
    table.add_column(width=4)
    # The least widths leave room for all columns on a terminal of 80: rich would cut the last.
    table.add_column(ratio=1, overflow="fold", min_width=16)
    for _ in range(4):
        table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", min_width=15)
    for member in members:
        table.add_row(*_line(member, numbers))
    return table


def totals_block(findings: Findings) -> RenderableType:
    """The totals of the findings: what there is, what could go, what was not looked at."""
    members = [member for cluster in findings.clusters for member in cluster.members]
    tiers = _count_tiers(members)
    text = Text()
    if not findings.clusters:
        text.append(f"No copies among {counted(findings.files, 'file')}", "bold")
    else:
        text.append(
            f"{counted(len(findings.clusters), 'cluster')} among "
            f"{counted(findings.files, 'file')}: ",
            "bold",
        )
        text.append(_ties(members))
        text.append(f"\n{counted(findings.redundant_files, 'proven copy')}, ")
        text.append(f"{shown_bytes(findings.reclaimable_bytes)} to gain", "bold green")
        if tiers[Tier.LIKELY]:
            text.append(
                f"; {counted(tiers[Tier.LIKELY], 'likely copy')}, cleared only if marked in the "
                "review",
                "yellow",
            )
        if tiers[Tier.UNVERIFIED]:
            text.append(
                f"; {tiers[Tier.UNVERIFIED]:,} more look alike (unverified): "
                "copies or other shots of the scene",
                "cyan",
            )
    for tier, number, what in (
        (Tier.LIKELY, findings.likely, "that are likely copies"),
        (Tier.SERIES, findings.series, "of one scene, in several shots"),
        (Tier.UNVERIFIED, findings.unverified, "that look alike, without proof"),
    ):
        if number and not tiers[tier]:
            text.append(f"\n{counted(number, 'picture')} {what}: --tier {tier.value}", "cyan")
    text.append(f"\nmodel {findings.model.name}, threshold {findings.threshold:.2f}", "dim")
    if findings.skipped:
        text.append(
            f"\n{counted(len(findings.skipped), 'file')} could not be looked at; "
            "see: copyfind status --errors",
            "yellow",
        )
    return text


def problems_table(problems: tuple[Unreadable, ...] | list[Unreadable]) -> RenderableType:
    """A table of the files that gave no picture, with the reason."""
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="yellow")
    for problem in problems:
        table.add_row(Text(shown_path(problem.path)), Text(problem.reason))
    return table


def shown_path(path: bytes) -> str:
    """A path for people, with ~ for their own folder."""
    text = shown(path)
    home = os.path.expanduser("~")  # noqa: PTH111 - `Path.home` fails where nobody knows it
    return "~" + text[len(home) :] if text.startswith(home + os.sep) else text


def _count_tiers(members: Iterable[Member]) -> Counter[Tier]:
    return Counter(m.evidence.tier for m in members if m.evidence and m.role is not Role.LINKED)


def _ties(members: Iterable[Member]) -> str:
    """How many members each tier has: '1 identical, 2 unverified'."""
    tiers = _count_tiers(members)
    return ", ".join(f"{tiers[tier]:,} {tier.value}" for tier in Tier if tiers[tier])


def _line(member: Member, numbers: Mapping[bytes, int]) -> list[Text]:
    facts, evidence = member.content.facts, member.evidence
    if evidence is None:
        why = Text(member.reason or "", "green")
    else:
        why = Text(evidence.tier.value, _TIER_STYLES[evidence.tier])
        if member.role is Role.LINKED:
            why = Text("hard link", "dim")
        if evidence.tier is Tier.UNVERIFIED and evidence.similarity is not None:
            why.append(f" {evidence.similarity:.2f}")
        if evidence.how:
            why.append(f": {', '.join(evidence.how)}", "not bold")
        if numbers[evidence.to]:  # tied to another member than the keeper
            name = shown(os.path.basename(evidence.to))  # noqa: PTH119 - bytes
            why.append(f", from {name}" if evidence.how else f" to {name}")
        if member.held_back and member.reason:
            why.append(f"; kept: {member.reason}", "not bold")
        if member.matches:
            why.append(f"; holds {counted(len(member.matches), 'other picture')} too", "dim")
    date = facts.captured_at[:10] if facts and facts.captured_at else _modified(member)
    return [
        _MARKS[member.role],
        Text(shown_path(member.file.path), "bold" if evidence is None else ""),
        Text(f"{facts.width}×{facts.height}" if facts else "?"),
        Text(facts.format if facts else "", "dim"),
        Text(shown_bytes(member.file.size)),
        Text(date, "dim"),
        why,
    ]


def _is_likely(member: Member) -> bool:
    return member.evidence is not None and member.evidence.tier is Tier.LIKELY


def _modified(member: Member) -> str:
    """The day the file was last written: all there is where the camera left no date."""
    return datetime.fromtimestamp(member.file.mtime_ns / 1e9).astimezone().strftime("%Y-%m-%d")
