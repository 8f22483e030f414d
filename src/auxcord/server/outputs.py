"""The settings of what a server tells those who watch it: logs, metrics, traces."""

# No postponed annotations: pydantic resolves them at run time.
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from auxcord.server.variables import setting


class Outputs(BaseModel):
    """What it tells, and where."""

    log_format: Literal["text", "json"] = setting(
        "AUXCORD_LOG_FORMAT",
        "How log lines look on standard error: `text`, or `json`, one object a line.",
        example="json",
        default="text",
    )
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = setting(
        "AUXCORD_METRICS_PORT",
        "The port on which `serve` answers Prometheus at /metrics, apart from the public one. Each process "
        "has its own. Default: no metrics.",
        example="9464",
        default=None,
    )
    metrics_host: str = setting(
        "AUXCORD_METRICS_HOST",
        "The address to answer Prometheus on. Metrics name nobody, but have no password: let only your "
        "monitoring reach it.",
        example="127.0.0.1",
        default="127.0.0.1",
    )
    traces: bool = setting(
        "AUXCORD_TRACES",
        "Whether to export OpenTelemetry traces, as the OTEL_EXPORTER_OTLP_* variables say: true or false. "
        "`auxcord[traces]` has to be installed.",
        example="true",
        default=False,
    )
