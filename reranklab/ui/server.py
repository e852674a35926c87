"""What the server has around the pages: the hosts it answers to, the browser window it opens, and its end."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.middleware import Middleware
from streamlit import cli_util, config
from streamlit.starlette import App
from streamlit.web.server.server_util import get_display_address, get_url

from reranklab.errors import InputError
from reranklab.hosts import serves_others
from reranklab.operator import operator_settings, share
from reranklab.ui.ending import end_on_signals
from reranklab.ui.guard import HostGuard
from reranklab.ui.session_runs import lose_no_message

_SWITCH = 0.001
"""Seconds for which a page's script may keep the interpreter while a ranker waits for it. A ranker in torch asks for it
hundreds of times a run, and at Python's own 5 ms it waits as often."""


def guards() -> list[Middleware]:
    """What every request passes first. Ends the program, with a sentence, for settings of the operator that cannot be used."""
    try:
        settings = operator_settings()
    except InputError as error:
        sys.exit(f"reranklab: {error}")
    return [Middleware(HostGuard, allowed=settings.hosts)]


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[None]:
    """The time of the server, from its start to its end."""
    end_on_signals()
    lose_no_message()
    if serves_others(config.get_option("server.address"), operator_settings().hosts):
        share()
    sys.setswitchinterval(_SWITCH)
    if not config.get_option("server.headless"):
        cli_util.open_browser(get_url(get_display_address(config.get_option("server.address") or "localhost")))
    yield
