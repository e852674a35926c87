"""The Compare page: several rankers on the same documents, side by side. The landing page."""

from reranklab.ui.compare_page import follow_link, show_input_area, show_preview
from reranklab.ui.page import open_page, show_notices
from reranklab.ui.results import put_link, show_results
from reranklab.ui.run import settle, show_progress, show_rank_bar
from reranklab.ui.sidebar import show_rankers, show_run_settings

view = open_page("Compare")
follow_link(view)
show_notices(view)
settle(view)
show_rankers(view)
draft = show_input_area(view)
show_rank_bar(view, draft)
if view.job is not None:
    show_progress()
elif view.comparison is not None:
    show_results()
else:
    show_preview(draft)
show_run_settings(view)
put_link(view)
