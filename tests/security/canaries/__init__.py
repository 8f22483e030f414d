"""Secrets that are planted, and the search for them in everything a server tells."""
