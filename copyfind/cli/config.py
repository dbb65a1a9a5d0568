"""copyfind config: the defaults of one's own, and where each comes from."""

from __future__ import annotations

import json
import os

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from copyfind.cli.configured import KEYS, config_files, configured
from copyfind.cli.console import emit, show
from copyfind.cli.options import CatalogOption, DataFormat, FormatOption
from copyfind.report.fitting import shown_path


def config(
    catalog: CatalogOption = ...,  # type: ignore[assignment] # Typer calls the default factory
    output_format: FormatOption = DataFormat.TABLE,
) -> None:
    """Show the defaults of your own: what they are, and the file that each comes from.

    They are keys in a TOML file, such as exclude = ["*/Screenshots/"]. What stands beside the
    catalog goes before what stands in your folder, and an option before both.
    """
    from copyfind.collection.presets import PRESETS

    found = configured(catalog)
    files = config_files(catalog)
    if output_format is DataFormat.JSON:
        told = {
            "files": [{"path": str(file), "exists": file.is_file()} for file in files],
            "values": dict(found.values),
            "sources": {key: str(file) for key, file in found.sources.items()},
            "presets": {name: list(patterns) for name, patterns in PRESETS.items()},
        }
        emit(json.dumps(told, indent=1) + "\n")
        raise typer.Exit
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim")
    for key, about in KEYS.items():
        value = Text(
            json.dumps(found.values[key], ensure_ascii=False) if key in found.values else "–"
        )
        source = shown_path(os.fsencode(found.sources[key])) if key in found.sources else about.says
        table.add_row(key, value, Text(source))
    places = Text("\nset in, the last before the first:")
    for file in files:
        there = "" if file.is_file() else " (not there)"
        places.append(f"\n  {shown_path(os.fsencode(file))}{there}")
    presets = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    presets.add_column(style="bold", no_wrap=True)
    presets.add_column(overflow="fold", style="dim")
    for name, patterns in PRESETS.items():
        presets.add_row(name, Text(" ".join(json.dumps(one) for one in patterns)))
    show(Group(table, places, Text("\nwhat exclude_preset can name:"), presets))
