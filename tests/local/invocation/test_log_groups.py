"""The newest lines of every function."""

from streambda.local.invocation.log_groups import MAX_GROUP_BYTES, LogGroups
from streambda.local.invocation.log_lines import LogLine


def line(function: str, text: str, stream: str = "s") -> LogLine:
    return LogLine(function=function, request_id=None, text=text, stream=stream)


def test_the_oldest_lines_of_a_function_make_room() -> None:
    groups = LogGroups(clock=lambda: 1.5)
    groups.add(line("Quiet", "kept"))
    for number in range(4):
        groups.add(line("Loud", str(number) * (MAX_GROUP_BYTES // 3)))

    assert [event.message for event in groups.list_events("Quiet")] == ["kept\n"]
    kept = list(groups.list_events("Loud"))
    assert [event.message[0] for event in kept] == ["2", "3"]
    assert [event.number for event in kept] == [4, 5]
    assert kept[0].at_ms == 1500
    assert groups.count_bytes("Loud") == sum(event.size for event in kept) <= MAX_GROUP_BYTES
    groups.add(line("Loud", "x" * 2 * MAX_GROUP_BYTES))
    assert len(list(groups.list_events("Loud"))) == 1


def test_each_environment_has_a_stream() -> None:
    groups = LogGroups()
    for text, stream in (("1", "b"), ("2", "a"), ("3", "b")):
        groups.add(line("Words", text, stream))

    streams = groups.list_streams("Words")
    found = {name: [one.message for one in events] for name, events in streams.items()}
    assert found == {"b": ["1\n", "3\n"], "a": ["2\n"]}
    assert groups.list_streams("none") == {}
