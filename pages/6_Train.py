"""The Train page: fine-tune a ranker on a collection, and see what it learned and forgot."""

from reranklab.ui import plain
from reranklab.ui.page import open_page, show_notices
from reranklab.ui.train import follow_link, put_train_link, show_tools

session = open_page("Train")
plain.title("Train a ranker on your own collection", anchor=False)
follow_link(session)
show_notices(session)
show_tools(session)
put_train_link(session)
