"""The Latency page: how long rankers take on this device, and where a budget breaks."""

from reranklab.ui.latency.page import show_latency

__all__ = ["show_latency"]
