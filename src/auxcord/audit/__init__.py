"""The audit trail: what happened that matters for somebody's security, in order, and proof that it is whole.

It knows the store and no more: who writes to it hands over the facts, and never secrets or anything about the
music people hear.
"""

from __future__ import annotations

from auxcord.audit.events import Event
from auxcord.audit.trail import Trail

__all__ = ["Event", "Trail"]
