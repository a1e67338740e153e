"""What tools ask AWS before they call a function: which functions, addresses and outputs there are.

The operations of Lambda, API Gateway and CloudFormation that only read, on the port of Lambda's
API: an SDK takes one address for all of them. Nothing can be changed through them.

management_api.py     the paths and actions; how documents and errors are sent
inventory.py          what the cloud has at this moment, and at which addresses
function_documents.py functions, their URLs, aliases and versions, as Lambda describes them
api_documents.py      REST APIs and stages, as API Gateway describes them
stack_documents.py    stacks with outputs and resources, as CloudFormation describes them
paging.py             one page of a list
"""
