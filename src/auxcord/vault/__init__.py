"""The vault: secrets at rest. It knows people and their keys, and neither Spotify nor MCP."""

from __future__ import annotations

from auxcord.vault.keyring import KeyRing
from auxcord.vault.rekeying import Rekeying
from auxcord.vault.rotation import Rotation
from auxcord.vault.vault import Record, Vault

__all__ = ["KeyRing", "Record", "Rekeying", "Rotation", "Vault"]
