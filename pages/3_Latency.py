"""The Latency page: how long rankers take here, and where a budget breaks."""

from reranklab.ui import plain
from reranklab.ui.latency import follow_link, show_latency
from reranklab.ui.page import open_page, show_notices
from reranklab.ui.sidebar import show_rankers, show_run_settings

session = open_page("Latency")
follow_link(session)
plain.title("How long does it take here?", anchor=False)
show_notices(session)
show_rankers(session)
show_latency(session)
show_run_settings(session)
