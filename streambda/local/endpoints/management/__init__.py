"""What tools ask AWS before they call a function: which functions and addresses there are.

The operations of Lambda, API Gateway, CloudFormation and STS that only read, on the port of
Lambda's API: an SDK takes one address for all of them. Nothing can be changed through them.

management_api.py        the operations that have paths; how documents and errors are sent
query_api.py             the operations of CloudFormation and STS, which all have one path
refusal.py               what is not emulated, refused in the words of the service that was asked
service_errors.py        how each protocol of AWS writes an error
inventory.py             what the cloud has at this moment, and at which addresses
documents.py             what the documents below are made from
function_documents.py    functions, their URLs, aliases and versions, as Lambda describes them
function_settings.py     what a function may have beside its configuration
trigger_documents.py     permissions, event sources and retries
account_documents.py     the account, its layers and tags
api_documents.py         REST APIs and stages, as API Gateway describes them
http_api_documents.py    HTTP APIs, as version 2 of API Gateway describes them
resource_documents.py    their paths, methods, integrations and authorizers
usage_plan_documents.py  their API keys and usage plans
stack_documents.py       stacks with outputs and resources, as CloudFormation describes them
log_documents.py         logs of functions, as CloudWatch Logs gives them
filter_pattern.py        which lines of them a pattern finds
resource_api.py          function URLs, as Cloud Control gives them
caller_documents.py      who calls, as STS describes it
paging.py                one page of a list
"""
