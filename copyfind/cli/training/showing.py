"""What a training run shows: how far it is, losses, figures, and why it stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from copyfind.cli.console import OnWork, Work, note, settings
from copyfind.cli.interrupt import Stop
from copyfind.cli.training import choices
from copyfind.descriptor.architectures import STUDENTS
from copyfind.errors import Interrupted, Terminated
from copyfind.report.numbers import shown_seconds

if TYPE_CHECKING:
    from copyfind.learn.log import Log
    from copyfind.learn.measure import Reports
    from copyfind.learn.pace import Progress

SIGTERM = 15


@contextmanager
def one_voice(speaks: bool) -> Iterator[None]:
    """Of the processes of a run the first tells what happens; the others only what goes wrong."""
    before = settings.quiet, settings.json_log
    if not speaks:
        settings.quiet, settings.json_log = True, False
    try:
        yield
    finally:
        settings.quiet, settings.json_log = before


def stopped(stop: Stop) -> Interrupted:
    kind = Terminated if stop.signal == SIGTERM else Interrupted
    return kind("stopped; what was learned is kept, and the same command goes on with it")


def counting(show: OnWork, stop: Stop) -> Callable[[str, int, int], None]:
    """Shows what comes before the first step, and ends it at once where a stop is asked for."""

    def on_count(what: str, done: int, total: int) -> None:
        if stop():
            raise stopped(stop)
        show(Work(what, done, total))

    return on_count


def reporting(stage: choices.Stage, show: OnWork, log: Log) -> Callable[[Progress], None]:
    def on_progress(p: Progress) -> None:
        log.progress(stage.value, p)
        show(Work(stage.value, p.step, p.steps, _numbers(p), _facts(p)))

    return on_progress


def measuring(log: Log) -> Callable[[int, str, Reports], None]:
    def on_reports(step: int, name: str, reports: Reports) -> None:
        log.reports(step, name, reports)
        for (dim, track), r in reports.items():
            p90 = "-" if r.recall_at_p90 is None else f"{r.recall_at_p90:.3f}"
            note(
                f"step {step:,}, {name}-{dim}, {track}: µAP {r.micro_average_precision:.4f}, "
                f"R@P90 {p90}, acc@1 {r.accuracy_at_1:.3f}, recall@10 {r.recall_at_10:.3f}",
                step=step,
                student=name,
                dim=dim,
                track=track,
                micro_average_precision=r.micro_average_precision,
            )

    return on_reports


def _numbers(p: Progress) -> str:
    """What matters first, since a narrow terminal cuts the end off.

    Parts that differ only by student and length are added up; the log has each.
    """
    parts = ", ".join(f"{name} {value:.2f}" for name, value in _parts(p.losses).items())
    return " · ".join(
        (
            f"{shown_seconds(p.seconds_left)} left",
            f"loss {p.losses['loss']:.2f}",
            f"positive {p.positive:.3f}",
            f"hardest negative {p.hardest_negative:.3f}",
            f"{p.pictures_per_second:.3g} images/s",
            parts,
        )
    )


def _parts(losses: Mapping[str, float]) -> dict[str, float]:
    """{'fastvit-t12 contrast 64': 1.0, 'fastvit-t12 contrast 128': 2.0} -> {'contrast': 3.0}."""
    parts: dict[str, float] = {}
    for name, value in losses.items():
        if name != "loss":
            first, _, rest = name.partition(" ")
            kind = re.sub(r" \d+$", "", rest if first in STUDENTS else name)
            parts[kind] = parts.get(kind, 0.0) + value
    return parts


def _facts(p: Progress) -> dict[str, object]:
    return {
        "losses": {name: round(value, 4) for name, value in p.losses.items()},
        "positive": round(p.positive, 4),
        "hardest_negative": round(p.hardest_negative, 4),
        "images_per_second": round(p.pictures_per_second, 1),
        "seconds_left": round(p.seconds_left, 1),
    }
