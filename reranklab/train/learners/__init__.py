"""One module a kind of model that can be trained."""
