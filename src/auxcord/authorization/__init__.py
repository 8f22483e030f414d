"""OAuth towards MCP clients: registration, consent, the Spotify sign-in, tokens."""

from auxcord.authorization.provider import AuxcordProvider

__all__ = ["AuxcordProvider"]
