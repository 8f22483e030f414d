"""One module per revision; `down_revision` links each to the one before."""
