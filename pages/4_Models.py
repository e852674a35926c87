"""The Models page: the catalogue, fetching, models of your own, and the check of a served one."""

from reranklab.ui import plain
from reranklab.ui.conform import show_conform
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
show_conform(session)
show_tasks(TASKS)
