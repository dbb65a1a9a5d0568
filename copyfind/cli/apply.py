"""copyfind apply: do what a plan says, after looking at everything again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copyfind.cli.cleaning import SKIPPED, confirmed, tell_skipped
from copyfind.cli.console import emit, note, show
from copyfind.cli.following import following
from copyfind.errors import Interrupted
from copyfind.paths import shown
from copyfind.plans import ActionKind, Plan
from copyfind.report.numbers import counted, shown_bytes

if TYPE_CHECKING:
    from copyfind.cleanup.apply import Surroundings
    from copyfind.cleanup.ways import Cleared


def apply(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN", help="The file that copyfind plan wrote.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look at everything, print every step, do nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    yes_delete: Annotated[
        bool, typer.Option("--yes-delete", help="Do not ask before deleting for good.")
    ] = False,
    yes_large: Annotated[
        bool,
        typer.Option(
            "--yes-large",
            help="Do not ask before clearing large clusters, or much of a collection, away.",
        ),
    ] = False,
    catalog: Annotated[
        Path | None,
        typer.Option("--catalog", metavar="FILE", help="The plan's catalog, if it has been moved."),
    ] = None,
) -> None:
    """Clear away what PLAN says. Each file, and the one kept for it, is read again right before.

    A cluster in which anything has changed is skipped whole (exit code 3). May be stopped or
    killed at any time: run it again, or take all back with copyfind undo.
    """
    from copyfind.cleanup.gathering import catalog_state
    from copyfind.cleanup.plan_file import refuse_stale
    from copyfind.cleanup.ways import apply_plan, read_plan, surroundings
    from copyfind.report.plan_table import plan_totals

    plan = read_plan(plan_file)
    where = catalog.expanduser().absolute() if catalog else Path(plan.catalog)
    refuse_stale(plan, state=catalog_state(where))
    if dry_run:
        raise typer.Exit(_rehearse(plan, surroundings(where)))
    show(plan_totals(plan))
    if not plan.actions:
        return
    if not _asked(plan, yes=yes, yes_delete=yes_delete, yes_large=yes_large):
        note("nothing was changed")
        raise typer.Exit(1)
    kept = "everything done so far is in the journal, and it"
    with following(terminate=True, kept=kept) as watch:
        cleared = apply_plan(plan, catalog=where, watch=watch)
        _tell(cleared, plan_file)


def _asked(plan: Plan, *, yes: bool, yes_delete: bool, yes_large: bool) -> bool:
    from copyfind.cleanup.faults import why_large

    number = counted(len(plan.actions), "file")
    question = f"Clear {number} away as above?"
    if not confirmed(question, word="yes", given=yes, flag="--yes"):
        return False
    reasons = why_large(plan)
    for reason in reasons[:3]:
        note(reason)
    if reasons and not confirmed(
        "That is unusual. Really?", word="really", given=yes_large, flag="--yes-large"
    ):
        return False
    deleted = sum(action.kind is ActionKind.DELETE for action in plan.actions)
    return not deleted or confirmed(
        f"{counted(deleted, 'file')} will be gone for good, without undo.",
        word="delete",
        given=yes_delete,
        flag="--yes-delete",
    )


def _rehearse(plan: Plan, known: Surroundings) -> int:
    from copyfind.cleanup.apply import Skipped, preview
    from copyfind.cleanup.operation import in_words

    skipped = operations = 0
    for told in preview(plan, known):
        if isinstance(told, Skipped):
            skipped += 1
            emit(f"# {told.cluster}\nskip {shown(told.path)}: {told.reason}\n")
            continue
        operations += 1
        lines = [f"# {told.cluster} · {told.kind} · kept: {shown(told.keeper.path)}"]
        lines += [f"make folder {shown(folder)}" for folder in told.folders]
        for step in told.steps:
            what, paths = in_words(step)
            lines.append(f"{what} {' -> '.join(shown(path) for path in paths)}")
        emit("\n".join(lines) + "\n")
    note(
        f"{counted(operations, 'file')} would be cleared away, {counted(skipped, 'cluster')} "
        "skipped; nothing was changed"
    )
    return SKIPPED if skipped else 0


def _tell(cleared: Cleared, plan_file: Path) -> None:
    tell_skipped(cleared.skipped, "skipped, because of")
    tell_skipped(cleared.stranded, "COULD NOT BE PUT BACK:")
    done = counted(len(cleared.done), "file")
    size = sum(action.file.file.size for action in cleared.done)  # as the plan counts
    text = f"{done} cleared away, {shown_bytes(size)}"
    if more := cleared.size - size:
        text += f", with {shown_bytes(more)} that belong to them"
    if cleared.already:
        text += f"; {counted(cleared.already, 'file')} had been before"
    if cleared.skipped:
        text += f"; {counted(len(cleared.skipped), 'cluster')} skipped"
    note(text)
    for place in cleared.quarantines:
        note(f"they wait in {shown(place)}; remove them for good with: copyfind empty")
    if cleared.is_undoable:
        note(f"take it back with: copyfind undo {cleared.journal}")
    if cleared.stopped:
        raise Interrupted(
            f"stopped; what is done is in the journal. Go on with: copyfind apply {plan_file}"
        )
    if cleared.skipped or cleared.stranded:
        raise typer.Exit(SKIPPED)
