"""The Watch page: a log of production over time, its alerts, and the requests behind them."""

from reranklab.ui.watch.page import show_watch

__all__ = ["show_watch"]
