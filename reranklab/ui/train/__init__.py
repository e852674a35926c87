"""The Train page: a ranker fitted to one's own collection, and what that changed."""

from reranklab.ui.train.page import follow_link, put_train_link, show_tools

__all__ = ["follow_link", "put_train_link", "show_tools"]
