"""What a training run shows beside its notes: how far a loop is, its losses, and figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from copyfind.cli.console import note, settings
from copyfind.descriptor.architectures import STUDENTS
from copyfind.learn.log import Log
from copyfind.learn.measure import Reports
from copyfind.learn.pace import StepReport
from copyfind.report.numbers import shown_seconds
from copyfind.watch import Progress, Watch


@contextmanager
def one_voice(*, speaks: bool) -> Iterator[None]:
    """Silence a process that is not the first of its run, but for what goes wrong in it."""
    before = settings.quiet, settings.json_log
    if not speaks:
        settings.quiet, settings.json_log = True, False
    try:
        yield
    finally:
        settings.quiet, settings.json_log = before


def reporting(stage: str, watch: Watch, log: Log) -> Callable[[StepReport], None]:
    """Make what hears reports of a training loop: it logs them, and shows them as progress."""

    def on_report(report: StepReport) -> None:
        log.step(stage, report)
        watch.on_progress(
            Progress(
                stage,
                report.step,
                report.steps,
                numbers=_numbers(report),
                facts=_facts(report),
            )
        )

    return on_report


def measuring(log: Log) -> Callable[[int, str, Reports], None]:
    """Make what hears a student's figures on a benchmark: it logs them, and notes a line each."""

    def on_exam(step: int, name: str, reports: Reports) -> None:
        log.exam(step, name, reports)
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

    return on_exam


def _numbers(report: StepReport) -> str:
    """The numbers beside the bar. What matters is first, since a narrow terminal cuts the end off.

    Parts that differ only by student and length are added up; the log has each.
    """
    parts = ", ".join(f"{name} {value:.2f}" for name, value in _parts(report.losses).items())
    return " · ".join(
        (
            f"{shown_seconds(report.seconds_left)} left",
            f"loss {report.losses['loss']:.2f}",
            f"positive {report.positive:.3f}",
            f"hardest negative {report.hardest_negative:.3f}",
            f"{report.pictures_per_second:.3g} images/s",
            parts,
        )
    )


def _parts(losses: Mapping[str, float]) -> dict[str, float]:
    """Losses by kind, those of all students and lengths together.

    {'fastvit-t12 contrast 64': 1.0, 'fastvit-t12 contrast 128': 2.0} becomes {'contrast': 3.0}.
    """
    parts: dict[str, float] = {}
    for name, value in losses.items():
        if name != "loss":
            first, _, rest = name.partition(" ")
            kind = re.sub(r" \d+$", "", rest if first in STUDENTS else name)
            parts[kind] = parts.get(kind, 0.0) + value
    return parts


def _facts(report: StepReport) -> dict[str, object]:
    return {
        "losses": {name: round(value, 4) for name, value in report.losses.items()},
        "positive": round(report.positive, 4),
        "hardest_negative": round(report.hardest_negative, 4),
        "images_per_second": round(report.pictures_per_second, 1),
        "seconds_left": round(report.seconds_left, 1),
    }
