"""The words that options of `copyfind train` may take."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A part of the way that can be run alone."""

    TEACHER = "teacher"
    DISTILL = "distill"
    CALIBRATE = "calibrate"


class Objective(StrEnum):
    """What a teacher learns by."""

    SSCD = "sscd"
    SIMCLR = "simclr"


class Edits(StrEnum):
    """Which edits views are attacked with."""

    PEOPLE = "people"
    SSCD = "sscd"


class StudentOptimizer(StrEnum):
    """Of distillation."""

    SGD = "sgd"
    ADAMW = "adamw"


class TeacherOptimizer(StrEnum):
    """Of the teacher."""

    LARS = "lars"
    ADAMW = "adamw"


class ContrastWith(StrEnum):
    """What descriptors are told apart from."""

    QUEUE = "queue"
    BATCH = "batch"


class TeacherSees(StrEnum):
    """Which pictures the teacher answers."""

    VIEWS = "views"
    CLEAN = "clean"


class Precision(StrEnum):
    """Of the numbers that a pass through the network is made of."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Whitening(StrEnum):
    """When descriptors are whitened."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"
