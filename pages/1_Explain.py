"""The Explain page: why one document stands where it does."""

import streamlit as st

from reranklab.ui.explain import show_sections, show_subject
from reranklab.ui.page import open_page

session = open_page("Explain")
st.title("Why is this document here?", anchor=False)
subject = show_subject(session)
if subject is not None:
    show_sections(session, subject)
