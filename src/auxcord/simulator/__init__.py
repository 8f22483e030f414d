"""A Spotify on your laptop; shares no code with the rest of Auxcord.

`create_app` makes it as an ASGI app; the command line serves it. Everything in it is invented: no real
artist, listener or song.
"""

from auxcord.simulator.app import create_app
from auxcord.simulator.settings import Settings

__all__ = ["Settings", "create_app"]
