"""A confined process answers or ends with a reason, keeps to its limits, knows no secret, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync.confined import template
from sync.confined.child import Frame
from sync.confined.parent import Bounds, Child, ChildEnded, Ending

if TYPE_CHECKING:
    from collections.abc import Callable

ROOMY = Bounds(memory_bytes=2**30, seconds=20)
POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows limits in another way")
HEAD = "import os, sys, time\nfrom sync.confined.child import serve\nfrom sync.confined.child import Frame\n"
MODULE = HEAD + "def answer(request):\n{body}\nif __name__ == '__main__':\n    serve(answer)\n"


class Started:
    """Starts processes whose answer is given as the lines of a function."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def module(self, source: str) -> str:
        self._count += 1
        name = f"confined_example_{self._count}"
        (self._folder / f"{name}.py").write_text(source, encoding="utf-8")
        return name

    def answers(self, body: str, bounds: Bounds = ROOMY, request: object = None) -> list[Frame]:
        return self.frames(MODULE.format(body=textwrap.indent(textwrap.dedent(body), "    ")), bounds, request)

    def frames(
        self, source: str, bounds: Bounds = ROOMY, request: object = None, check: Callable[[], None] = lambda: None
    ) -> list[Frame]:
        with Child(self.module(source), Frame("request", request, (b"block",)), bounds, check) as child:
            return list(child.frames())

    def ending(self, body: str, bounds: Bounds = ROOMY) -> Ending:
        with pytest.raises(ChildEnded) as caught:
            self.answers(body, bounds)
        return caught.value.ending

    def ending_of(self, source: str) -> Ending:
        with pytest.raises(ChildEnded) as caught:
            self.frames(source)
        return caught.value.ending


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Started:
    monkeypatch.syspath_prepend(tmp_path)
    return Started(tmp_path)


def test_frames_come_as_they_were_sent_with_texts_numbers_and_blocks(started: Started) -> None:
    said = started.answers(
        "yield Frame('one', [request.kind, request.head, {'ä': None}], (request.blocks[0], b'', bytes(3_000_000)))\n"
        "yield Frame('two')",
        request="grüßen",
    )
    assert said == [Frame("one", ["request", "grüßen", {"ä": None}], (b"block", b"", bytes(3_000_000))), Frame("two")]


def test_half_a_character_becomes_a_question_mark_and_stops_nothing(started: Started) -> None:
    assert started.answers("yield Frame('one', '\\ud800')") == [Frame("one", "?")]


def test_what_a_library_prints_is_no_part_of_the_answer(started: Started) -> None:
    assert started.answers("print('hello')\nos.write(1, b'hello')\nyield Frame('one')") == [Frame("one")]


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        ("while True: pass", Ending.TIME),
        ("time.sleep(60)", Ending.TIME),
        ("os.close(0); time.sleep(60)", Ending.TIME),
        ("yield Frame('x', None, (bytearray(2**31),))", Ending.MEMORY),
        ("sys.stderr.write('memory allocation of 9 bytes failed'); sys.stderr.flush(); os.abort()", Ending.MEMORY),
        ("os.abort()", Ending.CRASH),
        ("yield 1 / 0", Ending.CRASH),
        ("yield Frame('one'); os._exit(0)", Ending.CRASH),
        ("import no_such_package", Ending.BROKEN),
    ],
)
def test_a_process_that_does_not_answer_ends_with_its_reason(started: Started, body: str, ending: Ending) -> None:
    assert started.ending(body, Bounds(2**30, 0.5 if ending is Ending.TIME else 20)) is ending


def test_what_is_done_beside_a_process_takes_nothing_of_its_time(started: Started) -> None:
    module = started.module(MODULE.format(body="    yield Frame('one')\n    yield Frame('two')"))
    with Child(module, Frame("request"), Bounds(2**30, 1)) as child:
        child.beside(lambda: time.sleep(2))
        assert [frame.kind for frame in child.frames()] == ["one", "two"]


@pytest.mark.parametrize("source", ["import no_such_package", "raise SystemExit", "nonsense("])
def test_a_process_that_cannot_begin_is_no_fault_of_what_it_was_to_work_on(started: Started, source: str) -> None:
    assert started.ending_of(source) is Ending.BROKEN


def test_without_a_python_to_start_the_machine_is_said_to_be_broken(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("executable", "_base_executable"):  # the second is what Windows starts
        monkeypatch.setattr(sys, name, "/no/such/python")
    assert started.ending("yield") is Ending.BROKEN


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        ("b'nonsense' * 1000", Ending.MEMORY),
        ("b'\\x05\\0\\0\\0\\0\\0\\0\\0[1,2]'", Ending.CRASH),
        ("b'\\x20\\x4e\\0\\0\\0\\0\\0\\0' + b'[' * 20_000", Ending.CRASH),
        ("b'\\x05\\0\\0\\0\\xff\\xff\\xff\\xff'", Ending.MEMORY),
    ],
)
def test_nonsense_in_place_of_frames_ends_in_a_reason(started: Started, said: str, ending: Ending) -> None:
    body = f"os.write(3, {said})  # the pipe, as the first file that is opened\ntime.sleep(20)\nyield"
    assert started.ending(body, Bounds(2**30, 20, answer_bytes=2**24)) is ending


@POSIX
def test_files_memory_and_cores_are_limited(started: Started, tmp_path: Path) -> None:
    (said,) = started.answers(
        """
        import resource
        names = ("AS", "CORE", "FSIZE", "NOFILE")
        yield Frame("limits", [resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] for name in names])
        """,
        Bounds(memory_bytes=2**30, seconds=20, written_bytes=5000, open_files=32),
    )
    assert isinstance(said.head, list)
    assert said.head[1:] == [0, 5000, 32]
    assert said.head[0] == 2**30 or sys.platform != "linux"
    started.answers(f"""
        try:
            open({str(tmp_path / "large")!r}, "wb").write(bytes(2**21))
        except OSError:
            yield Frame("refused")
    """)
    assert (tmp_path / "large").stat().st_size <= 2**20


def test_the_environment_holds_no_secret(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONOFFICE_TOKEN", "geheim")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    (said,) = started.answers("yield Frame('environment', dict(os.environ))")
    assert isinstance(said.head, dict)
    assert "ONOFFICE_TOKEN" not in said.head
    assert said.head["LC_ALL"] == "C.UTF-8"


class Asked(Exception):
    pass


def test_a_run_that_is_asked_to_end_waits_for_no_process(started: Started) -> None:
    began = time.monotonic()

    def check() -> None:
        if time.monotonic() > began + 0.3:
            raise Asked

    with pytest.raises(Asked):
        started.frames(MODULE.format(body="    while True: yield Frame('more', None, (bytes(2**20),))"), ROOMY, None, check)
    assert time.monotonic() - began < 1.5


def test_what_is_still_on_its_way_when_a_process_is_ended_is_not_waited_for(started: Started) -> None:
    module = started.module(MODULE.format(body="    while True: yield Frame('more', 'x' * 1000)"))
    with Child(module, Frame("request"), ROOMY) as child:
        next(child.frames())
        time.sleep(0.2)  # until the pipe is full
        began = time.monotonic()
    assert time.monotonic() - began < 1


def test_a_question_for_which_there_is_no_memory_ends_at_once(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("sync.confined.parent.write_frame", none)
    began = time.monotonic()
    assert started.ending("yield") is Ending.BROKEN
    assert time.monotonic() - began < ROOMY.seconds / 2


LEAVES = (
    HEAD
    + """
def answer(request):
    there = [hasattr(sys, "left"), "LEFT" in os.environ, "json.tool" in sys.modules]
    yield Frame("found", [*there, os.listdir("/proc/self/fd")])
    import json.tool
    sys.left, os.environ["LEFT"], os.kept = request.blocks, "left", open("/dev/null")
    os.chdir("/")
    sys.path.clear()
if __name__ == "__main__":
    serve(answer)
"""
)
FORKED = pytest.mark.skipif(not template._possible(), reason="elsewhere every process is started anew")


@FORKED
def test_nothing_of_one_process_is_in_the_next_one(started: Started, tmp_path: Path) -> None:
    module = started.module(LEAVES)
    with (tmp_path / "of the job").open("w"):
        both = [found(module) for _ in range(2)]
    assert both[0] == both[1]
    assert both[0][:3] == [False, False, False]
    assert len(both[0][3]) == len(("stdin", "stdout", "stderr", "answer", "the folder of these"))  # type: ignore[arg-type]


def found(module: str) -> list[object]:
    with Child(module, Frame("request", None, (b"private",)), ROOMY) as child:
        (frame,) = child.frames()
    assert isinstance(frame.head, list)
    return frame.head


@FORKED
def test_several_processes_side_by_side_each_answer_and_end_alone(started: Started) -> None:
    waits = MODULE.format(body="    yield Frame('pid', os.getpid())\n    time.sleep(60)")
    module, answers = started.module(waits), started.module(MODULE.format(body="    yield Frame('one')"))
    with Child(module, Frame("request"), ROOMY) as first, Child(module, Frame("request"), ROOMY) as second:
        pids = [next(child.frames()).head for child in (first, second)]
        with Child(answers, Frame("request"), ROOMY) as third:
            assert list(third.frames()) == [Frame("one")]
        first.close()
        assert [is_alive(pid) for pid in pids] == [False, True]  # type: ignore[arg-type]


@FORKED
def test_where_that_from_which_processes_are_forked_dies_its_processes_end_and_the_next_has_a_new_one(started: Started) -> None:
    module = started.module(MODULE.format(body="    yield Frame('pids', [os.getpid(), os.getppid()])\n    time.sleep(60)"))
    with Child(module, Frame("request"), ROOMY) as child:
        frames = child.frames()
        own, parent = next(frames).head  # type: ignore[misc]
        os.kill(parent, signal.SIGKILL)
        with pytest.raises(ChildEnded) as caught:
            next(frames)
    assert caught.value.ending is Ending.MEMORY  # what the system kills, it kills for want of it
    assert not is_alive(own)
    for _ in range(2):  # the first is started anew
        with Child(module, Frame("request"), ROOMY) as child:
            again = next(child.frames()).head
    assert again[1] not in {parent, os.getpid()}  # type: ignore[index]


@FORKED
def test_that_from_which_processes_are_forked_knows_no_secret_and_reads_no_file(
    started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ONOFFICE_TOKEN", "geheim")
    module = started.module(MODULE.format(body="    yield Frame('parent', os.getppid())"))
    with (tmp_path / "of the job").open("w"), Child(module, Frame("request"), ROOMY) as child:
        parent = Path(f"/proc/{next(child.frames()).head}")
        assert b"geheim" not in parent.joinpath("environ").read_bytes()
        opened = []
        for handle in parent.joinpath("fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it closes what it has passed on
                opened.append(str(handle.readlink()))
    assert not [each for each in opened if each.startswith(str(tmp_path))]


@FORKED
def test_time_of_the_processor_that_one_has_used_is_not_counted_for_the_next(started: Started) -> None:
    module = started.module(
        MODULE.format(body="    while time.process_time() < 0.6: pass\n    yield Frame('used', time.process_time())")
    )
    for _ in range(2):
        with Child(module, Frame("request"), Bounds(2**30, 20)) as child:
            (used,) = child.frames()
        assert used.head < 1  # type: ignore[operator]


HEAVY = ("numpy", "pydantic", "httpx", "rich", "typer", "jinja2")


@pytest.mark.parametrize("module", ["sync.sheets.reader", "sync.report.excel.copies"])
def test_what_a_process_has_to_wait_for_is_little(module: str) -> None:
    code = f"import {module}, sys; print(*{{each.partition('.')[0] for each in sys.modules}} & {{*{HEAVY}}})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split() == []


PARENT = """
import sys
from sync.confined.child import Frame
from sync.confined.parent import Bounds, Child
with Child(sys.argv[1], Frame("request"), Bounds(2**30, 60)) as child:
    for frame in child.frames():
        print(frame.head, flush=True)
"""


@pytest.mark.skipif(sys.platform not in {"linux", "win32"}, reason="elsewhere the limit of time ends an orphan")
def test_the_process_dies_with_the_one_that_started_it(started: Started, tmp_path: Path) -> None:
    module = started.module(MODULE.format(body="    yield Frame('pid', f'{os.getpid()} {os.getppid()}')\n    time.sleep(60)"))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, module],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    with parent:
        assert parent.stdout
        pids = {*map(int, parent.stdout.readline().split())} - {parent.pid}
        parent.kill()
    end = time.monotonic() + 5
    while any(map(is_alive, pids)):
        assert time.monotonic() < end
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        kernel, synchronize, timeout = ctypes.WinDLL("kernel32"), 0x100000, 0x102
        process = kernel.OpenProcess(synchronize, False, pid)
        return bool(process) and kernel.WaitForSingleObject(process, 0) == timeout
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - not a file
            return file.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False
