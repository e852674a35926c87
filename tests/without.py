"""Python code as it runs where packages are not installed: in a process of its own that cannot find them."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

EXTRA_PACKAGES = (
    "accelerate",
    "captum",
    "gguf",
    "httpx2",
    "huggingface_hub",
    "ir_datasets",
    "jinja2",
    "markupsafe",
    "onnx",
    "onnxruntime",
    "openai",
    "openvino",
    "pandas",
    "plotly",
    "pyarrow",
    "ray",
    "safetensors",
    "sentence_transformers",
    "streamlit",
    "torch",
    "transformers",
)
"""What the extras bring."""

_HIDE = """
import importlib.machinery, sys
class Hiding(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {hidden!r} else super().find_spec(name, path, target)
sys.meta_path[:] = [Hiding if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path]
"""


def run_without(
    code: str,
    *arguments: str,
    hidden: tuple[str, ...] = EXTRA_PACKAGES,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `code` with `arguments` where the packages `hidden` cannot be imported."""
    command = [sys.executable, "-c", _HIDE.format(hidden=hidden) + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=cwd, env=env)


def command_without(*arguments: str, hidden: tuple[str, ...] = EXTRA_PACKAGES) -> subprocess.CompletedProcess[str]:
    """Run `reranklab ARGUMENTS` so."""
    return run_without("from reranklab.cli import main\nraise SystemExit(main())", *arguments, hidden=hidden)
