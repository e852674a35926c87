"""Rankers that hold other rankers, and what the whole can do, takes and tells."""
