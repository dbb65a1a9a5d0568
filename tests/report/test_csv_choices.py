"""What a spreadsheet says is taken back, whatever kind of CSV it writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from copyfind.errors import PlanError
from copyfind.report.as_json import findings_as_csv
from copyfind.report.csv_choices import Chosen, as_cell, read_choices
from tests.making import made_findings


def filled(*words: str, separator: str = ",") -> str:
    """The table of the findings, with these words in its last column."""
    rows = list(csv.DictReader(io.StringIO(findings_as_csv(made_findings()))))
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), delimiter=separator)
    writer.writeheader()
    for row, word in zip(rows, words, strict=False):
        writer.writerow({**row, "choice": word})
    return out.getvalue()


@pytest.mark.parametrize(
    "save",
    [
        lambda text: text.encode(),
        lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda _: filled("keep", "", "Remove ", "REMOVE", separator=";").encode("utf-8-sig"),
        lambda _: filled("keep", "", "Remove ", "REMOVE", separator="\t").encode(),
        lambda _: filled("keep", "", "remove", "remove", separator="\t").encode("utf-16"),
        lambda text: text.encode("cp1252"),  # what Excel does unless it is told otherwise
        lambda text: text.encode().decode("cp1252").encode("utf-8-sig"),  # taken for that before
    ],
)
def test_the_rows_that_say_remove_are_chosen(save: Callable[[str], bytes]) -> None:
    found = read_choices(save(filled("keep", "", "remove", "remove")))

    members = made_findings().clusters[0].members
    assert found == [Chosen(m.file.path, m.content.sha256.hex()) for m in members[2:4]]
    assert found[1].path == b"/photos/caf\xe9.png"


def test_a_path_that_is_no_plain_text_comes_back_through_any_code_page() -> None:
    paths = ["/photos/f\u00fcr Oma.jpg".encode(), b"/photos/a\nb.jpg", "/\u5199\u771f.jpg".encode()]
    member = made_findings().clusters[0].members[2]
    some = [replace(member, file=replace(member.file, path=path)) for path in paths]
    (cluster,) = made_findings().clusters
    text = findings_as_csv(
        replace(made_findings(), clusters=(replace(cluster, members=tuple(some)),))
    )
    rows = text.replace(",\n", ",remove\n").encode()

    found = read_choices(rows.decode("cp1252", "replace").encode())

    assert [one.path for one in found] == paths


def test_a_table_that_nobody_has_filled_in_chooses_nothing() -> None:
    assert read_choices(findings_as_csv(made_findings()).encode()) == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "lack the column 'path'"),
        (b"path,choice\n/a,remove\n", "lack the column 'path_base64'"),
        (filled("keep", "delete").encode(), "row 3: 'delete' is no choice; write remove or keep"),
        (filled("=1+1").encode(), "row 2: '=1[+]1' is no choice"),
        (b"path,path_base64,sha256,choice\n,n\xc3\xb6,00,remove\n", "row 2: its path_base64"),
    ],
)
def test_what_is_no_choice_is_refused_with_its_row(data: bytes, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        read_choices(data)


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=cmd|x", "'=cmd|x"), ("@a", "'@a"), ("/photos/a.jpg", "/photos/a.jpg"), (-0.5, -0.5)],
)
def test_no_text_is_a_formula(value: object, cell: object) -> None:
    assert as_cell(value) == cell
