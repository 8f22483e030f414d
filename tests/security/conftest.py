"""An open vault in a directory of its own, for the proofs that need no server."""

from tests.accounts.conftest import world
from tests.vault.conftest import Clock, clock, path, ring, store, vault

__all__ = ["Clock", "clock", "path", "ring", "store", "vault", "world"]
