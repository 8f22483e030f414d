"""What is told in the audit trail: `subject:object:verb`."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Everything that is told. A value is for ever: lines already written hold it."""

    SIGNED_IN = "user:sign-in:complete"
    CONSENT_GIVEN = "user:consent:give"
    CONSENT_CHANGED = "user:consent:change"
    CONSENT_DENIED = "user:consent:deny"
    DATA_DOWNLOADED = "user:data:download"
    ERASED = "user:data:erase"
    CLIENT_REGISTERED = "client:registration:complete"
    TOKEN_ISSUED = "client:token:issue"  # noqa: S105 - a name, not a secret
    TOKEN_REFRESHED = "client:token:refresh"  # noqa: S105 - as above
    TOKEN_REUSED = "client:token:reuse"  # noqa: S105 - as above
    CODE_REPLAYED = "client:code:replay"
    ACCESS_REVOKED = "client:access:revoke"
    PERMISSION_DENIED = "client:tool:deny"
    DESTRUCTIVE_TOOL = "client:tool:destroy"
    LINK_MADE = "account:link:make"
    LINK_RENEWED = "account:link:renew"
    LINK_LOST = "account:link:lose"
    DATA_KEY_ROTATED = "vault:data-key:rotate"
    KEY_RING_ROTATED = "vault:key-ring:rotate"
    RECORD_CORRUPT = "vault:record:corrupt"
    LIMIT_HIT = "server:limit:hit"
    PRUNED = "audit:lines:prune"
