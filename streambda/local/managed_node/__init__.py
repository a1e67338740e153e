"""Lambda's own Node.js runtime, as it behaves: plain JavaScript that Node.js is started with.

AWS's own client is C++ in part, and is compiled where it is installed. What handlers, callers and
logs see here follows aws-lambda-ric: 3.3.0 for `nodejs20.x` and `nodejs22.x`, which have callbacks,
and 4.0.2 for all later ones, which have promises only. Nothing but Node.js itself is required.

- main.cjs: the start; generation.cjs: which of the two it is
- callback-loop.cjs, promise-loop.cjs: next invocation -> handler -> its response
- callback-context.cjs: `callback`, `context.done` and what waits for an empty event loop
- runtime-api.cjs, connection.cjs: the requests; response-stream.cjs: a streamed response
- awslambda.cjs, invoke-store.cjs: the global `awslambda`
- loader.cjs: finds the handler; module-paths.cjs, module-hooks.mjs: where imports look, and
  preload.cjs: before anything is imported
- context.cjs: the handler's context; console.cjs: the log; errors.cjs: reports of errors
"""
