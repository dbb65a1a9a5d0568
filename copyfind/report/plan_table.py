"""A plan for eyes: what stays and what goes, cluster by cluster, and the sums before acting."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from copyfind.paths import below, shown
from copyfind.plans import LINKS, Action, ActionKind, Plan, PlannedCluster
from copyfind.records import Findings, Tier
from copyfind.report.as_table import Shape, append_sums
from copyfind.report.file_lines import FileLine, FileLines, Head, Line
from copyfind.report.fitting import Places, shown_path
from copyfind.report.numbers import counted, shown_bytes
from copyfind.totals import numbers_of, totals_of

IN_WORDS = {
    ActionKind.QUARANTINE: "goes to the quarantine",
    ActionKind.TRASH: "goes to the trash",
    ActionKind.MOVE: "is moved",
    ActionKind.HARDLINK: "becomes a hard link",
    ActionKind.REFLINK: "becomes a reflink",
    ActionKind.SYMLINK: "becomes a symlink",
    ActionKind.DELETE: "is DELETED",
}
_WARNINGS = {
    ActionKind.HARDLINK: "after that, editing one of two linked files in place changes both",
    ActionKind.SYMLINK: "after that, a symlink leads nowhere once its file is moved or removed",
    ActionKind.DELETE: "what is deleted cannot be undone; quarantine can",
}


def plan_table(plan: Plan, findings: Findings, shape: Shape | None = None) -> RenderableType:
    """The plan for a terminal: every cluster, with the number and in the order in which the
    findings that it was made from have it; the totals of these, and the sums of the plan."""
    shape = shape or Shape()
    numbers = numbers_of(findings.clusters)
    clusters = sorted(plan.clusters, key=lambda cluster: numbers[cluster.id])
    listed = clusters[: shape.top]
    places = Places(plan.roots)
    name = shown_path if shape.wide else places.text
    best = {cluster.id: cluster.keeper.file.path for cluster in findings.clusters}
    lines = [line for c in listed for line in _cluster(numbers[c.id], c, best[c.id], name)]
    text = Text()
    if findings.clusters:
        found = counted(len(findings.clusters), "cluster")
        text.append(f"{found} among {counted(findings.files, 'file')}", "bold")
        append_sums(text, totals_of(findings.clusters))
        text.append("\n")
    text.append_text(plan_totals(plan))
    if 0 < len(listed) < len(clusters):
        first = "cluster" if len(listed) == 1 else f"{len(listed):,} clusters"
        text.append(f"\nThe first {first} above; all without --top")
    if listed and not shape.wide:
        text.append(f"\n{places.told()}", "dim")
    return Group(FileLines(lines, shape.wide), *([""] if listed else []), text)


def plan_totals(plan: Plan) -> Text:
    """The sums of a plan: files and bytes by action, tier and folder; what is lost, and what stays
    nevertheless."""
    actions = plan.actions
    text = Text()
    if not actions:
        text.append("Nothing is to be cleared away", "bold")
    else:
        text.append(f"{counted(len(actions), 'file')}, {_size_of(actions)}", "bold")
        text.append(f" in {counted(len(plan.clusters), 'cluster')} to clear away, of ")
        text.append(f"{counted(plan.files, 'file')} in the collection")
        for kind in ActionKind:
            of_kind = [action for action in actions if action.kind is kind]
            if of_kind:
                style = "bold red" if kind is ActionKind.DELETE else "bold green"
                text.append(f"\n  {counted(len(of_kind), 'file')} ")
                text.append(IN_WORDS[kind] if len(of_kind) == 1 else _plural(kind), style)
                text.append(f": {_by_tier(of_kind)}")
        for root in plan.roots:
            low, high = below(root)
            here = [action for action in actions if low <= action.file.path < high]
            if here and len(plan.roots) > 1:
                text.append(f"\n  {counted(len(here), 'file')}, {_size_of(here)} in ")
                text.append(shown_path(root))
        _append_losses(text, actions)
    for reason, number in sorted(Counter(left.reason for left in plan.left).items()):
        who = "it" if number == 1 else "each"
        told = f"{counted(number, 'redundant file')} left alone: {who} {reason}"
        text.append(f"\n{told}", "dim")
    for kind, warning in _WARNINGS.items():
        if any(action.kind is kind for action in actions):
            text.append(f"\nNote: {warning}", "yellow")
    return text


def _plural(kind: ActionKind) -> str:
    words = IN_WORDS[kind]
    for one, many in (("goes", "go"), ("becomes a ", "become "), ("is ", "are ")):
        words = words.replace(one, many)
    return words + "s" if kind in LINKS else words


def _append_losses(text: Text, actions: Iterable[Action]) -> None:
    if losses := _losses(actions):
        text.append(f"\nOnly what goes has: {', '.join(losses)}", "yellow")
    companions = [c.file.file.size for action in actions for c in action.companions]
    if companions:
        belong = "file that belongs" if len(companions) == 1 else "files that belong"
        travel = "travels" if len(companions) == 1 else "travel"
        size = shown_bytes(sum(companions))
        text.append(f"\n{len(companions):,} {belong} to them ({size}) {travel} along", "dim")


def _losses(actions: Iterable[Action]) -> list[str]:
    """What is lost, each kind once: every picture has a date and a place of its own."""
    files: Counter[str] = Counter()
    said: dict[str, set[str]] = defaultdict(set)
    for action in actions:
        found = {what.partition(": ")[0] for what in action.loses}
        files.update(found)
        for what in action.loses:
            said[what.partition(": ")[0]].add(what)
    return [
        f"{min(said[kind]) if len(said[kind]) == 1 else kind} ({files[kind]:,})"
        for kind in sorted(files)
    ]


def _cluster(
    number: int, cluster: PlannedCluster, best: bytes, name: Callable[[bytes], str]
) -> Iterator[Line]:
    """A cluster in lines: what stays, then what goes, with what travels along. best: the one that
    the reason of the cluster is about. name: a path for people."""
    size = _size_of(cluster.actions)
    yield Head(number, f"{_by_tier(cluster.actions)} to clear · {size}", cluster.id)
    keepers = {action.keeper.path: action.keeper for action in cluster.actions}
    for keeper in sorted(keepers.values(), key=lambda keeper: keeper.path != best):
        why = cluster.keep_reason or "" if keeper.path == best else ""
        size = shown_bytes(keeper.file.size)
        yield FileLine("keep", name(keeper.path), why, size, style="keep", of_path="bold")
    if cluster.sidecar is not None:
        path, text = cluster.sidecar.path, cluster.sidecar.text
        done = "gets more" if cluster.sidecar.before else "new"
        why = f"{done}: what only its copies know"
        yield FileLine("sidecar", name(path), why, shown_bytes(len(text)), style="ref")
    for action in cluster.actions:
        yield _action(action, name, several=len(keepers) > 1)
        for companion in action.companions:
            file = companion.file
            size = shown_bytes(file.file.size)
            yield FileLine("  with", name(file.path), "", size, style="dim", of_path="dim")
        if action.to is not None:
            yield FileLine("    to", name(action.to), "", style="dim", of_path="dim")


def _action(action: Action, name: Callable[[bytes], str], *, several: bool) -> FileLine:
    why = action.why
    if several:
        why += f" as {shown(action.keeper.path.rpartition(b'/')[2])}"
    if action.loses:
        why += f"; only it has: {', '.join(action.loses)}"
    style = "gone" if action.kind is ActionKind.DELETE else "note" if action.loses else "safe"
    size = shown_bytes(action.file.file.size)
    return FileLine(action.kind.value, name(action.file.path), why, size, style=style)


def _size_of(actions: Iterable[Action]) -> str:
    """The bytes of the pictures that go; what travels with them is counted apart."""
    return shown_bytes(sum(action.file.file.size for action in actions))


def _by_tier(actions: Iterable[Action]) -> str:
    tiers = Counter(action.tier for action in actions)
    return ", ".join(f"{tiers[tier]:,} {tier.value}" for tier in Tier if tiers[tier])
