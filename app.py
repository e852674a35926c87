"""The Compare page: several rankers on the same documents, side by side. The landing page, and where the server begins."""

from streamlit.starlette import App

from reranklab.ui.compare_page import follow_link, put_compare_link, show_input_area, show_preview
from reranklab.ui.page import open_page, show_notices
from reranklab.ui.results import show_results
from reranklab.ui.run import settle, show_rank_bar, show_run
from reranklab.ui.server import guards, serving
from reranklab.ui.sidebar import show_rankers, show_run_settings
from reranklab.ui.steering import show_instruction

if __name__ == "__main__":  # Streamlit runs the page as a script
    session = open_page("Compare")
    follow_link(session)
    show_notices(session)
    settle(session)
    show_rankers(session)
    draft = show_input_area(session)
    show_instruction(session)
    show_rank_bar(session, draft)
    if session.pending is not None:
        show_run()
    elif session.comparison is not None:
        show_results()
    else:
        show_preview(draft)
    show_run_settings(session)
    put_compare_link(session)
else:  # the server imports it once; `streamlit run app.py` finds the name
    app = App(__file__, middleware=guards(), lifespan=serving)
