"""The dependency rule: which room may know which other one. Read from the imports, those for types included."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(__file__).parent.parent / "sync"

BASE: Final = ("domain", "errors", "i18n", "system")
EDGES: Final = ("config", "credentials", "confined", "dropfolder", "ledger", "log", "onoffice", "progress", "rows", *BASE)
JOB: Final = ("job", "report", "rounds", "sheets", *EDGES)

#: A line for each room, in the order of the data: what it may import besides itself. "" is `sync/__init__.py`.
MAY_IMPORT: Final[dict[str, tuple[str, ...]]] = {
    "": (),
    "domain": (),
    "i18n": ("domain",),
    "errors": ("domain", "i18n"),
    "system": ("errors", "i18n"),
    "confined": (),
    "progress": ("i18n",),
    "log": ("i18n", "system"),
    "rows": BASE,
    "config": ("rows", *BASE),
    "credentials": ("config", *BASE),
    "onoffice": BASE,
    "dropfolder": BASE,
    "ledger": ("onoffice.dialect", *BASE),  # what an office's API was seen to do is kept there
    "sheets": ("confined", "rows", *BASE),
    "rounds": ("ledger", "onoffice", "progress", *BASE),
    "report": ("config", "confined", "credentials", "ledger", "onoffice.dialect", "rows", *BASE),  # past runs are in the ledger
    "simulator": ("domain", "onoffice.names"),  # the other side of the wire shares the API's names and nothing else
    "job": ("simulator", *JOB),  # the demo has the simulator for its onOffice
    "setup": ("notify", *JOB),  # the doctor looks whether messages get through
    "notify": JOB,
    "fleet": ("notify", *JOB),
    "cli": ("fleet", "notify", "setup", "simulator", *JOB),
    "__main__": ("cli",),
}

#: What decides: values in, values out.
PURE: Final = ("guards", "plan", "verdicts")


def test_what_decides_knows_nothing_that_acts() -> None:
    imports = {name for module in PURE for _, name in imports_of_ours(PACKAGE, PACKAGE / "rounds" / f"{module}.py")}

    assert {name for name in imports if not within(name, "domain")} <= {f"rounds.{name}" for name in PURE}


def test_five_modules_at_most_lie_outside_of_the_rooms() -> None:
    assert len({path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}) <= 5


def test_no_two_public_classes_share_a_name() -> None:
    places: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(path.relative_to(PACKAGE).as_posix())

    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_every_module_imports_only_what_its_place_allows() -> None:
    assert list(violations(PACKAGE)) == []


def test_every_line_of_the_table_is_about_a_module_that_is_there() -> None:
    parts = {part_of(module_name(PACKAGE, path)) for path in PACKAGE.rglob("*.py")}

    assert set(MAY_IMPORT) == parts


def test_a_forbidden_import_is_found_however_it_is_written(tmp_path: Path) -> None:
    tree = fake_package(
        tmp_path,
        {
            "domain/model.py": "from sync.errors import SyncError\n",
            "rows/validate.py": "def late():\n    import sync.onoffice.client\n",
            "dropfolder/scan.py": "from sync import ledger, domain\n",
            "simulator/server.py": "from ..onoffice import client, names\n",
            "report/book.py": "if TYPE_CHECKING:\n    from sync.sheets.load import Cells\n",
        },
    )

    assert sorted(violations(tree)) == [
        "sync/domain/model.py:1 imports errors: domain may not",
        "sync/dropfolder/scan.py:1 imports ledger: dropfolder may not",
        "sync/report/book.py:2 imports sheets.load: report may not",
        "sync/rows/validate.py:2 imports onoffice.client: rows may not",
        "sync/simulator/server.py:1 imports onoffice.client: simulator may not",
    ]


def test_an_allowed_import_is_no_violation(tmp_path: Path) -> None:
    tree = fake_package(
        tmp_path,
        {
            "rows/validate.py": "import re\nfrom sync.domain.model import Link\n",
            "rounds/converge.py": "from sync import ledger, rounds\nfrom sync.onoffice.client import Client\n",
            "simulator/server.py": "from sync.onoffice import names\nfrom sync.simulator import state\n",
            "onoffice/client.py": "from . import names\nfrom .. import errors\n",
        },
    )

    assert list(violations(tree)) == []


def test_a_module_without_a_place_is_asked_to_take_one(tmp_path: Path) -> None:
    tree = fake_package(tmp_path, {"mailer.py": "", "rows/validate.py": "import sync.mailer\n"})

    assert sorted(violations(tree)) == [
        "sync/mailer.py has no place yet: add a line for it to MAY_IMPORT in tests/test_architecture.py",
        "sync/rows/validate.py:1 imports mailer: rows may not",
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
    """`from sync.domain import model` imports `sync.domain.model`; `from sync.domain.model import Link` does, too."""
    place = package.parent.joinpath(*source.split("."), name)
    return f"{source}.{name}" if place.is_dir() or place.with_suffix(".py").is_file() else source


def fake_package(folder: Path, files: dict[str, str]) -> Path:
    """A package of empty rooms, one for each line of the table, with some files in them."""
    package = folder / "sync"
    rooms = {f"{part}/__init__.py".lstrip("/"): "" for part in MAY_IMPORT}
    inner = {"onoffice/client.py": "", "onoffice/names.py": "", "sheets/load.py": "", "simulator/state.py": ""}
    for name, text in {**rooms, **inner, **files}.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package
