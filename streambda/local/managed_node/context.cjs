// What the runtime learns of an invocation: the headers of GET …/next, and the handler's context.
"use strict";

const { runtimeError } = require("./errors.cjs");
const { hasCallbacks } = require("./generation.cjs");

// By what handlers call it.
const NAME = { functionName: "AWS_LAMBDA_FUNCTION_NAME" };
const VERSION = { functionVersion: "AWS_LAMBDA_FUNCTION_VERSION" };
const VARIABLES = {
  ...(hasCallbacks ? { ...VERSION, ...NAME } : { ...NAME, ...VERSION }),
  memoryLimitInMB: "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  logGroupName: "AWS_LAMBDA_LOG_GROUP_NAME",
  logStreamName: "AWS_LAMBDA_LOG_STREAM_NAME",
};
const TRACE_ID = "_X_AMZN_TRACE_ID";

function readInvocation(headers, body) {
  const header = (name) => headers[`lambda-runtime-${name}`] || undefined;
  return {
    body,
    requestId: header("aws-request-id"),
    deadlineMs: Number(header("deadline-ms")),
    functionArn: header("invoked-function-arn"),
    traceId: header("trace-id"),
    tenantId: header("aws-tenant-id"),
    clientContext: header("client-context"),
    identity: header("cognito-identity"),
  };
}

// The context without what only callbacks have. Throws if the client's context is not JSON.
function createContext(invocation) {
  setTraceId(invocation.traceId);
  const fromVariables = Object.fromEntries(
    Object.entries(VARIABLES).map(([key, name]) => [key, process.env[name]]),
  );
  const fromHeaders = {
    clientContext: parseHeader(invocation.clientContext, "ClientContext", "client-context"),
    identity: parseHeader(invocation.identity, "CognitoIdentity", "cognito-identity"),
    invokedFunctionArn: invocation.functionArn,
    awsRequestId: invocation.requestId,
    tenantId: invocation.tenantId,
    ...(hasCallbacks ? {} : { xRayTraceId: invocation.traceId }),
    getRemainingTimeInMillis: () => invocation.deadlineMs - Date.now(),
  };
  return hasCallbacks ? { ...fromVariables, ...fromHeaders } : { ...fromHeaders, ...fromVariables };
}

function setTraceId(traceId) {
  if (traceId) process.env[TRACE_ID] = traceId;
  else delete process.env[TRACE_ID];
}

function parseHeader(text, name, header) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (hasCallbacks) throw new Error(`Cannot parse ${name} as json: ${error}`);
    const message = `Failed to parse lambda-runtime-${header} as JSON: ${error.message}`;
    throw runtimeError("PlatformError", message);
  }
}

module.exports = { createContext, readInvocation };
