"""The commands and what `copyfind --help` says of each; a command's module loads when it runs.

Loading all of them for a list of names took `--help` a tenth of a second more than all else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Listed:
    """A command of the module of its name; `says` is the first line of its own help."""

    name: str
    panel: str
    says: str

    def load(self) -> Callable[..., None]:
        """The function that Typer makes the command from."""
        name = "eval_command" if self.name == "eval" else self.name  # eval is Python's own
        function: Callable[..., None] = getattr(import_module(f"copyfind.cli.{self.name}"), name)
        return function


_FIND, _CLEAR = "Find copies", "Clear copies away"
_CARE, _LEARN = "Look after the catalog", "Train and measure"

COMMANDS = (
    Listed(
        "go",
        _FIND,
        "Index folders, find their copies, and look at them in the browser: all in one step.",
    ),
    Listed("index", _FIND, "Bring the catalog up to date with the photos in folders."),
    Listed(
        "watch",
        _FIND,
        "Follow folders: index them when photos come or go, and tell of new copies.",
    ),
    Listed(
        "dupes",
        _FIND,
        "Report clusters of copies, the file to keep first. Nothing is changed.",
    ),
    Listed("review", _FIND, "Look at clusters in the browser, decide, and clear copies away."),
    Listed(
        "folders",
        _FIND,
        "Say which folders are elsewhere too: is all of this card, this backup, in my library?",
    ),
    Listed("search", _FIND, "Find the copies of pictures among all that is indexed."),
    Listed("compare", _FIND, "Say what ties two pictures; neither need be indexed."),
    Listed(
        "ignore",
        _FIND,
        "Remember that pictures are not copies of each other, every two of them.",
    ),
    Listed(
        "plan",
        _CLEAR,
        "Plan what to clear away: show it, and write it to a file with -o. Nothing else is "
        "changed.",
    ),
    Listed(
        "apply",
        _CLEAR,
        "Clear away what PLAN says. Each file, and the one kept for it, is read again right "
        "before.",
    ),
    Listed(
        "undo",
        _CLEAR,
        "Put files back where they were, byte for byte, with their times and modes.",
    ),
    Listed(
        "journal", _CLEAR, "List what was cleared away, the newest first, and what can be undone."
    ),
    Listed(
        "empty",
        _CLEAR,
        "Remove for good what is in the quarantine. There is no undo after this.",
    ),
    Listed(
        "status",
        _CARE,
        "Say what is indexed, where the catalog lies, and what could not be read.",
    ),
    Listed(
        "check",
        _CARE,
        "Check the database; with --deep every file too. Exits with 1 if anything is wrong.",
    ),
    Listed(
        "config",
        _CARE,
        "Show the defaults of your own: what they are, and the file that each comes from.",
    ),
    Listed(
        "models",
        _CARE,
        "List the bundled models, whose names go with --model, and how often proofs are right.",
    ),
    Listed(
        "prune",
        _CARE,
        "Forget files that are gone or excluded, and what only they held. Deletes no photo.",
    ),
    Listed(
        "train",
        _LEARN,
        "Train a teacher by SSCD, distill it into light students by RDCD, and calibrate these.",
    ),
    Listed("eval", _LEARN, "Measure descriptors on a copy-detection benchmark, beside baselines."),
)
