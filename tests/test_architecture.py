"""The dependency rule: which module of ours may know which other one. Read from the imports, those for types included."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(__file__).parent.parent / "sync"

WORDS: Final = ("model", "tables", "columns", "header", "lookalikes", "spellings", "texts")
FILES: Final = ("cut", "handles")
EDGE: Final = ("errors", *FILES, *WORDS)
SENDING: Final = (
    *("chunks", "errors", "guards", "judge", "ledger", "lessons", "lives", "onoffice", "planner", "progress", "stopper"),
    *("verdicts", "windows", *FILES, *WORDS),
)
JOB: Final = ("config", "folder", "live", "loader", "sender", "validator", *SENDING)

#: One line per part of the package: what it may import besides itself. "" is `sync/__init__.py`.
MAY_IMPORT: Final[dict[str, tuple[str, ...]]] = {
    "": (),
    # the words of the domain
    "model": ("tables",),
    "tables": ("model",),
    "errors": ("model",),
    # pure: values in, values out
    "chunks": (),
    "cut": (),
    "handles": (),
    "columns": WORDS,
    "header": WORDS,
    "lookalikes": (),
    "cover": ("model",),
    "spellings": WORDS,
    "texts": WORDS,
    "guards": ("model",),
    "windows": (),
    "planner": ("chunks", "cover", "model"),
    "verdicts": ("model",),
    "lives": ("model", "tables"),
    "lessons": ("model", "onoffice"),
    "judge": ("model", "tables", "verdicts"),
    "left_over": ("model", "tables"),
    "earlier": ("ledger", "model"),
    "validator": WORDS,
    # one edge each
    "config": EDGE,
    "confined": (),
    "credentials": ("config", "errors"),
    "folder": EDGE,
    "ledger": ("onoffice.dialect", *EDGE),
    "loader": ("confined", *EDGE),
    "onoffice": EDGE,
    "onoffice.in_time": (),
    "onoffice.names": (),
    "onoffice.transport": (),
    "progress": (),
    "program": (),
    "report": ("confined", *EDGE),
    "stopper": ("errors", "model"),
    # the other side of the wire: shares the API's names with the client and nothing else
    "simulator": ("model", "onoffice.names"),
    # the round
    "live": SENDING,
    "sender": ("earlier", "live", *SENDING),
    # the job, and the one door to it
    "check": ("confined.traces", "config", "errors", "loader", "progress", "validator", *WORDS),
    "parts": JOB,
    "history": ("config", "credentials", "ledger", "onoffice.dialect", "report", *EDGE),
    "undo": ("config", "history", "ledger", "report", *EDGE),
    "accept": ("config", "history", "ledger", *EDGE),
    "retention": ("folder", "history", "ledger", "report", *EDGE),
    "steps": ("confined", "credentials", "earlier", "parts", "report", *JOB),
    "quarantine": ("ledger", "loader", "program", *EDGE),
    "run": ("quarantine", "accept", "check", "history", "left_over", "parts", "report", "retention", "steps", "undo", *JOB),
    # the job speaks up
    "heartbeat": ("onoffice.in_time", "onoffice.transport"),
    "log": ("process",),
    "process": (),
    "notify": ("credentials", "heartbeat", "log", "report", "run", *JOB),
    "watch": ("parts", "run", *JOB),
    "fleet": ("credentials", "log", "process", "notify", "parts", "report", "run", *JOB),
    "prefect_flow": ("fleet", "model"),
    "doctor": ("check", "config", "credentials", "folder", "history", "live", "loader", "program", "report.atomic", *SENDING),
    "schedule": ("config", "credentials", "errors"),
    "template": WORDS,
    "initial": ("config", "credentials", "errors", *WORDS),
    "demo": ("parts", "report", "run", "simulator", *JOB),
    "commands": (
        *(
            "check",
            "credentials",
            "demo",
            "doctor",
            "initial",
            "log",
            "notify",
            "parts",
            "report",
            "run",
            "schedule",
            "simulator",
            "template",
        ),
        *("credentials", "fleet", "history", "program", "steps", "undo", "watch"),
        *JOB,
    ),
    "cli": ("commands", "errors", "log", "process", "texts", "model"),
    "__main__": ("cli",),
}


def test_every_module_imports_only_what_its_place_allows() -> None:
    assert list(violations(PACKAGE)) == []


def test_every_line_of_the_table_is_about_a_module_that_is_there() -> None:
    parts = {part_of(module_name(PACKAGE, path)) for path in PACKAGE.rglob("*.py")}

    assert set(MAY_IMPORT) == parts


def test_a_forbidden_import_is_found_however_it_is_written(tmp_path: Path) -> None:
    tree = fake_package(
        tmp_path,
        {
            "planner.py": "from sync.ledger import Ledger\n",
            "validator.py": "def late():\n    import sync.onoffice.client\n",
            "live.py": "from sync import dropfolder as folder; from sync.domain import model\n",
            "simulator/app.py": "from ..onoffice import client, names\n",
            "report/book.py": "if TYPE_CHECKING:\n    from sync.sheets.formats.calamine import Cells\n",
            "onoffice/names.py": "from . import client\n",
        },
    )

    assert sorted(violations(tree)) == [
        "sync/rounds/reader.py:1 imports folder: live may not",
        "sync/onoffice/names.py:1 imports onoffice.client: onoffice.names may not",
        "sync/rounds/plan.py:1 imports ledger: planner may not",
        "sync/report/book.py:2 imports loader.excel: report may not",
        "sync/simulator/app.py:1 imports onoffice.client: simulator may not",
        "sync/rows/validate.py:2 imports onoffice.client: validator may not",
    ]


def test_an_allowed_import_is_no_violation(tmp_path: Path) -> None:
    tree = fake_package(
        tmp_path,
        {
            "planner.py": "import re\nfrom sync.domain.model import Link\n",
            "sender.py": "from sync import ledger; from sync.rounds import reader as live, plan as planner\nfrom sync.onoffice.client import Client\n",
            "simulator/app.py": "from sync.onoffice import names\nfrom sync.simulator import state\n",
            "onoffice/client.py": "from . import names\nfrom .. import model\n",
        },
    )

    assert list(violations(tree)) == []


def test_a_module_without_a_place_is_asked_to_take_one(tmp_path: Path) -> None:
    tree = fake_package(tmp_path, {"mailer.py": "", "planner.py": "import sync.mailer\n"})

    assert sorted(violations(tree)) == [
        "sync/mailer.py has no place yet: add a line for it to MAY_IMPORT in tests/test_architecture.py",
        "sync/rounds/plan.py:1 imports mailer: planner may not",
    ]


def violations(package: Path) -> Iterator[str]:
    """One sentence per import that the table does not allow, and per module that the table does not know."""
    for path in sorted(package.rglob("*.py")):
        shown = path.relative_to(package.parent).as_posix()
        part = part_of(module_name(package, path))
        if part is None:
            yield f"{shown} has no place yet: add a line for it to MAY_IMPORT in tests/test_architecture.py"
            continue
        for line, imported in imports_of_ours(package, path):
            if not any(within(imported, allowed) for allowed in (part, *MAY_IMPORT[part])):
                yield f"{shown}:{line} imports {imported}: {part} may not"


def part_of(module: str) -> str | None:
    """The longest name in the table that the module lies in."""
    return max((part for part in MAY_IMPORT if within(module, part)), key=len, default=None)


def within(module: str, part: str) -> bool:
    return module == part or (part != "" and module.startswith(f"{part}."))


def module_name(package: Path, path: Path) -> str:
    """Dotted name below the package: `onoffice.client`; a folder's `__init__.py` has the folder's name."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of_ours(package: Path, path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name below the package of every import of ours in a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = imported_from(package, path, node)
            names = [submodule_or_self(package, source, alias.name) for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name.removeprefix("sync.")) for name in names if name.startswith("sync."))


def imported_from(package: Path, path: Path, node: ast.ImportFrom) -> str:
    """The absolute name behind `from X import`, dots resolved."""
    above = path.relative_to(package.parent).parts[: -node.level] if node.level else ()
    return ".".join((*above, *filter(None, [node.module])))


def submodule_or_self(package: Path, source: str, name: str) -> str:
    """`from sync import model` imports the module `sync.domain.model`; `from sync.domain.model import Link` imports `sync.domain.model`."""
    place = package.parent.joinpath(*source.split("."), name)
    return f"{source}.{name}" if place.is_dir() or place.with_suffix(".py").is_file() else source


def fake_package(folder: Path, files: dict[str, str]) -> Path:
    """A package of empty modules, one for each line of the table, with some of them filled."""
    package = folder / "sync"
    empty = {
        f"{part.replace('.', '/')}.py": "" for part in MAY_IMPORT if part not in {"", "loader", "onoffice", "report", "simulator"}
    }
    inner = {"onoffice/client.py": "", "loader/excel.py": "", "simulator/state.py": "", "__init__.py": ""}
    for name, text in {**empty, **inner, **files}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package
