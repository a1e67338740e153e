"""AWS on a loopback port, for the CDK CLI: moto, with what moto 5.2 lacks for `cdk deploy`.

`python -m tests.support.offline_aws --port 0` serves it and prints the port. Nothing is invoked
here. A test reads back what was deployed, or runs it in the local cloud.

In the test's process:

- `server.py`              starts the server as a process; clients (boto3) that reach only it
- `cdk_cli.py`             the pinned CDK CLI, on a copy of this repository's app
- `deployed_resources.py`  reads back functions, with their code, and APIs
- `deployed_assembly.py`   writes a deployed function as an assembly, which the local cloud can run
- `leftovers.py`           lists what is in AWS besides the bootstrap stack
- `sample_templates.py`    small templates with every supported type of resource

In the server's process:

- `__main__.py`            changes moto (each module with an `install()`), and serves
- `moto_patches.py`        replaces methods of moto
- `cloudformation/`        change sets, and how a stack gets from one template to the next
- `resources/`             the types of resources: how each is created, updated and deleted

A new type of resource goes into `resources/supported_types.py`, or `resources/skipped_types.py` if
a stack may have it and nothing is created for it. A type in neither fails, unless moto has it.
"""
