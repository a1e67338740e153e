// The global `awslambda`: how a function says that its handler streams.
"use strict";

const { runtimeError } = require("./errors.cjs");
const { hasCallbacks } = require("./generation.cjs");
const { createInvokeStore } = require("./invoke-store.cjs");
const { HttpResponseStream } = require("./response-stream.cjs");

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const RESPONSE = "response"; // the one kind of streaming

function streamifyResponse(handler, options) {
  handler[STREAMING] = RESPONSE;
  if (typeof options?.highWaterMark === "number") {
    handler[HIGH_WATER_MARK] = Number.parseInt(options.highWaterMark, 10);
  }
  return handler;
}

// Returns the store of the invocation in progress, which the earlier client does not have.
function setUpGlobal() {
  const store = hasCallbacks ? undefined : createInvokeStore();
  const isOff = ["1", "true"].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA);
  if (!isOff) {
    globalThis.awslambda = {
      streamifyResponse, HttpResponseStream, ...(store ? { InvokeStore: store } : {}),
    };
  }
  return store;
}

// How the handler streams, or undefined. Throws for what is no kind of streaming.
function readStreaming(handler) {
  const kind = handler[STREAMING];
  if (kind === undefined || kind === null || kind === false) return undefined;
  if (kind !== RESPONSE) {
    throw runtimeError("MalformedStreamingHandler", "Only response streaming is supported.");
  }
  return { highWaterMark: Number(handler[HIGH_WATER_MARK]) || undefined };
}

module.exports = { readStreaming, setUpGlobal };
