"""House rules: who may import whom, what is pinned where, and that the papers tell the truth."""

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement

import clientops
from clientops import metrics, schema
from clientops.cli import cli
from tests import data_readme
from tests.conftest import ROOT

PACKAGE = ROOT / "clientops"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
READMES = [ROOT / folder / "README.md"
           for folder in ("", "data", "notebooks", "reports", "clientops/serve")]  # fmt: skip
FRONT_PAGES = pytest.mark.parametrize("name", ["README.md", "README.ru.md"])

# Who may import whom within the package; errors may be imported by everybody.
CONTRACT = {"schema", "settings", "periods", "words"}
ROOMS = {
    "__init__": {"book", "page"},
    "errors": set(),
    "schema": set(),
    "settings": {"schema"},
    "periods": set(),
    "jupyter": set(),
    "words": {"schema"},
    "ingest": CONTRACT,
    "store": {"schema", "periods"},
    "ledger": CONTRACT,
    "metrics": CONTRACT | {"ledger"},
    "book": CONTRACT | {"store", "ledger"},
    "build": CONTRACT | {"ingest", "store", "ledger", "book", "metrics"},
    "display": {"words", "schema"},
    "figures": {"words", "schema"},
    "findings": {"words", "schema"},
    "page": CONTRACT | {"book", "figures", "findings", "display"},
    "notebooks": {"book", "page", "store", "words"},
    "report": CONTRACT
    | {"book", "figures", "findings", "jupyter", "metrics", "notebooks", "page", "store"}
    | {"display"},
    "serve": {"book", "build", "jupyter", "settings", "words", "store"},
    "presets": CONTRACT | {"ingest"},
    "new_topic": {"metrics"},
    "cli": None,  # everything
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The rooms a module imports, wherever in the file it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "clientops" and len(parts) > 1:
                found.add(parts[1] if (PACKAGE / parts[1]).exists()
                          or (PACKAGE / f"{parts[1]}.py").exists() else "__init__")  # fmt: skip
    return found


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_import_only_what_they_may(path):
    room = room_of(path)
    assert room in ROOMS, f"say in ROOMS what {room} may import"
    allowed = ROOMS[room]
    if allowed is not None:
        assert imports(path) - allowed - {room, "errors"} == set()


def test_metrics_meet_neither_files_nor_pixels_nor_the_clock():
    forbidden = {"duckdb", "matplotlib", "seaborn", "pathlib", "os", "io", "time", "requests"}
    for path in (PACKAGE / "metrics").glob("*.py"):
        if path.name == "__init__.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
                assert not {name.split(".")[0] for name in names} & forbidden, path.name
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "today", "utcnow"), f"{path.name} reads the clock"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests" / "bench").glob("*.py")), ids=lambda p: p.stem
)
def test_what_measures_can_be_imported(path):
    importlib.import_module(f"tests.bench.{path.stem}")


def test_no_server_compiles_grammars_that_no_schema_of_its_own_asks():
    ends = "import clientops.serve.fork_server, nbformat, sys; sys.exit('lark' in sys.modules)"
    subprocess.run([sys.executable, "-c", ends], cwd=ROOT, check=True)


def test_modules_stay_readable():
    long = {p.name: n for p in MODULES if (n := len(p.read_text().splitlines())) > 450}
    assert not long


RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-development.lock"
ENGINES, EXTRAS = ROOT / "requirements-engines.lock", ("development", "postgres", "spark")


def locked(version: str, lock: Path = DEVELOPMENT) -> dict[str, str]:
    """Package -> version of a lock for a Python version on this kind of machine."""
    environment = default_environment() | {
        "python_version": version, "python_full_version": f"{version}.0"
    }  # fmt: skip
    found = {}
    for row in lock.read_text(encoding="utf-8").splitlines():
        if re.match(r"[a-z0-9]", row):
            requirement = Requirement(row.rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate(environment):
                found[requirement.name] = str(requirement.specifier).removeprefix("==")
    return found


def declared(*extras: str) -> list[Requirement]:
    """What the package needs to serve, and to test where *extras* say so."""
    project = PYPROJECT["project"]
    rows = [*project["dependencies"], *project["optional-dependencies"]["installer"]]
    rows += [row for extra in extras for row in project["optional-dependencies"][extra]]
    return [Requirement(row) for row in rows]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_lock_pins_every_dependency_within_its_range(version):
    for lock, needed in ((RUNTIME, declared()), (DEVELOPMENT, declared("development")),
                         (ENGINES, declared(*EXTRAS))):  # fmt: skip
        pins = locked(version, lock)
        for requirement in needed:
            assert requirement.name in pins, f"{requirement.name} is not locked: make lock"
            assert requirement.specifier.contains(pins[requirement.name]), requirement.name


@pytest.mark.parametrize("version", ["3.11", "3.14"])
def test_who_only_serves_gets_no_tools_and_who_tests_the_very_same_packages(version):
    served, tested = locked(version, RUNTIME), locked(version)
    assert served.items() <= tested.items() <= locked(version, ENGINES).items()
    tools = {each.name for each in declared("development")} - {each.name for each in declared()}
    assert not served.keys() & tools - {"psutil", "packaging", "pyyaml"}  # these serve too


@pytest.mark.parametrize(
    "target, lock", [("serve", RUNTIME), ("test", DEVELOPMENT), ("test-engines", ENGINES)]
)
def test_make_installs_what_the_target_needs_and_says_each_step(target, lock, tmp_path):
    command = ["make", "--dry-run", f"VENV={tmp_path / 'new'}", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    used = re.findall(r"--require-hashes -r (\S+)", done.stdout)
    before = {DEVELOPMENT.name} if lock == ENGINES else set()
    wanted = {"installer.lock", RUNTIME.name, lock.name} | before
    assert {Path(each).name for each in used} == wanted
    told = re.findall(r'^echo "(.*)"$', done.stdout, re.MULTILINE)
    assert [line[:4] for line in told[:3]] == ["1/3 ", "2/3 ", "3/3 "]
    assert f"{tmp_path / 'new'}/bin/clientops" in told[3] and "activate" in told[3]
    assert len(told) == len(used) + 2  # and ClientOps itself, and where the command is


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT, ENGINES], ids=lambda lock: lock.stem)
def test_every_locked_package_has_hashes(lock):
    text = lock.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks if re.match(r"[a-z0-9]", block))
    assert "://" not in text


def test_the_conda_environment_pins_what_the_lock_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, by_pip = environment["dependencies"]
    version = python.removeprefix("python=")
    pins = locked(version)
    assert pip == "pip"
    *rows, editable = by_pip["pip"]
    assert editable.startswith("-e .")
    runtime = {Requirement(row).name for row in PYPROJECT["project"]["dependencies"]}
    named = {row.split("==")[0]: row.split("==")[1] for row in rows}
    assert set(named) == runtime
    assert named == {name: pins[name] for name in runtime}


def test_every_dependency_states_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rows = re.findall(r'^    "[a-z0-9-]+(?:\[\w+\])?[><=].*$', text, re.MULTILINE)
    assert len(rows) == len(declared(*EXTRAS))
    assert all(re.search(r"# \w+", row) for row in rows)


def test_the_environment_is_the_locked_one():
    from importlib.metadata import version

    pins = locked(f"{sys.version_info.major}.{sys.version_info.minor}")
    names = [requirement.name for requirement in declared("development")]
    assert {name: version(name) for name in names} == {name: pins[name] for name in names}


def test_changelog_knows_the_version():
    assert f"## {PYPROJECT['project']['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@FRONT_PAGES
def test_readme_names_every_command_and_target(name):
    readme = (ROOT / name).read_text(encoding="utf-8")
    for command in cli.commands:
        assert f"clientops {command}" in readme


@pytest.mark.parametrize("path", [*READMES, ROOT / "README.ru.md"], ids=str)
def test_what_a_readme_names_is_there(path):
    """Targets of make, options of the commands, files and headings that links lead to."""
    text = path.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"[`\n]make ([a-z]+)", text):
        assert f"\n{target}:" in makefile, target
    groups = [cli, *(each for each in cli.commands.values() if isinstance(each, click.Group))]
    commands = [cli, *(each for group in groups for each in group.commands.values())]
    known = {option for each in commands for p in each.params for option in p.opts}
    assert {*re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)} <= known | {"--help"}
    for link in re.findall(r"\]\(([^)]+)\)", text):
        file, _, heading = link.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [each.lower().replace(" ", "-") for each in headings], link


def test_every_table_column_and_setting_is_explained():
    assert data_readme.PATH.read_text(encoding="utf-8") == data_readme.text(), "make readme"


def test_every_make_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    assert all(re.search(rf"^{target}:.*## \w+", makefile, re.MULTILINE) for target in phony)


@FRONT_PAGES
def test_readmes_toml_is_read(name):
    """The ten lines that bring one's own data are valid settings."""
    from clientops.settings import read_settings

    readme = (ROOT / name).read_text(encoding="utf-8")
    text = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1]
    assert len([row for row in text.splitlines() if row.strip()]) <= 14
    folder = Path(__import__("tempfile").mkdtemp())
    (folder / "clientops.toml").write_text(text, encoding="utf-8")
    assert read_settings(folder).tables


def test_notebooks_are_wiring():
    bad = ast.FunctionDef | ast.For | ast.While | ast.Try | ast.ClassDef
    for path in ROOT.glob("notebooks/*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") for cell in cells), path
        code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        assert not any(isinstance(node, bad) for node in ast.walk(ast.parse(code))), path


def test_every_topic_has_its_test():
    for topic in metrics.topics():
        assert (ROOT / "tests" / "metrics" / f"test_{topic}.py").exists()


def test_facts_hold_the_documented_columns(sample):
    for name, columns in schema.FACTS.items():
        if name != "product_month":
            assert list(getattr(sample, name).columns) == list(columns), name


def test_importing_the_package_has_no_side_effects_on_output(capsys):
    assert clientops.__all__ == ["Book", "Viewer", "open_book", "open_page"]
    assert capsys.readouterr().out == ""
