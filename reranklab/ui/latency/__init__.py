"""The Latency page: how long rankers take on this device, and where a budget breaks."""

from reranklab.ui.latency.page import follow_link, show_latency

__all__ = ["follow_link", "show_latency"]
