"""The Models page: the catalogue, fetching, and models of your own."""

from reranklab.ui import plain
from reranklab.ui.models_page import TASKS, show_catalogue, show_declare, show_fetch
from reranklab.ui.named import show_named
from reranklab.ui.page import open_page
from reranklab.ui.tasks import show_tasks

session = open_page("Models")
plain.title("Models", anchor=False)
show_catalogue()
show_fetch(session)
show_declare(session)
show_named(session)
show_tasks(TASKS)
