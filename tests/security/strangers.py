"""What strangers give for the address of their client, and what stands there: nothing of it may be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.authorization.internet import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Mapping

REDIRECT: Final = "http://127.0.0.1:3939/callback"

ADDRESSES: Final = (
    # numbers instead of names, in every notation
    "https://127.0.0.1/client",
    "https://127.1/client",
    "https://2130706433/client",
    "https://0x7f.0.0.1/client",
    "https://0x7f000001/client",
    "https://0177.0.0.1/client",
    "https://0/client",
    "https://10.0.0.1/client",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/client",
    "https://[::ffff:127.0.0.1]/client",
    "https://[64:ff9b::7f00:1]/client",
    "https://[2002:7f00:1::]/client",
    "https://[fe80::1]/client",
    "https://[fd00::1]/client",
    f"https://{PUBLIC}/client",
    # names that are not on the internet
    "https://localhost/client",
    "https://intranet/client",
    "https://client.example./client",
    "https://client.1/client",
    "https://-client.example/client",
    "https://client_1.example/client",
    f"https://{'a' * 64}.example/client",
    f"https://{'a.' * 130}example/client",
    # addresses that two readers read differently
    "https:client.example/client",
    "https:/client.example/client",
    "https:///client",
    "https://client.example",
    "https://client.example/",
    "https://client.example?x=/client",
    "https://client.example/client#x",
    "https://client.example/client#",
    "https://client.example/a/../client",
    "https://client.example/%2e%2e/client",
    "https://client.example\\@evil.example/client",
    "https://evil.example\\client",
    "https://user@client.example/client",
    "https://user:pw@client.example/client",
    "https://client.example@evil.example/client",
    "https://client.example:443/client",
    "https://client.example:8443/client",
    "https://client.example:22/client",
    "https://CLIENT.example/client",
    "https://clïent.example/client",
    "https://client.example/clïent",
    "https://client.example/a client",
    "https://client.example/client\t",
    "https://client.example/client\r\nX: y",
    "https://client.example/\u202etneilc",
    "https://client.example/" + "a" * 600,
    # not https
    "http://client.example/client",
    "HTTPS://client.example/client",
    "ftp://client.example/client",
    "file:///etc/passwd",
    "data:application/json,{}",
    "gopher://client.example/client",
)
"""Client ids that are looked up nowhere: no name is resolved for them."""

HOSTILE: Final = (
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"),  # noqa: S104
    *("192.168.1.1", "100.64.0.1", "169.254.169.254", "192.0.0.1", "192.0.2.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
    *("2002:c0a8:101::1", "2001:0:7f00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
    "2001:470:1:2:0:5efe:7f00:1",
)
"""Addresses a name may stand for that nobody may send us to: private, loopback, link-local, documentation,
multicast, and such in the clothes of IPv6 (mapped, compatible, NAT64, 6to4, Teredo, ISATAP)."""


def good(address: str, **changes: Any) -> dict[str, Any]:
    """A document that would do, but for the changes; a change to None leaves a member out."""
    document = {"client_id": address, "client_name": "Stranger", "redirect_uris": [REDIRECT], **changes}
    return {name: value for name, value in document.items() if value is not None}


class Case(NamedTuple):
    """What stands at an address.

    Args:
        name: What is wrong with it.
        changes: What is different from a good document.
        body: Bytes instead of a document.
        how: How it is sent; see `internet.Site`.
    """

    name: str
    changes: Mapping[str, Any] = {}
    body: bytes | None = None
    how: Mapping[str, Any] = {}


def _away(status: str, where: str) -> Case:
    return Case(f"{status} to {where}", how={"status": status, "headers": {"Location": where}})


DOCUMENTS: Final = (
    _away("301 Moved Permanently", "https://client.example/other"),
    _away("302 Found", "http://169.254.169.254/latest/meta-data"),
    _away("303 See Other", "https://127.0.0.1/client"),
    _away("307 Temporary Redirect", "https://localhost/client"),
    _away("308 Permanent Redirect", "file:///etc/passwd"),
    _away("300 Multiple Choices", "https://client.example/other"),
    Case("204", how={"status": "204 No Content"}),
    Case("206", how={"status": "206 Partial Content"}),
    Case("304", how={"status": "304 Not Modified"}),
    Case("401", how={"status": "401 Unauthorized"}),
    Case("404", how={"status": "404 Not Found"}),
    Case("500", how={"status": "500 Internal Server Error"}),
    Case("6 KB", {"padding": "x" * 6000}),
    Case("a length that is a lie", how={"headers": {"Content-Length": "99999999"}}),
    Case("no end", how={"drip": 0.0}),
    Case("a byte now and then", how={"drip": 0.05}),
    Case("silence", how={"silent": True}),
    Case("HTML", how={"kind": "text/html"}),
    Case("plain text", how={"kind": "text/plain"}),
    Case("another kind of JSON", how={"kind": "text/json"}),
    Case("a kind that only begins like JSON", how={"kind": "application/jsonp"}),
    Case("no kind", how={"kind": ""}),
    Case("nothing", body=b""),
    Case("no JSON", body=b"client"),
    Case("half of it", body=b'{"client_id": "https'),
    Case("bytes that are no text", body=b'{"client_id": "\xff"}'),
    Case("a byte order mark", body=b"\xef\xbb\xbf{}"),
    Case("a list", body=b"[]"),
    Case("a word", body=b'"client"'),
    Case("null", body=b"null"),
    Case("5,000 lists in each other", body=b"[" * 5000),
    Case("1,000 objects in each other", body=b'{"a":' * 1000),
    Case("no client_id", {"client_id": None}),
    Case("client_id of another address", {"client_id": "https://client.example/other"}),
    Case("client_id of another host", {"client_id": "https://evil.example/client"}),
    Case("client_id with a slash behind it", {"client_id": "{address}/"}),
    Case("client_id in capitals", {"client_id": "HTTPS://CLIENT.EXAMPLE/CLIENT"}),
    Case("client_id that is no text", {"client_id": ["{address}"]}),
    Case(
        "a member twice",
        body=b'{"client_id": "{address}", "client_name": "Stranger", "redirect_uris": ["http://[::1]/"], '
        b'"redirect_uris": ["http://127.0.0.1:3939/callback"]}',
    ),
    Case("a secret", {"client_secret": "test-value"}),
    Case("a secret's end", {"client_secret_expires_at": 0}),
    Case("a shared secret to authenticate with", {"token_endpoint_auth_method": "client_secret_post"}),
    Case("a shared secret in a header", {"token_endpoint_auth_method": "client_secret_basic"}),
    Case("a signature we do not check", {"token_endpoint_auth_method": "private_key_jwt"}),
    Case(
        "a signature, and nothing else to choose",
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        },
    ),
    Case(
        "a shared secret, and others to choose",
        {
            "token_endpoint_auth_method": "client_secret_post",
            "token_endpoint_auth_methods_supported": ["none"],
        },
    ),
    Case(
        "choices that are no list",
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_methods_supported": "none private_key_jwt",
        },
    ),
    Case("no redirect URIs", {"redirect_uris": None}),
    Case("an empty list of redirect URIs", {"redirect_uris": []}),
    Case("a redirect URI outside a list", {"redirect_uris": REDIRECT}),
    Case("redirect URIs that are no text", {"redirect_uris": [{}]}),
    Case("only redirect URIs we refuse", {"redirect_uris": ["http://evil.example/", "javascript:alert(1)"]}),
    Case("only a pattern", {"redirect_uris": ["http://127.0.0.1:*/callback"]}),
    Case("eleven redirect URIs", {"redirect_uris": [f"{REDIRECT}/{number}" for number in range(11)]}),
    Case("a name of 101 characters", {"client_name": "n" * 101}),
    Case("a name that is no text", {"client_name": {"en": "x"}}),
)
