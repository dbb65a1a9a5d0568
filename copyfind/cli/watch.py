"""copyfind watch: keep the catalog up to date while photos come and go."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copyfind.cli.configured import configured
from copyfind.cli.console import note
from copyfind.cli.dupes import COPIES_FOUND
from copyfind.cli.finding_options import finding
from copyfind.cli.following import following
from copyfind.cli.next_steps import command
from copyfind.cli.options import (
    CatalogOption,
    ExcludeOption,
    ModelOption,
    PresetOption,
    as_bytes,
    cache_folder,
    scanning,
)
from copyfind.errors import CatalogLocked, Interrupted
from copyfind.records import Effort, Standing
from copyfind.report.numbers import counted
from copyfind.watch import Watch

if TYPE_CHECKING:
    from copyfind.collection.scan import ScanOptions
    from copyfind.records import Summary
    from copyfind.totals import Totals

_AGAIN = 2.0  # seconds until a catalog that another one writes to is tried again


def watch(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER", help="Folders of photos to follow.")
    ],
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    exclude: ExcludeOption = None,
    exclude_preset: PresetOption = None,
    settle: Annotated[
        float,
        typer.Option(
            "--settle",
            min=0,
            metavar="SECONDS",
            help="Wait until nothing has changed for so long: a card is being copied.",
        ),
    ] = 30,
    poll: Annotated[
        bool,
        typer.Option(
            "--poll", help="Look again and again: network drives do not say what changes."
        ),
    ] = False,
    fail_on_copies: Annotated[
        bool,
        typer.Option(
            "--fail-on-copies", help=f"End with {COPIES_FOUND} as soon as there are new copies."
        ),
    ] = False,
    notify: Annotated[
        bool,
        typer.Option(
            "--notify/--no-notify", help="Tell of new copies on the desktop, by notify-send."
        ),
    ] = True,
    effort: Annotated[
        Effort, typer.Option("--effort", help="How far to look for edited copies.")
    ] = Effort.NORMAL,
    model: ModelOption = None,
) -> None:
    """Follow folders: index them when photos come or go, and tell of new copies.

    Says one line for each time that something changed, and nothing else. No photo is changed. It
    goes on until Ctrl-C; one at a time follows folders for a catalog.
    """
    from copyfind.collection.changes import only_one, settled_changes

    here = [as_bytes(folder) for folder in folders]
    where = catalog.expanduser().absolute()
    run = _Run(where, here, scanning(exclude, exclude_preset), model, effort)
    copies: frozenset[bytes] | None = None
    with only_one(where), following(quietly=True, terminate=True) as followed:
        quietly = replace(followed, on_note=lambda _: None)
        with suppress(Interrupted):
            for _ in settled_changes(
                here, catalog=where, quiet=settle, poll=poll, should_stop=followed.should_stop
            ):
                summary = run.index(quietly)
                if copies is not None and not (summary.read or summary.missing):
                    continue
                totals, found = run.copies(quietly)
                new = frozenset() if copies is None else found - copies
                _tell(summary, totals, None if copies is None else new, where, notify=notify)
                copies = found
                if new and fail_on_copies:
                    raise typer.Exit(COPIES_FOUND)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is done each time."""

    catalog: Path
    folders: list[bytes]
    options: ScanOptions
    model: str | None
    effort: Effort

    def index(self, watch: Watch) -> Summary:
        """Bring the catalog up to date, as soon as nobody else writes to it."""
        from copyfind.descriptor.weights import DEFAULT_MODEL
        from copyfind.pipeline.indexing import index_folders

        while True:
            try:
                return index_folders(
                    self.folders,
                    catalog=self.catalog,
                    cache=cache_folder(),
                    options=self.options,
                    model=self.model or DEFAULT_MODEL,
                    watch=watch,
                )
            except CatalogLocked:
                watch.check("while another copyfind was writing")
                time.sleep(_AGAIN)

    def copies(self, watch: Watch) -> tuple[Totals, frozenset[bytes]]:
        """What dupes tells in sum, and the paths of all copies that a plan may take."""
        from copyfind.totals import totals_of

        own = configured(self.catalog)
        find = finding(
            self.catalog,
            None,
            model=self.model,
            effort=self.effort,
            keep=own.text("keep") or "",
            references=[Path(folder) for folder in own.texts("reference")],
        )
        findings = find((), watch)
        may_go = frozenset(
            member.file.path
            for cluster in findings.clusters
            for member in cluster.members
            if member.standing in (Standing.SAFE, Standing.CONSENT)
        )
        return totals_of(findings.clusters), may_go


def _tell(
    summary: Summary,
    totals: Totals,
    new: frozenset[bytes] | None,
    catalog: Path,
    *,
    notify: bool,
) -> None:
    """One line, and a word on the desktop where copies came. new: None at the start."""
    from copyfind.report.totals_words import in_a_sentence

    numbers = {"safe": totals.safe.files, "consent": totals.consent.files}
    if new is None:
        note(
            f"watching {counted(summary.files, 'picture')}: {in_a_sentence(totals)}; "
            "Ctrl-C ends it",
            files=summary.files,
            copies=totals.clearable.files,
            **numbers,
        )
        return
    came = f"{counted(summary.read, 'picture')} new or changed, {summary.missing:,} gone"
    said = f"{came}: {counted(len(new), 'new copy')}"
    note(
        said + (f"; look at them: {command('review', catalog)}" if new else ""),
        read=summary.read,
        missing=summary.missing,
        new_copies=len(new),
        copies=totals.clearable.files,
        **numbers,
    )
    if new and notify:
        _on_the_desktop(said)


def _on_the_desktop(text: str) -> None:
    """Tell who sits there; where nobody does, or there is no such program, nobody is told."""
    if (program := shutil.which("notify-send")) is None:
        return
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [program, "--app-name=copyfind", "copyfind", text],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
        )
