// The loop since Node.js 24: a handler returns its result, or a promise of it.
"use strict";

const { readStreaming } = require("./awslambda.cjs");
const { logError, setInvocation } = require("./console.cjs");
const { createContext } = require("./context.cjs");
const { runtimeError } = require("./errors.cjs");
const { valuesOf } = require("./invoke-store.cjs");
const { loadHandler } = require("./loader.cjs");
const { ResponseStream } = require("./response-stream.cjs");

const INIT_FAILED = 1; // as Node.js ends for an error that nobody catches

// A third parameter is the callback that earlier versions gave.
const MOST_PARAMETERS = 2;
const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with " +
  "Node.js 24. You need to modify this function to use a supported handler signature to use " +
  "Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

// A handler's `this`, which stacks name.
class BufferedInvokeProcessor {
  constructor(handler) { this.handler = handler; }
}
class StreamingInvokeProcessor extends BufferedInvokeProcessor {}

// Runs until a request fails: then it throws.
async function run(api, store) {
  const { handler, streaming } = await initialise(api);
  const answer = streaming ? answerStreaming : answerWhole;
  const processor = new (streaming ? StreamingInvokeProcessor : BufferedInvokeProcessor)(handler);
  for (;;) {
    const invocation = await api.next();
    const context = createContext(invocation);
    const event = JSON.parse(invocation.body);
    setInvocation({ requestId: invocation.requestId });
    const answerIt = () => answer({ api, processor, context, event, ...streaming });
    await runApart(() => store.run(valuesOf(invocation), answerIt));
  }
}

// What a handler enters into an AsyncLocalStorage ends with its invocation.
async function runApart(work) {
  await undefined;
  return work();
}

async function initialise(api) {
  try {
    const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
    const streaming = readStreaming(handler);
    if (handler.length > MOST_PARAMETERS && !streaming) {
      throw runtimeError("CallbackHandlerDeprecated", NO_CALLBACKS);
    }
    return { handler, streaming };
  } catch (error) {
    logError("Init Error", error);
    await api.sendInitError(error);
    process.exit(INIT_FAILED);
  }
}

async function answerWhole({ api, processor, context, event }) {
  try {
    const result = await processor.handler(event, context);
    await turn();
    await api.sendResponse(context.awsRequestId, result);
  } catch (error) {
    await turn();
    logError("Invoke Error", error);
    await api.sendError(context.awsRequestId, error);
  }
}

async function answerStreaming({ api, processor, context, event, highWaterMark }) {
  const stream = new ResponseStream(api, context.awsRequestId, highWaterMark);
  try {
    const result = processor.handler(event, stream.writable, context);
    if (typeof result !== "object" || typeof result?.then !== "function") {
      throw new Error("Streaming does not support non-async handlers.");
    }
    if ((await result) !== undefined) console.warn("Streaming handlers ignore return values.");
    await stream.answered;
    if (!stream.writable.writableFinished) throw new Error("Response stream is not finished.");
  } catch (error) {
    await turn();
    logError("Invoke Error", error);
    await stream.fail(error);
  }
}

// Lets what the handler has begun come to its own next step first.
const turn = () => new Promise(setImmediate);

module.exports = { run };
