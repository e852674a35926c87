"""Logs of production: read in one pass, with all that is no request counted, and read back with texts."""
