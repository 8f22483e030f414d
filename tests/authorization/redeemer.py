"""One of several processes that all want the same secret at once; prints what each attempt got.

python -m tests.authorization.redeemer DATABASE KIND SECRET CLIENT USER ATTEMPTS
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time

from auxcord.audit import Trail
from auxcord.authorization.codes import Codes
from auxcord.authorization.grants import Grants, RefusedError
from auxcord.authorization.rotation import Rotation
from auxcord.store.engine import Store


async def consent_end(_user_id: str) -> float:
    return time.time() + 1000


async def attempt(grants: Grants, kind: str, secret: str, client: str, user: str) -> str:
    """Try once; returns a fingerprint of what came, or the refusal."""
    try:
        if kind == "code":
            issued = await Codes(grants).redeem(client, secret, user)
        else:
            held = await Rotation(grants).find(client, secret)
            if held is None:
                return "unknown"
            issued = await Rotation(grants).rotate(held, ["read"])
    except RefusedError as error:
        return error.error
    return hashlib.sha256(issued.access_token.encode()).hexdigest()


async def main(database: str, kind: str, secret: str, client: str, user: str, attempts: str) -> None:
    """Wait for the starting signal, then try so often at once."""
    store = Store(f"sqlite+aiosqlite:///{database}")
    await store.open()
    grants = Grants(
        store,
        clock=time.time,
        consent_end=consent_end,
        on_change=lambda _grant_id: None,
        trail=Trail(store, lambda: bytes(32)),
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    got = await asyncio.gather(*(attempt(grants, kind, secret, client, user) for _ in range(int(attempts))))
    sys.stdout.write(json.dumps(got) + "\n")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
