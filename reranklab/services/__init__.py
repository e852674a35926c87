"""Services that compute elsewhere: which there are, how each is asked, and the guarded way to them."""
