"""From photos to a teacher's weights file: the whole way of SSCD, in one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from copyfind.descriptor.architectures import FEATURE_DIM
from copyfind.descriptor.networks import Student
from copyfind.descriptor.weights import read_weights
from copyfind.errors import TrainingError
from copyfind.learn.attack.attacks import SSCD_ADVANCED, Attacks
from copyfind.learn.data import find_photos
from copyfind.learn.export import export_student
from copyfind.learn.job import OnCount, divide, make_folder, sprites_of
from copyfind.learn.measure import thresholds_of
from copyfind.learn.pace import Progress
from copyfind.learn.recipes import TeacherRecipe
from copyfind.learn.start import load_start_weights
from copyfind.learn.teacher import teach
from copyfind.learn.world import ALONE, World


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherJob:
    """Which teacher to train, on what, to where."""

    data: Sequence[Path]
    output: Path
    architecture: str  # a name of the registry
    recipe: TeacherRecipe
    start: Path | None = None  # None: random weights, as in the paper
    attacks: Attacks = SSCD_ADVANCED
    sprites: Path | None = None  # None: drawn now
    bank_side: int = 288
    memory: int = 32 * 2**30  # bytes that decoded photos may take
    save_every: float = 60.0
    data_licence: str = "see the model card"


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
    say: Callable[[str], None],
    on_progress: Callable[[Progress], None],
    on_count: OnCount = lambda _what, _done, _total: None,
    should_stop: Callable[[], bool] = lambda: False,
    world: World = ALONE,
) -> Path | None:
    """Train and export; goes on from the checkpoint in `job.output` if there is one.

    Returns the weights file, None where it was stopped before the last step. The photos that
    distillation measures on and pastes into are not learned by its teacher either.
    """
    make_folder(job.output)
    learned, held_out, fillers = divide(
        find_photos(job.data),
        side=job.bank_side,
        memory=job.memory,
        device=device,
        say=say,
        on_count=on_count,
        world=world,
    )
    sprites = sprites_of(job.sprites, seed=job.recipe.seed).to(device)
    checkpoint = teacher_checkpoint(job.output)
    torch.manual_seed(job.recipe.seed)  # the random weights are repeatable too
    network = Student(job.architecture, FEATURE_DIM)
    if checkpoint.exists():
        say(f"going on from {checkpoint}")
    elif job.start is not None:
        load_start_weights(network, job.start)
    done = 0

    def note_step(progress: Progress) -> None:
        nonlocal done
        done = progress.step
        on_progress(progress)

    teach(
        network,
        learned,
        sprites,
        job.recipe,
        device=device,
        checkpoint=checkpoint,
        attacks=job.attacks,
        save_every=job.save_every,
        on_progress=note_step,
        should_stop=should_stop,
        world=world,
    )
    if world.any(should_stop() and done < job.recipe.steps, device):
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
        attacks=job.attacks,
        sprites=sprites,
    )
    facts = {
        "training": f"SSCD, {job.recipe.steps} steps of {job.recipe.batch} photos in two views",
        "training_data": f"{len(learned)} photos; {job.data_licence}",
        "recipe": asdict(job.recipe),
        "licence": "MIT",
    }
    (written,) = export_student(
        network, job.output, input_size=job.recipe.side, thresholds=thresholds, facts=facts
    )
    path = written.path.replace(teacher_file(job.output))
    world.wait()
    return path
