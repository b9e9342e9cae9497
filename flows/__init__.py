"""When things run: the stages in order, the command line, and Prefect's shells over them.

Prefect reads its environment when it is imported, so what keeps it at home, offline and quiet is set here,
before any module of this room can import it. What the user has set stands.
"""

import os

from dramaturg import ROOT

__all__: list[str] = []

_PREFECT = {
    "PREFECT_HOME": str(ROOT / ".prefect"),
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # on a busy machine 20 are not enough
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # seconds; by it a run is missed that died
}

for _name, _value in _PREFECT.items():
    os.environ.setdefault(_name, _value)
