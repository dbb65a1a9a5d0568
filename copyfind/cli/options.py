"""Options that several commands share, and what turns their words into values."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copyfind.errors import CatalogError
from copyfind.private import keep_private
from copyfind.report.numbers import parse_bytes

if TYPE_CHECKING:  # `copyfind --help` must not wait for it
    from copyfind.collection.scan import ScanOptions

LOOPBACK = "127.0.0.1"  # where nobody but this machine calls
KEEP_RULES = (
    "largest",
    "smallest",
    "original",
    "format",
    "metadata",
    "oldest",
    "newest",
    "shortest-path",
)
STDOUT = Path("-")  # where --output leads by this name, as in other programs


def default_catalog() -> Path:
    """Where the catalog lies if nobody says otherwise: in the platform's data folder. Raises
    CatalogError where nobody knows it."""
    from platformdirs import user_data_path

    folder = _own(user_data_path)
    if folder is None:
        raise CatalogError(
            "no home folder is known; name the catalog with --catalog FILE or COPYFIND_CATALOG"
        )
    return folder / "catalog.sqlite"


def cache_folder() -> Path | None:
    """The folder for thumbnails and indexes, which may be deleted at any time; None where no home
    folder is known: then they are kept in memory alone."""
    from platformdirs import user_cache_path

    return _own(user_cache_path)


def config_folder() -> Path | None:
    """The folder in which defaults of one's own are looked for; None where no home folder is
    known."""
    from platformdirs import user_config_path

    return _among_ones_own(user_config_path)


def _own(place: Callable[[str], Path]) -> Path | None:
    """Our folder among the user's, for their eyes alone; None where no home folder is known."""
    folder = _among_ones_own(place)
    if folder is not None:
        keep_private(folder)
    return folder


def _among_ones_own(place: Callable[[str], Path]) -> Path | None:
    try:
        folder = place("copyfind")
    except RuntimeError:  # of newer platformdirs; older ones say "~/.cache"
        return None
    return folder if folder.is_absolute() else None


def as_bytes(path: Path) -> bytes:
    """An absolute path as the file system has it; links are not resolved."""
    return os.fsencode(path.expanduser().absolute())


def scanning(
    exclude: Sequence[str] | None, presets: Sequence[Preset] | None, **more: Any
) -> ScanOptions:
    """How folders are walked; a pattern that is none is wrong usage."""
    from copyfind.collection.presets import with_presets
    from copyfind.collection.scan import ScanOptions

    try:
        return ScanOptions(exclude=with_presets(presets or (), exclude or ()), **more)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--exclude") from None


def rule_names(text: str) -> list[str]:
    """The names in a text such as 'newest,largest', whether there are such rules or not."""
    return [name.strip() for name in text.split(",") if name.strip()]


def parse_size(text: str | int) -> int:
    """The value of --min-size in bytes; what is no size is wrong usage."""
    if isinstance(text, int):
        return text
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


class DataFormat(StrEnum):
    """The form in which an answer is written."""

    TABLE = "table"
    JSON = "json"


class Device(StrEnum):
    """The device on which the network runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class Preset(StrEnum):
    """The names of the presets of what is left out."""

    THUMBNAILS = "thumbnails"
    APPS = "apps"
    DEVELOPER = "developer"


CatalogOption = Annotated[
    Path,
    typer.Option(
        "--catalog",
        metavar="FILE",
        envvar="COPYFIND_CATALOG",
        default_factory=default_catalog,
        show_default="in your data folder",
        help="The database of what is known.",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        "-x",
        metavar="PATTERN",
        help="Leave out what this pattern matches, as in .gitignore; repeatable.",
    ),
]
PresetOption = Annotated[
    list[Preset] | None,
    typer.Option(
        "--exclude-preset",
        help="Leave out what programs make: thumbnails of theirs, apps' own files, developers' "
        "folders; repeatable. copyfind config shows the patterns.",
    ),
]
AgainstOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--against",
        metavar="DIR",
        help="Count copies in this folder alone, all of which are kept; repeatable.",
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME|PATH", help="Use this bundled model or weights file."),
]
DeviceOption = Annotated[Device, typer.Option("--device", help="Run the network here.")]
BatchOption = Annotated[
    int | None,
    typer.Option(
        "--batch-size", min=1, help="How many pictures a pass holds; changes speed, not results."
    ),
]
FormatOption = Annotated[
    DataFormat, typer.Option("--format", help="Write a table for eyes, or data for programs.")
]
BrowserOption = Annotated[
    bool, typer.Option("--browser/--no-browser", help="Open the page, or print where it is.")
]
PortOption = Annotated[
    int,
    typer.Option(
        "--port",
        min=0,
        max=65535,
        envvar="COPYFIND_PORT",
        help="Serve the page at this port; 0 takes whichever is free.",
    ),
]
HostOption = Annotated[
    str,
    typer.Option(
        "--host", metavar="IP", envvar="COPYFIND_HOST", help="Listen at this address alone."
    ),
]
AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="[https://]NAME[:PORT]",
        envvar="COPYFIND_ADDRESS",
        help="Answer browsers that call the page so, and no others: in a container, the machine "
        "and port at which it is published, or https://NAME where a proxy encrypts. With it, "
        "--host may be 0.0.0.0.",
    ),
]
OthersOption = Annotated[
    bool,
    typer.Option(
        "--let-others-in",
        help="Let other machines see the photos, and clear them away, with --host.",
    ),
]
