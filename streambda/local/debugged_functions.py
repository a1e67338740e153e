"""Which functions of an assembly are debugged, before anything starts."""

from collections.abc import Mapping, Sequence

from streambda.local.assembly_reader import find_named
from streambda.local.debugger.options import choose_ports
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import StartMode, start_mode, unsupported_reason


def find_debug_ports(
    wanted: Mapping[str, int | None], functions: Sequence[LocalFunction]
) -> Mapping[str, int]:
    """Ports by functions' own names. Raises `LocalCloudError` and `PortInUse`."""
    if not wanted:
        return {}
    named = {name: find_named(functions, name, "--debug") for name in wanted}
    for name, function in named.items():
        if reason := unsupported_reason(function):
            raise LocalCloudError(f"--debug {name}: it cannot run here, {reason}")
    # Node.js has a debugger of its own.
    if any(start_mode(one) is not StartMode.MANAGED_NODE for one in named.values()):
        from streambda.local.debugger.launcher import check_debugpy

        check_debugpy()
    return choose_ports({named[name].name: port for name, port in wanted.items()})
