"""What holds for all tests."""

from __future__ import annotations

import errno
import gc
import importlib.util
import os
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import settings

from sync import config
from sync.i18n import Language, name_in_commands, speaking
from tests import forked
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

# No test is timed: speed belongs in benchmarks/, and machines that run tests are shared. What is tried is the same in every run,
# so that a change is judged by what it changed; `--hypothesis-profile anew` tries other things.
settings.register_profile("untimed", deadline=None, derandomize=True, max_examples=tries(100))
settings.register_profile("anew", deadline=None, derandomize=False)
settings.load_profile("untimed")


# Whatever the habits of this machine: processes that tests start find the program compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

forked.wait_for_no_disk()

#: What lies there, Linux keeps in memory; so much room is more than all tests need that run at the same time.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - its name
_ROOM_BYTES: Final = 2**31


def write_to_memory() -> None:
    """Let files of tests, of which no disk has to keep a single one, lie in memory where there is room for them.

    Where `TMPDIR` is set, they lie there.
    """
    if sys.platform != "linux" or "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    there = os.statvfs(_MEMORY)
    if there.f_bavail * there.f_frsize >= _ROOM_BYTES and not there.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"], tempfile.tempdir = str(_MEMORY), None


write_to_memory()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Tests are collected to stay: nobody looks for garbage among them, neither meanwhile nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: some tests wait for a process or a signal, but each process has to collect all of them."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Of several processes each begins to collect in another room: what it compiles there the others find compiled."""
    report = yield
    if collector.path == TESTS and report.result:
        number, count = (os.environ.get(f"PYTEST_XDIST_{name}", "1") for name in ("WORKER", "WORKER_COUNT"))
        first = len(report.result) * int(number.removeprefix("gw")) // int(count)
        report.result = report.result[first:] + report.result[:first]
    return report


TESTS: Final = Path(__file__).parent
#: Rooms whose files take longest come first, so that no process is left alone with one of them in the end.
LONGEST: Final = ("rehearsal", "fleet", "dropfolder", "job", "sheets", "rounds", "setup")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that take longest first, all others by room, in whichever order they were collected."""
    places = {room: place for place, room in enumerate(LONGEST)}
    rooms = {item.path: item.path.relative_to(TESTS).parts[0] for item in items}
    items.sort(key=lambda item: (places.get(rooms[item.path], len(places)), rooms[item.path]))


# Programs that tests start without a configuration speak as the system does: here it names no language, wherever they run.
os.environ["LC_ALL"] = "C.UTF-8"
# Commands in texts name the program as a shell finds it: here it does, wherever they run.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports of tests travel between processes, which take no half characters; names of files that are logged hold some."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Closes a folder to this process, as one of another user is, also where tests run as root: nobody looks into it."""
    closed: list[Path] = []
    look = os.stat

    def looked(path: object, *arguments: Any, **options: Any) -> os.stat_result:  # noqa: ANN401 - whatever the real one takes
        if isinstance(path, str | os.PathLike) and any(folder in Path(path).parents for folder in closed):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, *arguments, **options)  # type: ignore[call-overload,no-any-return]  # as above

    monkeypatch.setattr(os, "stat", looked)
    return closed.append


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of an empty database of a PostgreSQL that is started for the tests; never absent in CI."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL is tested on systems with sockets in folders")
    spec = importlib.util.spec_from_file_location("postgresql", Path(__file__).with_name("postgresql.py"))
    assert spec
    assert spec.loader
    server = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(server)
    binaries = server.programs()
    if binaries is None:
        assert "CI" not in os.environ, "PostgreSQL is never absent in CI: apt-get install postgresql"
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with server.cluster(binaries) as address:
        yield address


@pytest.fixture
def reader(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts another program in the place of the one that reads files, confined like that; `request.blocks` hold its job."""
    folder = tmp_path_factory.mktemp("reader")
    monkeypatch.syspath_prepend(folder)

    def does(program: str) -> None:
        source = "from sync.confined.child import serve\nfrom sync.confined.child import Frame\ndef answer(request):\n"
        source += textwrap.indent(program, "    ") + "\n    yield Frame('done', [None, 'text', [], ''])\nserve(answer)\n"
        (folder / "another_reader.py").write_text(source, encoding="utf-8")
        monkeypatch.setattr("sync.sheets.load._MODULE", "another_reader")

    return does


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds a configuration that is installed on this machine: it would start a real job."""
    monkeypatch.setattr(config, "is_there", forked.not_installed())


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """Every test begins in German, whatever the one before has spoken, and its commands name no office and no user."""
    name_in_commands(None)
    with speaking(Language.DE):
        yield


@pytest.fixture
def english(german: None) -> Iterator[None]:  # noqa: ARG001 - the other way round it would be German
    """A test that begins in English."""
    with speaking(Language.EN):
        yield
