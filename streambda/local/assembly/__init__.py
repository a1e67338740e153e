"""Reads what a CDK app synthesises: its functions, and the endpoints that it gives them.

In: the folder that `cdk synth` wrote. Out: an `Assembly`, whose values are in `model`. This package
knows nothing of running functions or serving requests.

- read_assembly.py: the whole assembly, with its parts linked to each other
- functions.py: functions with their layers, aliases and versions; function URLs
- rest_apis.py: REST APIs with stages, paths and methods
- integrations.py: what methods call, and why some are not served; http_integrations.py: the URLs
- own_addresses.py: which addresses of the app itself exist here, for methods that call one
- rest_api_access.py: their authorizers, API keys, usage plans and gateway responses
- http_apis.py: HTTP APIs with stages, routes and authorizers; http_api_documents.py: those that an
  OpenAPI document describes
- invoke_permissions.py: whether API Gateway may invoke the functions of a template
- triggers.py: permissions, event sources and retries, of which tools ask
- stack_description.py: what CloudFormation would tell of the stacks
- unsupported.py: what the local cloud does not emulate, and why
- manifest.py: the assembly's files; intrinsics.py: Ref, Fn::GetAtt, Fn::Join ... in templates;
  references.py: what the first two give for each type of resource
- open_api.py: REST APIs that an OpenAPI document describes
- broken_resources.py: what a template of its own describes so that it cannot be read
- resolved_stacks.py: each stack's place, conditions and exports; parameters.py: its parameters
- variables.py: what handlers are given, and what of it is known only after deployment;
  physical_names.py: what follows from the name of a resource
"""
