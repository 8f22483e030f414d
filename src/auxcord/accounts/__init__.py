"""A person's Spotify account: link, fresh access token, end of consent, erasure."""

from __future__ import annotations

from auxcord.accounts.accounts import Accounts
from auxcord.accounts.admission import Admission
from auxcord.accounts.link import ConsentTerms, Link, LinkState

__all__ = ["Accounts", "Admission", "ConsentTerms", "Link", "LinkState"]
