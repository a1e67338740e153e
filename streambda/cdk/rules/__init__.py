"""Rules that are checked at synthesis: what would fail, or not stream, at run time is an error.

Comes in: the functions of an app, and the templates of a stage as they will be deployed, so that
it does not matter in which stack something is, or how it was written. Goes out: findings. Each
finding is an error or a warning that names the construct, the reason and what to write instead. If
a finding is right as it is, acknowledge it by its id, as with cdk-nag:

    reason = "it reads the buckets of all customers"
    known = cdk.Acknowledgment(id="streambda:wildcard-resource", reason=reason)
    cdk.Validations.of(construct).acknowledge(known)

This package reads constructs and changes none. It does not know `StreamingFunction`, only the
little that `CheckedFunction` names.

To add a rule: write a function from a `ResourceIndex` to findings, and name it in `RULES` of
`stage_check`. A rule on the routes of REST APIs is named in `ROUTE_RULES` of `rest_apis`.

* `stage_check`: runs all rules over a stage when the app is synthesised
* `rest_apis`: what makes API Gateway cut, hold back or break a stream
* `callers`: HTTP APIs, load balancers and Function URLs that buffer, or that are in a wrong place
* `roles`: permissions on every resource; `actions_without_resource.txt` is its table
* `openapi`: the documents that an API is imported from
* `resource_index`: the resources of a stage, and the functions that they name
* `references`: what leads from a value to a resource, also of another stack
* `templates`: the templates of a stage
* `finding`: what a rule reports, and how it is shown
"""
