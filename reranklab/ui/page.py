"""What every page has: its title, the style of the app, the way to the other pages, notices."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from reranklab.operator import locked_in_words
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.escape import bold
from reranklab.ui.resources import prepare
from reranklab.ui.say import put, say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.typed import keep_typed

PAGES = {
    "app.py": "Compare",
    "pages/1_Explain.py": "Explain",
    "pages/2_Evaluate.py": "Evaluate",
    "pages/3_Latency.py": "Latency",
    "pages/4_Models.py": "Models",
    "pages/5_Datasets.py": "Datasets",
    "pages/6_Train.py": "Train",
    "pages/7_Watch.py": "Watch",
}

_STYLE = Markup("""<style>
.stMainBlockContainer { padding: 4.2rem 2rem 4rem; max-width: 1500px; }
.stSidebar [data-testid="stSidebarHeader"] { height: 2.2rem; margin-bottom: 0; }
.stSidebar [data-testid="stSidebarUserContent"] { padding-bottom: 2rem; }
.st-key-typed { display: none; }
.rl-message { border-radius: 8px; padding: 10px 14px; overflow-wrap: anywhere; white-space: pre-wrap; font-size: 0.92rem;
  border-inline-start: 4px solid; }
.rl-error { background: rgba(220, 50, 47, 0.10); border-color: rgb(220, 70, 60); }
.rl-warning { background: rgba(214, 143, 0, 0.12); border-color: rgb(214, 143, 0); }
.rl-info { background: rgba(38, 120, 200, 0.09); border-color: rgb(56, 139, 222); }
.rl-note { opacity: 0.78; font-size: 0.85rem; overflow-wrap: anywhere; }
.rl-slot { opacity: 0.72; font-size: 0.8rem; margin-top: -0.75rem; padding-inline-start: 1.6rem; line-height: 1.3;
  overflow-wrap: anywhere; }
.rl-offer { font-size: 0.8rem; line-height: 1.3; opacity: 0.85; overflow-wrap: anywhere; white-space: pre-line; }
.rl-query { font-size: 1.15rem; font-weight: 600; overflow-wrap: anywhere; unicode-bidi: plaintext; }
</style>""")


def open_page(name: str) -> SessionState:
    """Set the page up and return its session."""
    st.set_page_config(page_title=f"{name} · RerankLab", layout="wide", initial_sidebar_state="expanded")
    prepare()
    put(_STYLE)
    keep_typed("" if name == "Compare" else name)
    with st.sidebar:
        plain.markdown(bold("RerankLab"))
        with st.container(gap="xxsmall"):
            for path, label in PAGES.items():
                plain.page_link(path, label=label, width="stretch")
        session = current_session()
        pending = session.pending
        if name != "Compare" and pending is not None and pending.job.running:
            say("note", "A ranking goes on. Compare shows how far it is.")
        if locked := locked_in_words():
            say("note", locked)
    return session


@part("The notices")
def show_notices(session: SessionState) -> None:
    """One-line notices, each shown once."""
    for notice in session.notices:
        say("warning", notice)
    session.notices.clear()
