// The log. `console` is as on Lambda: a line begins with the time, the request's id and the level.
"use strict";

const { format } = require("node:util");
const { describeForLog, toError } = require("./errors.cjs");
const { hasCallbacks } = require("./generation.cjs");

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const ALWAYS_LOGGED = "FATAL"; // the earlier client does not filter it

// Where libraries find them in the earlier client; the later one has an InvokeStore.
const REQUEST_ID = Symbol.for("aws.lambda.runtime.requestId");
const TENANT_ID = Symbol.for("aws.lambda.runtime.tenantId");

const isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
const current = { requestId: hasCallbacks ? undefined : "-", tenantId: undefined };

// From now on lines belong to this invocation.
function setInvocation({ requestId, tenantId }) {
  current.requestId = requestId;
  current.tenantId = tenantId;
  if (hasCallbacks) Object.assign(global, { [REQUEST_ID]: requestId, [TENANT_ID]: tenantId });
}

function patchConsole() {
  const least = Math.max(LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()), 0);
  const formatLine = isJson ? formatJson : formatText;
  LEVELS.forEach((level, index) => {
    const isLogged = index >= least || (hasCallbacks && level === ALWAYS_LOGGED);
    console[level.toLowerCase()] = isLogged
      ? (message, ...more) => {
          process.stdout.write(`${formatLine(level, message, more)}\n`);
        }
      : () => {};
  });
  console.log = console.info;
}

function formatText(level, message, more) {
  const head = [new Date().toISOString(), current.requestId, level];
  return [...head.map(String), format(message, ...more)].join("\t");
}

function formatJson(level, message, more) {
  const line = { timestamp: new Date().toISOString(), level, requestId: current.requestId };
  if (current.tenantId) line.tenantId = current.tenantId;
  if (more.length > 0) {
    const text = format(message, ...more);
    return JSON.stringify({ ...line, message: text, ...fieldsOf([message, ...more]) });
  }
  try {
    return JSON.stringify({ ...line, message }, (_, value) => spreadError(value));
  } catch {
    return JSON.stringify({ ...line, message: format(message) });
  }
}

// Of the first error among the arguments. The later client does not look at the first of them.
function fieldsOf(values) {
  const error = values.slice(hasCallbacks ? 0 : 1).find((value) => value instanceof Error);
  return error ? { ...describeError(error), stackTrace: linesOf(error.stack) ?? [] } : {};
}

const describeError = (error) => ({
  errorType: error.constructor?.name ?? "UnknownError",
  errorMessage: error.message,
});

const linesOf = (stack) => (typeof stack === "string" ? stack.split("\n") : undefined);

function spreadError(value) {
  if (!(value instanceof Error)) return value;
  return { ...describeError(value), stackTrace: linesOf(value.stack) ?? value.stack, ...value };
}

// A failure that the runtime reports.
function logError(message, error) {
  if (isJson) console.error(toError(error));
  else console.error(message, describeForLog(toError(error)));
}

module.exports = { logError, patchConsole, setInvocation };
