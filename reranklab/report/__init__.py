"""An evaluation as files: tables, TREC runs, and a page to send to a colleague."""
