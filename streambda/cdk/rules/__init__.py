"""Rules that are checked at synthesis: what would fail, or not stream, at run time is an error.

Comes in: the functions of a stage, and all that the stage will deploy. Goes out: findings. Each
finding is an error that names the construct, the reason and what to write instead. If a finding is
right as it is, acknowledge it by its id, as with cdk-nag:

    reason = "EC2 knows no resource for ec2:DescribeRegions"
    known = cdk.Acknowledgment(id="streambda:wildcard-resource", reason=reason)
    cdk.Validations.of(construct).acknowledge(known)

This room reads constructs and changes none. It does not know `StreamingFunction`, only the little
that `CheckedFunction` names.

To add a rule: write a function from a `ResourceIndex` to findings, and name it in `RULES` of
`stage_check`. A rule on the routes of REST APIs is named in `ROUTE_RULES` of `rest_apis`.

* `stage_check`: runs all rules over a stage when the app is synthesised
* `rest_apis`: what makes API Gateway cut, hold back or break a stream
* `callers`: HTTP APIs, load balancers and Function URLs that buffer
* `roles`: permissions on every resource
* `resource_index`: the resources of a stage, and the functions that they name
* `finding`: what a rule reports
"""
