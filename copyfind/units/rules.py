"""What belongs to a picture file: sidecars, films, partners, told from the names of its folder.

The rules are functions of a listing. Where names leave it open, whoever has the files looks into
one: which of several pictures an XMP is for, whether still and film are of one Live Photo.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from copyfind.collection.pictures import PICTURE_SUFFIXES
from copyfind.paths import shown
from copyfind.plans import Part, PartKind, Unit
from copyfind.units.hidden import may_be_put_back
from copyfind.units.live import FilmFacts
from copyfind.units.names import Name, parsed
from copyfind.units.pairs import Pairs, pairs_of, phone_original_stems, shot_name
from copyfind.units.takeout import json_names, names_without_suffix, original_stems

_FILMS = frozenset({"mov", "mp4", "mp"})
_DEVELOPERS = frozenset({"xmp", "pp3", "dop", "arp"})  # NAME.EXT.xmp, of RAW developers
_NEVER_BESIDE = frozenset({"part", "crdownload", "tmp", "bak"})  # NAME.EXT.part, of the file itself
_STEM_ONLY = {
    "aae": PartKind.APPLE_EDITS,
    "on1": PartKind.SIDECAR,
    "vrd": PartKind.SIDECAR,
    "acr": PartKind.SIDECAR,  # Camera Raw's masks
    "spd": PartKind.SIDECAR,
    "exv": PartKind.SIDECAR,  # Exiv2's
    "yml": PartKind.SIDECAR,  # PhotoPrism's
    "yaml": PartKind.SIDECAR,
    "dr4": PartKind.SIDECAR,  # Canon's
    "nksc": PartKind.SIDECAR,  # Nikon's
    "cos": PartKind.SIDECAR,  # Capture One's
    "onphoto": PartKind.SIDECAR,
    "ufraw": PartKind.SIDECAR,
    "mie": PartKind.SIDECAR,  # ExifTool's
    "txt": PartKind.SIDECAR,  # what is to be read under it
    "thm": PartKind.THUMBNAIL,
    "wav": PartKind.SOUND,
}
FOLLOWERS = _FILMS | _DEVELOPERS | _STEM_ONLY.keys() | {"json"}  # never pictures
_VERSION = re.compile(r"(?P<name>.+)_\d{2,3}", re.DOTALL)  # darktable's: DSC_0030_01.NEF.xmp
_RENDER = re.compile(r"(?P<head>[A-Za-z]{3}_)E(?P<tail>\d{4}.*)", re.DOTALL)  # IMG_E1234
_OF_ORIGINAL = re.compile(r"(?P<head>[A-Za-z]{3}_)O(?P<tail>\d{4}.*)", re.DOTALL)  # IMG_O1234.AAE
_SOUND = re.compile(r"SND_(?P<n>\d{4})")
_LONGEST_FILM = 15.0  # seconds; a Live Photo's or a motion photo's film has three or so


class Look(Protocol):
    """Whoever can look into the files of a folder; each method may raise OSError."""

    def sidecar_for(self, name: bytes) -> str | None:
        """The suffix, without a dot, of the file that an XMP says it is for."""

    def identifier(self, name: bytes) -> str | None:
        """The ContentIdentifier of a still."""

    def film(self, name: bytes) -> FilmFacts:
        """What a film says of itself."""

    def is_takeout(self, name: bytes) -> bool:
        """Whether a JSON is Takeout's."""


def units_in(
    folder: bytes,
    names: Collection[bytes],
    *,
    wanted: Collection[bytes],
    look: Look,
    others: Collection[bytes] = (),
) -> dict[bytes, Unit]:
    """The units of the `wanted` names of one folder, by path.

    names: of all regular files in it. others: of links and folders, which cannot be moved along.
    """
    rules = _Rules(names, wanted=frozenset(wanted), look=look, others=others)
    return {os.path.join(folder, name): rules.unit(folder, name) for name in sorted(set(wanted))}


@dataclass(slots=True)
class _Tie:
    """A file that belongs to others of the folder."""

    kind: PartKind
    owners: set[bytes] = field(default_factory=set)
    proven: set[bytes] = field(default_factory=set)  # owners of whom both files say so


class _Rules:
    """The ties between all files of one folder; built once, then asked for each picture."""

    def __init__(
        self,
        names: Collection[bytes],
        *,
        wanted: Collection[bytes],
        look: Look,
        others: Collection[bytes],
    ) -> None:
        self._look = look
        self._links = set(others) - set(names)
        self._names = [parsed(raw) for raw in sorted({*names, *others})]
        self._pictures = [
            n
            for n in self._names
            if n.raw not in self._links
            and (
                f".{n.suffix}".encode() in PICTURE_SUFFIXES
                or (n.raw in wanted and n.suffix not in FOLLOWERS)
            )
        ]
        self._owners = {n.raw for n in self._pictures}
        self._owners |= {n.raw for n in self._names if n.suffix in _FILMS}
        self._by_stem: dict[str, list[Name]] = defaultdict(list)
        self._by_folded: dict[str, list[Name]] = defaultdict(list)
        self._by_suffix: dict[str, list[Name]] = defaultdict(list)
        for name in self._names:
            self._by_stem[name.stem].append(name)
            self._by_folded[name.stem.casefold()].append(name)
            self._by_suffix[name.suffix].append(name)
        self._stills: dict[str, list[Name]] = defaultdict(list)
        for name in self._pictures:
            self._stills[name.stem].append(name)
        self._by_whole: dict[str, list[Name]] = defaultdict(list)
        for name in self._worth(self._names):
            self._by_whole[name.text.casefold()].append(name)
        self._troubles: dict[bytes, str] = {}  # file -> why what it belongs to cannot be told
        self._ties: dict[bytes, _Tie] = {}
        self._tie_films()
        self._tie_sidecars()
        self._tie_apple_edits()
        self._tie_sounds()
        self._tie_takeout()

    def unit(self, folder: bytes, name: bytes) -> Unit:
        """The picture of that name with everything that follows it, films' sidecars included."""
        found: dict[bytes, Part] = {}
        blocked: list[str] = []
        if not may_be_put_back(os.path.join(folder, name)):
            blocked.append("it is hidden and has no picture's suffix: undo would leave it away")
        queue = [name]
        while queue:
            owner = queue.pop()
            for file in self._of.get(owner, ()):
                if file in found:
                    continue
                tie = self._ties[file]
                found[file] = Part(
                    os.path.join(folder, file),
                    tie.kind,
                    tuple(os.path.join(folder, o) for o in sorted(self._served_by(file) - {name})),
                    proven=owner in tie.proven,
                )
                queue.append(file)
                if file in self._links:
                    blocked.append(f"{shown(file)} belongs to it and is a link or a folder")
                elif not may_be_put_back(found[file].path):
                    blocked.append(
                        f"{shown(file)} belongs to it and is hidden: undo would leave it away"
                    )
                elif file in self._troubles:
                    blocked.append(f"{shown(file)} may belong to it: {self._troubles[file]}")
        for other, kind in self._partners(name):
            found.setdefault(other, Part(os.path.join(folder, other), kind))
        return Unit(
            os.path.join(folder, name),
            tuple(part for _, part in sorted(found.items())),
            blocked[0] if blocked else None,
        )

    def _served_by(self, file: bytes) -> set[bytes]:
        """The pictures that a file belongs to; a film that belongs to pictures stands for them."""
        found: set[bytes] = set()
        for owner in self._ties[file].owners:
            found |= self._served_by(owner) if owner in self._ties else {owner}
        return found

    @cached_property
    def _of(self) -> dict[bytes, list[bytes]]:
        """The files that follow each owner."""
        of: dict[bytes, list[bytes]] = defaultdict(list)
        for file, tie in self._ties.items():
            for owner in tie.owners:
                of[owner].append(file)
        return of

    def _tie(self, file: Name, kind: PartKind, owners: Iterable[Name]) -> None:
        if found := {owner.raw for owner in owners} - {file.raw}:
            self._ties.setdefault(file.raw, _Tie(kind)).owners |= found

    def _tie_films(self) -> None:
        for still in self._pictures:
            for film in self._films_of(still):
                if self._is_one(still, film):
                    self._tie(film, PartKind.FILM, [still])

    def _films_of(self, still: Name) -> Iterator[Name]:
        """Films that by their name may be a still's: those of the same stem, iCloud's _HEVC.MOV
        and NAME.HEIC.MOV, and what Takeout takes out of a Pixel's PXL_1.MP.jpg."""
        for film in self._by_stem[still.stem]:
            if film.suffix in _FILMS:
                yield film
        for stem in (f"{still.stem}_HEVC", still.text):
            for film in self._by_stem[stem]:
                if film.suffix == "mov":
                    yield film
        if still.stem.upper().endswith(".MP"):
            for film in self._by_stem[still.stem[:-3]]:
                if film.suffix in ("mp", "mp4"):
                    yield film

    def _is_one(self, still: Name, film: Name) -> bool:
        """Whether a still and a film are one Live Photo: by ContentIdentifier where both have one;
        otherwise any film of a few seconds is the still's."""
        if film.raw in self._links:
            return True
        try:
            said = self._look.film(film.raw)
            identifier = self._look.identifier(still.raw) if said.identifier else None
        except OSError as error:
            self._troubles[film.raw] = reason_of(error)
            return True
        if said.identifier and identifier:
            if said.identifier == identifier:
                self._ties.setdefault(film.raw, _Tie(PartKind.FILM)).proven.add(still.raw)
            return said.identifier == identifier
        return said.seconds is None or said.seconds <= _LONGEST_FILM

    def _tie_sidecars(self) -> None:
        owners = defaultdict(list)
        folded = defaultdict(list)
        for name in self._names:
            if name.suffix not in ("xmp", "json"):
                owners[name.key].append(name)
                folded[name.key.casefold()].append(name)

        def whole_name(file: Name) -> list[Name]:
            """The files whose whole name, or that name in another case, it has in front."""
            key = parsed(file.stem.encode("utf-8", "surrogateescape")).key
            return owners.get(key) or folded.get(key.casefold(), [])

        for suffix in sorted(_DEVELOPERS):
            for sidecar in self._by_suffix[suffix]:
                inner = parsed(sidecar.stem.encode("utf-8", "surrogateescape"))
                version = _VERSION.fullmatch(inner.stem)
                served = owners[f"{version['name']}.{inner.suffix}"] if version else []
                if inner.suffix and (whole := whole_name(sidecar)):
                    same = [n for n in whole if n.text == inner.text]
                    self._tie(sidecar, PartKind.SIDECAR, self._worth(same or whole))
                elif served:
                    self._tie(sidecar, PartKind.SIDECAR, self._worth(served))
                elif suffix == "xmp":
                    self._tie(sidecar, PartKind.SIDECAR, self._served(sidecar))
        for suffix, kind in _STEM_ONLY.items():
            for file in self._by_suffix[suffix]:
                by_name = self._worth(whole_name(file))
                self._tie(file, kind, by_name or self._of_stem(file.stem))
        for file in self._names:  # of whatever program: NAME.EXT.its-own
            known = file.suffix in _DEVELOPERS | _NEVER_BESIDE | {"json"} or file.raw in self._ties
            if not known and file.raw not in self._owners | self._links and file.suffix:
                self._tie(file, PartKind.SIDECAR, self._named_in(file))

    def _named_in(self, file: Name) -> list[Name]:
        """The pictures and films whose whole name, or that name in another case, a file has in
        front, however much comes behind it."""
        whole = file.text
        while "." in whole:
            whole = whole.rpartition(".")[0]
            named = self._by_whole[whole.casefold()]
            if same := [n for n in named if n.text == whole] or named:
                return same
        return []

    def _of_stem(self, stem: str) -> list[Name]:
        """Pictures and films of that stem; where there are none, of that stem in another case, as
        volumes have it that take both for one."""
        return self._worth(self._by_stem[stem]) or self._worth(self._by_folded[stem.casefold()])

    def _worth(self, names: Iterable[Name]) -> list[Name]:
        """Which of the names can own something: pictures and films."""
        return [n for n in names if n.raw in self._owners]

    def _served(self, sidecar: Name) -> list[Name]:
        """Whom a NAME.xmp is for: whom it names, or else everyone of its name."""
        owners = self._of_stem(sidecar.stem)
        if not owners or sidecar.raw in self._links:
            return owners
        try:
            suffix = self._look.sidecar_for(sidecar.raw)
        except OSError as error:
            self._troubles[sidecar.raw] = reason_of(error)
            return owners
        return [n for n in owners if suffix is None or n.suffix == suffix.lower()]

    def _tie_apple_edits(self) -> None:
        """Tie IMG_O1234.AAE and IMG_1234_O.AAE, beside what `_STEM_ONLY` finds."""
        for file in self._by_suffix["aae"]:
            match = _OF_ORIGINAL.fullmatch(file.stem) or _RENDER.fullmatch(file.stem)
            stem = match["head"] + match["tail"] if match else file.stem.removesuffix("_O")
            if file.raw not in self._ties and stem != file.stem:
                self._tie(file, PartKind.APPLE_EDITS, self._stills[stem])

    def _tie_sounds(self) -> None:
        """Tie SND_1234.WAV, what was said to a Canon's IMG_1234.JPG."""
        for file in self._by_suffix["wav"]:
            if match := _SOUND.fullmatch(file.stem):
                said_to = [n for head in ("IMG_", "_MG_") for n in self._stills[head + match["n"]]]
                self._tie(file, PartKind.SOUND, said_to)

    def _tie_takeout(self) -> None:
        described = {file.stem: file for file in self._by_suffix["json"]}
        if not described:
            return
        films = [n for n in self._names if n.suffix in _FILMS]
        for picture in [*self._pictures, *films]:
            if file := self._described(picture, described):
                self._tie(file, PartKind.TAKEOUT, [picture])
        for file in self._by_suffix["json"]:  # other programs' too
            owners = self._of_stem(file.stem) or self._named_in(file)
            if owners and file.raw not in self._ties:
                is_takeout = self._is_json(file, owners[0], "")
                self._tie(file, PartKind.TAKEOUT if is_takeout else PartKind.SIDECAR, owners)

    def _described(self, picture: Name, described: Mapping[str, Name]) -> Name | None:
        """The JSON of a picture: its own, or that of the picture it was edited from."""
        for name in json_names(picture.text):
            if (file := described.get(name)) and self._is_json(file, picture, name):
                return file
        for stem in original_stems(picture.stem):
            for original in self._stills.get(stem, ()):
                if original is not picture and (file := self._described(original, described)):
                    return file
        # Some exports leave the picture's suffix out; such a name may be anybody's.
        for name in names_without_suffix(picture.stem):
            if (file := described.get(name)) and self._is_json(file, picture, ""):
                return file
        return None

    def _is_json(self, file: Name, picture: Name, name: str) -> bool:
        """Whether a JSON is Takeout's; a name that holds the picture's whole is proof enough."""
        if name.startswith(picture.text) or file.raw in self._links:
            return True
        try:
            return self._look.is_takeout(file.raw)
        except OSError as error:
            self._troubles[file.raw] = reason_of(error)
            return True

    def _partners(self, raw: bytes) -> Iterator[tuple[bytes, PartKind]]:
        for other, kind in self._pairs.get(raw, ()):
            yield other.raw, kind
        for original in self._originals(parsed(raw)):
            yield original.raw, PartKind.ORIGINAL
        yield from ((n.raw, PartKind.EDITED) for n in self._edited.get(raw, ()))

    @cached_property
    def _pairs(self) -> Pairs:
        # A second picture of a shot that was made from the first is a version of it.
        return pairs_of(
            [n for n in self._pictures if shot_name(n) == n.stem or not self._originals(n)]
        )

    @cached_property
    def _edited(self) -> dict[bytes, list[Name]]:
        """The pictures that were made from each original."""
        edited: dict[bytes, list[Name]] = defaultdict(list)
        for picture in self._pictures:
            for original in self._originals(picture):
                edited[original.raw].append(picture)
        return edited

    def _originals(self, picture: Name) -> list[Name]:
        """The pictures that Apple's IMG_E1234, Google's -edited, a phone's IMG~2 or a portrait with
        its background blurred was made from."""
        stems = [*phone_original_stems(picture.stem), *original_stems(picture.stem)]
        if match := _RENDER.fullmatch(picture.stem):
            stems.insert(0, match["head"] + match["tail"])
        return next((found for stem in stems if (found := self._stills.get(stem))), [])


def reason_of(error: OSError) -> str:
    """What the system says, for people."""
    return error.strerror or type(error).__name__
