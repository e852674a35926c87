"""What the package is made of: what an import costs, what its files may name, and what travels in its wheel."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "reranklab"
FOLDERS = (PACKAGE, ROOT / "pages", ROOT / "sample_data", ROOT / ".streamlit")
SHIPPED = [ROOT / "app.py", *(path for folder in FOLDERS for path in sorted(folder.rglob("*")) if path.is_file())]
SHIPPED = [path for path in SHIPPED if "__pycache__" not in path.parts]

HEAVY = ("torch", "streamlit", "transformers", "sentence_transformers", "onnxruntime", "pandas", "plotly", "ray")
LIGHT_MODULES = ("reranklab", "reranklab.types", "reranklab.errors", "reranklab.cli", "reranklab.rankers.catalogue")


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_importing_it_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=120)
    assert done.stdout.split() == []


REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|artifactory|\bnexus\.|devpi|/simple/", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.])/(?:work|home|root|Users|opt|tmp|mnt)/\w")


def test_no_file_names_a_registry_or_a_place_on_someones_machine() -> None:
    offenders = {
        str(path.relative_to(ROOT)): found
        for path in SHIPPED
        for text in [path.read_text(encoding="utf-8")]
        if (found := REGISTRY.findall(text) + MACHINE.findall(text))
    }
    assert offenders == {}


@pytest.fixture(scope="module")
def wheel_members(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(target), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    (wheel,) = target.glob("reranklab-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_app_travels_inside_the_package(wheel_members: list[str]) -> None:
    inside = {name.removeprefix("reranklab/_app/") for name in wheel_members if name.startswith("reranklab/_app/")}
    pages = {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    samples = {path.relative_to(ROOT).as_posix() for path in (ROOT / "sample_data").rglob("*") if path.is_file()}
    assert inside >= {"app.py", ".streamlit/config.toml"} | pages | samples


def test_nothing_else_is_installed_at_the_top(wheel_members: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel_members}
    assert {name for name in top if not name.endswith(".dist-info")} == {"reranklab"}


def test_data_files_of_the_package_are_in_the_wheel(wheel_members: list[str]) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert set(wheel_members) >= wanted


def test_the_command_is_installed(wheel_members: list[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in wheel_members)
