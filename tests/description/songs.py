"""A description of two operations that the simulator really has, as little of it as they need."""

from __future__ import annotations

import copy
from typing import Any

from scripts.description.document import Description

_LINKS = {name: {"type": "string"} for name in ("href", "id", "type", "uri", "name")}
_URLS = {"type": "object", "properties": {"spotify": {"type": "string"}}}
_PICTURE = {
    "type": "object",
    "properties": {"url": {"type": "string"}, "height": {"type": "integer"}, "width": {"type": "integer"}},
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"$ref": "#/components/schemas/ErrorObject"}},
}
_REFUSALS = {
    str(status): {"content": {"application/json": {"schema": _ERROR}}} for status in (400, 401, 403, 404, 429)
}
_DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "components": {
        "schemas": {
            "ErrorObject": {
                "type": "object",
                "required": ["status", "message"],
                "properties": {"status": {"type": "integer"}, "message": {"type": "string"}},
            },
            "ArtistObject": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    **_LINKS,
                    "external_urls": _URLS,
                    "followers": {
                        "type": "object",
                        "properties": {
                            "href": {"type": "string", "nullable": True},
                            "total": {"type": "integer"},
                        },
                    },
                    "genres": {"type": "array", "items": {"type": "string"}},
                    "images": {"type": "array", "items": _PICTURE},
                    "popularity": {"type": "integer"},
                },
            },
        },
        "securitySchemes": {
            "oauth": {"flows": {"authorizationCode": {"scopes": {"user-modify-playback-state": ""}}}}
        },
    },
    "paths": {
        "/artists/{id}": {
            "get": {
                "operationId": "get-an-artist",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/ArtistObject"}}
                        }
                    },
                    **_REFUSALS,
                },
                "security": [{"oauth": []}],
            }
        },
        "/me/player/pause": {
            "put": {
                "operationId": "pause-a-users-playback",
                "parameters": [{"name": "device_id", "in": "query", "schema": {"type": "string"}}],
                "responses": {"204": {}, **_REFUSALS},
                "security": [{"oauth": ["user-modify-playback-state"]}],
            }
        },
    },
}


def songs_document() -> dict[str, Any]:
    return copy.deepcopy(_DOCUMENT)


def songs() -> Description:
    return Description(songs_document())
