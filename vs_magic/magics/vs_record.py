"""`%vs_record`: record calls to a bundle, from which lessons are replayed."""

from __future__ import annotations

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command, Takes
from vs_magic.magics.flags import HELP, Flag
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.tell import tell
from vs_magic.view.words import count


def run(_: ShellState, line: Line) -> None:
    """Begin a recording, end it, or say what is recorded."""
    from vs_magic.llm.session import current

    if line.words and "stop" in line.own:
        raise OptionError("--stop ends a recording and a file begins one: leave one out")
    if line.words:
        calls = current().record(line.words[0]).calls
        held = f"; it holds {count(calls, 'call')} already" if calls else ""
        tell(f"calls are recorded to {line.words[0]} from now on{held}")
    else:
        tell(_recording(stop="stop" in line.own))


def _recording(*, stop: bool) -> str:
    """Say what is recorded, after ending it if so asked."""
    from vs_magic.llm.session import current

    session = current()
    recorder = session.stop_recording() if stop else session.recorder
    if recorder is None:
        return "nothing is recorded; %vs_record FILE begins"
    state = "holds" if stop else "is being written, and holds"
    trouble = f" ({recorder.trouble})" if recorder.trouble and not stop else ""
    return f"{recorder.path} {state} {count(recorder.calls, 'call')}{trouble}"


COMMAND = Command(
    name="vs_record",
    intro="""\
Record the calls of the cells that follow to a bundle: JSON lines, without keys.

%vs_record FILE                     begin; a bundle that is there is continued
%vs_record                          what is recorded, and where
%vs_record --stop                   end

%%vs --replay FILE answers from a bundle; nothing is sent then, and no key is needed.
""",
    run=run,
    flags=(Flag(name="stop", kind=bool, help="end the recording"), HELP),
    takes=Takes.FILE,
)
