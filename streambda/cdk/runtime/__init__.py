"""What a function runs on: its Python, and its role.

Comes in: the options of `StreamingFunction`. Goes out: a `FunctionRuntime` and an IAM role. This
package knows Lambda's runtimes and the Python layer. It does not know how the zip of a function is
made (`bundle`), nor who calls the function.

* `function_runtime`: chooses between the two kinds of runtime
* `managed_python`: Lambda's own python3.x
* `python_layer`: the layer that brings Python to provided.al2023
* `layer_choice`: which Python layer is asked for, and its zip
* `layer_by_arn`: one that exists already
* `function_layers`: what all layers of a function mean for it
* `architecture`: the CDK's architectures, and those of layers and packages
* `execution_role`: the role in which a function runs
"""
