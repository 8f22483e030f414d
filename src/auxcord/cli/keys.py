"""`auxcord keys`: encryption keys."""

from __future__ import annotations

from auxcord.vault import KeyRing


def new() -> None:
    """Print a new encryption key, for AUXCORD_ENCRYPTION_KEYS. Keep it apart from the data, and keep it."""
    print(KeyRing.new_key())
