"""Findings for eyes: a headline and a line a file for each cluster, the totals at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copyfind.paths import shown
from copyfind.records import Cluster, Findings, Member, Role, Tier, Unreadable
from copyfind.report.file_lines import STYLES, FileLine, FileLines, Head, Line
from copyfind.report.fitting import Places, shown_path
from copyfind.report.numbers import counted, shown_bytes
from copyfind.report.totals_words import not_listed, proposal, sums, word_of
from copyfind.totals import Totals, numbers_of, totals_of

_FILES_AT_MOST = 12  # lines of a cluster among others


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of the findings is shown.

    top: how many clusters, the first of them; None shows all. wide: paths are whole, and lines as
    long as they come. only: the ids of the clusters that are opened, every file of them with its
    line; None shows all, the largest of them in part.
    """

    top: int | None = None
    wide: bool = False
    only: frozenset[str] | None = None


def findings_table(
    findings: Findings, shape: Shape | None = None, *, elsewhere: int = 0
) -> RenderableType:
    """The findings for a terminal: clusters in the order given, and the totals of all of them.

    elsewhere: files that were looked at, and have copies among those that were not.
    """
    shape = shape or Shape()
    told = _Told(Places(findings.roots), numbers_of(findings.clusters), shape)
    chosen = [c for c in findings.clusters if shape.only is None or c.id in shape.only][: shape.top]
    lines = FileLines([line for cluster in chosen for line in told.cluster(cluster)], shape.wide)
    if shape.only is not None:
        return Group(lines, "", *(_opened(cluster) for cluster in chosen))
    blocks: list[RenderableType] = [lines, ""] if chosen else []
    totals = totals_block(findings, listed=len(chosen), wide=shape.wide, elsewhere=elsewhere)
    return Group(*blocks, totals)


def _opened(cluster: Cluster) -> Text:
    """What else can be done with a cluster that is shown alone."""
    return Text(
        f"decide:         copyfind review {cluster.id}\n"
        f"what ties them: copyfind compare {cluster.id}",
        "dim",
    )


def totals_block(
    findings: Findings, *, listed: int = 0, wide: bool = True, elsewhere: int = 0
) -> RenderableType:
    """The totals of the findings: what there is, what may go, what was not looked at, and how to
    see what is not listed. listed: how many of the clusters are above; 0 for a summary alone."""
    text = Text()
    clusters = len(findings.clusters)
    if not clusters:
        themselves = " themselves" if elsewhere else ""
        text.append(f"No copies among {counted(findings.files, 'file')}{themselves}", "bold")
    else:
        text.append(
            f"{counted(clusters, 'cluster')} among {counted(findings.files, 'file')}", "bold"
        )
        if listed and listed < clusters:
            text.append(f", the first {listed:,} of them above; all without --top")
        append_sums(text, totals_of(findings.clusters))
    if elsewhere:
        files = counted(findings.files, "file")
        text.append(
            f"\n{elsewhere:,} of these {files} {'has a copy' if elsewhere == 1 else 'have copies'} "
            "elsewhere, with the same bytes or pixels: copyfind folders",
            "bold cyan",
        )
    for line in not_listed(findings):
        text.append(f"\n{line}", "cyan")
    if findings.skipped:
        text.append(
            f"\n{counted(len(findings.skipped), 'file')} could not be looked at; "
            "see: copyfind status --errors",
            "yellow",
        )
    about = f"model {findings.model.name}, threshold {findings.threshold:.2f}"
    if listed and not wide:
        about = f"{Places(findings.roots).told()}; {about}"
    text.append(f"\n{about}", "dim")
    return text


def append_sums(text: Text, totals: Totals) -> None:
    """Add what may go and what does not, a line each."""
    told = [(w, f"{s.files:,}", shown_bytes(s.bytes), what) for w, s, what in sums(totals)]
    files, size = (max(len(line[column]) for line in told) for column in (1, 2))
    for word, number, gained, what in told:
        text.append(f"\n  {word:4}  ", STYLES[word])
        text.append(f"{number:>{files}}  {gained:>{size}}", "bold")
        text.append(f"  {what}")


def problems_table(problems: Sequence[Unreadable], fresh: Sequence[Unreadable]) -> RenderableType:
    """A table of the files that gave no picture, with the reason; those that are fresh stand
    first, the others have been acknowledged."""
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="yellow")
    new = set(fresh)
    for problem in sorted(problems, key=lambda one: one not in new):
        known = "" if problem in new else " (acknowledged)"
        table.add_row(Text(shown_path(problem.path)), Text(problem.reason + known))
    return table


@dataclass(frozen=True, slots=True)
class _Told:
    """Clusters in lines. numbers: of each cluster, by its id."""

    places: Places
    numbers: Mapping[str, int]
    shape: Shape

    def cluster(self, cluster: Cluster) -> Iterator[Line]:
        """The headline of a cluster, and the lines of its members."""
        said = proposal(totals_of([cluster]))
        if cluster.reclaimable_bytes:
            said += f" · {shown_bytes(cluster.reclaimable_bytes)}"
        yield Head(self.numbers[cluster.id], said, cluster.id)
        members = cluster.members
        # One line tells of two files or more: of one, its own line says more.
        if self.shape.only is None and len(members) > _FILES_AT_MOST:
            members = members[: _FILES_AT_MOST - 1]
        by_path = {member.file.path: member for member in cluster.members}
        yield from (self._file(member, cluster.keeper, by_path) for member in members)
        if len(members) < len(cluster.members):
            more = len(cluster.members) - len(members)
            yield f"        and {counted(more, 'file')} more: copyfind dupes {cluster.id}"

    def _file(self, member: Member, keeper: Member, by_path: Mapping[bytes, Member]) -> FileLine:
        facts, path = member.content.facts, member.file.path
        word = word_of(member)
        return FileLine(
            word,
            shown_path(path) if self.shape.wide else self.places.text(path),
            "; ".join(_why(member, keeper, by_path)),
            size=shown_bytes(member.file.size),
            pixels=f"{facts.width}×{facts.height}" if facts else "?",
            format=facts.format if facts else "",
            date=facts.captured_at[:10] if facts and facts.captured_at else _modified(member),
            style=word,
            of_path="bold" if member is keeper else "",
        )


def _why(member: Member, keeper: Member, by_path: Mapping[bytes, Member]) -> Iterator[str]:
    """Why a member is kept, or what ties it to which other one."""
    evidence = member.evidence
    if evidence is None:
        yield member.reason or "the best of them"
        return
    if member.role is Role.LINKED:
        yield "hard link: the same file"
        return
    said = evidence.tier.value
    if evidence.tier is Tier.UNVERIFIED and evidence.similarity is not None:
        said += f" {evidence.similarity:.2f}"
    if evidence.how:
        said += f": {', '.join(evidence.how)}"
    if evidence.to != keeper.file.path and evidence.to in by_path:
        name = shown(os.path.basename(evidence.to))  # noqa: PTH119 - bytes
        said += f", from {name}" if evidence.how else f" to {name}"
    yield said
    if member.reason:
        yield f"kept: {member.reason}"
    if member.matches:
        yield f"holds {counted(len(member.matches), 'other picture')} too"


def _modified(member: Member) -> str:
    """The day the file was last written: all there is where the camera left no date."""
    return datetime.fromtimestamp(member.file.mtime_ns / 1e9).astimezone().strftime("%Y-%m-%d")
