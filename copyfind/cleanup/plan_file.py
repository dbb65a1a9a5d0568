"""A plan as a file that people can read and edit, and the strict reading of it.

What may be edited: clusters and files may be taken out, and `do` may become another action (`move`
with a `to`). All else is under a seal: a changed path, hash or tier is refused with its place, and
so is a plan that another version made, or that is older than what the catalog knows now.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from copyfind.cleanup.faults import faults
from copyfind.errors import PlanError
from copyfind.paths import as_json, shown
from copyfind.plans import (
    Action,
    ActionKind,
    Companion,
    LeftAlone,
    Plan,
    PlannedCluster,
    PlannedFile,
    Sidecar,
)
from copyfind.records import FoundFile, Tier

SCHEMA = "copyfind.plan/1"
_ABOUT = (
    "You may take clusters, and files with something to do, out of this list, and change what is "
    f"done ('do': {', '.join(ActionKind)}; a move also needs a path 'to'). Any other change makes "
    "the plan void. Do it with: copyfind apply FILE"
)
_KEEP = "keep"
_EDITABLE = frozenset({"do", "to", "to_base64", "seal"})
_BASE64 = "_base64"
_T = TypeVar("_T")


def plan_as_json(plan: Plan) -> str:
    """The text of the file that a plan is kept in."""
    header = _header(plan)
    seal = _seal(header)
    document = {
        "schema": SCHEMA,
        "about": _ABOUT,
        **header,
        "seal": seal,
        "totals": {
            "clusters": len(plan.clusters),
            "files": len(plan.actions),
            "bytes": sum(action.size for action in plan.actions),
        },
        "clusters": [_cluster(cluster, seal) for cluster in plan.clusters],
        "left_alone": [_name("path", left.path) | {"reason": left.reason} for left in plan.left],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def plan_id(plan: Plan) -> str:
    """A name that is the same for the same plan: a second apply goes on with the first one's
    journal."""
    return hashlib.sha256(plan_as_json(plan).encode()).hexdigest()


def plan_from_json(text: bytes, *, version: str) -> Plan:
    """The plan in a file's bytes. Raises PlanError, which says where and why.

    version: of this copyfind; a plan of another one is refused.
    """
    try:
        known = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"the plan is not JSON: {error}") from None
    document = _Entry(known, "the plan")
    if (schema := document.get("schema", str)) != SCHEMA:
        raise PlanError(f"this is no plan of this copyfind: its schema is {schema!r}")
    if (made_by := document.get("made_by", str)) != version:
        raise PlanError(
            f"the plan was made by copyfind {made_by}, and this is {version}: make a new plan"
        )
    plan = Plan(
        made_at=document.get("made_at", str),
        version=made_by,
        catalog=document.get("catalog", str),
        catalog_state=document.get("catalog_state", str),
        tiers=tuple(document.one_of(Tier, name) for name in document.get("tiers", list)),
        roots=tuple(entry.path("path") for entry in document.entries("roots")),
        protected=tuple(entry.path("path") for entry in document.entries("protected")),
        files=document.number("files_in_collection"),
        clusters=(),
    )
    seal = document.get("seal", str)
    if seal != _seal(_header(plan)):
        raise PlanError("the plan is refused: its head was changed by hand; make a new plan")
    clusters = [_read_cluster(entry, seal) for entry in document.entries("clusters")]
    left = [
        (entry.path("path"), entry.get("reason", str)) for entry in document.entries("left_alone")
    ]
    plan = Plan(
        made_at=plan.made_at,
        version=plan.version,
        catalog=plan.catalog,
        catalog_state=plan.catalog_state,
        tiers=plan.tiers,
        roots=plan.roots,
        protected=plan.protected,
        files=plan.files,
        clusters=tuple(cluster for cluster in clusters if cluster.actions),
        left=tuple(LeftAlone(path, reason) for path, reason in left),
    )
    for fault in faults(plan):
        place = f"cluster {fault.cluster}, {shown(fault.path)}"
        raise PlanError(f"the plan is refused: {place}: {fault.reason}")
    return plan


def refuse_stale(plan: Plan, *, state: str) -> None:
    """A plan older than what its catalog knows now. Raises PlanError."""
    if plan.catalog_state != state:
        raise PlanError(
            f"the catalog has learnt something since the plan was made ({plan.made_at}); make a "
            "new plan"
        )


# Writing


def _header(plan: Plan) -> dict[str, Any]:
    return {
        "made_at": plan.made_at,
        "made_by": plan.version,
        "catalog": plan.catalog,
        "catalog_state": plan.catalog_state,
        "tiers": [tier.value for tier in plan.tiers],
        "roots": [_name("path", root) for root in plan.roots],
        "protected": [_name("path", folder) for folder in plan.protected],
        "files_in_collection": plan.files,
    }


def _cluster(cluster: PlannedCluster, header: str) -> dict[str, Any]:
    keepers = {action.keeper.path: action.keeper for action in cluster.actions}
    files = [{"do": _KEEP, **_file(keeper)} for keeper in keepers.values()]
    if files and cluster.keep_reason:
        files[0]["why"] = cluster.keep_reason
    files += [_action(action) for action in cluster.actions]
    for file in files:
        file["seal"] = _seal_entry(file, header, cluster.id, cluster.tier)
    entry: dict[str, Any] = {"id": cluster.id, "tier": cluster.tier.value, "files": files}
    if cluster.sidecar is not None:
        entry["sidecar"] = _sidecar(cluster.sidecar, header, cluster.id)
    return entry


def _sidecar(sidecar: Sidecar, header: str, cluster: str) -> dict[str, Any]:
    entry: dict[str, Any] = _name("path", sidecar.path)
    if sidecar.before is not None:
        entry["before"] = _file(sidecar.before)
    entry["text"] = sidecar.text.decode()
    return entry | {"seal": _seal([header, cluster, entry])}


def _action(action: Action) -> dict[str, Any]:
    entry: dict[str, Any] = {"do": action.kind.value}
    entry |= _file(action.file)
    entry |= _name("copy_of", action.keeper.path)
    entry |= {"tier": action.tier.value, "why": action.why}
    if action.to is not None:
        entry |= _name("to", action.to)
    if action.loses:
        entry["loses"] = list(action.loses)
    if action.partners:
        entry["partners"] = [_name("path", partner) for partner in action.partners]
    if action.companions:
        entry["companions"] = [
            _file(c.file) | {"owners": [_name("path", owner) for owner in c.owners]}
            for c in action.companions
        ]
    return entry


def _file(planned: PlannedFile) -> dict[str, Any]:
    file = planned.file
    return _name("path", file.path) | {
        "size": file.size,
        "mtime_ns": file.mtime_ns,
        "device": file.device,
        "inode": file.inode,
        "sha256": planned.sha256.hex(),
    }


def _name(key: str, path: bytes) -> dict[str, Any]:
    text, encoded = as_json(path)
    return {key: text} if encoded is None else {key: text, key + _BASE64: encoded}


def _seal_entry(file: dict[str, Any], header: str, cluster: str, tier: str) -> str:
    sealed = {key: value for key, value in file.items() if key not in _EDITABLE}
    return _seal([header, cluster, tier, file["do"] == _KEEP, sealed])


def _seal(value: object) -> str:
    """A checksum, no secret: it tells an edit by hand from what copyfind wrote."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# Reading


class _Entry:
    """An object of the plan, and where in it that is."""

    def __init__(self, known: object, place: str) -> None:
        if not isinstance(known, dict):
            raise PlanError(f"{place}: is no object")
        self._known: dict[str, Any] = known
        self.place = place

    def get(self, key: str, kind: type[_T]) -> _T:
        value = self._known.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise PlanError(f"{self.place}: {key!r} is missing, or is not a {kind.__name__}")
        return value

    def number(self, key: str) -> int:
        value = self.get(key, int)
        if not 0 <= value < 2**128 and key != "mtime_ns":
            raise PlanError(f"{self.place}: {key!r} is out of range")
        return value

    def has(self, key: str) -> bool:
        return key in self._known

    def entries(self, key: str) -> list[_Entry]:
        if key not in self._known and key in ("companions", "partners", "left_alone"):
            return []
        return [
            _Entry(value, f"{self.place}, {key} {number}")
            for number, value in enumerate(self.get(key, list), start=1)
        ]

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.get(key, list) if self.has(key) else []
        if not all(isinstance(value, str) for value in values):
            raise PlanError(f"{self.place}: {key!r} holds something else than text")
        return tuple(values)

    def path(self, key: str) -> bytes:
        text = self.get(key, str)
        if not self.has(key + _BASE64):
            try:
                return text.encode()
            except UnicodeEncodeError:
                raise PlanError(f"{self.place}: {key!r} is no text") from None
        try:
            return base64.b64decode(self.get(key + _BASE64, str), validate=True)
        except (binascii.Error, ValueError):
            raise PlanError(f"{self.place}: {key + _BASE64!r} is not base64") from None

    def one_of(self, kind: Callable[[str], _T], value: object) -> _T:
        try:
            return kind(value)  # type: ignore[arg-type] # it says so itself
        except ValueError:
            raise PlanError(f"{self.place}: {value!r} is nothing that is known here") from None

    def file(self) -> PlannedFile:
        text = self.get("sha256", str)
        try:
            sha256 = bytes.fromhex(text)
        except ValueError:
            sha256 = b""
        if len(sha256) != 32 or text != sha256.hex():
            raise PlanError(f"{self.place}: 'sha256' is no SHA-256")
        numbers = (self.number(key) for key in ("device", "inode", "size", "mtime_ns"))
        return PlannedFile(FoundFile(self.path("path"), *numbers), sha256)

    def entry(self, key: str) -> _Entry:
        return _Entry(self.get(key, dict), f"{self.place}, {key}")

    def refuse_edited_sidecar(self, header: str, cluster: str) -> None:
        said = {key: value for key, value in self._known.items() if key != "seal"}
        if self.get("seal", str) != _seal([header, cluster, said]):
            raise PlanError(f"{self.place}: the sidecar was changed by hand")

    def refuse_edited(self, header: str, cluster: str, tier: str) -> None:
        if self.get("seal", str) != _seal_entry(self._known, header, cluster, tier):
            what = f"{shown(self.path('path'))}, or what is known of it,"
            raise PlanError(f"{self.place}: {what} was changed by hand; only 'do' and 'to' may be")


def _read_cluster(entry: _Entry, header: str) -> PlannedCluster:
    name, tier = entry.get("id", str), entry.get("tier", str)
    keepers: dict[bytes, PlannedFile] = {}
    going: list[_Entry] = []
    reason = None
    for file in entry.entries("files"):
        file.place = f"cluster {name}, {file.place.rpartition(', ')[2]}"
        do = file.get("do", str)
        if do != _KEEP and not file.has("copy_of"):
            path = shown(file.path("path"))
            raise PlanError(
                f"{file.place}: {path} is the file that is kept; to keep another one, make a plan "
                "that does, or choose in the review"
            )
        if do == _KEEP and file.has("copy_of"):
            continue  # the user keeps it after all
        file.refuse_edited(header, name, tier)
        if do != _KEEP:
            going.append(file)
            continue
        keepers[file.path("path")] = file.file()
        reason = file.get("why", str) if file.has("why") else reason
    actions = tuple(_read_action(file, keepers) for file in going)
    sidecar = _read_sidecar(entry.entry("sidecar"), header, name) if entry.has("sidecar") else None
    return PlannedCluster(name, entry.one_of(Tier, tier), reason, actions, sidecar)


def _read_sidecar(entry: _Entry, header: str, cluster: str) -> Sidecar:
    entry.refuse_edited_sidecar(header, cluster)
    before = entry.entry("before").file() if entry.has("before") else None
    return Sidecar(entry.path("path"), before, entry.get("text", str).encode())


def _read_action(entry: _Entry, keepers: dict[bytes, PlannedFile]) -> Action:
    keeper = keepers.get(entry.path("copy_of"))
    if keeper is None:
        raise PlanError(
            f"{entry.place}: the file it is a copy of, {shown(entry.path('copy_of'))}, is not "
            "among those that are kept"
        )
    kind = entry.one_of(ActionKind, entry.get("do", str))
    return Action(
        kind=kind,
        file=entry.file(),
        keeper=keeper,
        tier=entry.one_of(Tier, entry.get("tier", str)),
        why=entry.get("why", str),
        to=entry.path("to") if entry.has("to") and kind is ActionKind.MOVE else None,
        companions=tuple(
            Companion(c.file(), tuple(owner.path("path") for owner in c.entries("owners")))
            for c in entry.entries("companions")
        ),
        partners=tuple(partner.path("path") for partner in entry.entries("partners")),
        loses=entry.texts("loses"),
    )
