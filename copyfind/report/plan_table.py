"""A plan for eyes: what stays and what goes, cluster by cluster, and the sums before acting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from copyfind.paths import below, shown
from copyfind.plans import LINKS, Action, ActionKind, Plan, PlannedCluster
from copyfind.records import Tier
from copyfind.report.as_table import shown_path
from copyfind.report.numbers import counted, shown_bytes

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


def plan_table(plan: Plan) -> RenderableType:
    """The plan for a terminal: every cluster, then the sums."""
    blocks = [_cluster(number, c) for number, c in enumerate(plan.clusters, start=1)]
    return Group(*blocks, plan_totals(plan))


def plan_totals(plan: Plan) -> RenderableType:
    """The sums of a plan: files and bytes by action, tier and folder; what is lost, and what stays
    nevertheless."""
    actions = plan.actions
    text = Text()
    if not actions:
        text.append("Nothing is to be cleared away", "bold")
    else:
        size = sum(action.size for action in actions)
        text.append(f"{counted(len(actions), 'file')}, {shown_bytes(size)}", "bold")
        text.append(f" in {counted(len(plan.clusters), 'cluster')}, of ")
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
                of_root = sum(action.size for action in here)
                text.append(f"\n  {counted(len(here), 'file')}, {shown_bytes(of_root)} in ")
                text.append(shown_path(root))
        _append_losses(text, actions)
    for reason, number in sorted(Counter(left.reason for left in plan.left).items()):
        text.append(f"\n{counted(number, 'redundant file')} left alone: {reason}", "dim")
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
    losses = Counter(what for action in actions for what in action.loses)
    if losses:
        told = ", ".join(f"{what} ({number:,})" for what, number in sorted(losses.items()))
        text.append(f"\nOnly what goes has: {told}", "yellow")
    companions = sum(len(action.companions) for action in actions)
    if companions:
        text.append(f"\n{counted(companions, 'file')} that belong to them travel along", "dim")


def _cluster(number: int, cluster: PlannedCluster) -> RenderableType:
    head = Text.assemble((f"{number}  ", "bold"), (cluster.tier.value, "green"))
    head.append(f"  {cluster.id}", "dim")
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(min_width=10, no_wrap=True)
    table.add_column(ratio=1, overflow="fold", min_width=16)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", min_width=15)
    keepers = {action.keeper.path: action.keeper for action in cluster.actions}
    for place, keeper in enumerate(keepers.values()):
        why = cluster.keep_reason or "" if place == 0 else ""
        table.add_row(
            Text("keep", "bold green"),
            Text(shown_path(keeper.path), "bold"),
            Text(shown_bytes(keeper.file.size)),
            Text(why, "green"),
        )
    if cluster.sidecar is not None:
        done = "gets more" if cluster.sidecar.before else "new"
        table.add_row(
            Text("sidecar", "green"),
            Text(shown_path(cluster.sidecar.path)),
            Text(shown_bytes(len(cluster.sidecar.text))),
            Text(f"{done}: what only its copies know", "green"),
        )
    for action in cluster.actions:
        why = action.why
        if len(keepers) > 1:
            why += f" as {shown(action.keeper.path.rpartition(b'/')[2])}"
        told = Text(why)
        if action.loses:
            told.append(f"; only it has: {', '.join(action.loses)}", "yellow")
        style = "bold red" if action.kind is ActionKind.DELETE else "yellow"
        table.add_row(
            Text(action.kind.value, style),
            Text(shown_path(action.file.path)),
            Text(shown_bytes(action.file.file.size)),
            told,
        )
        for companion in action.companions:
            table.add_row(
                Text("  with", "dim"),
                Text(shown_path(companion.file.path), "dim"),
                Text(shown_bytes(companion.file.file.size), "dim"),
                Text(""),
            )
        if action.to is not None:
            table.add_row(Text("    to", "dim"), Text(shown_path(action.to), "dim"), "", "")
    return Group(head, table, "")


def _by_tier(actions: Iterable[Action]) -> str:
    tiers = Counter(action.tier for action in actions)
    return ", ".join(f"{tiers[tier]:,} {tier.value}" for tier in Tier if tiers[tier])
