"""Makes the assembly of a CDK app, as the CDK CLI would: the app is run, and nothing else."""
