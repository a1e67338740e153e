"""CloudFormation: from a change set to the calls that create, update and delete resources.

It knows no type of resource by name: those are in `resources/`.

- `change_sets.py`     the calls of the CDK CLI: describes, deletes and executes change sets
- `stack_update.py`    updates a stack's resources to a template, or deletes them all
- `resource_order.py`  the order in which they are created
"""
