"""What the project promises about itself, read from the files that promise it."""

from __future__ import annotations

import ast
import os
import re
import runpy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS: Final = [
    requirement
    for name, group in {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}.items()
    if name != "prefect"  # whoever runs an engine pins it, with all that it brings
    for requirement in group
    if Requirement(requirement).name != PROJECT["name"]
]

#: Put together here, so that this file does not hold them: package indexes, and places that exist on one machine only.
FORBIDDEN: Final = re.compile(
    "|".join(
        (
            "py" + r"pi\.org",
            "python" + "hosted",
            "registry" + r"\.npmjs",
            "deb" + r"\.debian\.org",
            r"(?<![\w.])/(?:wo" + "rk|fa" + "rm)/",
            r"\.\./sha" + "red",
            r"(?<!\w)\.libr" + "ary",
        )
    )
)


#: A package of a pinned set: its name, its version, and all that is said about it.
_PACKAGE: Final = re.compile(r"^([a-z0-9-]+)==(\S+)((?: .*)?\n(?:\s.*\n)*)", re.MULTILINE)


def documented(file: str) -> dict[str, str]:
    text = (ROOT / file).read_text(encoding="utf-8")
    blocks: dict[str, str] = runpy.run_path(str(ROOT / ".ci" / "commands.py"))["commands"](text)
    return blocks


def test_the_readme_has_one_command_for_the_demo_and_one_for_the_tests() -> None:
    blocks = documented("README.md")

    assert set(blocks) == {"demo", "demo-windows", "tests", "tests-windows"}
    assert re.fullmatch(r"python3 -m venv .+ && \S+/onoffice-sync demo\n", blocks["demo"])
    assert re.fullmatch(r"python3 -m venv .+ && \S+/pytest -n auto\n", blocks["tests"])


@pytest.mark.parametrize("name", ["demo", "tests"])
def test_the_windows_twin_of_a_command_differs_only_in_its_paths_and_in_what_python_is_called_there(name: str) -> None:
    blocks = documented("README.md")

    assert blocks[f"{name}-windows"] == blocks[name].replace("python3 ", "py ").replace(".venv/bin/", ".venv\\Scripts\\")


def test_the_checks_of_ci_are_the_commands_of_the_docs() -> None:
    sessions = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    calls = [call for call in ast.walk(sessions) if isinstance(call, ast.Call) and ast.unparse(call.func) == "_documented"]
    texts = [[word.value for word in call.args if isinstance(word, ast.Constant)] for call in calls]
    run = {(file, name) for file, *names in texts for name in names}
    unixoid = {(file, name) for file in ("README.md", "CONTRIBUTING.md") for name in documented(file) if "windows" not in name}

    assert run == unixoid


def test_ci_runs_every_session() -> None:
    sessions = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    there = {
        each.name
        for each in sessions.body
        if isinstance(each, ast.FunctionDef) and "nox.session" in map(ast.unparse, each.decorator_list)
    }
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    run = {name for names in re.findall(r"bin/nox\" -s ([a-z ]+)", script) for name in names.split()}

    assert run == there


def test_the_quick_half_names_rooms_that_are_there_and_each_lane_that_only_checks_versions_runs_it() -> None:
    rooms = (ROOT / ".ci" / "quick.txt").read_text(encoding="utf-8").split()
    blocks = documented("CONTRIBUTING.md")

    assert [room for room in rooms if not (ROOT / room).is_dir()] == []
    assert [name for name, block in blocks.items() if "/pytest -n auto @.ci/quick.txt\n" in block] == ["quick", "lowest-bounds"]


def test_the_map_of_the_house_names_what_is_there() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\| `([a-z]+)/` \|(.*)$", text, re.MULTILINE)
    named = [(room, part.rstrip("/")) for room, does in rooms for part in re.findall(r"`([a-z0-9_/]+)`", does)]

    assert len(named) > 20
    assert [each for each in named if not any(is_in_room(*each, end) for end in ("", ".py"))] == []


def is_in_room(room: str, part: str, end: str) -> bool:
    """Whether a module or a folder lies anywhere in a room."""
    return any((ROOT / "sync" / room).glob(f"**/{part}{end}"))


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md"))])
def test_every_module_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(r"(?<![\w/.])((?:\w+/)+\w+\.py)\b", (ROOT / page).read_text(encoding="utf-8"))

    assert [name for name in named if not any((place / name).exists() for place in (ROOT, ROOT / "sync"))] == []


def test_what_answers_a_question_of_a_review_stands_in_the_module_that_is_named_beside_it() -> None:
    section = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").partition("## Where a question is answered")[2]
    rows = [re.findall(r"`([\w./]+)`", row) for row in section.partition("\n## ")[0].splitlines()]
    named = [
        ([ROOT / "sync" / each for each in row if each.endswith(".py")], each) for row in rows for each in row if "/" not in each
    ]
    names = [(files, part) for files, each in named if not each.endswith(".py") for part in each.split(".")]

    assert len(names) > 10
    assert [name for files, name in names if not any(defines(file, name) for file in files)] == []


def defines(file: Path, name: str) -> bool:
    """Whether a module makes something of this name, at whatever depth."""
    return bool(re.search(rf"^ *(?:def |class )?{name}\b *[(:=]", file.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_ten_questions_of_a_review_are_answered_by_the_map() -> None:
    asked = re.findall(r"^  \d+\. (.+\?)$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    section = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").partition("## Where a question is answered")[2]

    assert len(asked) == 10
    assert len(re.findall(r"^\| .+\? \| .*`.+` *.*\|$", section.partition("\n## ")[0], re.MULTILINE)) == 10


def test_every_failure_that_is_wine_s_own_is_of_a_test_that_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py")]
    tests = {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}

    assert {name.partition("[")[0] for name in runpy.run_path(str(ROOT / ".ci" / "wine.py"))["FAILS"]} - tests == set()


def test_the_reproducible_install_that_operators_are_told_is_the_one_that_is_tested() -> None:
    assert documented("CONTRIBUTING.md")["reproducible-install"] in (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def test_the_newest_version_in_the_changelog_is_the_version_of_the_project() -> None:
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert newest is not None
    assert newest[1] == PROJECT["version"]


def test_the_licence_is_mit() -> None:
    assert PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


def test_no_file_names_a_package_index_or_a_place_on_one_machine() -> None:
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in project_files() for match in FORBIDDEN.finditer(as_text(path))]

    assert found == []


@pytest.mark.parametrize(
    "text", ["https://py" + "pi.org/simple", "see /wo" + "rk/main", "`../sha" + "red/x.md`", "in .libr" + "ary/"]
)
def test_the_search_for_forbidden_words_finds_them(text: str) -> None:
    assert FORBIDDEN.search(text)


@pytest.mark.parametrize("text", ["/home/me/wo" + "rk", "network/wo" + "rk/x", "library.md", "calendar.libr" + "ary"])
def test_the_search_for_forbidden_words_leaves_others_alone(text: str) -> None:
    assert not FORBIDDEN.search(text)


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]
)
def test_every_link_between_the_pages_leads_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))

    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_dependency_has_a_lower_bound_and_its_pinned_version_obeys_it(requirement: str) -> None:
    wanted = Requirement(requirement)

    assert [bound.operator for bound in wanted.specifier] == [">="]
    assert wanted.specifier.contains(pinned()[wanted.name.lower()])


@pytest.mark.parametrize("file", ["constraints.txt", "constraints-runtime.txt"])
def test_a_pinned_set_names_no_index_and_has_a_hash_for_every_file(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if not line.startswith(" ")]

    assert not [line for line in lines if "://" in line or line.startswith("-")]
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+( ; .+)? \\", line) for line in packages)


def test_the_set_for_servers_is_the_part_of_the_tested_one_that_is_no_tool_of_developers() -> None:
    tested, servers = hashes("constraints.txt"), hashes("constraints-runtime.txt")
    optional = PROJECT["optional-dependencies"]
    needed = {Requirement(line).name.lower() for line in (*PROJECT["dependencies"], *optional["postgresql"], *optional["build"])}
    tools = {Requirement(line).name.lower() for line in (*optional["test"], *optional["dev"])}

    assert {package: servers[package] for package in servers if tested.get(package) != servers[package]} == {}
    assert needed <= {name for name, _ in servers}
    assert {name for name, _ in servers} & tools - needed == {"packaging"}  # hatchling needs it, too


def test_every_documented_install_for_good_takes_the_set_for_servers() -> None:
    pages = ["docs/install-linux.md", "docs/install-windows.md", "docs/operating.md", "Dockerfile"]
    taken = {page: re.findall("--require-hashes -r (\\S+)", (ROOT / page).read_text(encoding="utf-8")) for page in pages}

    assert {page: set(files) for page, files in taken.items()} == {page: {"constraints-runtime.txt"} for page in pages}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))])
def test_no_page_calls_a_python_that_plain_debian_lacks(page: str) -> None:
    """There is `python3` on Linux and `py` on Windows; a plain `python` is everywhere only within an environment."""
    text = (ROOT / page).read_text(encoding="utf-8")

    assert re.findall(r"^.*(?<![\w/.\\-])python (?:-m|\.ci|-c).*$", text, re.MULTILINE) == []


def hashes(file: str) -> dict[tuple[str, str], frozenset[str]]:
    """The hashes of every package by its name and version."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {(m[1], m[2]): frozenset(re.findall("sha256:[0-9a-f]+", m[3])) for m in re.finditer(_PACKAGE, text)}


def pinned() -> dict[str, str]:
    return dict(hashes("constraints.txt").keys())


def project_files() -> Iterator[Path]:
    """The files of the tree without environments, caches and what a demo or a build left."""
    left_out = {"__pycache__", "build", "demo", "dist", "htmlcov", "node_modules"}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name == ".ci" or not (name.startswith(".") or name in left_out)]
        yield from (Path(folder, name) for name in files if not name.startswith(".coverage"))


def as_text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")
