"""The review as a web application: a page, its pictures, and the few things it can ask for."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from copyfind.cleanup.journals import Journals
from copyfind.errors import CopyfindError
from copyfind.pipeline.showing import Showcase
from copyfind.records import EXACT, PROVEN
from copyfind.report.cards import Card
from copyfind.review.clearing import Clearing
from copyfind.review.desk import Desk, Refusal, is_number
from copyfind.review.guard import Guard
from copyfind.review.history import all_journals, one_journal
from copyfind.review.knowing import Knowing
from copyfind.review.listing import Asked, Lists
from copyfind.review.opening import open_file, open_folder
from copyfind.review.rules import Rule, Rules
from copyfind.review.scanning import Scanning
from copyfind.review.tools import Tools

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# The only files that are served, each by its name.
_STATIC = {
    one.name: (package, folder, _KINDS[suffix])
    for package, folder, names in (
        ("copyfind.report", "page", ("common.css", "common.js")),
        ("copyfind.review", "static", None),
    )
    for one in (files(package) / folder).iterdir()
    if (suffix := PurePath(one.name).suffix) in _KINDS and (names is None or one.name in names)
}
_LARGEST_BODY = 4_000_000  # bytes: the names of 100,000 clusters
_ANOTHER_EDITION = "the clusters were found anew since this page was loaded; load it again"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Parts:
    """What answers a page."""

    desk: Desk
    showcase: Showcase
    clearing: Clearing
    rules: Rules
    journals: Journals
    knowing: Knowing
    scanning: Scanning
    opens: bool  # whether files may be opened in programs of this machine


@contextmanager
def assembled(desk: Desk, showcase: Showcase, tools: Tools) -> Iterator[Parts]:
    """All that answers a page about what lies on a desk."""
    clearing, rules = Clearing(desk, tools), Rules(desk, tools)
    scanning = Scanning(desk, showcase, clearing, tools)
    journals = tools.surroundings.journals
    with Knowing(desk) as knowing:
        try:
            yield Parts(
                desk, showcase, clearing, rules, journals, knowing, scanning, tools.anywhere
            )
        finally:
            scanning.end()


def make_page(parts: Parts, *, origins: frozenset[str], token: str) -> Guard:
    """The guarded application of a review; origins are those by which it may be called."""
    desk, showcase, clearing = parts.desk, parts.showcase, parts.clearing
    secret = secrets.token_urlsafe(24)

    async def page(_: Request) -> Response:
        return Response(_asset("copyfind.review", "static", "review.html"), media_type="text/html")

    async def static(request: Request) -> Response:
        if (found := _STATIC.get(request.path_params["name"])) is None:
            return _missing()
        package, folder, media_type = found
        text = _asset(package, folder, request.path_params["name"])
        return Response(text, media_type=media_type)

    async def picture(request: Request) -> Response:
        kind, name = request.path_params["kind"], request.path_params["sha256"]
        make = {"thumbnail": showcase.thumbnail, "full": showcase.full}.get(kind)
        if make is None or not _SHA256.fullmatch(name):
            return _missing()
        jpeg = await run_in_threadpool(make, bytes.fromhex(name))
        if jpeg is None:
            return _missing()
        # Named by its content, it never changes.
        keep = {"Cache-Control": "private, max-age=86400, immutable"}
        return Response(jpeg, media_type="image/jpeg", headers=keep)

    lists = Lists(desk)

    async def overview(_: Request) -> Response:
        return await _told(
            lambda: {
                **desk.overview(),
                "choices": lists.choices(),
                "opens": parts.opens,
                "secret": secret,
            }
        )

    async def marks(_: Request) -> Response:
        return await _told(desk.marks)

    async def order(request: Request) -> Response:
        words = dict(request.query_params)
        return await _told(lambda: {"order": lists.now().order(Asked.of(words), desk.stands)})

    async def rows(request: Request) -> Response:
        named = request.query_params.get("numbers", "").split(",")
        if not all(map(is_number, named)):
            return _refused("numbers: of clusters, with commas between them", 400)
        return await _told(lambda: {"rows": lists.now().rows(map(int, named))})

    async def cluster(request: Request) -> Response:
        return await _told(lambda: desk.cluster(request.path_params["name"]))

    async def choose(request: Request) -> Response:
        body = await _body(request)
        changes = body.get("changes")
        if not isinstance(changes, dict) or not all(
            value is None or isinstance(value, str) for value in changes.values()
        ):
            return _refused("changes: key -> choice", 400)
        return await _told(lambda: desk.choose(changes))

    async def mark_safe(request: Request) -> Response:
        body = await _body(request)
        if (numbers := _numbers(body.get("clusters"))) is None:
            return _refused("clusters: their numbers", 400)
        if body.get("edition") != desk.laid.edition:
            return _refused(_ANOTHER_EDITION, 409)
        return await _told(lambda: desk.mark_safe(numbers))

    async def undo(_: Request) -> Response:
        return await _told(desk.undo)

    async def plan(request: Request) -> Response:
        kind = (await _body(request)).get("kind")
        return await _told(lambda: clearing.plan(str(kind)))

    async def with_plan(request: Request) -> Response:
        name = str((await _body(request)).get("plan"))
        does = {"save": clearing.save, "rehearse": clearing.rehearse, "apply": clearing.apply}
        if (do := does.get(request.path_params["what"])) is None:
            return _missing()
        return await _told(lambda: do(name))

    async def preview(request: Request) -> Response:
        body = await _body(request)
        numbers = _numbers(body.get("clusters"))
        tiers = body.get("tiers")
        if (numbers is None and body.get("clusters") is not None) or not isinstance(tiers, list):
            return _refused("clusters: their numbers; tiers: their names", 400)
        if body.get("edition") != desk.laid.edition:
            return _refused(_ANOTHER_EDITION, 409)

        def shown() -> Card:
            folder = str(body.get("folder") or "")
            folders = lists.now().folder(folder) if folder else ()
            also = (tier for tier in PROVEN if tier in EXACT or tier.value in tiers)
            return parts.rules.preview(Rule(str(body.get("name")), folders, tuple(also)), numbers)

        return await _told(shown)

    async def apply_rule(request: Request) -> Response:
        name = str((await _body(request)).get("rule"))
        return await _told(lambda: parts.rules.apply(name))

    async def journals(_: Request) -> Response:
        return await _told(lambda: all_journals(parts.journals))

    async def journal(request: Request) -> Response:
        return await _told(lambda: one_journal(parts.journals, request.path_params["name"]))

    async def metadata(request: Request) -> Response:
        return await _told(lambda: parts.knowing.of(request.path_params["key"]))

    async def open_(request: Request) -> Response:
        key, what = str((await _body(request)).get("key")), request.path_params["what"]
        do = {"file": open_file, "folder": open_folder}.get(what)
        if do is None or not parts.opens:
            return _missing()
        return await _told(lambda: do(desk, key))

    async def pulse(_: Request) -> Response:
        return await _told(parts.scanning.pulse)

    async def scan(request: Request) -> Response:
        folder = (await _body(request)).get("folder")
        if folder is not None and not isinstance(folder, str):
            return _refused("folder: its path", 400)
        return await _told(lambda: parts.scanning.start(folder))

    async def stop_scan(_: Request) -> Response:
        return await _told(parts.scanning.stop)

    async def take_back(request: Request) -> Response:
        name = str((await _body(request)).get("journal"))
        return await _told(lambda: clearing.take_back(name))

    async def progress(_: Request) -> Response:
        return JSONResponse(clearing.progress())

    async def download(request: Request) -> Response:
        try:
            text = await run_in_threadpool(clearing.text, request.path_params["name"])
        except Refusal as refusal:
            return PlainTextResponse(f"{refusal}\n", status_code=409)
        as_file = {"Content-Disposition": 'attachment; filename="plan.json"'}
        return Response(text, media_type="application/json", headers=as_file)

    routes = [
        Route("/", page),
        Route("/static/{name}", static),
        Route("/picture/{kind}/{sha256}", picture),
        Route("/api/overview", overview),
        Route("/api/marks", marks),
        Route("/api/list", order),
        Route("/api/rows", rows),
        Route("/api/cluster/{name}", cluster),
        Route("/api/choose", choose, methods=["POST"]),
        Route("/api/mark-safe", mark_safe, methods=["POST"]),
        Route("/api/undo", undo, methods=["POST"]),
        Route("/api/plan", plan, methods=["POST"]),
        Route("/api/plan/{what}", with_plan, methods=["POST"]),
        Route("/api/rules/preview", preview, methods=["POST"]),
        Route("/api/rules/apply", apply_rule, methods=["POST"]),
        Route("/api/journal", journals),
        Route("/api/journal/{name}", journal),
        Route("/api/metadata/{key}", metadata),
        Route("/api/open/{what}", open_, methods=["POST"]),
        Route("/api/pulse", pulse),
        Route("/api/scan", scan, methods=["POST"]),
        Route("/api/scan/stop", stop_scan, methods=["POST"]),
        Route("/api/take-back", take_back, methods=["POST"]),
        Route("/api/progress", progress),
        Route("/plan/{name}/plan.json", download),
    ]
    return Guard(Starlette(routes=routes), origins=origins, token=token, secret=secret)


def _asset(package: str, folder: str, name: str) -> str:
    return (files(package) / folder / name).read_text(encoding="utf-8")


async def _body(request: Request) -> dict[str, object]:
    """The JSON object that was sent; an empty one where it is none, or too large to be ours."""
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > _LARGEST_BODY:
            return {}
    try:
        body = json.loads(data or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _numbers(given: object) -> list[int] | None:
    """Numbers of clusters, if that is what was sent."""
    if isinstance(given, list) and all(type(one) is int for one in given):
        return given
    return None


async def _told(do: Callable[[], Card]) -> Response:
    """An answer with what `do` says, as JSON, or with what it refuses, in its words."""
    try:
        return JSONResponse(await run_in_threadpool(do))
    except Refusal as refusal:
        return _refused(str(refusal), 409)
    except CopyfindError as error:
        return _refused(str(error), 500)


def _refused(why: str, status: int) -> Response:
    return JSONResponse({"error": why}, status_code=status)


def _missing() -> Response:
    return PlainTextResponse("there is nothing here\n", status_code=404)
