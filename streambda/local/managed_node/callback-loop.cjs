// The loop of Node.js 20 and 22: a handler may call back, or return a promise.
"use strict";

const { readStreaming } = require("./awslambda.cjs");
const { Completion, emptyLoop, listenForEmptyLoop } = require("./callback-context.cjs");
const { logError, setInvocation } = require("./console.cjs");
const { createContext } = require("./context.cjs");
const { runtimeError } = require("./errors.cjs");
const { loadHandler } = require("./loader.cjs");
const { ResponseStream } = require("./response-stream.cjs");

// Exit statuses of Lambda's own client.
const UNHANDLED_REJECTION = 128;
const UNCAUGHT_EXCEPTION = 129;

// Whom an error is reported to that no handler has caught.
let report;

async function run(api) {
  report = (error) => api.sendInitError(error);
  process.on("uncaughtException", crashForException);
  process.on("unhandledRejection", (reason, promise) => {
    const error = runtimeError("UnhandledPromiseRejection", reason);
    Object.assign(error, { reason, promise });
    crash("Unhandled Promise Rejection", error, UNHANDLED_REJECTION);
  });
  listenForEmptyLoop();
  try {
    scheduleFirst(api, await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER));
  } catch (error) {
    await crashForException(error);
  }
}

// A handler's `this`, which stacks name.
class Runtime {
  constructor(handler) { this.handler = handler; }
}

function scheduleFirst(api, handler) {
  const runtime = new Runtime(handler);
  const streaming = readStreaming(handler);
  const answer = streaming ? answerStreaming : answerWhole;
  const scheduleNext = () => setImmediate(() => answerNext().catch(fail));
  const answerNext = async () => {
    const invocation = await api.next();
    setInvocation(invocation);
    report = (error) => api.sendError(invocation.requestId, error);
    await answer({ api, runtime, invocation, scheduleNext, ...streaming });
  };
  scheduleNext();
}

const crashForException = (error) => crash("Uncaught Exception", error, UNCAUGHT_EXCEPTION);

let isCrashing = false;

async function crash(message, error, status) {
  if (isCrashing) return;
  isCrashing = true;
  logError(message, error);
  // On Lambda the report is sent, and the process gone, before anything else happens.
  process.stdout.write = process.stderr.write = () => true;
  await report(error).catch(() => {});
  process.exit(status);
}

// An error of the runtime itself, for example because the Runtime API is gone.
async function fail(error) {
  console.log(`Unexpected Top Level Error: ${error}`);
  await report(error).catch(() => {});
  process.exit(UNCAUGHT_EXCEPTION);
}

function answerWhole({ api, runtime, invocation, scheduleNext }) {
  const completion = new Completion(api, invocation.requestId, scheduleNext);
  const { callback, context } = completion;
  completion.completeWhenEmpty();
  try {
    const event = JSON.parse(invocation.body);
    const result = runtime.handler(event, addTo(context, invocation), callback);
    if (typeof result?.then === "function") {
      result.then(context.succeed, context.fail).catch(context.fail);
    }
  } catch (error) {
    callback(error);
  }
}

async function answerStreaming({ api, runtime, invocation, scheduleNext, highWaterMark }) {
  const stream = new ResponseStream(api, invocation.requestId, highWaterMark);
  let waits = true;
  const context = {
    get callbackWaitsForEmptyEventLoop() { return waits; },
    set callbackWaitsForEmptyEventLoop(value) { waits = value; },
  };
  const finish = () => {
    emptyLoop.reset();
    if (waits) emptyLoop.set(() => setImmediate(scheduleNext));
    else scheduleNext();
  };
  const failStream = async (error) => {
    logError("Invoke Error", error);
    await stream.fail(error);
    finish();
  };
  emptyLoop.set(scheduleNext);
  try {
    const event = JSON.parse(invocation.body);
    const result = runtime.handler(event, stream.writable, addTo(context, invocation));
    if (typeof result?.then !== "function") {
      await failStream("Streaming does not support non-async handlers.");
      return;
    }
    if ((await result) !== undefined) console.warn("Streaming handlers ignore return values.");
    await stream.answered;
    if (stream.writable.writableFinished) finish();
    else await failStream("Response stream is not finished.");
  } catch (error) {
    await failStream(error);
  }
}

// Keeps the accessors that `context` has.
const addTo = (context, invocation) => Object.assign(context, createContext(invocation));

module.exports = { run };
