"""The database: where it lies, what it holds, and how to read and write it safely."""

from __future__ import annotations

from auxcord.store.engine import Store

__all__ = ["Store"]
