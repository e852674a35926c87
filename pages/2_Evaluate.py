"""The Evaluate page: which ranker is better on average, and whether that is real."""

from reranklab.ui import plain
from reranklab.ui.evaluate import follow_link, put_evaluate_link, show_tools
from reranklab.ui.page import open_page, show_notices
from reranklab.ui.sidebar import show_rankers, show_run_settings

session = open_page("Evaluate")
plain.title("Which ranker is better on average?", anchor=False)
follow_link(session)
show_notices(session)
show_rankers(session)
show_tools(session)
show_run_settings(session)
put_evaluate_link(session)
