"""From the environment to what records: counters always, OpenTelemetry only where an exporter is configured.

The variables are OpenTelemetry's own. Nothing of its SDK is imported unless one of them names an endpoint.
"""

import logging
from collections.abc import Mapping
from typing import Final, NamedTuple

from panther_mcp.telemetry.recorder import Recorder

_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_log = logging.getLogger(__name__)


class Signals(NamedTuple):
    """Which of OpenTelemetry's signals have an exporter."""

    traces: bool
    metrics: bool


def recorder_for(environment: Mapping[str, str]) -> Recorder:
    """Return the recorder that `environment` (as `os.environ`) asks for; what cannot be had is one line in the log."""
    signals = configured(environment)
    if not any(signals):
        return Recorder()
    try:
        from panther_mcp.telemetry.otel import exporter_for
    except ImportError as error:
        _log.warning(
            "%s is set, but OpenTelemetry is not installed (%s): nothing is exported. "
            "Install panther-mcp with the extra `otel`: pip install 'panther-mcp[otel]'.",
            _endpoints(environment)[0],
            error.name or error,
        )
        return Recorder()
    return Recorder(exporter_for(signals, environment))


def configured(environment: Mapping[str, str]) -> Signals:
    """Return which signals `environment` asks to export."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return Signals(False, False)
    return Signals(_wanted("TRACES", environment), _wanted("METRICS", environment))


def _wanted(signal: str, environment: Mapping[str, str]) -> bool:
    exporters = environment.get(f"OTEL_{signal}_EXPORTER", "").lower().replace(" ", "").split(",")
    endpoint = environment.get(_ENDPOINT) or environment.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return bool(endpoint) and ("" in exporters or "otlp" in exporters)


def _endpoints(environment: Mapping[str, str]) -> list[str]:
    return [name for name in environment if name.startswith("OTEL_EXPORTER_OTLP_") and name.endswith("ENDPOINT")]
