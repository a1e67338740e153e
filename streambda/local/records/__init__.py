"""Invocations as lines of a file: each with its event, its chunks and their times, and its end.

In: what an observer of an invocation sees, or a file that was written before. Out: the same file,
and its invocations as values. It knows no endpoint, no process and no page.

- record.py: one invocation, and its form as a line of JSON
- options.py: what to record, and which records to show
- masks.py: events and responses' heads without their secrets
- secret_names.py: names that tell of a secret; secret_texts.py: secrets within a text
- recording_observer.py: an invocation that runs becomes a record at its end
- record_writer.py: writes records while functions stream on; mask_process.py: for long events
- record_file.py: a file that records are appended to, and read from
"""
