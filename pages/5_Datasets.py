"""The Datasets page: sample collections and BEIR."""

from reranklab.ui import plain
from reranklab.ui.datasets_page import DOWNLOADS, INDEXES, show_datasets, show_download, show_index, show_indexes, show_samples
from reranklab.ui.page import open_page
from reranklab.ui.tasks import show_tasks

session = open_page("Datasets")
plain.title("Sample collections", anchor=False)
show_samples()
plain.title("BEIR", anchor=False)
show_datasets()
show_download(session)
show_tasks(DOWNLOADS)
plain.title("BM25 indexes", anchor=False)
show_index(session)
show_tasks(INDEXES)
show_indexes()
