"""A person's Spotify account: linked, kept fresh, forgotten."""
