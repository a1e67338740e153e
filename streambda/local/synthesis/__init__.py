"""Makes the assembly of a CDK app, as the CDK CLI would: the app is run, and nothing else.

In: an app's command and folder. Out: the folder with its assembly, or a `SynthesisError` of one
line. This package knows nothing of what templates contain, or of the cloud that serves them.

- app.py: the app, and how it is run
- settings.py: cdk.json, cdk.context.json and --context
- findings.py: what the app's own checks have found, and `cdk synth` shows
- short_error.py: what an app that fails has printed, as one line
- advice.py: what to install if that is why it fails
"""
