"""The Explain page: why one document stands where it does."""

from reranklab.ui import plain
from reranklab.ui.explain import follow_link, put_explain_link, show_first_run, show_sections, show_subject
from reranklab.ui.page import open_page, show_notices

session = open_page("Explain")
plain.title("Why is this document here?", anchor=False)
follow_link(session)
show_notices(session)
if not show_first_run(session):
    subject = show_subject(session)
    if subject is not None:
        show_sections(session, subject)
    put_explain_link(session)
