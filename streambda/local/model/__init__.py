"""What the local cloud is about, as plain values. This package imports nothing of the others.

What an app's templates describe, as `assembly` reads them:

- assembly.py: all of it; functions.py: functions and function URLs
- rest_apis.py: REST APIs; rest_api_access.py: who may call them; http_integrations.py: which of
  their methods call a URL
- http_apis.py: HTTP APIs, and who may call them
- triggers.py: permissions, event sources and retries, which do nothing here
- function_names.py, layer_names.py: by which names a function or a layer is found
- start_mode.py: how Lambda starts a function; reserved_variables.py: what only Lambda may set
- aws_addresses.py: function URLs and APIs as AWS would address them
- place.py: a stack's account and region; patterns.py: a template's regular expressions
- given_values.py, deployed_stack.py: what a developer and CloudFormation know beside a template

What happens in a running cloud:

- endpoints.py: where endpoints are; changes.py: what an update has changed
- platform_reports.py: what Lambda reports of cold starts and invocations
- identity.py: who has signed a request
- findings.py: what the checks of an app have found
- errors.py: what our users catch; lambda_errors.py: what callers of Lambda's API get
- one_line.py: texts of others on one line
- constants.py: the account, region, version and credentials of this machine
"""
