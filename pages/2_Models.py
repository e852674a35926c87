"""The Models page: the catalogue, fetching, and models of your own."""

import streamlit as st

from reranklab.ui.models_page import TASKS, kinds_in_words, show_catalogue, show_declare, show_fetch
from reranklab.ui.page import open_page
from reranklab.ui.tasks import show_tasks

session = open_page("Models")
st.title("Models", anchor=False)
show_catalogue()
show_fetch(session)
st.header("A model of your own", anchor=False, help=kinds_in_words())
show_declare(session)
show_tasks(TASKS)
