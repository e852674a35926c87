"""The Watch page: what changed in a log of production, when and why."""

from reranklab.ui import plain
from reranklab.ui.page import open_page, show_notices
from reranklab.ui.watch import show_watch

session = open_page("Watch")
plain.title("What changed in production?", anchor=False)
show_notices(session)
show_watch(session)
