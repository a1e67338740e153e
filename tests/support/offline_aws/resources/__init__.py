"""The types of resources that CloudFormation creates here, one module per group of types.

- `resource_type.py`    what moto's CloudFormation asks of a type; `ResourceType` gives it that
- `supported_types.py`  the table of all types
- `skipped_types.py`    types that a stack may have, and for which nothing is created
- `object_urls.py`      signed URLs of S3 objects, for functions and layers

The other modules each start with what moto's own version of their types lacks.
"""
