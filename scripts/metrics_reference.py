"""Write docs/monitoring.md from the metrics themselves; `--check` fails when the page differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from auxcord.telemetry.exposition import PROCESS
from auxcord.telemetry.metrics import DECLARED
from kept_page import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "monitoring.md"
HEAD = """\
# Monitoring

<!-- Written by `make docs` from src/auxcord/telemetry/metrics.py and this page's script; edit those. -->

## Metrics

```sh
AUXCORD_METRICS_PORT=9464 auxcord serve
curl http://127.0.0.1:9464/metrics
```

They have a listener of their own, on loopback unless `AUXCORD_METRICS_HOST` says otherwise, and the public
port never serves them. Without `AUXCORD_METRICS_PORT` there are none, and nothing is recorded. On loopback
the listener answers only requests that name it so (`127.0.0.1`, `localhost`). It has no password: let only
your monitoring reach it. Each process has its own, so give each a port and let Prometheus scrape them all:

```yaml
rule_files: [alerts.yml]
scrape_configs:
  - job_name: auxcord
    static_configs:
      - targets: ["127.0.0.1:9464"]
```

[deploy/prometheus/alerts.yml](../deploy/prometheus/alerts.yml) has alerts,
[deploy/grafana/auxcord.json](../deploy/grafana/auxcord.json) a dashboard to import. What says how the
database stands is read when somebody scrapes, at most every 15 seconds; every process tells the same, so
take the maximum, not the sum. People's links are counted in the background, in a twentieth of the
process's time at most.

No metric names a person, a client or an address. Labels hold names of tools, codes of
[errors.md](errors.md), routes of Spotify without ids, and the place of a Spotify app among the server's
(`app`). An instrument keeps a thousand combinations; the rest is counted together as `other`.

| metric | kind | labels | meaning |
|---|---|---|---|
"""
TAIL = """
## Traces

`pip install 'auxcord[traces]'`, then `AUXCORD_TRACES=true`. Spans go from the MCP call to the requests it
makes at Spotify, over OTLP/HTTP, as the standard variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`,
`…_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`, …). They hold the tool's name, how it ended,
Spotify's route and status, the app's place, and the request's name; never arguments, ids, names, tokens or
addresses. Traces that clients bring along are not continued: a client cannot choose our names.

## Logs

One event a line on standard error; `AUXCORD_LOG_FORMAT=json` makes each a JSON object. Standard output
stays free. Whatever looks like a credential, a key or an e-mail address is masked at the sink, and control
characters are escaped. Lines of the audit trail are JSON either way; [audit.md](audit.md) tells of them.

Every request has a name of 16 digits: `request_id` in each log line and audit line that comes of it, the
header `X-Request-Id` of the answer, and `auxcord.request_id` in the span. Who reports a failure can tell
it.
"""


def page() -> str:
    """Return the whole page."""
    return HEAD + "\n".join(_rows()) + "\n" + TAIL


def _rows() -> Iterator[str]:
    for instrument in DECLARED:
        labels = ", ".join(f"`{label}`" for label in instrument.labels)
        yield f"| `{instrument.name}` | {instrument.kind} | {labels} | {instrument.meaning} |"
    for name, meaning in PROCESS.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        yield f"| `{name}` | {kind} | | {meaning} |"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with what it should be."""
    return kept(PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
