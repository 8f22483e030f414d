"""Sabotages: small edits that take one protection away, and the tests that have to notice."""
