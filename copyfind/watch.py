"""Who follows a run: is told how far it is and what happened, and may ask it to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from copyfind.errors import Interrupted


class Stage(StrEnum):
    """What a run is doing, as people are told."""

    SCAN = "scanning folders"
    READ = "reading pictures"
    STORE = "storing rows"
    SETTLE = "comparing pixels"
    LOOK = "looking at details"
    SEARCH = "searching copies"
    VERIFY = "verifying copies"
    ORIGINS = "telling originals from copies"
    CHECK = "checking files"
    CLEAR = "clearing away"
    UNDO = "putting files back"
    EMPTY = "emptying the quarantine"


_COUNTED = {  # of whatever is not files
    Stage.READ: "picture",
    Stage.SETTLE: "picture",
    Stage.LOOK: "picture",
    Stage.SEARCH: "picture",
    Stage.VERIFY: "pair",
    Stage.ORIGINS: "group",
    Stage.STORE: "row",
}


def counted_in(stage: str) -> str:
    """What a stage counts, in the singular; nothing for what is not a Stage."""
    return _COUNTED.get(Stage(stage), "file") if stage in tuple(Stage) else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is; totals are 0 while they are not known."""

    stage: str  # a Stage, or in other words what is being done
    files: int  # or what else is counted: pairs, steps
    total_files: int = 0
    bytes: int = 0
    total_bytes: int = 0
    numbers: str = ""  # what else there is to tell, for eyes
    facts: Mapping[str, object] = field(default_factory=dict)  # the same for programs


def _nobody(_: object) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What travels through a run in place of callbacks; without arguments, nobody follows.

    on_progress: told how far a stage is. on_note: told, in one line for people, what happened.
    should_stop: asked between two batches whether the run is to end there.
    """

    on_progress: Callable[[Progress], None] = _nobody
    on_note: Callable[[str], None] = _nobody
    should_stop: Callable[[], bool] = _never

    def show(
        self, stage: str, done: int, total: int = 0, *, size: int = 0, total_size: int = 0
    ) -> None:
        """Tell how far a stage is, in files (or what else it counts) and, where known, in bytes."""
        self.on_progress(Progress(stage, done, total, size, total_size))

    def note(self, text: str) -> None:
        """Tell in one line what happened."""
        self.on_note(text)

    def check(self, where: str = "", *, then: str = "run the same command again to go on") -> None:
        """End the run here if that was asked for: raises Interrupted.

        where: how far it came and what of it is kept, such as "after 3 of 7 files, all of them
        kept". then: what the user can do now.
        """
        if self.should_stop():
            raise Interrupted(f"stopped {where}".rstrip() + f"; {then}")

    def counting(self, stage: str) -> Count:
        """For those who do one stage, or a part of it, and count how much of it is done."""
        return Count(self, stage)


@dataclass(frozen=True, slots=True)
class Count:
    """How much of one stage is done, told by whoever does a part of it."""

    watch: Watch
    stage: str
    part: int = 0
    parts: int = 1

    def show(self, done: int, total: int) -> None:
        """Tell how much of this part is done; ends the run here if that was asked for."""
        self.watch.show(self.stage, (self.part * total + done) // self.parts, total)
        self.watch.check(f"while {self.stage}")

    def split(self, parts: int) -> list[Count]:
        """For parts that go through the same things one after another."""
        first, all_ = self.part * parts, self.parts * parts
        return [Count(self.watch, self.stage, first + part, all_) for part in range(parts)]


NOBODY = Watch()
UNCOUNTED = NOBODY.counting("")
