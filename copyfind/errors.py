"""What can stop a run, one class per thing the user can do something about.

CopyfindError                 exit code 1
├── CatalogError              the database cannot be used: damaged, read-only, disk full, too new
│   └── CatalogLocked         another copyfind is writing to it (4)
├── WeightsError              a weights file is missing, damaged or of another shape
├── DeviceError               the device asked for is not there
├── FolderError               a folder to scan is not there or cannot be read
│   └── UnknownReference      a reference protects no indexed file (2)
├── StoreError                an object store or a run in it cannot be used as it was asked for
├── ConfigError               a file of defaults cannot be understood (2)
├── OutputError               a result cannot be written where it was asked for
├── AddressError              the review cannot listen there, or must not
├── DecisionError             what a person says of two pictures contradicts their bytes
├── TrainingError             training cannot start or go on: no photos, no package, loss not finite
│   └── RecipeError           a recipe names what is no setting, or a value that it cannot have (2)
├── PlanError                 a plan is not one, contradicts itself, or is out of date
├── CleanupError              clearing away or undoing cannot start or go on; nothing was lost
├── EvaluationError           an evaluation lacks a package, training images or a sound file
└── Interrupted               Ctrl-C; everything finished so far is kept (130)
    └── Terminated            the same, asked for by SIGTERM (143)

Trouble with one picture is not here: it is a record (`records.Unreadable`), and the run goes on.
"""

from __future__ import annotations


class CopyfindError(Exception):
    """Base of all errors a run can end with; the message says what happened and what to do."""

    exit_code = 1


class CatalogError(CopyfindError):
    """The catalog cannot be read or written, or a newer copyfind made it."""


class CatalogLocked(CatalogError):
    """Another copyfind holds the writer lock of the catalog."""

    exit_code = 4


class WeightsError(CopyfindError):
    """A weights file is missing, damaged, or not what its header says."""


class DeviceError(CopyfindError):
    """The device asked for is not available on this machine."""


class FolderError(CopyfindError):
    """A folder named by the user does not exist or cannot be listed."""


class UnknownReference(FolderError):
    """A folder that is to stay as it is holds no indexed file: nothing would be protected."""

    exit_code = 2


class StoreError(CopyfindError):
    """An object store, or a run that lies in one, cannot be used as it was asked for."""


class ConfigError(CopyfindError):
    """A file of the user's own defaults cannot be read, or says what is no default."""

    exit_code = 2


class OutputError(CopyfindError):
    """A result cannot be written where the user asked for it."""


class AddressError(CopyfindError):
    """The review cannot or must not listen on the address that was asked for."""


class DecisionError(CopyfindError):
    """What a person says of two pictures cannot be so; nothing was remembered."""


class TrainingError(CopyfindError):
    """Training cannot start or go on; the last good checkpoint is kept."""


class RecipeError(TrainingError):
    """A recipe names something that is no setting, or gives one a value that it cannot have."""

    exit_code = 2


class EvaluationError(CopyfindError):
    """An evaluation cannot start: a package, training images or a sound file are missing."""


class PlanError(CopyfindError):
    """A plan is refused: it says where and why. Nothing was done."""


class CleanupError(CopyfindError):
    """Clearing away or undoing stopped; what was done is in the journal, nothing was lost."""


class Interrupted(CopyfindError):
    """The user stopped the run; everything finished so far is kept."""

    exit_code = 130


class Terminated(Interrupted):
    """The system stopped the run; everything finished so far is kept."""

    exit_code = 143
