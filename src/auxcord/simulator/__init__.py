"""A Spotify on your laptop; shares no code with the rest of Auxcord."""
