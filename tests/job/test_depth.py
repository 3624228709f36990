"""Promise: from the job to the wire, and from the file to the verdict, the way is short enough to be followed.

Counted on real runs, in frames and files of `sync/`.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests

import sync
from sync.confined.child import read_frame, write_frame
from sync.job import intake
from sync.onoffice.names import APPOINTMENT_LIST, IDS_FROM_RELATION, RELATION
from sync.sheets import load, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    import pytest

    from sync.confined.child import Frame
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

HOME: Final = f"{Path(sync.__file__).parent}{os.sep}"
RUN: Final = f"job{os.sep}run.py run"
#: The numbers of a row that nothing else in a run has.
#: So long a number stands by chance in no time and no hash that a function is given.
APPOINTMENT, ADDRESS = 71_234, 987_654_321

MOST_FRAMES_OF_A_LOOK, MOST_FRAMES_OF_A_WRITE = 16, 12
MOST_FILES_OF_A_ROW = 30


def own_frames(frame: FrameType | None) -> list[str]:
    """The frames of ours that a frame was called from, itself first, with their files."""
    found = []
    while frame:
        name = frame.f_code.co_filename
        if name.startswith(HOME):
            found.append(f"{name.removeprefix(HOME)} {frame.f_code.co_name}")
        frame = frame.f_back
    return found


def test_a_look_is_at_most_sixteen_frames_of_ours_away_from_the_run_and_a_write_twelve(
    office: Office, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    start, post = threading.Thread.start, requests.Session.post
    ways: defaultdict[str, list[list[str]]] = defaultdict(list)

    def started(thread: threading.Thread) -> None:
        """A request leaves in a thread of its own: what started that belongs to the way."""
        thread.started_by = own_frames(sys._getframe(1))  # type: ignore[attr-defined]
        start(thread)

    def posted(session: requests.Session, url: str, **sent: Any) -> requests.Response:  # noqa: ANN401
        way = own_frames(sys._getframe(1)) + threading.current_thread().started_by  # type: ignore[attr-defined]
        for name in (APPOINTMENT_LIST, IDS_FROM_RELATION, RELATION):
            if f'"resourcetype":"{name}"'.encode() in sent["data"]:
                ways[name].append(way[: way.index(RUN) + 1])
        return post(session, url, **sent)

    monkeypatch.setattr(threading.Thread, "start", started)
    monkeypatch.setattr(requests.Session, "post", posted)
    for count in (10, 300):  # read by id, and by period
        world = kit.plain_world(count)
        api.put_state(world.seed)
        office.drop_csv(f"{count}.csv", [*world.rows, (70_001, 99_999, "bestätigt", None)])
        office.run()

    assert ways.keys() == {APPOINTMENT_LIST, IDS_FROM_RELATION, RELATION}
    for name, some in ways.items():
        most = MOST_FRAMES_OF_A_WRITE if name == RELATION else MOST_FRAMES_OF_A_LOOK
        for way in some:
            assert len(way) <= most, f"{len(way)} frames: {' > '.join(reversed(way))}"


class HereInsteadOfThere:
    """The process that reads, within this one."""

    def __init__(self, _module: str, request: Frame, *_: object) -> None:
        self._request = request

    def frames(self) -> Iterator[Frame]:
        for frame in reader.answer(self._request):
            stream = BytesIO()
            write_frame(stream, frame)
            stream.seek(0)
            yield read_frame(stream, len(stream.getvalue()))[0]

    def said(self) -> str:
        return ""

    def close(self) -> None:
        pass


def test_a_row_goes_from_its_file_to_its_verdict_through_no_more_files_of_ours_than_ever(
    office: Office, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file counts where one of its functions gets the row or gives it back: an argument or the result shows the row's number.

    What only wraps bytes for the process that reads, and what comes after the verdict, does not count.
    """
    monkeypatch.setattr(load, "Child", HereInsteadOfThere)
    api.put_state(kit.seeded({(APPOINTMENT, ADDRESS): ("gesendet", "aktiv")}))
    office.drop_csv("eine.csv", [(APPOINTMENT, ADDRESS, "bestätigt", None)])
    judged, files, done = intake.judged, set[str](), threading.Event()

    def judged_at_last(*given: Any, **named: Any) -> intake.Judged:  # noqa: ANN401
        verdict = judged(*given, **named)
        done.set()
        return verdict

    def note(frame: FrameType, event: str, result: object) -> None:
        name, is_ours = frame.f_code.co_filename.removeprefix(HOME), frame.f_code.co_filename.startswith(HOME)
        if done.is_set() or event not in {"call", "return"} or not is_ours or name.startswith(("simulator", "confined")):
            return
        count = frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount
        given = [frame.f_locals.get(each) for each in frame.f_code.co_varnames[:count]]
        if name not in files and any(str(ADDRESS) in shown(value) for value in (given if event == "call" else [result])):
            files.add(name)

    monkeypatch.setattr(intake, "judged", judged_at_last)
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        finished = office.run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)

    assert finished.checked.verdicts is not None
    assert [*finished.checked.verdicts.verdict] == ["updated"]
    assert len(files) <= MOST_FILES_OF_A_ROW, sorted(files)


def shown(value: object) -> str:
    """What a value shows of itself; nothing of one that is not made yet."""
    try:
        return repr(value)
    except AttributeError:
        return ""
