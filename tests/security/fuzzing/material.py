"""What requests are bent with: values, headers and bytes that readers understand differently, or not."""

from __future__ import annotations

from typing import Final

from tests.security.fuzzing.knocks import FORM, JSON

HUGE: Final = "a" * 9_000
VALUES: Final = (
    "", " ", "\0", "a\0b", "\r\n", "a\r\nSet-Cookie: aux_account=x", "a\nX-Injected: 1", "%00", "%0d%0aX: 1",
    "%", "%zz", "%25%32%35", "..", "../../etc/passwd", "..%2f..%2f", "//evil.example", "\\\\evil.example",
    "https://evil.example", "https:evil.example", "javascript:alert(1)", "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "{{7*7}}", "${7*7}", "' OR 1=1 --", "\u202e", "\u0000", "\ud800",
    "\udfff\ud83d", "é", "ﬀ", "İ", "ß", "\u0661", "\ufeff", "\x7f", "\x80", "\xff", "\x1b[31m", "null",
    "true",
    "[]", "{}", "[[[[", "1e999", "-1", "0", "NaN", "9" * 400, HUGE, "a" * 4_096, "a," * 2_000, "*", "=",
    "&", ";",
    "a=b&c=d", "S256", "plain", "code", "token", "none", "Bearer", "aux_at_x", "aux_rt_" + "a" * 43,
    "0" * 32, "a" * 43, "é" * 43, "a" * 43 + "\n", "read", "read read", "read\u00a0edit", "everything",
    "deny",
    "http://127.0.0.1:1/callback", "http://localhost:3939/callback", "http://[::1", "https://[v1.x]/a",
    "https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x", "https:/x", "https://xn--/x",
    "http://127.0.0.1:99999/mcp", "http://127.0.0.1:-1/mcp", "http://127.0.0.1:٣/mcp",
    "ftp://127.0.0.1:8000/mcp",
)  # fmt: skip
METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G",
    "A" * 300, "GET\tPOST", "PRI",
)  # fmt: skip
KINDS: Final = (
    FORM, JSON, "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "application/xml",
    f"{FORM}; charset=utf-16", f"{FORM}; charset=nonsense", f"{JSON}; charset=\xff", "a/b/c", ";", "", "é",
    HUGE,
    "application/json, text/html", "application/jwt", "text/event-stream",
)  # fmt: skip
HEADERS: Final = (
    "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Access-Control-Request-Headers",
    "Access-Control-Request-Method", "Authorization", "Connection", "Content-Encoding", "Content-Length",
    "Content-Location", "Content-Range", "Content-Type", "Cookie", "Cookie2", "Date", "Expect", "Forwarded",
    "From", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Keep-Alive",
    "Last-Event-ID",
    "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id", "Max-Forwards", "Origin", "Pragma",
    "Proxy-Authorization", "Range", "Referer", "Sec-WebSocket-Key", "TE", "Trailer", "Transfer-Encoding",
    "Upgrade", "Upgrade-Insecure-Requests", "User-Agent", "Via", "Warning", "X-Forwarded-For",
    "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto",
    "X-HTTP-Method-Override",
    "X-Original-URL", "X-Real-IP", "X-Request-Id", "X-Rewrite-URL", "traceparent", "tracestate", "baggage",
    "", "a b", "é", "\x00", "a" * 3_000,
)  # fmt: skip
SAID: Final = (
    "*/*", "text/html", "text/html;q=0", "application/json;q=abc", "text/event-stream", "gzip, br, *;q=0",
    "Bearer", "Bearer ", "bearer x", "Bearer a b", "Bearer \xff", "Basic Og==", "Basic !", "Digest x",
    "Negotiate",
    "close", "keep-alive, Upgrade", "websocket", "h2c", "100-continue", "200-maybe", "gzip", "identity",
    "chunked", "chunked, chunked", "bytes=0-", "bytes=5-1,9-", 'W/"x"', "*", "Thu, 99 Xxx 2026 99:99:99 GMT",
    "127.0.0.1", "1.2.3.4, 127.0.0.1", "unknown", "[::1]:99999", "::ffff:127.0.0.1", "1.2.3.4:port", ",,,,",
    "999.999.999.999", "fe80::1%eth0", 'for="[::1";proto=x', "https", "http, https", "ws", "evil.example",
    "127.0.0.1:8000", "127.0.0.1:8000, evil.example", "null", "http://127.0.0.1:8000", "http://evil.example",
    "2026-07-28", "2025-11-25", "2024-11-05", "1999-01-01", "tools/call", "=?base64?x?=", "=?base64?/w==?=",
    "00-00000000000000000000000000000000-0000000000000000-ff", "aux_account=", "aux_account=" + "a" * 43,
    "aux_account=x; aux_account=y", "=; ;; =", "$Version=1; aux_account=x", 'a="', "__Host-aux_account=x",
)  # fmt: skip

NOISE: Final = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b"\x80", b"\xff\xfe", b"HTTP/1.1",
    b"HTTP/0.9",
    b"HTTP/2.0", b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n", b"Content-Length: 5\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: x\r\n",
    b"Host: evil.example\r\n", b"Connection: Upgrade\r\nUpgrade: websocket\r\n", b" folded: x\r\n",
    b"ffffffffffff\r\n",
    b"Expect: 100-continue\r\n", b"\x16\x03\x01\x02\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"x" * 70_000,
    b"X: y\r\n" * 1_000,
)  # fmt: skip
TAILS: Final = (
    "?", "?a", "?=", "?&&", "?a=%ff", "?a=%", "#x", "/", "//", "/.", "/..", "/../..", ";x", "%", "%00", "%2f",
    "?" + "a&" * 2_000, "?a=" + "b" * 20_000, "?a[]=1&a[]=2",
)  # fmt: skip
