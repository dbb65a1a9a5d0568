"""From photos to a teacher's weights file: the whole way of SSCD, in one function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.descriptor.networks import Student
from copyfind.descriptor.weights import read_weights
from copyfind.errors import TrainingError
from copyfind.learn.attack.attacks import EDITS, Attacks
from copyfind.learn.attack.sprites import sprites_of
from copyfind.learn.data import find_photos
from copyfind.learn.export import export_student
from copyfind.learn.job import make_folder
from copyfind.learn.measure import thresholds_of
from copyfind.learn.pace import Loop, OnReport, StepReport, unheard
from copyfind.learn.recipes import Conditions, TeacherRecipe
from copyfind.learn.shares import divide
from copyfind.learn.start import load_start_weights
from copyfind.learn.teacher import teach
from copyfind.learn.world import ALONE, World
from copyfind.watch import NOBODY, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherJob:
    """Which teacher to train, on what, to where."""

    data: Sequence[Path]
    output: Path
    architecture: str  # a name of the registry
    recipe: TeacherRecipe
    start: Path | None = None  # None: random weights, as in the paper
    attacks: Attacks | None = None  # None: those that the conditions name
    conditions: Conditions = field(default=Conditions())


def teacher_file(output: Path) -> Path:
    """Where the trained teacher of an output folder lies."""
    return output / "teacher.safetensors"


def teacher_checkpoint(output: Path) -> Path:
    """Where the state of a teacher under way lies."""
    return output / "teacher-checkpoint.pt"


def given_teacher(output: Path, architecture: str) -> Path | None:
    """The teacher that an earlier run wrote; TrainingError where it is another network."""
    path = teacher_file(output)
    if not path.exists():
        return None
    found = read_weights(path).architecture
    if found != architecture:
        raise TrainingError(
            f"{path} holds the teacher {found}, not {architecture}:"
            " give another output folder, or delete it"
        )
    return path


def train_teacher(
    job: TeacherJob,
    *,
    device: torch.device,
    watch: Watch = NOBODY,
    on_report: OnReport = unheard,
    world: World = ALONE,
) -> Path | None:
    """Train and export; goes on from the checkpoint in `job.output` if there is one.

    Returns the weights file, None where it was stopped before the last step. The photos that
    distillation measures on and pastes into are not learned by its teacher either.
    """
    make_folder(job.output)
    conditions = job.conditions
    attacks = job.attacks or EDITS[conditions.teacher_attacks]
    learned, held_out, fillers = divide(
        find_photos(job.data),
        side=conditions.bank_side,
        memory=conditions.memory_bytes,
        device=device,
        watch=watch,
        world=world,
    )
    sprites = sprites_of(conditions.sprites, seed=job.recipe.seed).to(device)
    checkpoint = teacher_checkpoint(job.output)
    torch.manual_seed(job.recipe.seed)  # the random weights are repeatable too
    network = Student(job.architecture, FEATURE_DIM)
    if checkpoint.exists():
        watch.note(f"going on from {checkpoint}")
    elif job.start is not None:
        load_start_weights(network, job.start)
    done = 0

    def note_step(report: StepReport) -> None:
        nonlocal done
        done = report.step
        on_report(report)

    teach(
        network,
        learned,
        sprites,
        job.recipe,
        Loop(
            device=device,
            checkpoint=checkpoint,
            save_every=conditions.save_every,
            world=world,
            watch=watch,
            on_report=note_step,
        ),
        attacks=attacks,
    )
    if world.any(watch.should_stop() and done < job.recipe.steps, device):
        return None
    if not world.is_first:
        world.wait()  # for the file
        return teacher_file(job.output)
    thresholds = thresholds_of(
        network,
        held_out,
        fillers,
        dims=(FEATURE_DIM,),
        side=job.recipe.side,
        attacks=attacks,
        sprites=sprites,
    )
    facts = {
        "training": f"SSCD, {job.recipe.steps} steps of {job.recipe.batch} photos in two views",
        "training_data": f"{len(learned)} photos; {conditions.data_licence}",
        "recipe": asdict(job.recipe),
        "licence": "MIT",
    }
    (written,) = export_student(
        network, job.output, input_size=job.recipe.side, thresholds=thresholds, facts=facts
    )
    path = written.path.replace(teacher_file(job.output))
    world.wait()
    return path
