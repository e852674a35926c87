"""No text reaches Streamlit's Markdown, HTML or a script's element but through the modules that escape it."""

from __future__ import annotations

import ast
import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from reranklab.ui import plain
from tests.app.drive import ROOT, check

UI = ROOT / "reranklab" / "ui"
GATES = {"escape.py", "plain.py", "say.py"}
"""The modules of the room that may make Markdown and HTML, or call what reads them."""
ALLOWED = {
    "cache_resource", "code", "column_config", "columns", "components", "container", "context", "dataframe", "fragment",
    "query_params", "rerun", "session_state", "set_page_config", "sidebar", "switch_page", "text",
}  # fmt: skip
"""What the other modules use of Streamlit: none of it reads Markdown, but for help and labels."""
SERVER = {"runtime", "config", "cli_util"}
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
MODULES = [*(path for path in sorted(UI.rglob("*.py")) if path.name not in GATES), *PAGES]


def faults(source: str) -> list[str]:
    """Where a module passes the gates by."""
    tree = ast.parse(source)
    used = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "st" and used.get(id(node)) not in ALLOWED:
            found.append(f"{node.lineno}: st.{used.get(id(node), '')}")
        elif isinstance(node, ast.Import):
            found += [f"{node.lineno}: {each.name}" for each in node.names if each.name == "streamlit" and each.asname != "st"]
        elif isinstance(node, ast.ImportFrom) and node.module == "streamlit":
            found += [f"{node.lineno}: {each.name}" for each in node.names if each.name not in SERVER]
        elif isinstance(node, ast.Call):
            found += _called(node)
    return found


def _called(call: ast.Call) -> list[str]:
    name = ast.unparse(call.func)
    if name == "Markdown":
        return [f"{call.lineno}: only escape.py makes Markdown"]
    if name == "Markup" and not all(isinstance(each, ast.Constant) for each in call.args):
        return [f"{call.lineno}: Markup of what is not written out"]
    if name.startswith("st."):
        return [
            f"{call.lineno}: {name}({each.arg}=...)"
            for each in call.keywords
            if each.arg in ("help", "label", "unsafe_allow_html") and not isinstance(each.value, ast.Constant)
        ]
    return []


def test_no_module_passes_the_gates_by():
    found = {str(path.relative_to(ROOT)): faults(path.read_text(encoding="utf-8")) for path in MODULES}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(text)", "st.button(f'Rank {name}')", "show = st.caption", "st.html(text)", "Markup(f'<b>{text}</b>')",
        "Markdown(text)", "import streamlit", "from streamlit import write", "st.column_config.TextColumn(help=text)", "f(st)",
        "st.text(text, help=text)",
    ],
)  # fmt: skip
def test_what_passes_a_gate_by_is_found(line: str):
    assert faults(line)


def test_scripts_make_no_markup_of_text():
    scripts = {path.name: path.read_text(encoding="utf-8") for path in UI.rglob("*.js")}
    assert len(scripts) == 3
    unsafe = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|\.(?:src|href|srcdoc)\b")
    assert {name: found for name, script in scripts.items() if (found := unsafe.findall(script))} == {}


ELEMENTS = {name: each for name, each in vars(plain).items() if hasattr(each, "texts")}


@pytest.mark.parametrize("name", ELEMENTS)
def test_every_text_that_streamlit_reads_as_markdown_is_escaped(name: str):
    """By Streamlit's own words on each parameter."""
    about = re.split(r"\n        (?=\w+ : )", getattr(st, name).__doc__.partition("Returns\n")[0])[1:]
    no_text = {"unsafe_allow_html", "wrap", "width", "anchors", "bind"}
    reads = {each.partition(" :")[0] for each in about if "Markdown" in each} - no_text
    escaped = set(ELEMENTS[name].texts) | ({"options", "format_func"} if name == "segmented_control" else set())
    assert reads <= escaped


def test_labels_options_help_and_bodies_are_shown_literally():
    def script() -> None:
        from reranklab.ui import plain
        from reranklab.ui.escape import bold

        text = "![*a*](http://host/p.png)"
        plain.button(text, help=text)
        plain.segmented_control(text, ["x"], format_func=lambda each: text)
        plain.tabs([text])
        plain.markdown(bold(text))
        plain.caption(text)
        plain.progress(0.5, text=text)
        plain.selectbox(text, [text])

    app = AppTest.from_function(script).run()
    check(app)
    shown = "!&#91;&#42;a&#42;&#93;(http:\u200b//host/p.png)"
    assert (app.button[0].label, app.button[0].help) == (shown, shown)
    assert [each.content for each in app.segmented_control[0].proto.options] == [shown]
    assert [tab.label for tab in app.tabs] == [shown]
    assert (app.markdown[0].value, app.caption[0].value) == (f"**{shown}**", shown)
    assert app.selectbox[0].label == shown
    assert app.selectbox[0].options == ["![*a*](http://host/p.png)"], "a selectbox shows its options literally"
