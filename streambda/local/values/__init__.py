"""Values that an assembly does not hold: what a developer gives, and what AWS knows of a stack.

In: the options of a cloud, the developer's files and AWS account. Out: values for gaps in
templates and for functions' variables, and credentials, as values of `model`. This package knows
nothing of templates and processes.

- env_files.py: dotenv files for all functions or for one of them
- deployed_stacks.py: outputs, exports and physical names, from CloudFormation
- credentials.py: the developer's credentials and region, as botocore finds them
- layers.py: layers that only AWS has
- aws_errors.py: what AWS and botocore refuse, in one line
"""
