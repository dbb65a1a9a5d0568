"""The manual page of copyfind(1), made from the help of all commands."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import typer
from typer.main import get_command

from copyfind.version import VERSION

_FILES = (
    ("~/.config/copyfind/config.toml", "Defaults of your own; copyfind config shows them."),
    ("copyfind.toml", "The same for one catalog, beside which it lies; it goes first."),
    ("~/.local/share/copyfind/catalog.sqlite", "The catalog, unless --catalog names another."),
    ("~/.cache/copyfind", "Thumbnails and indexes; may be deleted at any time."),
    (".copyfindignore", "Patterns of what to leave out in a folder, as in .gitignore."),
    (".copyfind-quarantine", "What was cleared away on a volume, until copyfind empty."),
)
_IN_A_WORD = {
    **dict.fromkeys(("int", "integer", "float"), "NUMBER"),
    **dict.fromkeys(("text", "str"), "TEXT"),
    "path": "PATH",
}


def manual_page(app: typer.Typer) -> str:
    """The page in the roff of man(7). app: all commands as they are."""
    group = get_command(app)
    top = typer.Context(group, info_name="copyfind")
    commands = [
        (command, typer.Context(command, info_name=name, parent=top))
        for name, command in group.commands.items()  # type: ignore[attr-defined] # it is a group
    ]
    lines = [
        f'.TH COPYFIND 1 "" "copyfind {VERSION}" "User Commands"',
        *_section("NAME"),
        r"copyfind \- find every copy of your photos, and clear copies away",
        *_section("SYNOPSIS"),
        "\n.br\n".join(_bold(f"copyfind {command.name}") for command, _ in commands),
        *_section("DESCRIPTION"),
        *_paragraphs(group.help),
        *_section("OPTIONS OF EVERY COMMAND"),
        *_options(group.get_params(top), top),
        *_section("COMMANDS"),
    ]
    for command, context in commands:
        pieces = " ".join(command.collect_usage_pieces(context))
        lines += [f'.SS "copyfind {command.name} {_escaped(pieces)}"', *_paragraphs(command.help)]
        lines += _options(command.get_params(context), context)
    lines += [*_section("EXIT STATUS"), *_paragraphs(group.epilog), *_section("FILES")]
    for path, says in _FILES:
        lines += [".TP", _bold(path), _escaped(says)]
    return "\n".join(lines) + "\n"


def _section(name: str) -> list[str]:
    return [f'.SH "{name}"']


def _bold(text: str) -> str:
    return f"\\fB{_escaped(text)}\\fR"


def _paragraphs(text: str | None) -> Iterator[str]:
    for number, paragraph in enumerate(textwrap.dedent(text or "").split("\n\n")):
        if number:
            yield ".PP"
        yield _escaped(" ".join(paragraph.split()))


def _options(parameters: Iterable[Any], context: typer.Context) -> Iterator[str]:
    for parameter in parameters:
        record = parameter.get_help_record(context)
        if record is not None and (parameter.name != "help" or context.parent is None):
            yield from (".TP", _names_and_value(record[0]), _escaped(_said(record[1])))


def _names_and_value(declared: str) -> str:
    """`--port <int range>` with the names in bold, and a word for what it takes. Releases of Typer
    call that in many ways; an argument is its name alone."""
    name, _, kind = declared.partition(" <")
    listed = re.sub(r"^list\[(.*)\]$", r"\1", kind.rstrip(">"))
    if not declared.startswith("-"):
        return _bold(name.split()[0])
    names, _, metavar = name.rpartition(" ") if re.search(r" [^-/ ]\S*$", name) else (name, "", "")
    value = metavar or _IN_A_WORD.get(listed.partition(" ")[0].lower(), listed)
    return _bold(names) + (f" {_escaped(value)}" if value else "")


def _said(text: str) -> str:
    """The help of an option, its default and its variable, of all that Typer adds to it."""
    says, _, added = " ".join(text.split()).partition(" [")
    if not re.match(r"env var|default|required|-?[x\d]", added):
        says, added = " ".join(text.split()), ""
    default = re.search(r"default: (\(?[^;\])]+\)?)", added)
    variable = re.search(r"env var: (\w+)", added)
    more = [f"default: {default[1].strip('()')}"] if default else []
    more += [f"or by {variable[1]}"] if variable else []
    return says + (f" ({'; '.join(more)})" if more else "")


def _escaped(text: str) -> str:
    """Text as roff shows it as it is: hyphens that can be copied, no line that is a command."""
    for shown, meant in (("\\", "\\e"), ("-", "\\-"), ('"', "\\(dq"), ("'", "\\(aq")):
        text = text.replace(shown, meant)
    plain = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in text)
    return f"\\&{plain}" if plain.startswith(".") else plain
