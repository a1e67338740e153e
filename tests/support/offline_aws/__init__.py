"""AWS on a loopback port, real enough for the CDK CLI: moto, and what moto 5.2 lacks for that.

`python -m tests.support.offline_aws --port 0` serves it and prints the port. Nothing is invoked
here: what was deployed is read back, or run by the local cloud. resource_table.py lists what moto
is given for a stack, skipped.py what is passed over; any other type fails, unless moto has it.
"""
