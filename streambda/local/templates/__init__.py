"""Reads templates that no CDK app has made: of SAM, of CloudFormation, of other frameworks.

In: a template file. Out: `Stack`s, as `assembly` reads them from a CDK app. What cannot be
understood is a gap of its resource, and all others are read.

- read_template.py: a file with its nested stacks; find_template.py: which file of a folder
- other_tools.py: what SAM and the Serverless Framework have to make first
- documents.py: YAML and JSON, with the short forms of intrinsic functions
- local_files.py: code, layers and documents that a template names by a path
- esbuild.py: bundles of TypeScript and JavaScript, as `sam build` makes them
- includes.py: Fn::Transform; loops.py: Fn::ForEach; sam.py: AWS's own translation of SAM
- budget.py: how much a template may become; checks.py: what CloudFormation would refuse
- gaps.py: what of a template is not understood
- sam_config.py: samconfig.toml; template_app.py: what is watched, in place of a CDK app
"""
