"""One step of an operation: to take it, to tell from what is there whether it was taken, and back.

Why no picture can be lost by these is argued in `running`.
"""

from __future__ import annotations

from copyfind.cleanup.authority import is_own_name
from copyfind.cleanup.files import Files, Kind, Seen
from copyfind.cleanup.operation import (
    FORWARD,
    How,
    Make,
    Move,
    Operation,
    Place,
    Purpose,
    Remove,
    Step,
    Throw,
    folder_of,
)
from copyfind.cleanup.quarantine import room_of
from copyfind.cleanup.reasons import Refused
from copyfind.paths import shown
from copyfind.plans import PlannedFile


def take(step: Step, operation: Operation, files: Files) -> None:
    """Take a step; it is on disk when this returns. Raises OSError and Refused."""
    match step:
        case Move():
            before = files.look(operation.keeper.path)
            files.rename_new(step.file.path, step.to)
            sync(files, step.to, step.file.path)
            if not _has_arrived(step, files):
                _give_back(step, files)
                raise Refused("changed at the very moment it was moved")
            _give_time_back(step, files)
            if operation.purpose in FORWARD and step.file.path == operation.file.path:
                _prove_keeper(operation.keeper, before, files)
        case Make():
            _make(step, files)
            sync(files, step.path)
        case Place():
            files.rename_new(step.made.path, step.to)
            sync(files, step.to)
            if not _is_made(step.to, step.made, files):
                raise Refused("is not what was put in its place")
        case Remove():
            _remove(step, operation, files)
        case Throw():
            files.throw_away(step.file.path)
            if files.look(step.file.path) is not None:
                raise Refused("the trash said it took the file, but it is still there")


def _has_arrived(move: Move, files: Files) -> bool:
    """Whether what was renamed is the file that was meant, read again."""
    here = files.look(move.to)
    if here is None:
        return False
    if move.link is not None:
        return here.kind is Kind.LINK and files.read_link(move.to) == move.link
    file = move.file.file
    # The number of a file is not asked for: pooled volumes make it of the name, and where layers
    # are laid over each other, a rename copies the file up into another one. Nor is its time.
    same = here.kind is Kind.FILE and file.size == here.size
    return same and files.digest(move.to) == move.file.sha256


def _give_back(move: Move, files: Files) -> None:
    """Put what was renamed in place of the file that was meant where it was: most programs save a
    picture by giving another file its name, and that one may be nobody's copy."""
    if files.look(move.to) is not None and files.look(move.file.path) is None:
        files.rename_new(move.to, move.file.path)
        sync(files, move.file.path, move.to)


def _is_set_aside(move: Move) -> bool:
    """Whether it moves to where nobody else puts anything."""
    own = is_own_name(move.to, b"old", beside=move.file.path)
    return own or room_of(move.to) is not None


def _give_time_back(move: Move, files: Files) -> None:
    """Some drivers of FAT in user space take a rename for a change of the file."""
    here = files.look(move.to)
    if here is not None and here.kind is Kind.FILE and here.mtime_ns != move.file.file.mtime_ns:
        files.set_time(move.to, move.file.file.mtime_ns)


def _prove_keeper(keeper: PlannedFile, before: Seen | None, files: Files) -> None:
    """Refuse to go on unless the keeper is another file than the one that was just moved: opened
    and read now, while that one is away.

    A look is not enough. A driver may remember another spelling of the name that is gone, or its
    status, for minutes; but it opens nothing by it. Through an overlay, or another mount of a
    share, even that file opens: but a rename changes its time of change. before: what the keeper
    was right before the rename.
    """
    try:
        seen, digest = files.examine(keeper.path)
    except (FileNotFoundError, NotADirectoryError):
        raise Refused("the file to keep was the same file by another path, or is gone") from None
    if not seen.is_as(keeper) or digest != keeper.sha256:
        raise Refused("the file to keep has changed")
    if before is None or seen.ctime_ns != before.ctime_ns:
        raise Refused(
            "the file to keep changed together with it: it is the same file by another path, as "
            "through a second mount"
        )


def _make(make: Make, files: Files) -> None:
    source = make.source
    if make.how is How.NOTE or source is None:
        files.write_new(make.path, make.text)
        if make.dress is not None:
            files.put_on(make.path, make.dress)
        return
    if make.how is How.HARDLINK:
        files.link(source.path, make.path)
    elif make.how is How.SYMLINK:
        files.symlink(make.target or source.path, make.path)
    else:
        (files.clone if make.how is How.REFLINK else files.copy)(source.path, make.path)
        if make.dress is not None:
            files.put_on(make.path, make.dress)
    if not _is_made(make.path, make, files):
        raise Refused("what was made is not what it was made from")


def _is_made(path: bytes, make: Make, files: Files) -> bool:
    """Whether a path holds what `make` makes."""
    here, source = files.look(path), make.source
    if make.how is How.NOTE and here is not None and here.kind is Kind.FILE:
        return here.size == len(make.text) and files.read(path) == make.text
    if here is None or source is None:
        return False
    if make.how is How.SYMLINK:
        return (
            here.kind is Kind.LINK
            and files.read_link(path) == (make.target or source.path)
            and files.resolve(path) == source.path
        )
    if here.kind is not Kind.FILE:
        return False
    if make.how is How.HARDLINK:
        keeper = files.look(source.path)
        return keeper is not None and keeper.identity == here.identity
    return here.size == source.file.size and files.digest(path) == source.sha256


def _remove(step: Remove, operation: Operation, files: Files) -> None:
    """The one place where something goes for good; see the docstring of `running`."""
    here = files.look(step.path)
    if here is None:  # an earlier try was cut off right behind it
        if files.look(folder_of(step.path)) is None:
            raise Refused(f"its folder is not there: {shown(files.today(folder_of(step.path)))}")
        return
    if step.link is not None:
        if here.kind is not Kind.LINK or files.read_link(step.path) != step.link:
            raise Refused("what was set aside is not what was put there")
        files.unlink(step.path)
    elif _is_second_name(step, operation, here, files):
        files.unlink(step.path)
    else:
        _remove_held(step, here, files)
    sync(files, step.path)


def _is_second_name(step: Remove, operation: Operation, here: Seen, files: Files) -> bool:
    """Whether undo takes one of two names of one file, both looked at just now."""
    keeper = files.look(step.held_by.path)
    if keeper is None or keeper.kind is not Kind.FILE:
        raise Refused(f"the file to keep is gone: {shown(step.held_by.path)}")
    if keeper.identity != here.identity:
        return False
    if operation.purpose is not Purpose.UNDO:
        raise Refused("the file to keep is the same file by another path")
    return True


def _remove_held(step: Remove, here: Seen, files: Files) -> None:
    """Remove a file of its own while the one that holds its picture is held open, both of them read
    once more; where that one is gone afterwards, what was removed is written down again."""
    if here.kind is not Kind.FILE or here.size != step.file.file.size:
        raise Refused("what was set aside has changed")
    kept = step.held_by.path
    with files.hold(step.path) as going, files.hold(kept) as keeper:
        if going.digest() != step.file.sha256:
            raise Refused("what was set aside has changed")
        if keeper.digest() != step.held_by.sha256:
            raise Refused(f"the file to keep has changed: {shown(kept)}")
        if going.is_disturbed():
            raise Refused("another program has it open for writing")
        if keeper.is_disturbed():
            raise Refused(f"another program writes to the file to keep: {shown(kept)}")
        if not keeper.is_in_place():
            raise Refused(f"the file to keep is gone: {shown(kept)}")
        going.let_go()
        files.unlink(step.path)
        if not keeper.is_in_place():  # it went in the same moment, or it was this very file
            going.write_down()
            raise Refused(f"the file to keep was gone when it went, so it stays: {shown(kept)}")


# What was done, told from what is there


def is_complete(operation: Operation, files: Files) -> bool:
    """Whether all steps were taken, told from what is there."""
    steps = operation.steps
    places = [step for step in steps if isinstance(step, Place)]
    removes = [step for step in steps if isinstance(step, Remove)]
    moves = [step for step in steps if isinstance(step, Move)]
    if removes:  # what they remove had been moved there
        gone = all(files.look(step.path) is None for step in removes)
        taken = {move.to for move in moves}  # by another that came where the first had been
        left = [move.file.path for move in moves if move.file.path not in taken]
        vacant = all(files.look(path) is None for path in left) or bool(places)
        if any(not _has_happened(m, files) for m in moves if m.to in {n.file.path for n in moves}):
            return False
        return gone and vacant and all(_is_placed(p, operation, files) for p in places)
    if any(files.look(s.file.path) is not None for s in steps if isinstance(s, Throw)):
        return False
    if not all(_is_placed(place, operation, files) for place in places):
        return False
    return all(_has_happened(move, files) and not _has_two_names(move, files) for move in moves)


def is_sound(operation: Operation, files: Files) -> bool:
    """Whether what was moved by a complete operation is what was meant."""
    if operation.purpose not in FORWARD:
        return True
    removed = {step.path for step in operation.steps if isinstance(step, Remove)}
    moved = [s for s in operation.steps if isinstance(s, Move) and s.to not in removed]
    return all(_has_arrived(move, files) for move in moved)


def _has_happened(move: Move, files: Files) -> bool:
    here = files.look(move.to)
    if here is None or here.kind not in (Kind.FILE, Kind.LINK):
        return False
    if here.inode and here.inode == move.file.file.inode:
        return True
    return here.kind is Kind.FILE and files.digest(move.to) == move.file.sha256


def _has_two_names(move: Move, files: Files) -> bool:
    """Whether a rename in two steps was cut between them, so that its file has both names. A pooled
    volume numbers each of them apart: there the time and the bytes tell."""
    here, there = files.look(move.file.path), files.look(move.to)
    if here is None or there is None:
        return False
    if here.identity == there.identity:
        return True
    alike = here.kind is there.kind is Kind.FILE and here.mtime_ns == there.mtime_ns
    return alike and files.compare(here.path, there.path)[2]


# And back


def revert(step: Step, operation: Operation, files: Files) -> None:
    """Undo a step as far as it was taken. Raises OSError, and Refused where something is in the
    way."""
    match step:
        case Move():
            if _has_happened(step, files):
                _put_back(step, files)
            elif _is_set_aside(step):  # cut off before it was seen to be another file
                _give_back(step, files)
        case Make():
            if (here := files.look(step.path)) is not None:
                if not _may_be_made(here, step, files):
                    raise Refused(f"{shown(step.path)} is not what was made there")
                files.unlink(step.path)
                sync(files, step.path)
        case Place():
            _revert_place(step, operation, files)
        case Throw():
            if files.look(step.file.path) is None:
                raise Refused(f"{shown(step.file.path)} is in the system's trash")
        case Remove():
            pass


def _may_be_made(here: Seen, make: Make, files: Files) -> bool:
    """Whether what is there is what `make` makes, or as much of it as a crash has left."""
    if make.how is How.SYMLINK:
        return here.kind is Kind.LINK and files.read_link(here.path) == make.target
    if here.kind is not Kind.FILE:
        return False
    if make.source is not None:
        return here.size <= make.source.file.size
    return here.size <= len(make.text) and make.text.startswith(files.read(here.path))


def refuse_links(path: bytes, files: Files) -> None:
    """Raise Refused where the way to a path leads through a link now: it would end elsewhere."""
    folder = folder_of(path)
    if files.resolve(folder) != folder:
        raise Refused(f"{shown(path)} is reached through a link now")


def _put_back(move: Move, files: Files) -> None:
    refuse_links(move.file.path, files)
    refuse_links(move.to, files)
    if files.look(move.file.path) is None:
        files.rename_new(move.to, move.file.path)
    elif _has_two_names(move, files):
        files.unlink(move.to)
    else:
        raise Refused(
            f"{shown(move.file.path)} could not be put back, because there is another file now: "
            f"it is at {shown(move.to)}"
        )
    sync(files, move.file.path, move.to)


def _revert_place(place: Place, operation: Operation, files: Files) -> None:
    """Take what was put in the original's place away again, if it is ours."""
    here, made = files.look(place.to), files.look(place.made.path)
    if here is None or _is_original(place, operation, files):
        return
    moves = _moves_from(place.to, operation)
    if moves and all(files.look(move.to) is None for move in moves):
        return  # the original is not where it was set aside: nothing could be put back
    if made is not None and made.identity == here.identity:
        files.unlink(place.to)  # a rename in two steps was cut between them
    elif made is None and _is_made(place.to, place.made, files):
        files.rename_new(place.to, place.made.path)
    else:
        return  # somebody else's; the original then says that it could not be put back
    sync(files, place.to)


def _is_placed(place: Place, operation: Operation, files: Files) -> bool:
    """Whether what was made stands where the original stood. A copy has the original's bytes:
    that it is not the original itself is what tells."""
    if files.look(place.made.path) is not None or _is_original(place, operation, files):
        return False
    return _is_made(place.to, place.made, files)


def _is_original(place: Place, operation: Operation, files: Files) -> bool:
    here = files.look(place.to)
    known = [move.file.file.inode for move in _moves_from(place.to, operation)]
    return here is not None and here.inode in known


def _moves_from(path: bytes, operation: Operation) -> list[Move]:
    return [s for s in operation.steps if isinstance(s, Move) and s.file.path == path]


def sync(files: Files, *paths: bytes) -> None:
    """Make what was done to these names outlast a power cut."""
    for folder in dict.fromkeys(folder_of(path) for path in paths):
        files.sync_folder(folder)
