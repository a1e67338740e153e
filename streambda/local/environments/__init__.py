"""Execution environments: the processes that run a function, and how many of them there are.

In: a function from `model` and invocations for it. Out: the invocation's response, which the
`runtime_api` writes to its stream; the lines of its log; the platform's reports. This package knows
nothing of HTTP endpoints, templates or the console.

- pools.py: all functions; pool.py: all environments of one function; replacement.py: new code;
  trial.py: whether it starts
- execution_environment.py: one environment; lifecycle.py: the table of its states;
  environment_log.py: its lines and reports
- running_function.py: a process with its Runtime API; prepared_start.py: what it is started with;
  process.py: the process; line_reader.py: its output; orphan_guard.py: its end with the cloud
- extension_processes.py: the programs in /opt/extensions beside it; ports.py: their servers' ports
- printed_lines.py: what need not be logged twice; telemetry_events.py: what subscribers hear
- start_errors.py: why nothing could be started, in words
- entry_point.py, interpreter.py, node.py, version_managers.py: what is started;
  sandbox_files.py: the files it finds,
  unpack.py: from zips and folders; variables.py: the environment variables it finds
- lambda_folders.py: /opt and /var/task for programs that name them; mount_folders.py: shows them
- platform_log.py: START, END, REPORT and INIT_REPORT as text or JSON
- task_root_writes.py: what a function writes where Lambda lets nobody write
- foreign_code.py: code for another architecture
- shown_paths.py: which paths its log shows in place of the sandbox's
- memory.py: how much memory it holds; options.py: what a user can set
"""
