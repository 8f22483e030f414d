"""A small description of an API that does not exist, with one of everything the checker has to understand."""

from __future__ import annotations

from typing import Any

from scripts.description.document import Description

COMPONENTS: dict[str, Any] = {
    "ErrorObject": {
        "type": "object",
        "required": ["status", "message"],
        "properties": {"status": {"type": "integer"}, "message": {"type": "string"}},
    },
    "Thing": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "note": {"type": "string", "nullable": True},
            "made_at": {"type": "string", "format": "date-time"},
            "fame": {"type": "integer", "description": "The value will be between 0 and 100."},
        },
    },
    "Lamp": {
        "allOf": [
            {"$ref": "#/components/schemas/Thing"},
            {"type": "object", "required": ["watts"], "properties": {"watts": {"type": "integer"}}},
        ]
    },
    "Candle": {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": ["candle"]}, "wax": {"type": "string"}},
    },
    "Torch": {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": ["torch"]}, "oil": {"type": "string"}},
    },
    "Light": {
        "type": "object",
        "properties": {
            "source": {
                "oneOf": [{"$ref": "#/components/schemas/Candle"}, {"$ref": "#/components/schemas/Torch"}],
                "discriminator": {"propertyName": "kind"},
            },
            "lamp": {"allOf": [{"$ref": "#/components/schemas/Lamp"}]},
            "maybe": {"allOf": [{"$ref": "#/components/schemas/Lamp"}], "nullable": True},
            "lamps": {"type": "array", "items": {"$ref": "#/components/schemas/Lamp"}},
        },
    },
}
REFUSED = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"$ref": "#/components/schemas/ErrorObject"}},
            }
        }
    }
}
LIMIT = {"type": "integer", "minimum": 1, "maximum": 50}
PATHS: dict[str, Any] = {
    "/lamps/{id}": {
        "get": {
            "operationId": "get-a-lamp",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamp"}}}},
                "403": {"$ref": "#/components/responses/Refused"},
            },
            "security": [{"oauth": ["lamp-read"]}],
        }
    },
    "/lamps/all": {
        "get": {
            "operationId": "get-all-lamps",
            "deprecated": True,
            "parameters": [
                {"name": "limit", "in": "query", "schema": LIMIT},
                {"name": "on", "in": "query", "schema": {"type": "boolean"}},
                {"name": "type", "in": "query", "required": True, "explode": False,
                 "schema": {"type": "array", "items": {"type": "string", "enum": ["oil", "gas"]}}},
                {"name": "ids", "in": "query",
                 "schema": {"type": "string", "description": "Separated by commas. Maximum: 3 IDs."}},
            ],
            "responses": {"200": {"content": {"application/json": {"schema": {
                "type": "array", "items": {"$ref": "#/components/schemas/Lamp"}}}}}},
        },
        "put": {
            "operationId": "light-lamps",
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object", "additionalProperties": True, "required": ["ids"],
                "properties": {
                    "ids": {"type": "array", "items": {"type": "string"}, "description": "A maximum of 2."},
                }}}}},
            "responses": {"204": {}},
        },
    },
    "/lamps/{id}/picture": {
        "put": {
            "operationId": "paint-a-lamp",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"required": True, "content": {"image/jpeg": {
                "schema": {"type": "string", "format": "base64"}}}},
            "responses": {"202": {}},
        }
    },
}  # fmt: skip


def document() -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "paths": PATHS,
        "components": {
            "schemas": COMPONENTS,
            "responses": {"Refused": REFUSED},
            "securitySchemes": {
                "oauth": {"flows": {"authorizationCode": {"scopes": {"lamp-read": "", "lamp-light": ""}}}}
            },
        },
    }


def lamps() -> Description:
    return Description(document(), {"light-lamps": "light"})
