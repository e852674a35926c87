"""How the rooms stand: no import circles, and no arrow that runs back up."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "reranklab"

FLOORS = (
    {"types", "errors"},
    {"extras", "progress", "hosts"},
    {"operator"},
    {"export", "data"},
    {"models", "store", "services"},
    {"llm"},
    {"rankers"},
    {"engine"},
    {"evaluate", "explain", "latency"},
    {"tune", "train", "watch"},
    {"plots"},
    {"report"},
    {"api", "commands", "ui"},
    {"cli", "__init__"},
)
"""From the ground up. A room may use the rooms of lower floors, and those beside it."""


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(path: Path) -> set[str]:
    """The project's modules that a file imports, wherever in it, also for types alone."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {name if (name := f"{node.module}.{alias.name}") in MODULES else node.module for alias in node.names}
    return found & MODULES.keys()


GRAPH = {module: imports(path) - {module} for module, path in MODULES.items()}


def floor_of(module: str) -> int:
    parts = module.split(".")
    room = parts[1] if len(parts) > 1 else "__init__"
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_every_module_stands_on_a_floor() -> None:
    rooms = {module.split(".")[1] for module in MODULES if "." in module}
    assert rooms <= set().union(*FLOORS)


def test_there_is_no_import_circle() -> None:
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        raise AssertionError(f"A circle of imports: {' -> '.join(error.args[1])}") from None


def test_no_arrow_runs_back_up() -> None:
    up = [f"{module} -> {used}" for module, all_used in GRAPH.items() for used in all_used if floor_of(used) > floor_of(module)]
    assert sorted(up) == []


def test_rooms_beside_each_other_do_not_use_each_other() -> None:
    across = {
        (module.split(".")[1], used.split(".")[1])
        for module, all_used in GRAPH.items()
        for used in all_used
        if "." in module and "." in used and floor_of(module) == floor_of(used) and module.split(".")[1] != used.split(".")[1]
    }
    assert {pair for pair in across if pair[::-1] in across} == set()
